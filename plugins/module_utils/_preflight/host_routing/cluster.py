"""What eBPF host routing depends on in a cluster's ARM body, besides the general view of it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._common.json_parts import object_of
from ..enum_values import is_value

Raw = t.Mapping[str, t.Any]

VIRTUAL_NODES_ADDON = "aciconnectorlinux"


@dataclasses.dataclass(frozen=True)
class PoolDetails:
    """A node pool. surge, unavailable: how many nodes an upgrade may add, or take away, at a time; as ARM spells them.

    kind: what its nodes are, C(type) in ARM. blue_green: whether an upgrade makes all nodes anew before it drains the old ones.
    """

    name: str
    workload_runtime: str = ""
    pod_subnet: bool = False
    surge: str | None = None
    unavailable: str | None = None
    kind: str = ""
    blue_green: bool = False

    @classmethod
    def from_raw(cls, raw: Raw) -> PoolDetails:
        settings = object_of(raw, "upgradeSettings")
        return cls(
            name=str(raw.get("name") or ""),
            workload_runtime=str(raw.get("workloadRuntime") or ""),
            pod_subnet=bool(raw.get("podSubnetID")),
            surge=_text(settings.get("maxSurge")),
            unavailable=_text(settings.get("maxUnavailable")),
            kind=str(raw.get("type") or ""),
            blue_green=is_value(str(raw.get("upgradeStrategy") or ""), "bluegreen"),
        )


@dataclasses.dataclass(frozen=True)
class HostRoutingArm:
    """pod_cidrs: address ranges of pods. virtual_nodes: whether the add-on is on that makes them.

    disruption_policy, service_mesh, encryption: as ARM spells them, V('') where not set.
    """

    pools: tuple[PoolDetails, ...] = ()
    pod_cidrs: tuple[str, ...] = ()
    static_egress_gateway: bool = False
    virtual_nodes: bool = False
    service_mesh: str = ""
    disruption_policy: str = ""
    encryption: str = ""

    @classmethod
    def from_raw(cls, raw: Raw) -> HostRoutingArm:
        properties = object_of(raw, "properties")
        network = object_of(properties, "networkProfile")
        addons = object_of(properties, "addonProfiles")
        security = object_of(object_of(network, "advancedNetworking"), "security")
        return cls(
            pools=tuple(PoolDetails.from_raw(pool) for pool in properties.get("agentPoolProfiles") or ()),
            pod_cidrs=tuple(network.get("podCidrs") or ()),
            static_egress_gateway=object_of(network, "staticEgressGatewayProfile").get("enabled") is True,
            virtual_nodes=any(is_value(name, VIRTUAL_NODES_ADDON) and object_of(addons, name).get("enabled") is True for name in addons),
            service_mesh=str(object_of(properties, "serviceMeshProfile").get("mode") or ""),
            disruption_policy=str(object_of(properties, "nodeDisruptionProfile").get("nodeDisruptionPolicy") or ""),
            encryption=str(object_of(security, "transitEncryption").get("type") or ""),
        )


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)
