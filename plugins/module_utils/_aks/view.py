"""A cluster's ARM body as one flat record."""

from __future__ import annotations

import dataclasses
import typing as t

from .host_routing import configuration as host_routing
from .kube_proxy.configuration import KubeProxyConfig, effective, raw_leaf

Raw = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PoolView:
    """A node pool. Absent values are none, strings are as ARM spells them."""

    name: str
    mode: str | None
    os_type: str | None
    os_sku: str | None
    node_image_version: str | None
    orchestrator_version: str | None
    count: int | None
    vm_size: str | None
    provisioning_state: str | None
    power_state: str

    @classmethod
    def from_raw(cls, raw: Raw) -> PoolView:
        """raw: an element of C(agentPoolProfiles), of any api-version."""
        return cls(
            name=raw.get("name") or "",
            mode=raw.get("mode"),
            os_type=raw.get("osType"),
            os_sku=raw.get("osSKU"),
            node_image_version=raw.get("nodeImageVersion"),
            orchestrator_version=raw.get("currentOrchestratorVersion") or raw.get("orchestratorVersion"),
            count=raw.get("count"),
            vm_size=raw.get("vmSize"),
            provisioning_state=raw.get("provisioningState"),
            power_state=_power_state(raw),
        )


@dataclasses.dataclass(frozen=True)
class ClusterView:
    """A cluster, as far as its network is concerned. Absent values are none, strings are as ARM spells them.

    power_state: V(Running) when ARM does not tell. network_dataplane: V(azure) when ARM does not tell.
    acns: ARM's C(advancedNetworking), as it is. acns_enabled: whether it is on. host_routing: the acceleration mode in effect, V(BpfVeth) or V(None).
    """

    id: str
    name: str
    location: str | None
    subscription_id: str | None
    resource_group: str | None
    provisioning_state: str | None
    power_state: str
    kubernetes_version: str | None
    sku_name: str | None
    sku_tier: str | None
    network_plugin: str | None
    network_plugin_mode: str | None
    network_policy: str | None
    network_dataplane: str
    outbound_type: str | None
    ip_families: tuple[str, ...] | None
    kube_proxy: KubeProxyConfig
    acns: dict[str, t.Any] | None
    acns_enabled: bool
    host_routing: str
    pools: tuple[PoolView, ...]
    etag: str | None

    @classmethod
    def from_raw(cls, raw: Raw) -> ClusterView:
        """raw: the body of a cluster, of any api-version. What a version does not have, such as kube-proxy's configuration in a stable one,
        looks like a default.
        """
        properties = _mapping(raw, "properties")
        network = _mapping(properties, "networkProfile")
        sku = _mapping(raw, "sku")
        identifier = raw.get("id") or ""
        families = network.get("ipFamilies")
        routing = host_routing.effective(host_routing.raw_leaf(raw))
        return cls(
            id=identifier,
            name=raw.get("name") or _segment(identifier, "managedclusters") or "",
            location=raw.get("location"),
            subscription_id=_segment(identifier, "subscriptions"),
            resource_group=_segment(identifier, "resourcegroups"),
            provisioning_state=properties.get("provisioningState"),
            power_state=_power_state(properties),
            kubernetes_version=properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion"),
            sku_name=sku.get("name"),
            sku_tier=sku.get("tier"),
            network_plugin=network.get("networkPlugin"),
            network_plugin_mode=network.get("networkPluginMode"),
            network_policy=network.get("networkPolicy"),
            network_dataplane=network.get("networkDataplane") or "azure",
            outbound_type=network.get("outboundType"),
            ip_families=None if families is None else tuple(families),
            kube_proxy=effective(raw_leaf(raw)),
            acns=network.get("advancedNetworking"),
            acns_enabled=routing.acns,
            host_routing=routing.acceleration_mode,
            pools=tuple(PoolView.from_raw(pool) for pool in properties.get("agentPoolProfiles") or ()),
            etag=raw.get("eTag"),
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Plain JSON types, as the module aks_network_info returns it."""
        told = {**dataclasses.asdict(self), "kube_proxy": self.kube_proxy.to_dict()}
        told["ip_families"] = None if self.ip_families is None else list(self.ip_families)
        told["pools"] = [dataclasses.asdict(pool) for pool in self.pools]
        return told


def _mapping(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _power_state(raw: Raw) -> str:
    return _mapping(raw, "powerState").get("code") or "Running"


def _segment(identifier: str, collection: str) -> str | None:
    """The name after a collection in a resource id; ARM does not keep to one case for the collections."""
    parts = identifier.split("/")
    pairs = zip(parts[1::2], parts[2::2], strict=False)
    return next((name for kind, name in pairs if kind.lower() == collection), None)
