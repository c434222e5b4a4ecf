# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which properties a managed cluster has in which api-version: by one list, C(tests/fixtures/arm/managed-cluster.tsv), for what is shown and for
what is taken.

As trees of names: C(None) for a value, C("*") for anything, key C("*") for any name. A preview version also has what earlier ones had: AKS
showed C(enableCustomCATrust), and took it back, when no model had it any more (recorded in August 2025).
"""

from __future__ import annotations

import copy
import functools
import typing as t

from ..errors import ApiError, aks, gateway
from ..settings import FIXTURES
from . import api_versions

Tree = dict[str, t.Any]

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
IDENTITY = ("clientId", "principalId")
# What Go calls a value of JSON; a bool of Python is an int, too.
_KINDS = ((bool, "bool"), (str, "string"), ((int, float), "number"))


@functools.lru_cache(maxsize=1)
def _list() -> tuple[tuple[str, str, str], ...]:
    """Path, stable versions, preview versions."""
    lines = (FIXTURES / "arm" / "managed-cluster.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(t.cast("tuple[str, str, str]", tuple(line.split("\t"))) for line in lines if not line.startswith("#"))


def _has(versions: str, version: str) -> bool:
    first, _dots, last = versions.partition("..")
    date = version[:10]
    return first != "-" and first <= date and (api_versions.is_preview(version) or not last or date <= last)


@functools.cache
def tree(version: str) -> Tree:
    """The properties that C(version) has; not to be changed."""
    found: Tree = {}
    for text, stable, preview in _list():
        if not _has(preview if api_versions.is_preview(version) else stable, version):
            continue
        path, _equals, anything = text.partition(" = ")
        *way, last = path.split(".")
        node = found
        for key in way:
            node[key] = node.get(key) or {}
            node = node[key]
        node[last] = anything or None
    return found


def _below(known: t.Any, key: str) -> tuple[bool, t.Any]:
    """Whether C(key) is known here, and what is known below it."""
    if not isinstance(known, dict):
        return True, known
    if key in known:
        return True, known[key]
    return "*" in known, known.get("*")


def _refuse(body: t.Any, version: str) -> None:
    unknown, wrong = _first_wrong(body, tree(version))
    if wrong is not None:
        kind = next(name for python, name in _KINDS if isinstance(wrong[1], python))
        raise _unreadable(f"json: cannot unmarshal {kind} into Go struct field ManagedCluster.{wrong[0]} of type object")
    if unknown is not None and api_versions.is_strict(version):
        raise unknown_field(unknown)


def unknown_field(name: str) -> ApiError:
    """AKS's words about a field of a body."""
    return _unreadable(
        f'json: unknown field "{name}" Check that the field is in the right location, is spelled correctly, and is supported in the API version. '
        "Visit aka.ms/aks/apiversions for more API version information.."
    )


def _unreadable(reason: str) -> ApiError:
    message = f"Invalid request body. Converting request body to a managed cluster encountered error: {reason}"
    return aks(400, "UnmarshalError", message)


def _first_wrong(body: t.Any, known: t.Any, name: str = "") -> tuple[str | None, tuple[str, t.Any] | None]:
    """The first field that is not known, and the first one with a value where an object is wanted; up to the first of either."""
    if not isinstance(known, dict) or body is None:
        return None, None
    if isinstance(body, list):
        pairs = [(item, known, name) for item in body]
    elif isinstance(body, dict):
        found = [(key, value, *_below(known, key)) for key, value in body.items()]
        missing = next((key for key, _value, there, _below_it in found if not there), None)
        if missing is not None:
            return missing, None
        pairs = [(value, below, key) for key, value, _there, below in found]
    else:
        return None, (name, body)
    wrong = (_first_wrong(*pair) for pair in pairs)
    return next((one for one in wrong if one != (None, None)), (None, None))


def visible(body: t.Any, version: str) -> t.Any:
    """What this api-version knows of a cluster: what it shows of a stored one, and what it reads of a sent one."""
    return _known(body, tree(version))


def read(body: t.Mapping[str, t.Any], version: str) -> dict[str, t.Any]:
    """A sent cluster as this api-version reads it; ApiError for what it refuses. The words about a value of another type are made up in part."""
    _refuse(body, version)
    _refuse_identity_values(body)
    known: dict[str, t.Any] = visible(body, version)
    network = tree(version)["properties"]["networkProfile"]
    if "enabled" not in network.get("advancedNetworking", {}):
        # Versions from before there was a switch leave alone what newer ones have set.
        ((known.get("properties") or {}).get("networkProfile") or {}).pop("advancedNetworking", None)
    return known


def visible_pool(pool: t.Mapping[str, t.Any], version: str) -> dict[str, t.Any]:
    """The same of one node pool."""
    known: dict[str, t.Any] = _known(pool, tree(version)["properties"]["agentPoolProfiles"])
    return known


def _known(value: t.Any, known: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_known(item, known) for item in value]
    if not isinstance(value, dict) or not isinstance(known, dict):
        return copy.deepcopy(value)
    pairs = ((key, item, *_below(known, key)) for key, item in value.items())
    return {key: _known(item, below) for key, item, there, below in pairs if there}


def _refuse_identity_values(body: t.Mapping[str, t.Any]) -> None:
    """ARM takes the names of user-assigned identities; what it has itself found out about them is not to be sent back."""
    identities = (body.get("identity") or {}).get("userAssignedIdentities") or {}
    wrong = [name for name, values in identities.items() if any((values or {}).get(key) for key in IDENTITY)]
    if wrong:
        raise gateway(
            400,
            "InvalidIdentityValues",
            f"Invalid value for the identities '{','.join(wrong)}'. The 'UserAssignedIdentities' property keys should only be empty json "
            "objects, null or the resource exisiting property.",
        )


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
