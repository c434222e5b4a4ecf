"""What the rules of eBPF host routing look at."""

from __future__ import annotations

import dataclasses

from ..._aks.host_routing.configuration import ENABLED, HostRoutingDeclaration
from ..facts import Facts
from .cluster import HostRoutingArm


@dataclasses.dataclass(frozen=True, kw_only=True)
class HostRoutingFacts(Facts):
    """Everything that the rules of eBPF host routing may look at.

    provider_state: None when not read; the reason next to it then says why.
    ruleset_nodes: nodes that get custom rules from this collection.
    """

    arm: HostRoutingArm
    wanted: HostRoutingDeclaration
    provider_state: str | None = None
    provider_missing_reason: str = ""
    ruleset_nodes: tuple[str, ...] = ()

    @property
    def wants_enabled(self) -> bool:
        return self.wanted.enabled

    @property
    def switching(self) -> bool:
        return self.wanted.enabled != (self.cluster.host_routing == ENABLED)

    @property
    def dual_stack(self) -> bool:
        families = {family.lower() for family in self.cluster.ip_families or ()}
        return "ipv6" in families or len(self.arm.pod_cidrs) > 1
