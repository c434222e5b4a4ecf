"""Predicates on what runs in the cluster, as the Kubernetes API server shows it; about eBPF host routing."""

from __future__ import annotations

from .. import ip_masq
from ..kube_model import KubeFacts, KubePart, WorkloadFacts
from ..kube_proxy.cluster_rules import cannot_be_updated
from ..kube_proxy.node_rules import known_nodes
from ..model import (
    NotChecked,
    Part,
)
from ..monitor_patterns import BUNDLED_DATE
from ..wording import Said, cluster, count, some
from .cluster_rules import is_dual_stack
from .facts import HostRoutingFacts

# In names of DaemonSets or their images, and what they are of.
IPTABLES_USERS = {
    "node-local-dns": "NodeLocal DNSCache",
    "k8s-dns-node-cache": "NodeLocal DNSCache",
    "istio-cni": "Istio CNI",
    "linkerd-cni": "Linkerd CNI",
    "kuma-cni": "Kuma CNI",
    "consul-cni": "Consul CNI",
    "kube-router": "kube-router",
    "calico-node": "Calico",
    "kube2iam": "kube2iam",
    "kiam-agent": "kiam",
    "aad-pod-identity": "AAD Pod Identity",
    "tailscale": "Tailscale",
    "firewall": "a firewall",
    "fail2ban": "fail2ban",
    "crowdsec": "CrowdSec",
    "iptables": "a program for iptables",
    "nftables": "a program for nftables",
}


def istio_ambient(facts: HostRoutingFacts) -> Said:
    """EB11"""
    if facts.kube is None:
        yield NotChecked(facts.kube_missing_reason)
        return
    # AKS's own mTLS for Cilium has a DaemonSet ztunnel-cilium, which is none of Istio's.
    ztunnels = [workload.name for workload in facts.kube.workloads if workload.name.partition("/")[2] == "ztunnel"]
    if ztunnels:
        yield Part("Istio", f"The cluster runs Istio's ambient mode: {some(ztunnels)}.")
    if facts.kube.ambient:
        yield Part("Istio", f"These namespaces are in Istio's ambient mode: {some(facts.kube.ambient)}.")
    unread = _reasons(facts.kube, "workloads", "ambient")
    if unread and not (ztunnels or facts.kube.ambient):
        yield NotChecked(unread)


def _reasons(kube: KubeFacts, *parts: KubePart) -> str:
    """Why parts could not be read; V('') when they all were."""
    return "; ".join(dict.fromkeys(kube.unread[part] for part in parts if part in kube.unread))


def user_rules(facts: HostRoutingFacts) -> Said:
    """EB14"""
    named = [name for name, found in facts.kube.cilium_nodes.items() if found] if facts.kube else []
    if named:
        yield Part("nodes", f"The iptables monitor has found rules of the user on {count(len(named), 'node')}: {some(named)}.")


def no_patterns(facts: HostRoutingFacts) -> Said:
    """EB16"""
    if facts.kube is None:
        return
    patterns = facts.kube.patterns
    missing = [
        name
        for name, files, needed in (
            ("allowed-iptables-patterns", patterns.ipv4, True),
            ("allowed-ip6tables-patterns", patterns.ipv6, is_dual_stack(facts)),
        )
        if needed and files is None
    ]
    if missing:
        yield Part(
            f"ConfigMap {some(missing)}",
            f"It is not in kube-system: which rules the iptables monitor expects is taken from the list published at {BUNDLED_DATE}.",
        )


def _own_files(facts: HostRoutingFacts) -> KubeFacts | None:
    """The merger does not run in clusters whose pods have a subnet of their own."""
    overlay = (facts.cluster.network_plugin_mode or "").lower() == "overlay"
    return facts.kube if overlay else None


def broken_masquerade(facts: HostRoutingFacts) -> Said:
    """EB17"""
    kube = _own_files(facts)
    for file in kube.ip_masq if kube else ():
        problem = ip_masq.problem(file)
        if problem:
            yield Part(
                "ConfigMap azure-ip-masq-agent-config", f"{file.name} is not valid, {problem}: the pods of Cilium would not become ready."
            )


