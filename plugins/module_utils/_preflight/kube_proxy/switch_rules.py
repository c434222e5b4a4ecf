"""Predicates on the way from the current configuration to the wanted one."""

from __future__ import annotations

from ..model import (
    NotChecked,
    Part,
    Severity,
)
from ..wording import Said, cluster, count, some
from .facts import KubeProxyFacts


def rules_stay(facts: KubeProxyFacts) -> Said:
    """KP12"""
    if facts.current.enabled:
        yield Part(
            cluster(facts),
            f"kube-proxy runs in mode {facts.current.mode} now; once disabled, its rules stay on every node until the node is reimaged.",
        )


def node_ports_restricted(facts: KubeProxyFacts) -> Said:
    """KP20"""
    if facts.kube is None or not facts.changes_mode:
        return
    services = facts.kube.services
    if services.node_port:
        yield Part(
            "services of type NodePort",
            f"{count(len(services.node_port), 'service')} will answer on the nodes' primary addresses only: {some(services.node_port)}.",
        )
    if services.load_balancer:
        yield Part(
            "services of type LoadBalancer",
            f"The node ports of {count(len(services.load_balancer), 'service')} will answer on the nodes' primary addresses only: "
            f"{some(services.load_balancer)}.",
            severity="info",
        )


def no_clean_up(facts: KubeProxyFacts) -> Said:
    """KP21"""
    if facts.changes_mode and {facts.current.mode, facts.wanted.mode} == {"IPTABLES", "IPVS"}:
        yield Part(
            cluster(facts),
            f"The switch is from {facts.current.mode} to {facts.wanted.mode}: the rules of {facts.current.mode} stay on every node.",
        )


def leaving_ipvs(facts: KubeProxyFacts) -> Said:
    """KP23"""
    if facts.changes_mode and facts.current.mode == "IPVS":
        yield Part(
            cluster(facts), f"The switch is from IPVS to {facts.wanted.mode}: connections that are established at that moment can break."
        )


def good_to_know(facts: KubeProxyFacts) -> Said:
    """KP28"""
    if not facts.switching:
        told = f"enabled in mode {facts.wanted.mode}" if facts.wanted.enabled else "disabled"
        yield Part(cluster(facts), f"The wanted configuration (kube-proxy {told}) is effective in ARM already: nothing will be changed.")
    pools = some(pool.name for pool in facts.cluster.pools if (pool.os_type or "").lower() == "windows")
    nodes = some(node.name for node in facts.kube.nodes if node.os == "windows") if facts.kube else ""
    if pools or nodes:
        where = f"The pools {pools} run" if pools else f"The nodes {nodes} run"
        yield Part("Windows nodes", f"{where} Windows: their kube-proxy is another one and stays as it is.")
    if facts.kube is not None and facts.kube.daemonset is not None and facts.kube.daemonset.shared_health_probe:
        yield Part(
            "DaemonSet kube-proxy",
            "The load balancer's health probes are shared: they go through a sidecar of kube-proxy, so a node can leave the load "
            "balancer while its kube-proxy restarts.",
        )


def not_well(facts: KubeProxyFacts) -> Said:
    """KP24"""
    if facts.cilium or not facts.current.enabled or facts.kube is None:
        return
    subject = "DaemonSet kube-proxy"
    daemonset = facts.kube.daemonset
    if daemonset is None:
        yield Part(subject, "kube-proxy is enabled in ARM, but there is no DaemonSet kube-proxy in kube-system.")
        return
    # A rollout that is still running is overtaken by the next one, and must not stop the repair of one that is stuck.
    severity: Severity | None = None if facts.switching and not daemonset.rolling else "warning"
    if daemonset.rolling:
        yield Part(
            subject,
            f"A rollout is still running: {daemonset.updated} of {daemonset.desired} pods are updated, {daemonset.ready} ready.",
            remedy="Wait until it has ended, if it can end.",
            severity="warning",
        )
    elif daemonset.ready < daemonset.desired:
        yield Part(subject, f"Only {daemonset.ready} of {daemonset.desired} pods are ready.", severity=severity)
    reason = facts.kube_part_missing("proxies")
    if reason is not None:
        yield NotChecked(f"the modes of the pods are not known: {reason}")
        return
    yield from _modes(facts, severity)


def _modes(facts: KubeProxyFacts, severity: Severity | None) -> Said:
    by_mode: dict[str, list[str]] = {}
    silent = []
    for proxy in facts.kube.proxies if facts.kube else ():
        if proxy.mode is None:
            silent.append(proxy.node)
        else:
            by_mode.setdefault(proxy.mode, []).append(proxy.node)
    if len(by_mode) > 1:
        told = "; ".join(f"{mode} on {some(nodes)}" for mode, nodes in sorted(by_mode.items()))
        yield Part("kube-proxy pods", f"The nodes run different modes: {told}.", severity=severity)
    if silent:
        yield Part("kube-proxy pods", f"kube-proxy does not tell its mode on {some(silent)}.", severity=severity)
