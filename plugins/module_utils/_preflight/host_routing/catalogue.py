"""The rules of eBPF host routing as data; what each of them looks for is in the predicate of the same id."""

from __future__ import annotations

from ..rule import Rule, When

_HOW_TO = "https://learn.microsoft.com/azure/aks/how-to-enable-ebpf-host-routing"
_ABOUT = "https://learn.microsoft.com/azure/aks/container-network-performance-ebpf-host-routing"
_CILIUM_AKS = "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"
_DISRUPTION = "https://learn.microsoft.com/azure/aks/node-disruption-policy"
_UPGRADE = "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling"
_CHANGELOG = "https://github.com/Azure/AKS/blob/master/CHANGELOG.md"
_ACN = "https://github.com/Azure/azure-container-networking"
_MONITOR = f"{_ACN}/tree/master/azure-iptables-monitor"
_MERGER = f"{_ACN}/tree/master/azure-ip-masq-merger"
_PATTERNS = f"{_ACN}/tree/master/test/integration/manifests/cilium"
_BLOCKER = f"{_ACN}/tree/master/bpf-prog/azure-block-iptables"
_PRICES = "https://azure.microsoft.com/pricing/details/azure-container-networking-services/"
_TUNING = "https://docs.cilium.io/en/stable/operations/performance/tuning/"

_ENABLED = When(enabled=True)

