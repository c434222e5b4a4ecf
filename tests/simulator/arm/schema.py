# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties a managed cluster has in which api-version.

The stable ones are those of the SDK's model of 2026-08-01 (C(tests/fixtures/arm)): a tree of names, C(null) for a value, C("*") for anything,
key C("*") for any name. The preview ones are those that recorded bodies have beyond it.
"""

from __future__ import annotations

import copy
import functools
import json
import typing as t

from ..errors import aks
from ..settings import FIXTURES
from . import api_versions

Tree = dict[str, t.Any]

KUBE_PROXY: Tree = {
    "enabled": None,
    "mode": None,
    "ipvsConfig": {"scheduler": None, "tcpTimeoutSeconds": None, "tcpFinTimeoutSeconds": None, "udpTimeoutSeconds": None},
}

PREVIEW: Tree = {
    "properties": {
        "enablePodSecurityPolicy": None,
        "enableLTS": None,
        "controlPlanePluginProfiles": "*",
        "agentPoolProfiles": {
            "enableCustomCATrust": None,
            "nodeInitializationTaints": None,
            "upgradeStrategy": None,
            "upgradeSettingsBlueGreen": "*",
        },
        "networkProfile": {"dockerBridgeCidr": None, "podLinkLocalAccess": None, "kubeProxyConfig": KUBE_PROXY},
        "storageProfile": {"diskCSIDriver": {"version": None}},
    }
}

# Read-only: tolerated and ignored in a PUT.
READ_ONLY_TOP = ("id", "name", "type", "systemData", "eTag")
READ_ONLY_PROPERTIES = (
    "provisioningState",
    "powerState",
    "fqdn",
    "privateFQDN",
    "azurePortalFQDN",
    "currentKubernetesVersion",
    "maxAgentPools",
    "resourceUID",
    "status",
)
READ_ONLY_POOL = ("eTag", "provisioningState", "currentOrchestratorVersion", "status")


def _add(tree: Tree, more: Tree) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _add(tree[key], value)
        else:
            tree[key] = value


@functools.lru_cache(maxsize=2)
def _tree(preview: bool) -> Tree:
    tree: Tree = json.loads((FIXTURES / "arm" / "managed-cluster-2026-08-01.json").read_text(encoding="utf-8"))
    if preview:
        _add(tree, copy.deepcopy(PREVIEW))
    return tree


def _below(tree: t.Any, key: str) -> tuple[bool, t.Any]:
    """Whether C(key) is known here, and what is known below it."""
    if not isinstance(tree, dict):
        return True, tree
    if key in tree:
        return True, tree[key]
    return "*" in tree, tree.get("*")


def refuse_unknown(body: t.Any, stored: t.Any, version: str) -> None:
    """Refuse what this api-version does not know; a preview one also takes back whatever the stored cluster holds."""
    if not api_versions.is_strict(version):
        return
    kept = stored if api_versions.is_preview(version) else None
    unknown = _first_unknown(body, kept, _tree(api_versions.is_preview(version)))
    if unknown is not None:
        raise aks(
            400,
            "UnmarshalError",
            f'Invalid request body. Converting request body to a managed cluster encountered error: json: unknown field "{unknown}" '
            "Check that the field is in the right location, is spelled correctly, and is supported in the API version. "
            "Visit aka.ms/aks/apiversions for more API version information..",
        )


def _first_unknown(body: t.Any, stored: t.Any, tree: t.Any) -> str | None:
    if tree == "*":
        return None
    if isinstance(body, list):
        others = stored if isinstance(stored, list) else []
        pairs = ((item, others[index] if index < len(others) else None) for index, item in enumerate(body))
        return next((found for item, other in pairs if (found := _first_unknown(item, other, tree)) is not None), None)
    if not isinstance(body, dict):
        return None
    kept = stored if isinstance(stored, dict) else {}
    for key, value in body.items():
        known, below = _below(tree, key)
        if not known and key not in kept:
            return key
        found = None if not known else _first_unknown(value, kept.get(key), below)
        if found is not None:
            return found
    return None


def visible(stored: t.Any, version: str) -> t.Any:
    """The stored cluster as an answer in this api-version: stable ones leave out what only previews know."""
    if api_versions.is_preview(version):
        return copy.deepcopy(stored)
    return _without(stored, PREVIEW)


def _without(value: t.Any, hidden: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_without(item, hidden) for item in value]
    if not isinstance(value, dict) or not isinstance(hidden, dict):
        return copy.deepcopy(value)
    kept = {}
    for key, below in value.items():
        if key not in hidden:
            kept[key] = copy.deepcopy(below)
        elif isinstance(hidden[key], dict) and key != "kubeProxyConfig":
            kept[key] = _without(below, hidden[key])
    return kept


def writable(body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A PUT's body without its read-only keys."""
    clean = {key: copy.deepcopy(value) for key, value in body.items() if key not in READ_ONLY_TOP}
    properties = clean.get("properties")
    if isinstance(properties, dict):
        for key in READ_ONLY_PROPERTIES:
            properties.pop(key, None)
        for pool in properties.get("agentPoolProfiles") or []:
            for key in READ_ONLY_POOL:
                pool.pop(key, None)
        balancer = (properties.get("networkProfile") or {}).get("loadBalancerProfile")
        if isinstance(balancer, dict):
            balancer.pop("effectiveOutboundIPs", None)
    return clean
