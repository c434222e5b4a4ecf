"""A cluster's ARM body as one flat record.

https://learn.microsoft.com/rest/api/aks/managed-clusters/get documents the body.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import object_of, objects_of
from . import api_versions
from .host_routing import configuration as host_routing
from .kube_proxy.configuration import KubeProxyConfig, effective, raw_leaf

Raw = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PoolView:
    """A node pool. Absent values are none, strings are as ARM spells them; C(count) is the number of nodes."""

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

    power_state: V(Running) when ARM does not say. node_resource_group_id: of the group in which AKS makes the nodes.
    network_dataplane: V(azure) when ARM does not say. acns: ARM's C(advancedNetworking), as it is.
    kube_proxy: the configuration in effect. acns_enabled: whether ACNS is on. host_routing: the acceleration mode in effect, V(BpfVeth) or
    V(None). Each of the three is none when the api-version of the body does not show it, because it would look like a default then.
    """

    id: str
    name: str
    location: str | None
    subscription_id: str | None
    resource_group: str | None
    node_resource_group_id: str | None
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
    kube_proxy: KubeProxyConfig | None
    acns: dict[str, t.Any] | None
    acns_enabled: bool | None
    host_routing: str | None
    pools: tuple[PoolView, ...]
    etag: str | None

    @classmethod
    def from_raw(cls, raw: Raw, api_version: str) -> ClusterView:
        """raw: the body of a cluster. api_version: the one that it was read with; DataplaneError when it is none."""
        properties = object_of(raw, "properties")
        network, sku = object_of(properties, "networkProfile"), object_of(raw, "sku")
        families = network.get("ipFamilies")
        routing = host_routing.effective(host_routing.raw_leaf(raw))
        return cls(
            **cluster_summary(raw),
            sku_name=sku.get("name"),
            sku_tier=sku.get("tier"),
            network_plugin=network.get("networkPlugin"),
            network_plugin_mode=network.get("networkPluginMode"),
            network_policy=network.get("networkPolicy"),
            network_dataplane=network.get("networkDataplane") or "azure",
            outbound_type=network.get("outboundType"),
            ip_families=None if families is None else tuple(families),
            kube_proxy=effective(raw_leaf(raw)) if api_versions.KUBE_PROXY.is_shown_by(api_version) else None,
            acns=network.get("advancedNetworking"),
            acns_enabled=routing.acns if api_versions.ACNS.is_shown_by(api_version) else None,
            host_routing=routing.acceleration_mode if api_versions.HOST_ROUTING.is_shown_by(api_version) else None,
            pools=tuple(PoolView.from_raw(pool) for pool in objects_of(properties, "agentPoolProfiles")),
            etag=raw.get("eTag"),
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Plain JSON types, as the module aks_network_info returns it."""
        return {
            **dataclasses.asdict(self),
            "kube_proxy": None if self.kube_proxy is None else self.kube_proxy.to_dict(),
            "ip_families": None if self.ip_families is None else list(self.ip_families),
            "pools": [dataclasses.asdict(pool) for pool in self.pools],
        }


def cluster_summary(raw: Raw) -> dict[str, t.Any]:
    """What every api-version shows of a cluster: the first values of C(ClusterView) by name, plain JSON types. raw: its body, of any api-version."""
    properties = object_of(raw, "properties")
    identifier = raw.get("id") or ""
    subscription, nodes_in = _segment(identifier, "subscriptions"), properties.get("nodeResourceGroup")
    return {
        "id": identifier,
        "name": raw.get("name") or _segment(identifier, "managedclusters") or "",
        "location": raw.get("location"),
        "subscription_id": subscription,
        "resource_group": _segment(identifier, "resourcegroups"),
        "node_resource_group_id": f"/subscriptions/{subscription}/resourceGroups/{nodes_in}" if subscription and nodes_in else None,
        "provisioning_state": properties.get("provisioningState"),
        "power_state": _power_state(properties),
        "kubernetes_version": properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion"),
    }


def _power_state(raw: Raw) -> str:
    return object_of(raw, "powerState").get("code") or "Running"


def _segment(identifier: str, collection: str) -> str | None:
    """The name after a collection in a resource id; ARM does not keep to one case for the collections."""
    parts = identifier.split("/")
    pairs = zip(parts[1::2], parts[2::2], strict=False)
    return next((name for kind, name in pairs if kind.lower() == collection), None)
