"""The body of a PUT: the cluster as it was read, with one leaf changed and without what only AKS may write."""

from __future__ import annotations

import copy
import typing as t

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


def put_body(raw: t.Mapping[str, t.Any], leaf: tuple[str, ...], value: t.Any) -> dict[str, t.Any]:
    """A copy of the cluster to send back: one leaf set, objects on the way to it made where they are absent, read-only keys removed.

    Without a value the leaf is left as it is.
    """
    body = copy.deepcopy(dict(raw))
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
