# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What was seen of kube-proxy in a cluster, before any judgement."""

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
class ProxyPod:
    """A kube-proxy pod.

    waiting_reason: why its container does not run, for example V(CrashLoopBackOff). log: its last lines, where they were read.
    """

    name: str
    ready: bool
    phase: str
    restarts: int = 0
    waiting_reason: str = ""
    image: str = ""
    started: str = ""
    log: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class NodeObservation:
    """One node. C(not_applicable): why AKS runs no kube-proxy of its own there (Windows, virtual node); empty where it should."""

    name: str
    os: str
    ready: bool
    schedulable: bool
    pod: ProxyPod | None = None
    answers: ProxyAnswers = ProxyAnswers()
    not_applicable: str = ""


@dataclasses.dataclass(frozen=True)
class DaemonSetObservation:
    """kube-proxy's DaemonSet. C(mode): by its template's flags; None when it is configured in another way."""

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
