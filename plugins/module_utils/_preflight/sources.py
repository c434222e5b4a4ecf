"""The documents that several rules come from."""

from __future__ import annotations

AKS_CHANGELOG = "https://github.com/Azure/AKS/blob/master/CHANGELOG.md"
CILIUM_ON_AKS = "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"
AUTO_PROVISIONING_IMAGES = "https://learn.microsoft.com/azure/aks/node-auto-provisioning-aksnodeclass"
SUPPORT_POLICIES = "https://learn.microsoft.com/azure/aks/support-policies"
NETWORK_POLICIES = "https://learn.microsoft.com/azure/aks/use-network-policies"
PENDING_OPERATION = "https://aka.ms/aks-pending-operation"

# kube-proxy.
CONFIGURE_KUBE_PROXY = "https://learn.microsoft.com/azure/aks/configure-kube-proxy"
TROUBLESHOOT_NFTABLES = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/troubleshoot-nftables"
REST_CREATE_OR_UPDATE = "https://learn.microsoft.com/rest/api/aks/managed-clusters/create-or-update"
AVM_257 = "https://github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster/pull/257"
KEP_3866 = "https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy"
VIRTUAL_IPS = "https://kubernetes.io/docs/reference/networking/virtual-ips/"
KUBERNETES = "https://github.com/kubernetes/kubernetes"

# eBPF host routing.
ENABLE_HOST_ROUTING = "https://learn.microsoft.com/azure/aks/how-to-enable-ebpf-host-routing"
ABOUT_HOST_ROUTING = "https://learn.microsoft.com/azure/aks/container-network-performance-ebpf-host-routing"
DISRUPTION_POLICY = "https://learn.microsoft.com/azure/aks/node-disruption-policy"
CILIUM_TUNING = "https://docs.cilium.io/en/stable/operations/performance/tuning/"
_CONTAINER_NETWORKING = "https://github.com/Azure/azure-container-networking"
IPTABLES_MONITOR = f"{_CONTAINER_NETWORKING}/tree/master/azure-iptables-monitor"
IPTABLES_PATTERNS = f"{_CONTAINER_NETWORKING}/tree/master/test/integration/manifests/cilium"
IPTABLES_BLOCKER = f"{_CONTAINER_NETWORKING}/tree/master/bpf-prog/azure-block-iptables"
MASQUERADE_MERGER = f"{_CONTAINER_NETWORKING}/tree/master/azure-ip-masq-merger"
