"""Rules on the change of eBPF host routing: what it needs, and what it does to the cluster."""

from __future__ import annotations

from ..cluster_checks import check_cluster_can_be_updated
from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results, Severity
from ..kube_model import KubeFacts
from ..message_text import count, list_names
from ..rule import When, rule
from ..sources import CILIUM_ON_AKS, DISRUPTION_POLICY, ENABLE_HOST_ROUTING, PENDING_OPERATION
from .facts import HostRoutingFacts

_PRICES = "https://azure.microsoft.com/pricing/details/azure-container-networking-services/"


@rule(
    "EB03",
    "error",
    title="ACNS is disabled",
    what=(
        "Advanced Container Networking Services, which eBPF host routing is part of, are disabled in the cluster. "
        "A warning when the run may enable them."
    ),
    when=When(enabled=True),
    remedy=f"To enable this paid service, set the option enable_acns to true (prices: {_PRICES}).",
    sources=(ENABLE_HOST_ROUTING, _PRICES),
)
def acns_off(facts: HostRoutingFacts) -> Results:
    if facts.cluster.acns_enabled:
        return
    if facts.wanted.enable_acns:
        yield Hit(
            facts.cluster_subject,
            "Advanced Container Networking Services (ACNS) are disabled, and the change enables them. They cost money.",
            severity="warning",
        )
    else:
        yield Hit(
            facts.cluster_subject,
            "Advanced Container Networking Services (ACNS) are disabled, and the run may not enable them: they cost money.",
        )


@rule(
    "EB13",
    "error",
    title="Node disruption policy blocks the change",
    what=(
        "The change replaces all nodes, and the node disruption policy (preview feature NodeDisruptionProfile) blocks that. A warning when it allows it "
        "in the maintenance window for node images; a cluster without that window is not limited by it."
    ),
    remedy=(
        "Set the node disruption policy to Allow during the change, or change the cluster in its maintenance window, which az aks "
        "maintenanceconfiguration list shows."
    ),
    sources=(DISRUPTION_POLICY,),
)
def disruption_policy(facts: HostRoutingFacts) -> Results:
    policy = facts.arm.disruption_policy
    if not facts.switching:
        return
    if is_value(policy, "block"):
        yield Hit(facts.cluster_subject, f"The node disruption policy is {policy}: AKS refuses the change, because it replaces all nodes.")
    elif is_value(policy, "allowduringmaintenancewindow"):
        yield Hit(
            facts.cluster_subject,
            f"The node disruption policy is {policy}: where the cluster has the maintenance window aksManagedNodeOSUpgradeSchedule, AKS refuses the change "
            "outside of it; without that window, AKS allows the change at any time.",
            remedy=f"Show the window with {_show_window(facts)}, and run the change inside of it.",
            severity="warning",
        )
    elif policy and not is_value(policy, "allow"):
        yield NotChecked(f'whether the node disruption policy "{policy}" allows the change is unknown')


def _show_window(facts: HostRoutingFacts) -> str:
    group, name = facts.cluster.resource_group, facts.cluster.name
    return f"az aks maintenanceconfiguration show --resource-group {group} --cluster-name {name} --name aksManagedNodeOSUpgradeSchedule"


@rule(
    "EB23",
    "error",
    title="Cluster is unhealthy before the change",
    what=(
        "The cluster or a pool is not running, its last operation failed, a node is not ready, or Cilium is not ready everywhere. "
        "A warning while an operation or a rollout is in progress, or where only single nodes are not ready."
    ),
    needs=("arm", "kube"),
    remedy="Repair the cluster first: az aks show and kubectl get nodes show its state.",
    sources=(PENDING_OPERATION, CILIUM_ON_AKS),
)
def cluster_unhealthy(facts: HostRoutingFacts) -> Results:
    yield from check_cluster_can_be_updated(facts)
    if facts.kube is None:
        yield NotChecked(facts.kube_missing_reason)
        return
    unread = facts.kube.reasons_unread("daemonset", "nodes")
    if unread:
        yield NotChecked(unread)
    nodes = facts.linux_nodes or ()
    not_ready = [node.name for node in nodes if not node.ready]
    if facts.cilium and "daemonset" not in facts.kube.unread:
        yield from _check_agents(facts.kube, len(not_ready))
    if not_ready:
        # What cannot be verified before the change fails nothing after it, as long as there is something to verify.
        severity: Severity | None = "warning" if len(not_ready) < len(nodes) else None
        yield Hit("nodes", f"{count(len(not_ready), 'node')} of {len(nodes)} not ready: {list_names(not_ready)}.", severity=severity)


