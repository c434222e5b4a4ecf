"""What was seen of Cilium's host routing in a cluster, before any judgement."""

from __future__ import annotations

import dataclasses
import typing as t

from ..model import DaemonSet, Node

BPF = "bpf"
LEGACY = "legacy"

# AKS puts it on nodes that came up with eBPF host routing.
LABEL = "kubernetes.azure.com/ebpf-host-routing"

BLOCKER = "iptables-blocker-init"
MONITOR = "azure-iptables-monitor-init"
SIDECAR = "azure-iptables-monitor"

UNEXPECTED_RULES = "UnexpectedIPTablesRules"
BLOCKED_RULE = "BlockedIPTablesRule"
EVENT_REASONS = (UNEXPECTED_RULES, BLOCKED_RULE)


@dataclasses.dataclass(frozen=True)
class AgentAnswers:
    """What one Cilium agent said about itself when it was asked; None = not known, and C(errors) may say why.

    routing: V(bpf) or V(legacy). The others as Cilium spells them.
    """

    routing: str | None = None
    masquerading: str | None = None
    kube_proxy_replacement: str | None = None
    errors: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class NodeEvent:
    """An event of AKS's iptables monitor about a node. time: as Kubernetes spells it, V('') when it has none."""

    reason: str
    time: str
    message: str


@dataclasses.dataclass(frozen=True)
class HostRoutingNode(Node):
    """One node.

    answers: none when the agent was not to be asked. user_rules: what the monitor says on the CiliumNode, none when it says nothing.
    unexpected_rules: the iptables rules that the monitor does not know, as far as its log was read.
    """

    answers: AgentAnswers | None = None
    user_rules: bool | None = None
    unexpected_rules: tuple[str, ...] = ()
    events: tuple[NodeEvent, ...] = ()


@dataclasses.dataclass(frozen=True)
class HostRoutingObservation:
    """All of it at one moment. config: the data of the ConfigMap C(cilium-config)."""

    nodes: tuple[HostRoutingNode, ...]
    config: t.Mapping[str, str] | None
    daemonset: DaemonSet | None
    kube_proxy_pods: tuple[str, ...] = ()

    @property
    def has_cilium(self) -> bool:
        """Whether anything shows of it; an agent that answers does, whatever else is missing."""
        return self.config is not None or self.daemonset is not None or any(node.answers for node in self.nodes)
