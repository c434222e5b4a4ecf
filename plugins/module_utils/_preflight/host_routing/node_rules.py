"""Rules on what was observed on nodes themselves, the iptables monitor's verdict among them; about eBPF host routing."""

from __future__ import annotations

from ..findings import Hit, NotChecked, Results
from ..limits import HOST_ROUTING_KERNEL, NAMES_LISTED
from ..message_text import list_by_node, list_names, version_text
from ..node_os import is_fit_image
from ..node_versions import kernel_version
from ..rule import When, rule
from ..sources import ABOUT_HOST_ROUTING, CILIUM_TUNING, IPTABLES_MONITOR, IPTABLES_PATTERNS
from .facts import HostRoutingFacts
from .monitor_prediction import NodePrediction, predict_nodes


@rule(
    "EB15",
    "error",
    title="The iptables monitor would find rules",
    what="A node has iptables rules that AKS's iptables monitor does not expect: its Cilium agent would not start.",
    when=When(enabled=True),
    needs=("kube", "node"),
    new_images=True,
    remedy=(
        "Remove these rules, and the program that writes them, or upgrade the node image of the pool with az aks nodepool upgrade "
        "--node-image-only."
    ),
    sources=(IPTABLES_MONITOR, IPTABLES_PATTERNS),
)
def unexpected_rules(facts: HostRoutingFacts) -> Results:
    predictions = predict_nodes(facts)
    for prediction in predictions:
        yield from _check_node(prediction)
    labelled = facts.kube.cilium_nodes if facts.kube is not None and facts.kube_part_missing("cilium_nodes") is None else {}
    known = facts.linux_node_names
    if known is None:
        if not predictions:
            yield NotChecked("needs the iptables rules of each node, and there are no node_observations with monitor_lines")
        return
    silent = {name for name in known if labelled.get(name) is None} - {prediction.node for prediction in predictions}
    if silent:
        yield NotChecked(
            f"neither the iptables monitor nor node_observations with monitor_lines report the iptables rules of {list_names(silent)}"
        )


def _check_node(prediction: NodePrediction) -> Results:
    subject, expected = f"node {prediction.node}", prediction.prediction
    guess = sorted(set(prediction.patterns.values()) - {"cluster"})
    by = f" (by the patterns {guess[0]})" if guess else ""
    effect = "the Cilium agent would not start there" if prediction.gate else "the node would be marked for it"
    if expected.verdict == "unexpected":
        lines = [f"{found.table}: {found.line}" for found in expected.unexpected]
        more = f" and {len(lines) - NAMES_LISTED} more" if len(lines) > NAMES_LISTED else ""
        yield Hit(
            subject,
            f"The iptables monitor would find rules that it does not expect{by}, and {effect}: {'; '.join(lines[:NAMES_LISTED])}{more}.",
        )
    elif expected.verdict == "unknown":
        patterns = ", ".join(f"{pattern.file}: {pattern.pattern}" for pattern in expected.unsure[:NAMES_LISTED])
        yield NotChecked(f"{subject}: {len(expected.doubtful)} rules may match patterns that this check does not support ({patterns})")
    if expected.skipped:
        yield NotChecked(f"{subject}: the tables {', '.join(expected.skipped)} could not be listed; the monitor passes over such tables")


@rule(
    "EB19",
    "warning",
    title="Traffic of pods bypasses nftables rules",
    what="A node has third-party nftables tables: the iptables monitor does not detect them, and traffic of pods bypasses them.",
    when=When(enabled=True),
    needs=("node",),
    node_data="the nftables tables",
    remedy="Express these rules as network policies, and remove the tables with nft delete table on the nodes.",
    sources=(ABOUT_HOST_ROUTING,),
)
def native_tables(facts: HostRoutingFacts) -> Results:
    observations = facts.current_observations
    found = {seen.name: seen.foreign_tables for seen in observations}
    if any(found.values()):
        yield Hit("nodes", f"There are third-party nftables tables on {list_by_node(found)}: traffic of pods will bypass them.")
    unseen = [seen.name for seen in observations if "nft_tables" in seen.not_seen]
    if unseen:
        yield NotChecked(
            f"the pods of AKS do not show the nftables tables of {list_names(unseen)}; looking by ssh does, and so do temporary pods "
            "(aks_dataplane_node_look: pods)"
        )
    own = {seen.name: seen.own_tables for seen in observations}
    if any(own.values()):
        yield Hit(
            "nodes",
            f"There are tables of node_nftables_ruleset on {list_by_node(own)}: traffic of pods will bypass them, and the module can no longer change them.",
        )


@rule(
    "EB21",
    "error",
    title="Kernel does not support eBPF host routing",
    what="A node's kernel is older than 5.10, has no security module bpf active, or the node has no unified cgroup hierarchy.",
    when=When(enabled=True),
    needs=("kube", "node"),
    node_data="the security modules",
    new_images=True,
    remedy="Upgrade the node image of the pools of these nodes: az aks nodepool upgrade --node-image-only.",
    sources=(CILIUM_TUNING, "https://github.com/Azure/AgentBaker"),
)
def kernel_unfit(facts: HostRoutingFacts) -> Results:
    observations = facts.current_observations
    kernels = {node.name: node.kernel for node in facts.linux_nodes or ()} | {seen.name: seen.kernel for seen in observations}
    old = [f"{name} ({text})" for name, text in kernels.items() if (found := kernel_version(text)) and found < HOST_ROUTING_KERNEL]
    if old:
        yield Hit("nodes", f"The kernel is older than {version_text(HOST_ROUTING_KERNEL)} on {list_names(old)}.")
    without = [seen.name for seen in observations if seen.lsm is not None and "bpf" not in seen.lsm]
    if without:
        yield Hit("nodes", f"The security module bpf is not active on {list_names(without)}: the guard of the node's rules cannot work.")
    first = [seen.name for seen in observations if not seen.cgroup2]
    if first:
        yield Hit("nodes", f"There is no unified cgroup hierarchy (version 2) on {list_names(first)}.")
    # The pods of AKS do not show them; its images of these systems have the module active.
    unknown = [seen.name for seen in observations if seen.from_pods and not is_fit_image(seen.os_image)]
    if unknown:
        yield NotChecked(f"the node image does not say whether the security module bpf is active on {list_names(unknown)}")
    silent = [seen.name for seen in observations if seen.lsm is None and not seen.from_pods]
    if silent:
        yield NotChecked(f"the kernel does not report its security modules on {list_names(silent)}")
