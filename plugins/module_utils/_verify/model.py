"""What was seen of a cluster's nodes and of kube-proxy on them, before any judgement."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class IpvsSettings:
    """kube-proxy's IPVS settings as it reports them.

    scheduler: V(lc), V(rr), ...; V('') is kube-proxy's default. The timeouts are in seconds; 0 is the kernel's own.
    """

    scheduler: str = ""
    tcp_timeout_seconds: float = 0.0
    tcp_fin_timeout_seconds: float = 0.0
    udp_timeout_seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class SyncMetrics:
    """From kube-proxy's metrics. Times are Unix seconds by IP family (V('') where kube-proxy does not tell them apart)."""

    last_sync: dict[str, float] = dataclasses.field(default_factory=dict)
    last_queued: dict[str, float] = dataclasses.field(default_factory=dict)
    failures: float = 0.0


@dataclasses.dataclass(frozen=True)
class ProxyAnswers:
    """What one kube-proxy said about itself; None = it was not asked or gave no usable answer, and C(errors) says why."""

    proxy_mode: str | None = None
    configz_mode: str | None = None
    ipvs: IpvsSettings | None = None
    healthz_status: int | None = None
    metrics: SyncMetrics | None = None
    errors: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class InitContainer:
    """One of a pod's init containers. exit_code: of its end; none while it has not ended. running: it has begun."""

    name: str
    exit_code: int | None = None
    running: bool = False
    restarts: int = 0

    @property
    def done(self) -> bool:
        """Whether it has ended well; one that failed is started again."""
        return self.exit_code == 0


@dataclasses.dataclass(frozen=True)
class AgentPod:
    """The pod of a DaemonSet on one node: kube-proxy's or Cilium's.

    waiting_reason: why its container does not run, for example V(CrashLoopBackOff). log: its last lines, where they were read.
    init: its init containers in their order.
    """

    name: str
    ready: bool
    phase: str
    restarts: int = 0
    waiting_reason: str = ""
    image: str = ""
    started: str = ""
    log: tuple[str, ...] = ()
    init: tuple[InitContainer, ...] = ()


@dataclasses.dataclass(frozen=True)
class Node:
    """One node, as Kubernetes tells it.

    pod: that of the DaemonSet in question. not_applicable: why AKS runs no data plane of its own there (Windows, virtual node); empty where
    it should. ebpf_label: the value of AKS's label for eBPF host routing, none without the label.
    """

    name: str
    os: str
    ready: bool
    schedulable: bool
    pod: AgentPod | None = None
    not_applicable: str = dataclasses.field(default="", kw_only=True)
    ebpf_label: str | None = dataclasses.field(default=None, kw_only=True)


@dataclasses.dataclass(frozen=True)
class NodeObservation(Node):
    """One node and what its kube-proxy answered."""

    answers: ProxyAnswers = ProxyAnswers()


@dataclasses.dataclass(frozen=True)
class DaemonSetObservation:
    """A DaemonSet. C(mode): of kube-proxy's, by its template's flags; None when it is configured in another way."""

    mode: str | None
    generation: int
    observed_generation: int
    desired: int
    updated: int
    ready: int
    image: str


@dataclasses.dataclass(frozen=True)
class KubeProxyObservation:
    """All of it at one moment. C(stray_pods): kube-proxy pods on no listed node."""

    nodes: tuple[NodeObservation, ...]
    daemonset: DaemonSetObservation | None
    stray_pods: tuple[str, ...] = ()
