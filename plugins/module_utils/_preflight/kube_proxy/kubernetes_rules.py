"""Rules on what runs in the cluster, as the Kubernetes API server shows it; about kube-proxy."""

from __future__ import annotations

from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..limits import MANY_SERVICES, NFTABLES_KERNEL
from ..message_text import count, list_names, version_text
from ..node_versions import kernel_version
from ..rule import When, rule
from ..sources import KEP_3866, KUBERNETES, VIRTUAL_IPS
from .facts import KubeProxyFacts


@rule(
    "KP08",
    "error",
    title="Calico is not in nftables mode",
    what="The cluster has Calico, and Calico is not known to use its nftables data plane: policies and services break.",
    when=When(modes=("NFTABLES",)),
    needs=("arm", "kube"),
    remedy="Use mode IPTABLES, or set linuxDataplane to Nftables in Calico's Installation where you run Calico yourself.",
    sources=(
        "https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables",
        "https://github.com/kubernetes-sigs/kubespray/issues/12198",
    ),
)
def calico_not_nftables(facts: KubeProxyFacts) -> Results:
    calico = facts.kube.calico if facts.kube else None
    policy = is_value(facts.cluster.network_policy, "calico")
    reason = facts.kube_part_missing("calico")
    if reason is not None:
        if policy:
            # AKS's own Calico runs iptables unless told otherwise, so not knowing is as bad as knowing that.
            yield Hit(
                facts.cluster_subject,
                f"The network policy is {facts.cluster.network_policy}, and Calico's data plane could not be read: {reason}.",
            )
        else:
            yield NotChecked(reason)
    elif calico is not None and not calico.nftables:
        yield Hit(
            "Calico",
            f"Calico's linuxDataplane is {calico.linux_dataplane or 'not set'}, its nftablesMode {calico.nftables_mode or 'not set'}: "
            "it works with iptables rules, which do not work beside kube-proxy in NFTABLES mode.",
        )
    elif calico is None and policy:
        yield Hit(
            facts.cluster_subject,
            f"The network policy is {facts.cluster.network_policy}, and no configuration that puts Calico in nftables mode is found.",
        )


@rule(
    "KP11",
    "error",
    title="Nothing replaces kube-proxy",
    what="Neither Cilium's kube-proxy replacement nor Calico's eBPF data plane is seen: services stop working on new nodes.",
    when=When(enabled=False),
    needs=("kube",),
    remedy="Set up a replacement first; when it is one that this check does not know, add KP11 to ignore.",
    sources=(
        "https://learn.microsoft.com/azure/aks/use-byo-cni",
        "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/",
    ),
)
def nothing_replaces_kube_proxy(facts: KubeProxyFacts) -> Results:
    if facts.kube is None:
        yield NotChecked(facts.kube_missing_reason)
        return
    cilium = (facts.kube.kube_proxy_replacement or "").lower()
    calico = facts.kube.calico
    if cilium in ("true", "strict") or (calico is not None and calico.replaces_kube_proxy):
        return
    unread = [reason for part in ("cilium", "calico") if (reason := facts.kube.unread.get(part))]
    if unread:
        yield NotChecked("; ".join(unread))
        return
    yield Hit(
        facts.cluster_subject,
        f"Cilium's kube-proxy-replacement is {cilium or 'not set'}, and Calico's eBPF data plane is {'off' if calico else 'not there'}.",
    )


@rule(
    "KP15",
    "error",
    title="Kernel is too old for NFTABLES",
    what="A Linux node's kernel is older than 5.13: kube-proxy does not start there.",
    when=When(modes=("NFTABLES",)),
    needs=("kube",),
    kube_parts=("nodes",),
    remedy="Upgrade the node image of the pools that these nodes belong to.",
    sources=(KEP_3866, VIRTUAL_IPS),
)
def kernel_too_old(facts: KubeProxyFacts) -> Results:
    nodes = facts.linux_nodes or ()
    kernels = [(node, kernel_version(node.kernel)) for node in nodes]
    old = [f"{node.name} ({node.kernel})" for node, kernel in kernels if kernel is not None and kernel < NFTABLES_KERNEL]
    if old:
        needed = version_text(NFTABLES_KERNEL)
        yield Hit("nodes", f"The kernel of {count(len(old), 'node')} is older than {needed}: {list_names(old)}.")
    strange = [f'{node.name} ("{node.kernel}")' for node, kernel in kernels if kernel is None]
    if strange:
        yield NotChecked(f"the kernel version cannot be understood on {list_names(strange)}")


@rule(
    "KP26",
    "warning",
    title="Very many services",
    what="There are 10,000 services or more: kube-proxy can be slow to write its rules, and has locked up kernels.",
    when=When(modes=("NFTABLES",)),
    needs=("kube",),
    kube_parts=("services",),
    remedy="Try it on a test cluster of that size first, and plan for a longer rollout.",
    sources=(f"{KUBERNETES}/issues/135639", f"{KUBERNETES}/issues/139513"),
)
def very_many_services(facts: KubeProxyFacts) -> Results:
    if facts.kube is not None and facts.kube.services.total >= MANY_SERVICES:
        yield Hit(facts.cluster_subject, f"There are {facts.kube.services.total} services; {MANY_SERVICES} and more are known to be slow.")


@rule(
    "KP27",
    "warning",
    title="Nodes that cannot be verified",
    what="A Linux node is not ready, or cordoned.",
    needs=("kube",),
    kube_parts=("nodes",),
    remedy="Repair or remove these nodes, or look at their kube-proxy later.",
    sources=(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/availability-performance/node-not-ready-basic-troubleshooting",
    ),
)
def nodes_not_verifiable(facts: KubeProxyFacts) -> Results:
    nodes = facts.linux_nodes or ()
    not_ready = [node.name for node in nodes if not node.ready]
    if not_ready:
        yield Hit("nodes", f"{count(len(not_ready), 'node')} of {len(nodes)} not ready: {list_names(not_ready)}.")
    cordoned = [node.name for node in nodes if node.ready and not node.schedulable]
    if cordoned:
        yield Hit("nodes", f"{count(len(cordoned), 'node')} of {len(nodes)} cordoned: {list_names(cordoned)}.")


@rule(
    "KP29",
    "info",
    title="Withdrawn",
    what="Nothing any more: it sent a pod to the API server as a dry run, and nothing here makes pods in kube-system.",
    sources=("https://learn.microsoft.com/azure/aks/deployment-safeguards",),
)
def withdrawn(_facts: KubeProxyFacts) -> Results:
    """The id stays, since operators may have it among those to ignore."""
    return ()
