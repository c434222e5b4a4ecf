# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What the preflight rules look at (facts) and what they say (findings)."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.kube_proxy import KubeProxyConfig
from .._aks.view import ClusterView

Severity = t.Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Profile = t.Literal["preview", "current"]
PROFILES: tuple[Profile, ...] = ("preview", "current")

# The parts of a cluster that are read on their own: one that the user may not read silences only the rules that need it.
KubePart = t.Literal["nodes", "daemonset", "proxies", "services", "calico", "cilium", "probe_pod"]


@dataclasses.dataclass(frozen=True)
class NodeFacts:
    """One node. kernel and kubelet are the versions as the node reports them."""

    name: str
    os: str
    ready: bool
    schedulable: bool
    kernel: str = ""
    kubelet: str = ""
    os_image: str = ""


@dataclasses.dataclass(frozen=True)
class DaemonSetFacts:
    """The kube-proxy DaemonSet: the tag of its image, kube-proxy's command line, and how far the rollout is."""

    image_tag: str
    args: tuple[str, ...]
    desired: int
    updated: int
    ready: int
    current_generation: bool = True
    shared_health_probe: bool = False

    @property
    def rolling(self) -> bool:
        return not self.current_generation or self.updated < self.desired


@dataclasses.dataclass(frozen=True)
class ProxyFacts:
    """What kube-proxy on one node says of itself; mode is None when it did not say."""

    node: str
    mode: str | None


@dataclasses.dataclass(frozen=True)
class ServiceFacts:
    """How many Services there are, and which of them have node ports (C(namespace/name), by their type)."""

    total: int
    node_port: tuple[str, ...] = ()
    load_balancer: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class CalicoFacts:
    """Calico's data plane as its operator (linux_dataplane) and Felix (the others) are configured; None where nothing is set."""

    linux_dataplane: str | None = None
    nftables_mode: str | None = None
    bpf_enabled: bool | None = None

    @property
    def nftables(self) -> bool:
        return self.linux_dataplane == "Nftables" or self.nftables_mode == "Enabled"

    @property
    def replaces_kube_proxy(self) -> bool:
        return self.linux_dataplane == "BPF" or self.bpf_enabled is True


@dataclasses.dataclass(frozen=True)
class ProbePodFacts:
    """Whether the API server would accept the pods of the node checks; refusal is its answer when not."""

    allowed: bool
    refusal: str = ""


@dataclasses.dataclass(frozen=True)
class KubeFacts:
    """What the Kubernetes API server told. unread: part -> why it could not be read; the part's own value then means nothing.

    daemonset, calico: None when the cluster has none.
    kube_proxy_replacement: Cilium's setting of that name, None when there is no Cilium.
    """

    nodes: tuple[NodeFacts, ...] = ()
    daemonset: DaemonSetFacts | None = None
    proxies: tuple[ProxyFacts, ...] = ()
    services: ServiceFacts = ServiceFacts(0)
    calico: CalicoFacts | None = None
    kube_proxy_replacement: str | None = None
    probe_pod: ProbePodFacts = ProbePodFacts(True)
    unread: t.Mapping[KubePart, str] = dataclasses.field(default_factory=dict)

    @property
    def linux_nodes(self) -> tuple[NodeFacts, ...]:
        return tuple(node for node in self.nodes if node.os != "windows")


@dataclasses.dataclass(frozen=True)
class Facts:
    """Everything that the rules may look at.

    wanted: the configuration as it would be after the switch; current: as ARM shows it now.
    feature_state, kube: None when not read; the reason beside it then says why.
    """

    cluster: ClusterView
    current: KubeProxyConfig
    wanted: KubeProxyConfig
    api_version: str
    feature_state: str | None = None
    feature_missing_reason: str = ""
    kube: KubeFacts | None = None
    kube_missing_reason: str = ""

    @property
    def switching(self) -> bool:
        """Whether anything would be changed."""
        # Compared by meaning: a disabled kube-proxy may still carry a mode.
        return self.current.to_dict() != self.wanted.to_dict()

    @property
    def changes_mode(self) -> bool:
        """Whether kube-proxy runs now and would run in another mode afterwards."""
        return self.current.enabled and self.wanted.enabled and self.current.mode != self.wanted.mode

    @property
    def cilium(self) -> bool:
        return self.cluster.network_dataplane.lower() == "cilium"

    def kube_part_missing(self, part: KubePart) -> str | None:
        """Why this part of the cluster is not known; None when it is."""
        if self.kube is None:
            return self.kube_missing_reason
        return self.kube.unread.get(part)


@dataclasses.dataclass(frozen=True)
class Part:
    """What a rule says of one subject; what is left out here is taken from the catalogue.

    relaxed: the severity under the profile V(current), V(none) where that profile has no such limit.
    """

    subject: str
    message: str
    remedy: str = ""
    severity: Severity | None = None
    relaxed: Severity | t.Literal["none"] | None = None


@dataclasses.dataclass(frozen=True)
class NotChecked:
    """A rule could not be applied, and why."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that a check found, with everything that an operator needs to judge it.

    profile_note: why another profile would judge otherwise; empty when it would not.
    ignored: the operator named the rule in C(ignore); original_severity is what it was before, and None otherwise.
    """

    id: str
    severity: Severity
    title: str
    subject: str
    message: str
    remedy: str
    reference: str
    profile_note: str = ""
    not_checked: bool = False
    ignored: bool = False
    original_severity: Severity | None = None

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)