HOST_ROUTING_RULES: tuple[Rule, ...] = (
    Rule(
        id="EB01",
        severity="error",
        title="Data plane is not Cilium",
        what="The cluster's network data plane is not Cilium.",
        remedy="Move the cluster to Azure CNI powered by Cilium first.",
        sources=(_HOW_TO, _CILIUM_AKS),
        when=_ENABLED,
    ),
    Rule(
        id="EB02",
        severity="error",
        title="Network plugin is not Azure CNI",
        what="The cluster's network plugin is not azure.",
        remedy="Use a cluster with Azure CNI powered by Cilium.",
        sources=(_HOW_TO, _CILIUM_AKS),
        when=_ENABLED,
    ),
    Rule(
        id="EB02b",
        severity="warning",
        title="Pods share the subnet of the nodes",
        what="The network is neither an overlay, nor has every pool a subnet for pods. The documentation says nothing of such clusters.",
        remedy="Try it on a test cluster of the same kind first, or ask Azure support.",
        sources=(_CILIUM_AKS, _PATTERNS),
        when=_ENABLED,
    ),
    Rule(
        id="EB03",
        severity="error",
        title="ACNS is off",
        what=(
            "Advanced Container Networking Services, which eBPF host routing is part of, are off in the cluster. "
            "A warning when they may be switched on."
        ),
        remedy=f"Read what they cost at {_PRICES} and set enable_acns to true.",
        sources=(_HOW_TO, _PRICES),
        when=_ENABLED,
    ),
    Rule(
        id="EB04",
        severity="error",
        title="eBPF host routing needs Kubernetes 1.33",
        what="The cluster, or one of its node pools, is older than Kubernetes 1.33.",
        remedy="Upgrade the cluster and all of its pools to Kubernetes 1.33 or later first.",
        sources=(_HOW_TO,),
        when=_ENABLED,
        until="Kubernetes 1.32",
    ),
    Rule(
        id="EB05",
        severity="error",
        title="There are Windows node pools",
        what="A node pool runs Windows.",
        remedy="Remove the pool, or leave this cluster as it is.",
        sources=(_ABOUT, _HOW_TO),
        when=_ENABLED,
    ),
    Rule(
        id="EB06",
        severity="error",
        title="Operating system is not Ubuntu 24.04 or Azure Linux 3",
        what="A node pool, by the image that it runs, or a node has another operating system than Ubuntu 24.04 or Azure Linux 3.",
        remedy="Move the pool to one of these first: change its OS SKU, or make a new pool and remove the old one.",
        sources=(_ABOUT, "https://learn.microsoft.com/azure/aks/upgrade-os-version"),
        needs=("arm", "kube"),
        when=_ENABLED,
    ),
    Rule(
        id="EB07",
        severity="error",
        title="There are confidential VMs",
        what="A node pool has a size, or an image, of confidential VMs.",
        remedy="Remove the pool, or leave this cluster as it is.",
        sources=(_ABOUT, "https://learn.microsoft.com/azure/confidential-computing/virtual-machine-options"),
        when=_ENABLED,
    ),
    Rule(
        id="EB08",
        severity="error",
        title="There is pod sandboxing",
        what="A node pool has a workload runtime with Kata containers.",
        remedy="Remove the pool, or leave this cluster as it is.",
        sources=(_ABOUT, "https://learn.microsoft.com/azure/aks/use-pod-sandboxing"),
        when=_ENABLED,
    ),
    Rule(
        id="EB09",
        severity="error",
        title="Static Egress Gateway is in use",
        what="Static Egress Gateway is enabled in the cluster, or a node pool is a gateway pool.",
        remedy="Remove the gateway pools and disable Static Egress Gateway first.",
        sources=(_ABOUT, "https://learn.microsoft.com/azure/aks/configure-static-egress-gateway"),
        when=_ENABLED,
    ),
    Rule(
        id="EB10",
        severity="error",
        title="The Istio add-on is enabled",
        what="The Istio-based service mesh add-on is enabled.",
        remedy="Disable the add-on first, or try the two together on a test cluster.",
        sources=(_ABOUT, "https://learn.microsoft.com/azure/aks/istio-about"),
        when=_ENABLED,
        relaxed="warning",
        relaxed_reason="the documentation of today no longer names the add-on among the limits",
    ),
    Rule(
        id="EB11",
        severity="error",
        title="Istio runs in ambient mode",
        what="There is a DaemonSet ztunnel, or a namespace with the label istio.io/dataplane-mode=ambient.",
        remedy="Move the workloads to sidecars, or leave this cluster as it is.",
        sources=(_ABOUT,),
        needs=("kube",),
        when=_ENABLED,
    ),
    Rule(
        id="EB12",
        severity="error",
        title="The cluster is dual-stack",
        what="The cluster has IPv6 beside IPv4.",
        remedy="Use a cluster with IPv4 only.",
        sources=(_ABOUT, _CHANGELOG),
        when=_ENABLED,
        relaxed="info",
        relaxed_reason="dual-stack clusters are supported from the AKS release of 2026-03-05 on",
    ),
    Rule(
        id="EB13",
        severity="error",
        title="Node disruption policy forbids it",
        what="The change replaces all nodes, and the node disruption policy blocks that. A warning when it allows it in a maintenance window.",
        remedy="Set the node disruption policy to Allow for the time of the change.",
        sources=(_DISRUPTION,),
    ),
    Rule(
        id="EB14",
        severity="error",
        title="Nodes have iptables rules of the user",
        what="AKS's iptables monitor has labelled a CiliumNode with kubernetes.azure.com/user-iptables-rules=true.",
        remedy="Remove the rules, and whatever writes them; the module node_dataplane_info lists them. The label follows within 5 minutes.",
        sources=(_MONITOR, _ABOUT),
        needs=("kube",),
        kube_parts=("cilium_nodes",),
        when=_ENABLED,
    ),
    Rule(
        id="EB15",
        severity="error",
        title="The iptables monitor would find rules",
        what="A node has iptables rules that AKS's iptables monitor does not expect: its Cilium agent would not start.",
        remedy="Remove these rules, and whatever writes them, or upgrade the node image of the pool.",
        sources=(_MONITOR, _PATTERNS),
        needs=("kube", "node"),
        when=_ENABLED,
    ),
    Rule(
        id="EB16",
        severity="warning",
        title="Expected rules are only known from a published list",
        what="The ConfigMap allowed-iptables-patterns (for dual-stack clusters also allowed-ip6tables-patterns) is not in kube-system.",
        remedy="Take what is said of single rules for a good guess: AKS may bring another list.",
        sources=(_PATTERNS,),
        needs=("kube",),
        kube_parts=("patterns",),
        when=_ENABLED,
    ),
    Rule(
        id="EB17",
        severity="error",
        title="Configuration of ip-masq-agent is not valid",
        what="The ConfigMap azure-ip-masq-agent-config cannot be parsed, or has a range that does not begin at its first address.",
        remedy="Correct the ConfigMap in kube-system.",
        sources=(_MERGER,),
        needs=("arm", "kube"),
        kube_parts=("ip_masq",),
        when=_ENABLED,
    ),
    Rule(
        id="EB18",
        severity="warning",
        title="Masquerading will be done by eBPF",
        what="The ConfigMap azure-ip-masq-agent-config names ranges of its own, which eBPF treats not quite as iptables does.",
        remedy="Test what leaves the cluster to these ranges, and with which source address.",
        sources=("https://github.com/cilium/cilium/issues/35823", _MERGER),
        needs=("kube",),
        kube_parts=("ip_masq",),
        when=_ENABLED,
    ),
    Rule(
        id="EB19",
        severity="warning",
        title="nftables rules will not see the traffic of pods",
        what="A node has nftables tables that are not AKS's: the iptables monitor does not see them, and traffic of pods goes past them.",
        remedy="Express these rules as network policies, and remove the tables.",
        sources=(_ABOUT,),
        needs=("node",),
        when=_ENABLED,
    ),
    Rule(
        id="EB20",
        severity="warning",
        title="Programs that write iptables rules",
        what="A DaemonSet in the host's network is, by its name or image, one that writes iptables or nftables rules: that will be blocked.",
        remedy="Remove it, or make sure that it works without such rules.",
        sources=(_ABOUT, _BLOCKER),
        needs=("kube",),
        kube_parts=("workloads",),
        when=_ENABLED,
    ),
    Rule(
        id="EB21",
        severity="error",
        title="Kernel lacks what eBPF host routing needs",
        what="A node's kernel is older than 5.10, has no security module bpf active, or the node has no unified cgroup hierarchy.",
        remedy="Upgrade the node image of the pools that these nodes belong to.",
        sources=(_TUNING, "https://github.com/Azure/AgentBaker"),
        needs=("kube", "node"),
        when=_ENABLED,
    ),
    Rule(
        id="EB22",
        severity="error",
        title="Cilium does not replace kube-proxy",
        what="kube-proxy-replacement in the ConfigMap cilium-config is not true.",
        remedy="Ask Azure support: AKS manages this ConfigMap.",
        sources=(_TUNING,),
        needs=("arm", "kube"),
        kube_parts=("cilium",),
        when=_ENABLED,
    ),
    Rule(
        id="EB23",
        severity="error",
        title="Cluster is not well before the change",
        what=(
            "The cluster or a pool is not running, its last operation failed, a node is not ready, or Cilium is not ready everywhere. "
            "A warning while an operation or a rollout is still going on."
        ),
        remedy="Repair it first.",
        sources=("https://aka.ms/aks-pending-operation", _CILIUM_AKS),
        needs=("arm", "kube"),
    ),
    Rule(
        id="EB24",
        severity="warning",
        title="Nodes may not be replaceable",
        what=(
            "A pod disruption budget allows no disruption now, or a pool's upgrade settings allow neither a node more nor one less. "
            "The quota of cores and the free addresses of subnets are not looked at."
        ),
        remedy="Let these budgets allow a disruption, by more replicas for example, or the replacement of nodes waits until it times out.",
        sources=(_UPGRADE,),
        needs=("arm", "kube"),
    ),
    Rule(
        id="EB25",
        severity="info",
        title="Traffic between nodes is encrypted",
        what="The transit encryption of ACNS is on. No conflict is documented.",
        remedy="",
        sources=("https://learn.microsoft.com/azure/aks/container-network-security-wireguard-encryption-concepts",),
        when=_ENABLED,
    ),
    Rule(
        id="EB26",
        severity="error",
        title="Nodes are to get rulesets of their own",
        what="Nodes of this cluster are to get nftables rules of their own, which eBPF host routing blocks or goes past.",
        remedy="Take the cluster's nodes out of the hosts of that role.",
        sources=(_ABOUT, _BLOCKER),
        needs=("kube",),
        when=_ENABLED,
    ),
    Rule(
        id="EB27",
        severity="error",
        title="Resource provider is not registered",
        what=(
            "The resource provider Microsoft.ContainerService is not registered in the subscription. "
            "The documented minimum version of the Azure CLI does not apply, because it is not used."
        ),
        remedy="Register it: az provider register --namespace Microsoft.ContainerService.",
        sources=(_HOW_TO,),
    ),
    Rule(
        id="EB28",
        severity="info",
        title="Good to know",
        what="The change drains and replaces every node, which ends established connections; or nothing will be changed.",
        remedy="",
        sources=(_HOW_TO, _DISRUPTION),
    ),
)
