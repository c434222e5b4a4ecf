"""Predicates on the cluster as ARM shows it; about eBPF host routing."""

from __future__ import annotations

from ..._aks.versions import kubernetes_version
from ..kube_proxy.cluster_rules import unknown_version
from ..limits import HOST_ROUTING_KUBERNETES
from ..model import (
    NotChecked,
    Part,
)
from ..node_os import fits, is_confidential, is_windows, of_pool
from ..wording import Said, cluster, some
from .facts import HostRoutingFacts

_NEEDED = ".".join(map(str, HOST_ROUTING_KUBERNETES[:2]))
_SANDBOXES = frozenset({"katavmisolation", "katamshvvmisolation", "kataccisolation"})


def not_cilium(facts: HostRoutingFacts) -> Said:
    """EB01"""
    if not facts.cilium:
        yield Part(cluster(facts), f"The network data plane is {facts.cluster.network_dataplane}.")


def not_azure_cni(facts: HostRoutingFacts) -> Said:
    """EB02"""
    plugin = facts.cluster.network_plugin or ""
    if plugin.lower() != "azure":
        yield Part(cluster(facts), f"The network plugin is {plugin or 'not told'}.")


def node_subnet(facts: HostRoutingFacts) -> Said:
    """EB02b"""
    if (facts.cluster.network_plugin_mode or "").lower() == "overlay":
        return
    pools = [pool.name for pool in facts.arm.pools if not pool.pod_subnet]
    if pools:
        yield Part(cluster(facts), f"The network is no overlay, and these pools have no subnet for pods: {some(pools)}.")


def acns_off(facts: HostRoutingFacts) -> Said:
    """EB03"""
    if facts.cluster.acns_enabled:
        return
    if facts.wanted.enable_acns:
        yield Part(
            cluster(facts),
            "Advanced Container Networking Services (ACNS) are off, and will be switched on with the change. They cost money.",
            severity="warning",
        )
    else:
        yield Part(cluster(facts), "Advanced Container Networking Services (ACNS) are off, and may not be switched on: they cost money.")


def old_version(facts: HostRoutingFacts) -> Said:
    """EB04"""
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < HOST_ROUTING_KUBERNETES:
        yield Part(cluster(facts), f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, eBPF host routing needs {_NEEDED}.")
    versions = {pool.name: (pool.orchestrator_version, kubernetes_version(pool.orchestrator_version)) for pool in facts.cluster.pools}
    old = [f"{name} ({text})" for name, (text, version) in versions.items() if version is not None and version < HOST_ROUTING_KUBERNETES]
    if old:
        yield Part("node pools", f"These pools run a Kubernetes older than {_NEEDED}: {some(old)}.")
    strange = [f'{name} ("{text or ""}")' for name, (text, version) in versions.items() if version is None]
    if strange:
        yield NotChecked(f"the Kubernetes version of these pools cannot be understood: {some(strange)}")


def windows(facts: HostRoutingFacts) -> Said:
    """EB05"""
    pools = [pool.name for pool in facts.cluster.pools if is_windows(pool)]
    if pools:
        yield Part("node pools", f"These pools run Windows: {some(pools)}.")


def wrong_os(facts: HostRoutingFacts) -> Said:
    """EB06"""
    systems = {pool.name: of_pool(pool) for pool in facts.cluster.pools if not is_windows(pool)}
    unfit = [f"{name} ({system})" for name, (fitness, system) in systems.items() if fitness == "unfit"]
    if unfit:
        yield Part("node pools", f"These pools run another system: {some(unfit)}.")
    unknown = [f"{name} ({system})" for name, (fitness, system) in systems.items() if fitness == "unknown"]
    if unknown:
        yield NotChecked(f"the operating system of these pools cannot be told: {some(unknown)}")
    if facts.kube is None or facts.kube_part_missing("nodes") is not None:
        return
    # Nodes of the pools above would only say the same again.
    nodes = [node for node in facts.kube.linux_nodes if not node.pool or systems.get(node.pool, ("fit", ""))[0] != "unfit"]
    strangers = [f"{node.name} ({node.os_image})" for node in nodes if node.os_image and not fits(node.os_image)]
    if strangers:
        yield Part("nodes", f"These nodes run another system: {some(strangers)}.")


def confidential(facts: HostRoutingFacts) -> Said:
    """EB07"""
    pools = [f"{pool.name} ({pool.vm_size})" for pool in facts.cluster.pools if is_confidential(pool)]
    if pools:
        yield Part("node pools", f"These pools have confidential VMs: {some(pools)}.")


def sandboxed(facts: HostRoutingFacts) -> Said:
    """EB08"""
    pools = [f"{pool.name} ({pool.workload_runtime})" for pool in facts.arm.pools if pool.workload_runtime.lower() in _SANDBOXES]
    if pools:
        yield Part("node pools", f"These pools have pod sandboxing: {some(pools)}.")


def egress_gateway(facts: HostRoutingFacts) -> Said:
    """EB09"""
    if facts.arm.static_egress_gateway:
        yield Part(cluster(facts), "Static Egress Gateway is enabled.")
    pools = [pool.name for pool in facts.cluster.pools if (pool.mode or "").lower() == "gateway"]
    if pools:
        yield Part("node pools", f"These pools are gateway pools: {some(pools)}.")


def istio_addon(facts: HostRoutingFacts) -> Said:
    """EB10"""
    if facts.arm.service_mesh.lower() == "istio":
        yield Part(cluster(facts), "The Istio add-on is enabled.")


def is_dual_stack(facts: HostRoutingFacts) -> bool:
    families = {family.lower() for family in facts.cluster.ip_families or ()}
    return "ipv6" in families or len(facts.arm.pod_cidrs) > 1


def dual_stack(facts: HostRoutingFacts) -> Said:
    """EB12"""
    if is_dual_stack(facts):
        families = ", ".join(facts.cluster.ip_families or ()) or "not told"
        yield Part(cluster(facts), f"The cluster has IPv6 (IP families: {families}).")


def disruption_policy(facts: HostRoutingFacts) -> Said:
    """EB13"""
    policy = facts.arm.disruption_policy
    if not facts.switching:
        return
    if policy.lower() == "block":
        yield Part(cluster(facts), f"The node disruption policy is {policy}: AKS refuses the change, because it replaces all nodes.")
    elif policy.lower() == "allowduringmaintenancewindow":
        yield Part(
            cluster(facts),
            f"The node disruption policy is {policy}: outside the maintenance window aksManagedNodeOSUpgradeSchedule AKS refuses the change.",
            remedy="Run the change inside that window.",
            severity="warning",
        )


def encryption(facts: HostRoutingFacts) -> Said:
    """EB25"""
    if facts.arm.encryption.lower() not in ("", "none"):
        yield Part(cluster(facts), f"Traffic between nodes is encrypted with {facts.arm.encryption}; no conflict is documented.")


def provider_not_registered(facts: HostRoutingFacts) -> Said:
    """EB27"""
    if facts.provider_state is None:
        yield NotChecked(facts.provider_missing_reason)
    elif facts.provider_state.lower() != "registered":
        yield Part(
            f"subscription {facts.cluster.subscription_id}",
            f"The resource provider Microsoft.ContainerService is in the state {facts.provider_state}.",
        )


def connections_break(facts: HostRoutingFacts) -> Said:
    """EB28"""
    if facts.switching:
        yield Part(cluster(facts), "Every node is drained and replaced: connections of the pods on it end.")
    else:
        told = "enabled" if facts.wanted.enabled else "disabled"
        yield Part(cluster(facts), f"eBPF host routing is {told} in ARM already: nothing will be changed.")
