"""Rules on what runs in the cluster, as the Kubernetes API server shows it; about kube-proxy."""

from __future__ import annotations

from ..._verify.model import is_windows
from ..cluster_checks import check_auto_provisioning
from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..kube_model import NODE_LOCAL_DNS
from ..limits import (
    CONNTRACK_KERNEL,
    INTERFACE_PREFIX_FIXED,
    MANY_ENDPOINTS,
    MANY_ENDPOINTS_KERNEL,
    MANY_ENDPOINTS_KUBERNETES,
    MANY_SERVICES,
    NFTABLES_KERNEL,
)
from ..message_text import count, list_names, version_text
from ..node_os import kernel_of, system_of
from ..node_versions import kernel_version
from ..rule import When, rule
from ..sources import AUTO_PROVISIONING_IMAGES, KEP_3866, KUBERNETES, VIRTUAL_IPS
from .facts import KubeProxyFacts


@rule(
    "KP08",
    "error",
    title="Calico is not in nftables mode",
    what="The cluster has Calico, and its nftables data plane is not confirmed: policies and services can break.",
    when=When(modes=("NFTABLES",)),
    needs=("arm", "kube"),
    remedy=(
        "Use mode IPTABLES, or set linuxDataplane to Nftables in Calico's Installation (kubectl edit installation) where you manage "
        "Calico yourself."
    ),
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
            # AKS's Calico runs iptables unless configured otherwise, so an unknown data plane counts as that.
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
            "it uses iptables rules, which conflict with kube-proxy in NFTABLES mode.",
        )
    elif calico is None and policy:
        yield Hit(
            facts.cluster_subject,
            f"The network policy is {facts.cluster.network_policy}, and no configuration sets Calico to nftables mode.",
        )


@rule(
    "KP11",
    "error",
    title="Nothing replaces kube-proxy",
    what="Neither Cilium's kube-proxy replacement nor Calico's eBPF data plane is enabled: services stop working on new nodes.",
    when=When(enabled=False),
    needs=("kube",),
    remedy=(
        "Install a replacement of kube-proxy first, and see that its pods run: kubectl get pods --all-namespaces. If this check does not "
        "recognise it, add KP11 to the option ignore."
    ),
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
        f"Cilium's kube-proxy-replacement is {cilium or 'not set'}, and Calico's eBPF data plane is {'disabled' if calico else 'not installed'}.",
    )


