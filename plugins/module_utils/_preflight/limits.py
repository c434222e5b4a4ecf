"""The limits that the rules compare with. Plans of Kubernetes may move: this is the place to follow them."""

from __future__ import annotations

from .._aks.versions import Version
from .findings import Severity

# The kube-proxy image of a version is what runs, so these hold for the control plane's version.
NFTABLES_KUBERNETES: Version = (1, 33, 0)
IPVS_KUBERNETES: Version = (1, 22, 0)

# KEP-5495, newest step first: from this version on, how bad it is, and what happens.
IPVS_RETIREMENT: tuple[tuple[Version, Severity, str], ...] = (
    ((1, 43, 0), "error", "IPVS is removed from kube-proxy in Kubernetes 1.43"),
    ((1, 40, 0), "error", "kube-proxy does not start in IPVS mode from Kubernetes 1.40 on"),
    ((1, 35, 0), "warning", "IPVS is deprecated since Kubernetes 1.35, and kube-proxy disables it in 1.40"),
)

NFTABLES_KERNEL = (5, 13)

# The first nft that lists kube-proxy's table sensibly.
NFT_SHOWS_KUBE_PROXY = (1, 0, 1)

# From this version on, sets and maps that nft makes crash older ones when those list them, that of kube-proxy among them.
NFT_CRASHES_OLDER = (1, 1, 2)

# Owners of rules that are meant to drop, and that know of kube-proxy.
POLICY_ENGINES = frozenset({"aks", "azure-npm", "calico", "cilium"})

# What hurts is the number of endpoints; where that is not known, so many services stand for it.
MANY_ENDPOINTS = 100_000
MANY_SERVICES = 10_000
# The first kube-proxy, and the first kernel, that are good with so many.
MANY_ENDPOINTS_KUBERNETES: Version = (1, 36, 0)
MANY_ENDPOINTS_KERNEL = (6, 18)

# From this kernel on, connections are not reset by packets that conntrack calls INVALID, which NFTABLES does not drop.
CONNTRACK_KERNEL = (6, 1)

# kube-proxy's rules for --detect-local-mode=InterfaceNamePrefix are right from these patches on (kubernetes 134024), and in all later minor versions.
INTERFACE_PREFIX_FIXED: tuple[Version, ...] = ((1, 33, 6), (1, 34, 2))

# The oldest version with standard support; the older ones have long-term support only, or none.
FIRST_STANDARD_KUBERNETES: Version = (1, 34, 0)

# How many names a message lists before it says "and N more".
NAMES_LISTED = 5

# eBPF host routing.
HOST_ROUTING_KUBERNETES: Version = (1, 33, 0)
HOST_ROUTING_KERNEL = (5, 10)
# What osSKU means from which version of Kubernetes on, where it does not say it itself.
UBUNTU_2204_SINCE: Version = (1, 25, 0)
UBUNTU_2404_SINCE: Version = (1, 35, 0)
AZURE_LINUX_3_SINCE: Version = (1, 32, 0)
