# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's body in two parts, the leaf of a data plane and all else, and how two bodies differ. Pure."""

from __future__ import annotations

import copy
import fnmatch
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import READ_ONLY

from tests.simulator.arm import schema

from .trouble import KUBE_PROXY, Json

NOTHING = object()

_KUBE_PROXY = ("properties", "networkProfile", "kubeProxyConfig")
# Only the mode in it is host routing; all else of ACNS is the operator's.
_HOST_ROUTING = ("properties", "networkProfile", "advancedNetworking", "performance")


def value_of(body: t.Any, plane: str) -> str:
    """What is configured, as declarations name it: V(NFTABLES), V(IPVS ...) with its settings, V(enabled)."""
    found = _at(body, _KUBE_PROXY if plane == KUBE_PROXY else _HOST_ROUTING)
    leaf = found if isinstance(found, dict) else {}
    if plane != KUBE_PROXY:
        return "enabled" if str(leaf.get("accelerationMode")).lower() == "bpfveth" else "disabled"
    if leaf.get("enabled", True) is False:
        return "none"
    settings = {name: value for name, value in (leaf.get("ipvsConfig") or {}).items() if value is not None}
    return f"{str(leaf.get('mode') or 'IPTABLES').upper()}{f' {settings}' if settings else ''}"


def set_value(body: Json, plane: str, value: str) -> None:
    """Configure it in the body itself, as somebody else would."""
    profile = body["properties"]["networkProfile"]
    if plane == KUBE_PROXY:
        profile["kubeProxyConfig"] = {"enabled": True, "mode": value}
    else:
        profile["advancedNetworking"]["performance"] = {"accelerationMode": "BpfVeth" if value == "enabled" else "None"}


def outside(body: t.Any, plane: str) -> Json:
    """All that a client may write, without the leaf."""
    rest: Json = schema.writable(copy.deepcopy(dict(body)))
    node: t.Any = rest
    *way, last = _KUBE_PROXY if plane == KUBE_PROXY else _HOST_ROUTING
    for key in way:
        node = node.get(key) if isinstance(node, dict) else None
    if isinstance(node, dict):
        node.pop(last, None)
    return rest


def differences(one: t.Any, other: t.Any, path: str = "") -> t.Iterator[str]:
    """The paths at which they differ; one that only the first has, or only the second, too."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key, NOTHING), other.get(key, NOTHING), f"{path}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}.{place}")
    elif one != other and {_empty(one), _empty(other)} != {True}:
        yield path


def not_sent_back(stored: t.Any, sent: t.Any, plane: str) -> list[str]:
    """Where a PUT's body is another one than the stored cluster, although neither the leaf nor what only AKS writes is there."""
    return [path for path in differences(outside(stored, plane), outside(sent, plane)) if not _read_only(path)]


def _read_only(path: str) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, f"{pattern}.*") for pattern in READ_ONLY)


def _empty(value: t.Any) -> bool:
    return value is None or value is NOTHING


def _at(body: t.Any, path: t.Sequence[str]) -> t.Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body
