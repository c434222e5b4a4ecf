"""What was seen of kube-proxy in a cluster, before any judgement."""

from __future__ import annotations

import dataclasses

from ..model import DaemonSet, Node


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
    """From kube-proxy's metrics. Times are Unix seconds by IP family (V('') where kube-proxy does not distinguish them)."""

    last_sync: dict[str, float] = dataclasses.field(default_factory=dict)
    last_queued: dict[str, float] = dataclasses.field(default_factory=dict)
    failures: float = 0.0


@dataclasses.dataclass(frozen=True)
class ProxyAnswers:
    """What one kube-proxy said about itself; None = it was not asked or gave no usable answer, and C(errors) says why.

    invalid_dropped: packets that conntrack called INVALID, which mode iptables drops; none where it does not count them.
    """

    proxy_mode: str | None = None
    configz_mode: str | None = None
    ipvs: IpvsSettings | None = None
    healthz_status: int | None = None
    metrics: SyncMetrics | None = None
    invalid_dropped: int | None = dataclasses.field(default=None, kw_only=True)
    errors: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class KubeProxyNode(Node):
    """One node and what its kube-proxy answered."""

    answers: ProxyAnswers = ProxyAnswers()


@dataclasses.dataclass(frozen=True)
class KubeProxyObservation:
    """All of it at one moment. C(stray_pods): kube-proxy pods on no listed node."""

    nodes: tuple[KubeProxyNode, ...]
    daemonset: DaemonSet | None
    stray_pods: tuple[str, ...] = ()