def _check_agents(kube: KubeFacts, not_ready: int) -> Results:
    """not_ready: how many nodes are not Ready; their pods are not ready either."""
    subject, daemonset = "DaemonSet cilium", kube.daemonset
    if daemonset is None:
        yield Hit(subject, "There is no DaemonSet cilium in kube-system.")
    elif daemonset.rolling:
        yield Hit(
            subject,
            f"A rollout is still running: {daemonset.updated} of {daemonset.desired} pods are updated, {daemonset.ready} ready.",
            remedy="Wait until it has ended: kubectl rollout status daemonset/cilium --namespace kube-system.",
            severity="warning",
        )
    elif daemonset.ready < daemonset.desired:
        of_nodes = daemonset.desired - daemonset.ready <= not_ready
        yield Hit(subject, f"Only {daemonset.ready} of {daemonset.desired} pods are ready.", severity="warning" if of_nodes else None)


@rule(
    "EB24",
    "warning",
    title="Nodes may not be replaceable",
    what=(
        "A pod disruption budget allows no disruption now, or a pool's upgrade settings allow neither an additional node nor an "
        "unavailable one, or create all nodes anew "
        "before the old ones go (blue-green). The rule does not check the quota of cores and the free addresses of subnets."
    ),
    needs=("arm", "kube"),
    remedy=(
        "Change these budgets with kubectl edit poddisruptionbudget so that they allow a disruption, for example with more replicas. "
        "Otherwise the replacement of nodes waits until it times out."
    ),
    sources=(
        "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling",
        "https://learn.microsoft.com/azure/aks/blue-green-node-pool-upgrade",
    ),
)
def nodes_not_replaceable(facts: HostRoutingFacts) -> Results:
    if not facts.switching:
        return
    rolling = [pool for pool in facts.arm.pools if not pool.blue_green]
    stuck = [pool.name for pool in rolling if pool.surge in ("0", "0%") and pool.unavailable in (None, "0", "0%")]
    doubled = [pool.name for pool in facts.arm.pools if pool.blue_green]
    if doubled:
        yield Hit(
            "node pools",
            f"These pools are upgraded blue-green, so they have twice their nodes for a time: {list_names(doubled)}.",
            remedy=(
                "Check that the quota of cores (az vm list-usage) and the subnet have room for twice the nodes, or set the upgrade "
                "strategy to Rolling for the change."
            ),
        )
    if stuck:
        yield Hit(
            "node pools",
            f"The upgrade settings of these pools allow neither an additional node nor an unavailable one (maxSurge, maxUnavailable): {list_names(stuck)}.",
            remedy="Set maxSurge of these pools: az aks nodepool update --max-surge 10%.",
        )
    reason = facts.kube_part_missing("budgets")
    if reason is not None:
        yield NotChecked(f"pod disruption budgets: {reason}")
    elif facts.kube is not None and facts.kube.budgets:
        yield Hit(
            "pod disruption budgets",
            f"{count(len(facts.kube.budgets), 'budget')} allow no disruption now: {list_names(facts.kube.budgets)}.",
        )


@rule(
    "EB28",
    "info",
    title="Information",
    what="The change drains and replaces every node, which ends established connections; or nothing will be changed.",
    sources=(ENABLE_HOST_ROUTING, DISRUPTION_POLICY),
)
def good_to_know(facts: HostRoutingFacts) -> Results:
    if facts.switching:
        yield Hit(facts.cluster_subject, "Every node is drained and replaced: connections of the pods on it end.")
    else:
        state = "enabled" if facts.wanted.enabled else "disabled"
        yield Hit(facts.cluster_subject, f"eBPF host routing is {state} in Azure already: nothing will be changed.")
