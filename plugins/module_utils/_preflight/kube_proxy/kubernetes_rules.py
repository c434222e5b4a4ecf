"""Predicates on what runs in the cluster, as the Kubernetes API server shows it."""

from __future__ import annotations

from ..limits import MANY_SERVICES, NFTABLES_KERNEL
from ..model import (
    NotChecked,
    Part,
)
from ..node_versions import kernel_version
from ..wording import Said, cluster, count, some
from .facts import KubeProxyFacts


def calico_not_nftables(facts: KubeProxyFacts) -> Said:
    """KP08"""
    calico = facts.kube.calico if facts.kube else None
    policy = (facts.cluster.network_policy or "").lower() == "calico"
    reason = facts.kube_part_missing("calico")
    if reason is not None:
        if policy:
            # AKS's own Calico runs iptables unless told otherwise, so not knowing is as bad as knowing that.
            yield Part(
                cluster(facts),
                f"The network policy is {facts.cluster.network_policy}, and Calico's data plane could not be read: {reason}.",
            )
        else:
            yield NotChecked(reason)
    elif calico is not None and not calico.nftables:
        yield Part(
            "Calico",
            f"Calico's linuxDataplane is {calico.linux_dataplane or 'not set'}, its nftablesMode {calico.nftables_mode or 'not set'}: "
            "it works with iptables rules, which do not work beside kube-proxy in NFTABLES mode.",
        )
    elif calico is None and policy:
        yield Part(
            cluster(facts),
            f"The network policy is {facts.cluster.network_policy}, and no configuration that puts Calico in nftables mode is found.",
        )


def nothing_replaces_kube_proxy(facts: KubeProxyFacts) -> Said:
    """KP11"""
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
    yield Part(
        cluster(facts),
        f"Cilium's kube-proxy-replacement is {cilium or 'not set'}, and Calico's eBPF data plane is {'off' if calico else 'not there'}.",
    )


def kernel_too_old(facts: KubeProxyFacts) -> Said:
    """KP15"""
    nodes = facts.kube.linux_nodes if facts.kube else ()
    kernels = [(node, kernel_version(node.kernel)) for node in nodes]
    old = [f"{node.name} ({node.kernel})" for node, kernel in kernels if kernel is not None and kernel < NFTABLES_KERNEL]
    if old:
        needed = ".".join(map(str, NFTABLES_KERNEL))
        yield Part("nodes", f"The kernel of {count(len(old), 'node')} is older than {needed}: {some(old)}.")
    strange = [f'{node.name} ("{node.kernel}")' for node, kernel in kernels if kernel is None]
    if strange:
        yield NotChecked(f"the kernel version cannot be understood on {some(strange)}")


def very_many_services(facts: KubeProxyFacts) -> Said:
    """KP26"""
    if facts.kube is not None and facts.kube.services.total >= MANY_SERVICES:
        yield Part(cluster(facts), f"There are {facts.kube.services.total} services; {MANY_SERVICES} and more are known to be slow.")


def nodes_not_verifiable(facts: KubeProxyFacts) -> Said:
    """KP27"""
    nodes = facts.kube.linux_nodes if facts.kube else ()
    not_ready = [node.name for node in nodes if not node.ready]
    if not_ready:
        yield Part("nodes", f"{count(len(not_ready), 'node')} of {len(nodes)} not ready: {some(not_ready)}.")
    cordoned = [node.name for node in nodes if node.ready and not node.schedulable]
    if cordoned:
        yield Part("nodes", f"{count(len(cordoned), 'node')} of {len(nodes)} cordoned: {some(cordoned)}.")


def probe_pod_refused(facts: KubeProxyFacts) -> Said:
    """KP29"""
    if facts.kube is not None and not facts.kube.probe_pod.allowed:
        yield Part("namespace kube-system", f"A dry run failed: {facts.kube.probe_pod.refusal}.")
