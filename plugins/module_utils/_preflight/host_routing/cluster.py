"""What eBPF host routing depends on in a cluster's ARM body, beside the general view of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._common.json_parts import object_of

Raw = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class PoolDetails:
    """A node pool. surge, unavailable: how many nodes an upgrade may add, or take away, at a time; as ARM spells them."""

    name: str
    workload_runtime: str = ""
    pod_subnet: bool = False
    surge: str | None = None
    unavailable: str | None = None

    @classmethod
    def from_raw(cls, raw: Raw) -> PoolDetails:
        settings = object_of(raw, "upgradeSettings")
        return cls(
            name=str(raw.get("name") or ""),
            workload_runtime=str(raw.get("workloadRuntime") or ""),
            pod_subnet=bool(raw.get("podSubnetID")),
            surge=_text(settings.get("maxSurge")),
            unavailable=_text(settings.get("maxUnavailable")),
        )


@dataclasses.dataclass(frozen=True)
class HostRoutingArm:
    """pod_cidrs: address ranges of pods. disruption_policy, service_mesh, encryption: as ARM spells them, V('') where not set."""

    pools: tuple[PoolDetails, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    static_egress_gateway: bool = False
    service_mesh: str = ""
    disruption_policy: str = ""
    encryption: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> HostRoutingArm:
        properties = object_of(raw, "properties")
        network = object_of(properties, "networkProfile")
        security = object_of(object_of(network, "advancedNetworking"), "security")
        return cls(
            pools=tuple(PoolDetails.from_raw(pool) for pool in properties.get("agentPoolProfiles") or ()),
            pod_cidrs=tuple(network.get("podCidrs") or ()),
            static_egress_gateway=object_of(network, "staticEgressGatewayProfile").get("enabled") is True,
            service_mesh=str(object_of(properties, "serviceMeshProfile").get("mode") or ""),
            disruption_policy=str(object_of(properties, "nodeDisruptionProfile").get("nodeDisruptionPolicy") or ""),
            encryption=str(object_of(security, "transitEncryption").get("type") or ""),
        )


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)
