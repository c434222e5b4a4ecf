"""The body of a PUT: the cluster as it was read, with one leaf changed and without what only AKS may write."""

from __future__ import annotations

import copy
import re
import typing as t

from .cluster_model import MODEL

# Paths in a cluster's ARM body; * is every element of an array and every value of an object.
READ_ONLY = (
    "eTag",
    "id",
    "name",
    "type",
    "systemData",
    "identity.principalId",
    "identity.tenantId",
    "identity.userAssignedIdentities.*.clientId",
    "identity.userAssignedIdentities.*.principalId",
    "properties.azurePortalFQDN",
    "properties.currentKubernetesVersion",
    "properties.fqdn",
    "properties.maxAgentPools",
    "properties.powerState",
    "properties.privateFQDN",
    "properties.provisioningState",
    "properties.resourceUID",
    "properties.status.provisioningError",
    "properties.addonProfiles.*.identity",
    "properties.agentPoolProfiles.*.currentOrchestratorVersion",
    "properties.agentPoolProfiles.*.eTag",
    "properties.agentPoolProfiles.*.localDNSProfile.state",
    "properties.agentPoolProfiles.*.provisioningState",
    "properties.agentPoolProfiles.*.status.provisioningError",
    "properties.ingressProfile.webAppRouting.identity",
    "properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs",
    "properties.networkProfile.natGatewayProfile.effectiveOutboundIPs",
    "properties.oidcIssuerProfile.issuerURL",
    "properties.podIdentityProfile.userAssignedIdentities.*.provisioningInfo",
    "properties.podIdentityProfile.userAssignedIdentities.*.provisioningState",
    "properties.privateLinkResources.*.privateLinkServiceID",
    # Writing a node image version rolls the pool back to it.
    "properties.agentPoolProfiles.*.nodeImageVersion",
    # In preview api-versions only.
    "properties.httpProxyConfig.effectiveNoProxy",
    "properties.ingressProfile.applicationLoadBalancer.identity",
    "properties.ingressProfile.webAppRouting.defaultDomain.domainName",
    "properties.networkProfile.clusterAPIConnectivityProfile.bastion.bastionId",
    "properties.storageProfile.diskCSIDriver.quickAttachDetach.identity",
)

_READ_ONLY_KEYS = tuple(tuple(path.split(".")) for path in READ_ONLY)
_MODEL = {path: frozenset(names.split()) for path, names in MODEL.items()}

# Of AKS's own JSON reader: a field that it does not know, or whose value is of another type.
_REFUSED_FIELD = re.compile(r"""unknown field \\*["']?([\w-]+)|Go struct field (?:[\w-]+\.)*?([\w-]+) of type""")


def put_body(raw: t.Mapping[str, t.Any], leaf: tuple[str, ...], value: t.Any) -> dict[str, t.Any]:
    """A copy of the cluster to send back: one leaf set, objects on the way to it made where they are absent, read-only keys removed.

    Nulls that the model does not have are left out too: nobody has set them, and AKS refuses some of what it shows. Without a value the leaf is
    left as it is.
    """
    body: dict[str, t.Any] = _without_unknown_nulls(copy.deepcopy(dict(raw)), "")
    for keys in _READ_ONLY_KEYS:
        _remove(body, keys)
    if value is not None:
        set_leaf(body, leaf, copy.deepcopy(value))
    return body


def object_at(body: t.Mapping[str, t.Any], leaf: tuple[str, ...]) -> dict[str, t.Any] | None:
    """The object at the leaf; none where there is none."""
    node: t.Any = body
    for key in leaf:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else None


def set_leaf(body: dict[str, t.Any], leaf: tuple[str, ...], value: t.Any) -> None:
    """Set the leaf in the body itself."""
    *way, last = leaf
    node = body
    for key in way:
        if not isinstance(node.get(key), dict):
            node[key] = {}
        node = node[key]
    node[last] = value


def refused_field(message: str) -> str:
    """The name of the field that AKS could not read in a body, by its message; V('') when the message names none."""
    found = _REFUSED_FIELD.search(message)
    return (found.group(1) or found.group(2)) if found else ""


def paths_of(body: t.Any, name: str) -> list[str]:
    """Where the body has a key of this name, in the order of the body; places in lists are not counted, so that each path is there once."""
    return list(dict.fromkeys(_paths(body, name, ())))


def _paths(node: t.Any, name: str, above: tuple[str, ...]) -> t.Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _paths(item, name, above)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield ".".join((*above, key))
            yield from _paths(value, name, (*above, key))


def _without_unknown_nulls(node: t.Any, path: str | None) -> t.Any:
    """path: of the model's object that stands here; none for what the model does not have."""
    if isinstance(node, list):
        return [_without_unknown_nulls(item, path) for item in node]
    if not isinstance(node, dict) or (path is not None and path not in _MODEL):
        return node
    names: frozenset[str] = _MODEL.get(path, frozenset()) if path is not None else frozenset()
    kept = {}
    for key, value in node.items():
        known = key if key in names else "*" if "*" in names else None
        below = None if known is None else f"{path}.{known}".lstrip(".")
        if value is not None or known is not None:
            kept[key] = _without_unknown_nulls(value, below)
    return kept


def _remove(node: t.Any, keys: tuple[str, ...]) -> None:
    key, *rest = keys
    if key == "*":
        for child in _children(node):
            _remove(child, tuple(rest))
    elif isinstance(node, dict):
        if rest:
            _remove(node.get(key), tuple(rest))
        else:
            node.pop(key, None)


def _children(node: t.Any) -> list[t.Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
