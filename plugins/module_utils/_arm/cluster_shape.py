"""The types of what this collection reads of a cluster's body, in every api-version. Data, and one check.

What stands nowhere here is not looked at: a cluster with properties that nobody knows yet is a cluster. Whatever is not required may be absent or null.
"""

from __future__ import annotations

import collections.abc
import typing as t

# In a shape: the class of a value, {key: shape} for an object with these keys, [shape] for a list, {ANY: shape} for an object with any keys.
ANY = "*"
Shape = t.Any

_NUMBER, _FLAG, _TEXT = int, bool, str
_STATE: Shape = {"code": _TEXT}
_ENABLED: Shape = {"enabled": _FLAG}

_POOL: Shape = {
    "name": _TEXT,
    "mode": _TEXT,
    "type": _TEXT,
    "osType": _TEXT,
    "osSKU": _TEXT,
    "nodeImageVersion": _TEXT,
    "orchestratorVersion": _TEXT,
    "currentOrchestratorVersion": _TEXT,
    "vmSize": _TEXT,
    "provisioningState": _TEXT,
    "count": _NUMBER,
    "powerState": _STATE,
}

_NETWORK: Shape = {
    "networkPlugin": _TEXT,
    "networkPluginMode": _TEXT,
    "networkPolicy": _TEXT,
    "networkDataplane": _TEXT,
    "outboundType": _TEXT,
    "ipFamilies": [_TEXT],
    "podCidrs": [_TEXT],
    "kubeProxyConfig": {
        "enabled": _FLAG,
        "mode": _TEXT,
        "ipvsConfig": {
            "scheduler": _TEXT,
            "tcpTimeoutSeconds": _NUMBER,
            "tcpFinTimeoutSeconds": _NUMBER,
            "udpTimeoutSeconds": _NUMBER,
        },
    },
    "advancedNetworking": {
        "enabled": _FLAG,
        "observability": _ENABLED,
        "security": _ENABLED,
        "performance": {"accelerationMode": _TEXT},
    },
}

CLUSTER: Shape = {
    "location": _TEXT,
    "eTag": _TEXT,
    "tags": {ANY: _TEXT},
    "sku": {"name": _TEXT, "tier": _TEXT},
    "properties": {
        "provisioningState": _TEXT,
        "powerState": _STATE,
        "kubernetesVersion": _TEXT,
        "currentKubernetesVersion": _TEXT,
        "agentPoolProfiles": [_POOL],
        "networkProfile": _NETWORK,
        "aadProfile": {"managed": _FLAG},
        "apiServerAccessProfile": {"enablePrivateCluster": _FLAG, "disableRunCommand": _FLAG},
        "status": {"provisioningError": {ANY: object}},
    },
}


def find_fault(cluster: t.Mapping[str, t.Any]) -> str:
    """Why the body is not that of a cluster, the end of a sentence; V('') when it can be one."""
    for key, kind in (("location", _TEXT), ("properties", dict)):
        if not isinstance(cluster.get(key), kind):
            return f"it has no {key}"
    return next(_faults(cluster, CLUSTER, ""), "")


def _faults(value: t.Any, shape: Shape, path: str) -> collections.abc.Iterator[str]:
    if value is None:
        return
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{path} in it is no object"
            return
        keys = value if ANY in shape else [key for key in shape if key in value]
        for key in keys:
            yield from _faults(value[key], shape.get(key, shape.get(ANY)), f"{path}.{key}" if path else key)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path} in it is no list"
            return
        for index, item in enumerate(value):
            # A list of nothing in particular says nothing, and code that reads it does not expect that.
            yield from _faults(_MISPLACED if item is None else item, shape[0], f"{path}[{index}]")
    elif not isinstance(value, shape) or (shape is _NUMBER and isinstance(value, bool)):
        yield f"{path} in it is no {_WORDS.get(shape, 'value')}"


_MISPLACED = object()
_WORDS = {_NUMBER: "number", _FLAG: "boolean", _TEXT: "text"}