def own_masquerade(facts: HostRoutingFacts) -> Said:
    """EB18"""
    ranges = [text for file in (facts.kube.ip_masq if facts.kube else ()) for text in ip_masq.ranges(file)]
    if ranges:
        yield Part("ConfigMap azure-ip-masq-agent-config", f"Ranges of your own are not masqueraded: {some(ranges)}.")


def iptables_users(facts: HostRoutingFacts) -> Said:
    """EB20"""
    found = [f"{workload.name} ({what})" for workload in (facts.kube.workloads if facts.kube else ()) if (what := _uses_iptables(workload))]
    if found:
        yield Part("DaemonSets", f"These write iptables or nftables rules on nodes, as far as their names tell: {some(found)}.")


def _uses_iptables(workload: WorkloadFacts) -> str:
    """What it is of; V('') when it is not known to write rules, or is AKS's own."""
    if workload.managed:
        return ""
    names = (workload.name.partition("/")[2].lower(), *(image.lower() for image in workload.images))
    known = next((what for key, what in IPTABLES_USERS.items() if any(key in name for name in names)), "")
    # Many pods carry such words in their names; only one in the host's network, with the right to, can change its rules.
    return known if workload.firewall else ""


def no_replacement(facts: HostRoutingFacts) -> Said:
    """EB22"""
    value = facts.kube.kube_proxy_replacement if facts.kube else None
    if facts.cilium and (value or "").lower() != "true":
        yield Part("ConfigMap cilium-config", f"kube-proxy-replacement is {value or 'not set'}.")


def not_well(facts: HostRoutingFacts) -> Said:
    """EB23"""
    yield from cannot_be_updated(facts)
    if facts.kube is None:
        yield NotChecked(facts.kube_missing_reason)
        return
    unread = _reasons(facts.kube, "daemonset", "nodes")
    if unread:
        yield NotChecked(unread)
    if facts.cilium and "daemonset" not in facts.kube.unread:
        yield from _agents(facts.kube)
    not_ready = [node.name for node in facts.kube.linux_nodes if not node.ready]
    if not_ready and "nodes" not in facts.kube.unread:
        yield Part("nodes", f"{count(len(not_ready), 'node')} of {len(facts.kube.linux_nodes)} not ready: {some(not_ready)}.")


def _agents(kube: KubeFacts) -> Said:
    subject, daemonset = "DaemonSet cilium", kube.daemonset
    if daemonset is None:
        yield Part(subject, "There is no DaemonSet cilium in kube-system.")
    elif daemonset.rolling:
        yield Part(
            subject,
            f"A rollout is still running: {daemonset.updated} of {daemonset.desired} pods are updated, {daemonset.ready} ready.",
            remedy="Wait until it has ended.",
            severity="warning",
        )
    elif daemonset.ready < daemonset.desired:
        yield Part(subject, f"Only {daemonset.ready} of {daemonset.desired} pods are ready.")


def no_room(facts: HostRoutingFacts) -> Said:
    """EB24"""
    if not facts.switching:
        return
    stuck = [pool.name for pool in facts.arm.pools if pool.surge in ("0", "0%") and pool.unavailable in (None, "0", "0%")]
    if stuck:
        yield Part(
            "node pools",
            f"The upgrade settings of these pools allow no node more and no node less (maxSurge, maxUnavailable): {some(stuck)}.",
            remedy="Set maxSurge of these pools, 10% for example.",
        )
    reason = facts.kube_part_missing("budgets")
    if reason is not None:
        yield NotChecked(f"pod disruption budgets: {reason}")
    elif facts.kube is not None and facts.kube.budgets:
        yield Part(
            "pod disruption budgets", f"{count(len(facts.kube.budgets), 'budget')} allow no disruption now: {some(facts.kube.budgets)}."
        )


def own_rulesets(facts: HostRoutingFacts) -> Said:
    """EB26"""
    if not facts.ruleset_nodes:
        return
    known = known_nodes(facts)
    if known is None:
        yield NotChecked(f"whether {some(facts.ruleset_nodes)} are nodes of this cluster is not known: {facts.kube_part_missing('nodes')}")
    elif named := known & set(facts.ruleset_nodes):
        yield Part(cluster(facts), f"These nodes are to get a ruleset of their own: {some(named)}.")
