"""What the preflight rules know of a cluster from its API server."""

from __future__ import annotations

import dataclasses
import typing as t

from .._verify.model import DaemonSet, Node

# The parts of a cluster that are read on their own: one that the user may not read silences only the rules that need it.
KubePart = t.Literal[
    "nodes",
    "daemonset",
    "cilium",
    "proxies",
    "services",
    "calico",
    "cilium_nodes",
    "patterns",
    "workloads",
    "ambient",
    "budgets",
    "endpoints",
    "ip_masq",
]


@dataclasses.dataclass(frozen=True)
class ProxyFacts:
    """What kube-proxy on one node says of itself; mode is None when it did not say.

    invalid_dropped: packets that conntrack called INVALID, which it has dropped in mode iptables; none when it does not count them.
    """

    node: str
    mode: str | None
    invalid_dropped: int | None = None


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


# What a DaemonSet of Kubernetes' NodeLocal DNSCache, or its image, is called.
NODE_LOCAL_DNS = ("node-local-dns", "nodelocal-dns", "nodelocaldns", "dns-node-cache")


@dataclasses.dataclass(frozen=True)
class WorkloadFacts:
    """A DaemonSet of someone: C(namespace/name), and its images. managed: by AKS. firewall: it may change the host's packet filter."""

    name: str
    images: tuple[str, ...] = ()
    managed: bool = False
    firewall: bool = False

    def mentions(self, word: str) -> bool:
        """Whether its name, without the namespace, or one of its images has the word in it, which is in lower case."""
        return any(word in name.lower() for name in (self.name.partition("/")[2], *self.images))


@dataclasses.dataclass(frozen=True)
class AllowedPatterns:
    """The pattern files of the iptables monitor, by name, for each family; none where the cluster has no such ConfigMap."""

    ipv4: t.Mapping[str, str] | None = None
    ipv6: t.Mapping[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class MasqueradeFile:
    """A file of the user's configuration of the ip-masq-agent: what it holds, or why it cannot be read."""

    name: str
    content: t.Any = None
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class KubeFacts:
    """What the Kubernetes API server answered. server: which one, for messages.

    unread: part -> why it could not be read; the part's own value then means nothing.

    daemonset: that of the data plane in question, kube-proxy or Cilium. daemonset, calico: None when the cluster has none.
    kube_proxy_replacement: Cilium's setting of that name, None when there is no Cilium.
    cilium_nodes: by name, whether the iptables monitor has found rules of the user there, None where it has not labelled the node.
    endpoints: addresses of all EndpointSlices.
    ambient: namespaces in Istio's ambient mode. budgets: pod disruption budgets that allow no disruption now, C(namespace/name).
    """

    nodes: tuple[Node, ...] = ()
    daemonset: DaemonSet | None = None
    proxies: tuple[ProxyFacts, ...] = ()
    services: ServiceFacts = ServiceFacts(0)
    calico: CalicoFacts | None = None
    kube_proxy_replacement: str | None = None
    cilium_nodes: t.Mapping[str, bool | None] = dataclasses.field(default_factory=dict)
    patterns: AllowedPatterns = AllowedPatterns()
    workloads: tuple[WorkloadFacts, ...] = ()
    ambient: tuple[str, ...] = ()
    budgets: tuple[str, ...] = ()
    endpoints: int = 0
    ip_masq: tuple[MasqueradeFile, ...] = ()
    server: str = dataclasses.field(default="", compare=False)
    unread: t.Mapping[KubePart, str] = dataclasses.field(default_factory=dict)

    @property
    def linux_nodes(self) -> tuple[Node, ...]:
        """Without virtual nodes, on which nothing of this runs."""
        return tuple(node for node in self.nodes if not node.is_windows and not node.is_virtual)

    @property
    def virtual_nodes(self) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.is_virtual)

    def reasons_unread(self, *parts: KubePart) -> str:
        """Why parts could not be read; V('') when they all were."""
        return "; ".join(dict.fromkeys(self.unread[part] for part in parts if part in self.unread))