@rule(
    "KP15",
    "error",
    title="Kernel is too old for NFTABLES",
    what="A Linux node's kernel is older than 5.13: kube-proxy does not start there.",
    when=When(modes=("NFTABLES",)),
    needs=("kube",),
    kube_parts=("nodes",),
    new_images=True,
    remedy="Upgrade the node image of the pools of these nodes: az aks nodepool upgrade --node-image-only.",
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
        yield NotChecked(f"the kernel version is not readable on {list_names(strange)}")


@rule(
    "KP26",
    "warning",
    title="Very many endpoints",
    what=(
        "There are 100,000 endpoints or more, and kube-proxy is older than Kubernetes 1.36 or a node's kernel older than 6.18: kube-proxy is slow "
        "to write its rules, and has locked up kernels. Where endpoints cannot be counted, the limit is 10,000 services."
    ),
    when=When(modes=("NFTABLES",)),
    needs=("kube",),
    kube_parts=("services",),
    remedy=(
        "Upgrade the cluster with az aks upgrade to Kubernetes 1.36 or later first, test it on another cluster of that size, and plan a "
        "longer rollout."
    ),
    sources=(
        f"{KUBERNETES}/issues/135639",
        f"{KUBERNETES}/issues/139513",
        "https://docs.aws.amazon.com/eks/latest/best-practices/ipvs.html",
    ),
)
def very_many_endpoints(facts: KubeProxyFacts) -> Results:
    if facts.kube is None:
        return
    uncounted = facts.kube_part_missing("endpoints")
    services = facts.kube.services.total
    if uncounted is None:
        slow = _what_is_slow(facts)
        if facts.kube.endpoints >= MANY_ENDPOINTS and slow:
            yield Hit(facts.cluster_subject, f"There are {facts.kube.endpoints} endpoints of {services} services, and {slow}.")
    elif services >= MANY_SERVICES:
        yield Hit(
            facts.cluster_subject,
            f"There are {services} services; {MANY_SERVICES} and more are known to be slow. Their endpoints could not be counted: {uncounted}.",
        )
    else:
        yield NotChecked(f"endpoints: {uncounted}")


def _what_is_slow(facts: KubeProxyFacts) -> str:
    """What is too old for very many endpoints; V('') when nothing is."""
    found, version = [], facts.proxy_version
    if version is None or version < MANY_ENDPOINTS_KUBERNETES:
        image = version_text(version) if version else "of an unknown version"
        found.append(f"kube-proxy is {image}, which {version_text(MANY_ENDPOINTS_KUBERNETES[:2])} improves")
    kernels = [kernel_version(node.kernel) for node in facts.linux_nodes or ()]
    old = [kernel for kernel in kernels if kernel is None or kernel < MANY_ENDPOINTS_KERNEL]
    if old:
        unknown = " or unknown" if None in old else ""
        found.append(f"the kernel of {count(len(old), 'node')} is older than {version_text(MANY_ENDPOINTS_KERNEL)}{unknown}")
    return " and ".join(found)


@rule(
    "KP27",
    "warning",
    title="Nodes cannot be verified",
    what="A Linux node is not ready, or cordoned.",
    needs=("kube",),
    kube_parts=("nodes",),
    remedy="Repair or remove these nodes (kubectl describe node shows the cause), or verify them later.",
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
    what="No check any more: it sent a pod to the API server as a dry run, and the collection creates no pods in kube-system.",
    sources=("https://learn.microsoft.com/azure/aks/deployment-safeguards",),
)
def withdrawn(_facts: KubeProxyFacts) -> Results:
    """The id stays, since operators may have it among those to ignore."""
    return ()


@rule(
    "KP31",
    "warning",
    title="Kernel resets connections in NFTABLES",
    what=(
        "A Linux node's kernel, or that of a pool's image, is older than 6.1. In NFTABLES mode kube-proxy does not drop packets that conntrack calls "
        "INVALID, as it does in IPTABLES mode, and such kernels answer them by resetting the connection."
    ),
    when=When(modes=("NFTABLES",)),
    needs=("arm", "kube"),
    remedy=(
        "Move the pools to Ubuntu 24.04 or Azure Linux 3 first (az aks nodepool update --os-sku), or test it with your traffic on "
        "another cluster and watch for resets."
    ),
    sources=(
        f"{KUBERNETES}/issues/117924",
        f"{KUBERNETES}/issues/122663",
        "https://github.com/kubermatic/kubermatic/pull/15501",
        AUTO_PROVISIONING_IMAGES,
    ),
)
def old_conntrack(facts: KubeProxyFacts) -> Results:
    needed = version_text(CONNTRACK_KERNEL)
    if facts.linux_nodes is None:
        yield from _check_pool_kernels(facts, needed)
    else:
        kernels = {node.name: node.kernel for node in facts.linux_nodes} | {seen.name: seen.kernel for seen in facts.current_observations}
        versions = {name: (text, kernel_version(text)) for name, text in kernels.items()}
        old = [f"{name} ({text})" for name, (text, found) in versions.items() if found is not None and found < CONNTRACK_KERNEL]
        if old:
            yield Hit("nodes", f"The kernel of {count(len(old), 'node')} is older than {needed}: {list_names(old)}.{_evidence(facts)}")
        strange = [f'{name} ("{text}")' for name, (text, found) in versions.items() if found is None]
        if strange:
            yield NotChecked(f"the kernel version is not readable on {list_names(strange)}")
    yield from check_auto_provisioning(facts)


def _check_pool_kernels(facts: KubeProxyFacts, needed: str) -> Results:
    """By the images that the pools run, because the nodes could not be asked."""
    systems = {pool.name: system_of(pool) for pool in facts.cluster.pools if not is_windows(pool.os_type)}
    kernels = {name: kernel_of(system) for name, system in systems.items()}
    old = [f"{name} ({systems[name]}, {version_text(found)})" for name, found in kernels.items() if found and found < CONNTRACK_KERNEL]
    if old:
        yield Hit("node pools", f"The image of these pools has a kernel older than {needed}: {list_names(old)}.")
    unknown = [name for name, found in kernels.items() if found is None]
    if unknown:
        yield NotChecked(f"{facts.kube_part_missing('nodes')}, and the kernel of these pools is unknown: {list_names(unknown)}")


def _evidence(facts: KubeProxyFacts) -> str:
    """What kube-proxy has counted of the packets in question in mode iptables; V('') where it counts nothing."""
    proxies = facts.kube.proxies if facts.kube is not None and facts.kube_part_missing("proxies") is None else ()
    counts = [proxy.invalid_dropped for proxy in proxies if proxy.invalid_dropped is not None]
    if not counts:
        return ""
    nodes = sum(number > 0 for number in counts)
    dropped = f"{count(sum(counts), 'such packet')} on {count(nodes, 'node')}" if nodes else "no such packet"
    return f" So far kube-proxy has dropped {dropped}."


@rule(
    "KP32",
    "error",
    title="kube-proxy cannot write its nftables rules",
    what=(
        "kube-proxy recognises local traffic by InterfaceNamePrefix, as AKS runs it, and before 1.33.6 and 1.34.2 it writes a rule for that which nft "
        "refuses: no rule of any service would be written."
    ),
    when=When(modes=("NFTABLES",)),
    since="Kubernetes 1.33",
    until="Kubernetes 1.34",
    needs=("arm", "kube"),
    kube_parts=("daemonset",),
    remedy=(
        "Upgrade the cluster with az aks upgrade to Kubernetes 1.33.6, 1.34.2 or later first. Where AKS has confirmed that its image has the "
        "fix, add KP32 to the option ignore."
    ),
    sources=(f"{KUBERNETES}/pull/134024", f"{KUBERNETES}/pull/134117", f"{KUBERNETES}/pull/134118"),
)
def interface_prefix(facts: KubeProxyFacts) -> Results:
    daemonset = facts.kube.daemonset if facts.kube else None
    if daemonset is None or not is_value(daemonset.detect_local_mode, "interfacenameprefix"):
        return
    version = facts.proxy_version
    if version is None:
        yield NotChecked(f'the version of kube-proxy is not readable: "{daemonset.image_tag}"')
        return
    fixed = next((patch for patch in INTERFACE_PREFIX_FIXED if patch[:2] == version[:2] and version < patch), None)
    if fixed:
        yield Hit(
            "DaemonSet kube-proxy",
            f"kube-proxy {version_text(version)} runs with --detect-local-mode={daemonset.detect_local_mode}, for which its rules for nftables are "
            f"wrong; {version_text(fixed)} has the fix.",
        )


@rule(
    "KP33",
    "warning",
    title="NodeLocal DNSCache with IPVS",
    what=(
        "There is a DaemonSet of NodeLocal DNSCache. In IPVS mode it cannot listen on the address of the cluster's DNS service, and DNS fails on nodes "
        "whose kubelet was not given another one. For information with NFTABLES, which its documentation does not mention."
    ),
    when=When(modes=("IPVS", "NFTABLES")),
    needs=("kube",),
    kube_parts=("workloads",),
    remedy=(
        "Use mode NFTABLES, or remove NodeLocal DNSCache with kubectl delete daemonset; AKS does not support kubelet's --cluster-dns. "
        "AKS's LocalDNS is an alternative."
    ),
    sources=(
        "https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/",
        "https://github.com/deliveryhero/helm-charts/issues/663",
        "https://github.com/Azure/AKS/issues/1642",
        "https://github.com/kubernetes/dns/issues/682",
    ),
)
def node_local_dns(facts: KubeProxyFacts) -> Results:
    workloads = facts.kube.workloads if facts.kube else ()
    found = [workload.name for workload in workloads if any(map(workload.mentions, NODE_LOCAL_DNS))]
    if found and facts.wanted_mode == "IPVS":
        yield Hit("DaemonSets", f"NodeLocal DNSCache runs in {list_names(found)}: in IPVS mode DNS can fail on every node.")
    elif found:
        yield Hit(
            "DaemonSets",
            f"NodeLocal DNSCache runs in {list_names(found)}; its documentation does not mention NFTABLES.",
            remedy="Test DNS on another cluster with the same DaemonSet first.",
            severity="info",
        )
