"""The kube-proxy rules as data; what each of them looks for is in the predicate of the same id."""

from __future__ import annotations

from ..rule import Rule, When

_DOC = "https://learn.microsoft.com/azure/aks/configure-kube-proxy"
_CHANGELOG = "https://github.com/Azure/AKS/blob/master/CHANGELOG.md"
_TROUBLESHOOT = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/troubleshoot-nftables"
_AVM_257 = "https://github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster/pull/257"
_ACN_1612 = "https://github.com/Azure/azure-container-networking/issues/1612"
_KEP_3866 = "https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy"
_KEP_5495 = "https://github.com/kubernetes/enhancements/issues/5495"
_VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
_REST = "https://learn.microsoft.com/rest/api/aks/managed-clusters/create-or-update"
_KUBERNETES = "https://github.com/kubernetes/kubernetes"

_NFTABLES = When(modes=("NFTABLES",))
_IPVS = When(modes=("IPVS",))
_ENABLED = When(enabled=True)
_DISABLED = When(enabled=False)

KUBE_PROXY_RULES: tuple[Rule, ...] = (
    Rule(
        id="KP01",
        severity="error",
        title="Cilium data plane has no kube-proxy",
        what="The cluster's network data plane is Cilium.",
        remedy="Leave kube-proxy alone on this cluster; Cilium does its work.",
        sources=("https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",),
    ),
    Rule(
        id="KP02",
        severity="error",
        title="Preview feature is not registered",
        what=(
            "The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is not registered in the subscription. "
            "A warning when the cluster has the wanted configuration already."
        ),
        remedy=(
            "Register it with the module aks.dataplane.aks_preview_feature or the role aks.dataplane.feature_registration, "
            "which also refreshes the resource provider."
        ),
        sources=(_DOC, _CHANGELOG),
        relaxed_reason="from the AKS release of 2025-04-27 on, kube-proxy can be disabled on a cluster with its own CNI without the feature",
    ),
    Rule(
        id="KP03",
        severity="error",
        title="api-version cannot carry the configuration",
        what="The api-version is a stable one, or older than the first preview that knows the configuration or the wanted mode.",
        remedy="Use a later preview api-version, or leave api_version out.",
        sources=(_DOC, _AVM_257),
        since="2022-08-02-preview; NFTABLES 2025-09-02-preview",
    ),
    Rule(
        id="KP04",
        severity="error",
        title="NFTABLES needs Kubernetes 1.33",
        what="The cluster, or the image of its kube-proxy, is older than Kubernetes 1.33.",
        remedy="Upgrade the cluster to Kubernetes 1.33 or later first.",
        sources=(_CHANGELOG, _KEP_3866),
        when=_NFTABLES,
        until="Kubernetes 1.32",
    ),
    Rule(
        id="KP05",
        severity="error",
        title="IPVS needs Kubernetes 1.22",
        what="The cluster is older than Kubernetes 1.22.",
        remedy="Upgrade the cluster to Kubernetes 1.22 or later first.",
        sources=(_DOC, _REST),
        when=_IPVS,
        until="Kubernetes 1.21",
    ),
    Rule(
        id="KP06",
        severity="error",
        title="IPVS does not work with Azure Network Policy",
        what="The cluster's network policy is Azure (NPM): traffic to services fails.",
        remedy="Use mode NFTABLES, or move the cluster to another network policy first.",
        sources=(_DOC, _ACN_1612),
        when=_IPVS,
    ),
    Rule(
        id="KP07",
        severity="warning",
        title="IPVS is on its way out",
        what="IPVS is deprecated (a warning, from 1.35 on), switched off (an error, from 1.40 on) or removed (an error, from 1.43 on).",
        remedy="Plan for mode NFTABLES.",
        sources=(_KEP_5495,),
        when=_IPVS,
        since="Kubernetes 1.35",
    ),
    Rule(
        id="KP08",
        severity="error",
        title="Calico is not in nftables mode",
        what="The cluster has Calico, and Calico is not known to use its nftables data plane: policies and services break.",
        remedy="Use mode IPTABLES, or set linuxDataplane to Nftables in Calico's Installation where you run Calico yourself.",
        sources=(
            "https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables",
            "https://github.com/kubernetes-sigs/kubespray/issues/12198",
        ),
        needs=("arm", "kube"),
        when=_NFTABLES,
    ),
    Rule(
        id="KP09",
        severity="warning",
        title="NFTABLES beside Azure Network Policy",
        what="The cluster's network policy is Azure (NPM), which the preview's documentation does not mention together with NFTABLES.",
        remedy="Try it on a test cluster with the same policies first.",
        sources=(
            _TROUBLESHOOT,
            "https://github.com/Azure/azure-container-networking/issues/3094",
            "https://github.com/Azure/azure-container-networking/issues/3777",
        ),
        when=_NFTABLES,
        relaxed="info",
        relaxed_reason="the troubleshooting article of 2026-05 lists Azure Network Policy as supported with NFTABLES",
    ),
    Rule(
        id="KP10",
        severity="error",
        title="kube-proxy can be disabled only with an own CNI",
        what="The network plugin is not none (bring your own CNI).",
        remedy="Keep kube-proxy enabled.",
        sources=(_DOC, _AVM_257),
        when=_DISABLED,
    ),
    Rule(
        id="KP11",
        severity="error",
        title="Nothing replaces kube-proxy",
        what="Neither Cilium's kube-proxy replacement nor Calico's eBPF data plane is seen: services stop working on new nodes.",
        remedy="Set up a replacement first; when it is one that this check does not know, add KP11 to ignore.",
        sources=(
            "https://learn.microsoft.com/azure/aks/use-byo-cni",
            "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/",
        ),
        needs=("kube",),
        when=_DISABLED,
    ),
    Rule(
        id="KP12",
        severity="warning",
        title="Rules of a disabled kube-proxy stay",
        what="A running kube-proxy is to be disabled: it leaves its rules behind, and they grow stale until the node is reimaged.",
        remedy="Upgrade the node image of every pool afterwards.",
        sources=(_VIRTUAL_IPS, "https://learn.microsoft.com/azure/aks/node-image-upgrade"),
        when=_DISABLED,
    ),
    Rule(
        id="KP13",
        severity="error",
        title="AKS Automatic manages kube-proxy itself",
        what="The cluster's SKU is Automatic.",
        remedy="Leave kube-proxy alone on this cluster.",
        sources=(_AVM_257, "https://learn.microsoft.com/azure/aks/intro-aks-automatic"),
    ),
    Rule(
        id="KP14",
        severity="error",
        title="Configuration is not one that AKS takes",
        what="IPVS settings beside another mode, an unknown mode or scheduler, or a timeout that is not a positive number of seconds.",
        remedy="Correct the configuration.",
        sources=(_DOC, _REST),
    ),
    Rule(
        id="KP15",
        severity="error",
        title="Kernel is too old for NFTABLES",
        what="A Linux node's kernel is older than 5.13: kube-proxy does not start there.",
        remedy="Upgrade the node image of the pools that these nodes belong to.",
        sources=(_KEP_3866, _VIRTUAL_IPS),
        needs=("kube",),
        kube_parts=("nodes",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP16",
        severity="warning",
        title="nft on the node cannot show kube-proxy's table",
        what="The nft program on a node is missing or older than 1.0.1.",
        remedy="Look at kube-proxy's rules with the nft of its own image, or upgrade the node image.",
        sources=(_KEP_3866, _VIRTUAL_IPS),
        needs=("node",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP17",
        severity="warning",
        title="Different versions of nft on one node",
        what="Something on a node, for example Istio's CNI or node_nftables_ruleset, writes nftables objects with a newer nft: kube-proxy can crash on them.",
        remedy="Upgrade to a Kubernetes patch with the fix, or keep the versions of nft alike.",
        sources=(f"{_KUBERNETES}/issues/136786",),
        needs=("node",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP18",
        severity="warning",
        title="Own firewall rules may drop service traffic",
        what="A node has own base chains that drop packets: in NFTABLES mode kube-proxy opens no holes in them.",
        remedy="Accept the traffic to node ports and pods in those chains.",
        sources=(f"{_KUBERNETES}/pull/124383",),
        needs=("node",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP19",
        severity="warning",
        title="Own rules jump into kube-proxy's chains",
        what="A rule on a node outside the KUBE-* chains jumps into one: kube-proxy's clean-up of the old mode can fail as a whole.",
        remedy="Remove those rules before the switch.",
        sources=(_VIRTUAL_IPS,),
        needs=("node",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP20",
        severity="warning",
        title="Node ports answer on fewer addresses",
        what=(
            "There are services with node ports: in NFTABLES mode these answer on the primary addresses of a node only, "
            "never on 127.0.0.1. For information where a load balancer is in front."
        ),
        remedy="Make sure that nothing uses these node ports through localhost or a secondary address of a node.",
        sources=(_KEP_3866, _VIRTUAL_IPS),
        needs=("arm", "kube"),
        kube_parts=("services",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP21",
        severity="warning",
        title="IPTABLES and IPVS do not clean each other up",
        what="The switch is between IPTABLES and IPVS: the rules of the old mode stay on the nodes.",
        remedy="Upgrade the node image of every pool afterwards, or go through mode NFTABLES, which removes both.",
        sources=("https://github.com/kubernetes/enhancements/issues/2448", f"{_KUBERNETES}/issues/102314"),
        when=When(modes=("IPTABLES", "IPVS")),
    ),
    Rule(
        id="KP22",
        severity="warning",
        title="Rules of another mode are on the nodes already",
        what="A node holds rules that an earlier mode of kube-proxy left behind.",
        remedy="Upgrade the node image of the pools that these nodes belong to.",
        sources=(f"{_KUBERNETES}/issues/102314",),
        needs=("node",),
        when=_ENABLED,
    ),
    Rule(
        id="KP23",
        severity="warning",
        title="Established connections break when leaving IPVS",
        what="The cluster is in mode IPVS and is to leave it: connections through services that exist at that moment can break.",
        remedy="Switch at a quiet time, and see that clients connect again.",
        sources=(_VIRTUAL_IPS,),
        when=When(modes=("IPTABLES", "NFTABLES")),
    ),
    Rule(
        id="KP24",
        severity="error",
        title="kube-proxy is not well before the switch",
        what=(
            "The DaemonSet kube-proxy is missing, not ready everywhere, or its pods run in different modes. "
            "A warning while an earlier rollout goes on, or when nothing is to be switched."
        ),
        remedy="Look at the pods with the label component=kube-proxy in kube-system and repair them first.",
        sources=(_TROUBLESHOOT,),
        needs=("arm", "kube"),
        kube_parts=("daemonset",),
    ),
    Rule(
        id="KP25",
        severity="error",
        title="Cluster cannot be updated now",
        what=(
            "The cluster or a pool is not running, or its last operation failed. "
            "A warning while an operation is still going on, because the switch waits for it."
        ),
        remedy="Start the cluster or pool, or repair it, first.",
        sources=("https://aka.ms/aks-pending-operation", "https://learn.microsoft.com/azure/aks/start-stop-cluster"),
    ),
    Rule(
        id="KP26",
        severity="warning",
        title="Very many services",
        what="There are 10,000 services or more: kube-proxy can be slow to write its rules, and has locked up kernels.",
        remedy="Try it on a test cluster of that size first, and plan for a longer rollout.",
        sources=(f"{_KUBERNETES}/issues/135639", f"{_KUBERNETES}/issues/139513"),
        needs=("kube",),
        kube_parts=("services",),
        when=_NFTABLES,
    ),
    Rule(
        id="KP27",
        severity="warning",
        title="Nodes that cannot be verified",
        what="A Linux node is not ready, or cordoned.",
        remedy="Repair or remove these nodes, or look at their kube-proxy later.",
        sources=(
            "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/availability-performance/node-not-ready-basic-troubleshooting",
        ),
        needs=("kube",),
        kube_parts=("nodes",),
    ),
    Rule(
        id="KP28",
        severity="info",
        title="Good to know",
        what="The wanted configuration is effective already; there are Windows nodes; load balancer probes are shared.",
        remedy="",
        sources=(_DOC, "https://learn.microsoft.com/azure/aks/shared-health-probes"),
    ),
    Rule(
        id="KP29",
        severity="warning",
        title="Pods of the node checks are refused",
        what="The API server refuses, in a dry run, a pod in the host's network namespace with the capability NET_ADMIN in kube-system.",
        remedy="Exempt the namespace kube-system from the policy that refuses it, or do without the checks on the nodes.",
        sources=("https://learn.microsoft.com/azure/aks/deployment-safeguards",),
        needs=("kube",),
        kube_parts=("probe_pod",),
    ),
    Rule(
        id="KP30",
        severity="info",
        title="LeastConnection needs many connections to be even",
        what="The scheduler is LeastConnection, and IPVS balances on each node alone: it is uneven with few connections.",
        remedy="",
        sources=(_VIRTUAL_IPS, _DOC),
        when=_IPVS,
    ),
)
