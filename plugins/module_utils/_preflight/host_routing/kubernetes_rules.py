"""Rules on what runs in the cluster, as the Kubernetes API server shows it; about eBPF host routing."""

from __future__ import annotations

from .. import ip_masq
from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..kube_model import NODE_LOCAL_DNS, MasqueradeFile, WorkloadFacts
from ..message_text import count, list_names
from ..monitor_patterns import BUNDLED_DATE
from ..rule import When, rule
from ..sources import ABOUT_HOST_ROUTING, CILIUM_TUNING, IPTABLES_BLOCKER, IPTABLES_MONITOR, IPTABLES_PATTERNS, MASQUERADE_MERGER
from .facts import HostRoutingFacts

# In names of DaemonSets or their images, and what they are of.
IPTABLES_USERS = {
    **dict.fromkeys(NODE_LOCAL_DNS, "NodeLocal DNSCache"),
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


@rule(
    "EB11",
    "error",
    title="Istio runs in ambient mode",
    what="There is a DaemonSet ztunnel, or a namespace with the label istio.io/dataplane-mode=ambient.",
    when=When(enabled=True),
    needs=("kube",),
    remedy=(
        "Move the workloads to sidecars (kubectl label namespace NAME istio.io/dataplane-mode- istio-injection=enabled), or keep legacy "
        "host routing on this cluster."
    ),
    sources=(ABOUT_HOST_ROUTING,),
)
def istio_ambient(facts: HostRoutingFacts) -> Results:
    if facts.kube is None:
        yield NotChecked(facts.kube_missing_reason)
        return
    # AKS's own mTLS for Cilium has a DaemonSet ztunnel-cilium, which is none of Istio's.
    ztunnels = [workload.name for workload in facts.kube.workloads if workload.name.partition("/")[2] == "ztunnel"]
    if ztunnels:
        yield Hit("Istio", f"The cluster runs Istio's ambient mode: {list_names(ztunnels)}.")
    if facts.kube.ambient:
        yield Hit("Istio", f"These namespaces are in Istio's ambient mode: {list_names(facts.kube.ambient)}.")
    unread = facts.kube.reasons_unread("workloads", "ambient")
    if unread and not (ztunnels or facts.kube.ambient):
        yield NotChecked(unread)


@rule(
    "EB14",
    "error",
    title="Nodes have custom iptables rules",
    what="AKS's iptables monitor has labelled a CiliumNode with kubernetes.azure.com/user-iptables-rules=true.",
    when=When(enabled=True),
    needs=("kube",),
    kube_parts=("cilium_nodes",),
    remedy=(
        "List the rules of a node with ansible NODE --become -m aks.dataplane.node_dataplane_info, and remove them and the program that "
        "writes them. The label follows within 5 minutes."
    ),
    sources=(IPTABLES_MONITOR, ABOUT_HOST_ROUTING),
)
def user_rules(facts: HostRoutingFacts) -> Results:
    named = [name for name, found in facts.kube.cilium_nodes.items() if found] if facts.kube else []
    if named:
        yield Hit("nodes", f"The iptables monitor has found custom rules on {count(len(named), 'node')}: {list_names(named)}.")


@rule(
    "EB30",
    "warning",
    title="Nodes have no label yet",
    what=(
        "A CiliumNode has no label of AKS's iptables monitor yet. Until all have one AKS refuses the change with the words User-installed iptables rules "
        "found, which counts these nodes as well."
    ),
    when=When(enabled=True),
    needs=("arm", "kube"),
    kube_parts=("cilium_nodes",),
    remedy=(
        "Wait for the monitor, which runs every 5 minutes; the change waits up to 10 minutes for it. Without a label, read the log of the Cilium "
        "pods on these nodes: kubectl logs POD --namespace kube-system --container azure-iptables-monitor."
    ),
    sources=(IPTABLES_MONITOR, ABOUT_HOST_ROUTING),
)
def not_labelled_yet(facts: HostRoutingFacts) -> Results:
    if facts.kube is None or not facts.cilium or not facts.switching:
        return
    labels = facts.kube.cilium_nodes
    names = facts.linux_node_names
    waiting = [name for name in (labels if names is None else names) if labels.get(name) is None]
    if waiting:
        yield Hit("nodes", f"AKS's iptables monitor has not labelled {count(len(waiting), 'node')} yet: {list_names(waiting)}.")


@rule(
    "EB16",
    "warning",
    title="Expected rules come from a published list",
    what="The ConfigMap allowed-iptables-patterns (for dual-stack clusters also allowed-ip6tables-patterns) is not in kube-system.",
    when=When(enabled=True),
    needs=("kube",),
    kube_parts=("patterns",),
    remedy=(
        "Treat findings about single rules as estimates: AKS can use another list. To look for it, run kubectl get configmaps --namespace "
        "kube-system."
    ),
    sources=(IPTABLES_PATTERNS,),
)
def no_patterns(facts: HostRoutingFacts) -> Results:
    if facts.kube is None:
        return
    patterns = facts.kube.patterns
    missing = [
        name
        for name, files, needed in (
            ("allowed-iptables-patterns", patterns.ipv4, True),
            ("allowed-ip6tables-patterns", patterns.ipv6, facts.dual_stack),
        )
        if needed and files is None
    ]
    if missing:
        yield Hit(
            f"ConfigMap {list_names(missing)}",
            f"It is not in kube-system: the expected rules of the iptables monitor come from the list published at {BUNDLED_DATE}.",
        )


def _merged_files(facts: HostRoutingFacts) -> tuple[MasqueradeFile, ...]:
    """Those that the merger reads; it does not run in clusters whose pods have a separate subnet."""
    overlay = is_value(facts.cluster.network_plugin_mode, "overlay")
    return facts.kube.ip_masq if overlay and facts.kube is not None else ()


@rule(
    "EB17",
    "error",
    title="Invalid configuration of ip-masq-agent",
    what="The ConfigMap azure-ip-masq-agent-config cannot be parsed, or has a range that does not begin at its first address.",
    when=When(enabled=True),
    needs=("arm", "kube"),
    kube_parts=("ip_masq",),
    remedy="Correct the ConfigMap: kubectl edit configmap azure-ip-masq-agent-config --namespace kube-system.",
    sources=(MASQUERADE_MERGER,),
)
def broken_masquerade(facts: HostRoutingFacts) -> Results:
    for file in _merged_files(facts):
        problem = ip_masq.problem(file)
        if problem:
            yield Hit(
                "ConfigMap azure-ip-masq-agent-config", f"{file.name} is invalid, {problem}: the pods of Cilium would not become ready."
            )


@rule(
    "EB18",
    "warning",
    title="Masquerading moves to eBPF",
    what="The ConfigMap azure-ip-masq-agent-config has custom ranges, which eBPF treats slightly differently from iptables.",
    when=When(enabled=True),
    needs=("kube",),
    kube_parts=("ip_masq",),
    remedy="Test the connections from a pod to these ranges with kubectl exec, and their source address.",
    sources=("https://github.com/cilium/cilium/issues/35823", MASQUERADE_MERGER),
)
def own_masquerade(facts: HostRoutingFacts) -> Results:
    ranges = [text for file in (facts.kube.ip_masq if facts.kube else ()) for text in ip_masq.ranges(file)]
    if ranges:
        yield Hit("ConfigMap azure-ip-masq-agent-config", f"Custom ranges are not masqueraded: {list_names(ranges)}.")


@rule(
    "EB20",
    "warning",
    title="Programs that write iptables rules",
    what="A DaemonSet in the host's network is, by its name or image, one that writes iptables or nftables rules: that will be blocked.",
    when=When(enabled=True),
    needs=("kube",),
    kube_parts=("workloads",),
    remedy="Remove it with kubectl delete, or check that it works without such rules.",
    sources=(ABOUT_HOST_ROUTING, IPTABLES_BLOCKER),
)
def iptables_users(facts: HostRoutingFacts) -> Results:
    found = [f"{workload.name} ({what})" for workload in (facts.kube.workloads if facts.kube else ()) if (what := _uses_iptables(workload))]
    if found:
        yield Hit("DaemonSets", f"By their names, these write iptables or nftables rules on nodes: {list_names(found)}.")


def _uses_iptables(workload: WorkloadFacts) -> str:
    """What it is of; V('') when it is not known to write rules, or is AKS's own."""
    if workload.managed:
        return ""
    known = next((what for key, what in IPTABLES_USERS.items() if workload.mentions(key)), "")
    # Many pods carry such words in their names; only one in the host's network, with the right to, can change its rules.
    return known if workload.firewall else ""


@rule(
    "EB22",
    "error",
    title="Cilium does not replace kube-proxy",
    what="kube-proxy-replacement in the ConfigMap cilium-config is not true.",
    when=When(enabled=True),
    needs=("arm", "kube"),
    kube_parts=("cilium",),
    remedy=(
        "Show it with kubectl get configmap cilium-config --namespace kube-system --output yaml, and ask Azure support: AKS manages "
        "this ConfigMap."
    ),
    sources=(CILIUM_TUNING,),
)
def no_replacement(facts: HostRoutingFacts) -> Results:
    value = facts.kube.kube_proxy_replacement if facts.kube else None
    if facts.cilium and not is_value(value, "true"):
        yield Hit("ConfigMap cilium-config", f"kube-proxy-replacement is {value or 'not set'}.")


@rule(
    "EB26",
    "error",
    title="Nodes are declared with custom rulesets",
    what="Nodes of this cluster are declared with custom nftables rules, which eBPF host routing blocks or bypasses.",
    when=When(enabled=True),
    needs=("kube",),
    remedy=(
        "Remove the tables with ansible-playbook aks.dataplane.node_ruleset -e aks_dataplane_ruleset_state=absent, and the nodes from "
        "the hosts of that playbook."
    ),
    sources=(ABOUT_HOST_ROUTING, IPTABLES_BLOCKER),
)
def own_rulesets(facts: HostRoutingFacts) -> Results:
    if not facts.ruleset_nodes:
        return
    known = facts.linux_node_names
    if known is None:
        yield NotChecked(
            f"whether {list_names(facts.ruleset_nodes)} are nodes of this cluster is unknown: {facts.kube_part_missing('nodes')}"
        )
    elif named := known & set(facts.ruleset_nodes):
        yield Hit(facts.cluster_subject, f"These nodes are declared with a custom ruleset: {list_names(named)}.")
