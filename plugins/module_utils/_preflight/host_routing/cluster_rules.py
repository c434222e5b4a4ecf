"""Rules on the cluster as ARM shows it; about eBPF host routing."""

from __future__ import annotations

from ..._aks.versions import kubernetes_version
from ..._verify.model import is_windows
from ..cluster_checks import SUPPORT_IS_OVER, check_auto_provisioning, check_support, unknown_version
from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..limits import HOST_ROUTING_KUBERNETES
from ..message_text import list_names, version_text
from ..node_os import is_confidential, is_fit_image, judge_pool
from ..rule import When, rule
from ..sources import (
    ABOUT_HOST_ROUTING,
    AKS_CHANGELOG,
    AUTO_PROVISIONING_IMAGES,
    CILIUM_ON_AKS,
    ENABLE_HOST_ROUTING,
    IPTABLES_PATTERNS,
)
from .facts import HostRoutingFacts

_NEEDED = version_text(HOST_ROUTING_KUBERNETES[:2])
_UNKNOWN_OS = (
    "Run az aks nodepool show and kubectl get nodes -o wide, and move the pool to Ubuntu 24.04 or Azure Linux 3 if it runs another system."
)
_HYBRID_KINDS = frozenset({"flexnodes"})
_HYBRID_MODES = frozenset({"machines"})
_PREVIEW_EXCLUDED = "The public preview of 2025-09-23 excluded that"
_SANDBOXES = frozenset({"katavmisolation", "katamshvvmisolation", "kataccisolation"})


@rule(
    "EB01",
    "error",
    title="Data plane is not Cilium",
    what="The cluster's network data plane is not Cilium.",
    when=When(enabled=True),
    remedy="Upgrade the cluster to Azure CNI powered by Cilium first: az aks update --network-dataplane cilium.",
    sources=(ENABLE_HOST_ROUTING, CILIUM_ON_AKS),
)
def not_cilium(facts: HostRoutingFacts) -> Results:
    if not facts.cilium:
        yield Hit(facts.cluster_subject, f"The network data plane is {facts.cluster.network_dataplane}.")


@rule(
    "EB02",
    "error",
    title="Network plugin is not Azure CNI",
    what="The cluster's network plugin is not azure.",
    when=When(enabled=True),
    remedy="Create a cluster with Azure CNI powered by Cilium: az aks create --network-plugin azure --network-dataplane cilium.",
    sources=(ENABLE_HOST_ROUTING, CILIUM_ON_AKS),
)
def not_azure_cni(facts: HostRoutingFacts) -> Results:
    if not is_value(facts.cluster.network_plugin, "azure"):
        yield Hit(facts.cluster_subject, f"The network plugin is {facts.cluster.network_plugin or 'unknown'}.")


@rule(
    "EB02b",
    "warning",
    title="Pods share the subnet of the nodes",
    what="The network is neither an overlay, nor has every pool a subnet for pods. The documentation does not mention such clusters.",
    when=When(enabled=True),
    remedy=(
        "Test it on another cluster of the same kind first (ansible-playbook aks.dataplane.ebpf_host_routing --limit HOST), or ask Azure "
        "support."
    ),
    sources=(CILIUM_ON_AKS, IPTABLES_PATTERNS),
)
def node_subnet(facts: HostRoutingFacts) -> Results:
    if is_value(facts.cluster.network_plugin_mode, "overlay"):
        return
    pools = [pool.name for pool in facts.arm.pools if not pool.pod_subnet]
    if pools:
        yield Hit(facts.cluster_subject, f"The network is no overlay, and these pools have no subnet for pods: {list_names(pools)}.")


@rule(
    "EB04",
    "error",
    title="eBPF host routing needs Kubernetes 1.33",
    what="The cluster, or one of its node pools, is older than Kubernetes 1.33.",
    when=When(enabled=True),
    until="Kubernetes 1.32",
    remedy=(
        "Upgrade the cluster and all of its pools with az aks upgrade to Kubernetes 1.34 or later first: AKS has only long-term support "
        "(LTS) for 1.33."
    ),
    sources=(ENABLE_HOST_ROUTING,),
)
def old_version(facts: HostRoutingFacts) -> Results:
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < HOST_ROUTING_KUBERNETES:
        yield Hit(
            facts.cluster_subject, f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, eBPF host routing needs {_NEEDED}."
        )
    versions = {pool.name: (pool.orchestrator_version, kubernetes_version(pool.orchestrator_version)) for pool in facts.cluster.pools}
    old = [f"{name} ({text})" for name, (text, version) in versions.items() if version is not None and version < HOST_ROUTING_KUBERNETES]
    if old:
        yield Hit("node pools", f"These pools run a Kubernetes older than {_NEEDED}: {list_names(old)}.")
    strange = [f'{name} ("{text or ""}")' for name, (text, version) in versions.items() if version is None]
    if strange:
        yield NotChecked(f"the Kubernetes version of these pools is not readable: {list_names(strange)}")


@rule(
    "EB05",
    "error",
    title="Windows node pools",
    what="A node pool runs Windows.",
    when=When(enabled=True),
    remedy="Remove the pool with az aks nodepool delete, or keep legacy host routing on this cluster.",
    sources=(ABOUT_HOST_ROUTING, ENABLE_HOST_ROUTING),
)
def windows(facts: HostRoutingFacts) -> Results:
    pools = [pool.name for pool in facts.cluster.pools if is_windows(pool.os_type)]
    if pools:
        yield Hit("node pools", f"These pools run Windows: {list_names(pools)}.")


@rule(
    "EB06",
    "error",
    title="Operating system is not Ubuntu 24.04 or Azure Linux 3",
    what=(
        "A node pool, by the image that it runs, or a node has another operating system than Ubuntu 24.04 or Azure Linux 3, or an unknown one. "
        "A warning when node auto-provisioning can create nodes with another one."
    ),
    when=When(enabled=True),
    needs=("arm", "kube"),
    remedy=(
        "Move the pool to one of these first: change its OS SKU with az aks nodepool update --os-sku, or create a new pool with az aks "
        "nodepool add and remove the old one."
    ),
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/aks/upgrade-os-version", AUTO_PROVISIONING_IMAGES),
)
def wrong_os(facts: HostRoutingFacts) -> Results:
    systems = {pool.name: judge_pool(pool) for pool in facts.cluster.pools if not is_windows(pool.os_type)}
    unfit = [f"{name} ({system})" for name, (fitness, system) in systems.items() if fitness == "unfit"]
    if unfit:
        yield Hit("node pools", f"These pools run another system: {list_names(unfit)}.")
    fit_nodes = {node.pool for node in facts.linux_nodes or () if is_fit_image(node.os_image)}
    unknown = [f"{name} ({system})" for name, (fitness, system) in systems.items() if fitness == "unknown" and name not in fit_nodes]
    if unknown:
        yield Hit("node pools", f"The system of these pools is unknown: {list_names(unknown)}.", remedy=_UNKNOWN_OS)
    # Nodes of the pools above would only say the same again.
    nodes = [node for node in facts.linux_nodes or () if not node.pool or systems.get(node.pool, ("fit", ""))[0] != "unfit"]
    strangers = [f"{node.name} ({node.os_image})" for node in nodes if node.os_image and not is_fit_image(node.os_image)]
    if strangers:
        yield Hit("nodes", f"These nodes run another system: {list_names(strangers)}.")
    silent = [node.name for node in nodes if not node.os_image and systems.get(node.pool, ("unknown", ""))[0] != "fit"]
    if silent:
        yield Hit("nodes", f"The system of these nodes is unknown: {list_names(silent)}.", remedy=_UNKNOWN_OS)
    yield from check_auto_provisioning(facts)


@rule(
    "EB07",
    "error",
    title="Confidential VMs",
    what="A node pool has a size, or an image, of confidential VMs.",
    when=When(enabled=True),
    remedy="Remove the pool with az aks nodepool delete, or keep legacy host routing on this cluster.",
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/confidential-computing/virtual-machine-options"),
)
def confidential(facts: HostRoutingFacts) -> Results:
    pools = [f"{pool.name} ({pool.vm_size})" for pool in facts.cluster.pools if is_confidential(pool)]
    if pools:
        yield Hit("node pools", f"These pools have confidential VMs: {list_names(pools)}.")


@rule(
    "EB08",
    "error",
    title="Pod sandboxing",
    what="A node pool has a workload runtime with Kata containers.",
    when=When(enabled=True),
    remedy="Remove the pool with az aks nodepool delete, or keep legacy host routing on this cluster.",
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/aks/use-pod-sandboxing"),
)
def sandboxed(facts: HostRoutingFacts) -> Results:
    pools = [f"{pool.name} ({pool.workload_runtime})" for pool in facts.arm.pools if pool.workload_runtime.lower() in _SANDBOXES]
    if pools:
        yield Hit("node pools", f"These pools have pod sandboxing: {list_names(pools)}.")


@rule(
    "EB09",
    "error",
    title="Static Egress Gateway is in use",
    what="Static Egress Gateway is enabled in the cluster, or a node pool is a gateway pool.",
    when=When(enabled=True),
    remedy=(
        "Remove the gateway pools with az aks nodepool delete, and disable Static Egress Gateway first: az aks update "
        "--disable-static-egress-gateway."
    ),
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/aks/configure-static-egress-gateway"),
)
def egress_gateway(facts: HostRoutingFacts) -> Results:
    if facts.arm.static_egress_gateway:
        yield Hit(facts.cluster_subject, "Static Egress Gateway is enabled.")
    pools = [pool.name for pool in facts.cluster.pools if is_value(pool.mode, "gateway")]
    if pools:
        yield Hit("node pools", f"These pools are gateway pools: {list_names(pools)}.")


@rule(
    "EB10",
    "error",
    title="The Istio add-on is enabled",
    what="The Istio-based service mesh add-on is enabled.",
    when=When(enabled=True),
    remedy="Test both together on another cluster first, or disable the add-on with az aks mesh disable.",
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/aks/istio-about"),
    relaxed="warning",
    relaxed_reason="the documentation no longer names the add-on among the limits since the general availability of 2026-04-23",
)
def istio_addon(facts: HostRoutingFacts) -> Results:
    if is_value(facts.arm.service_mesh, "istio"):
        yield Hit(facts.cluster_subject, f"The Istio add-on is enabled. {_PREVIEW_EXCLUDED}; it is supported since 2026-04-23.")


@rule(
    "EB12",
    "error",
    title="The cluster is dual-stack",
    what="The cluster has IPv6 and IPv4.",
    when=When(enabled=True),
    remedy=(
        "Test it on another dual-stack cluster first (ansible-playbook aks.dataplane.ebpf_host_routing --limit HOST), or use a cluster "
        "with IPv4 only."
    ),
    sources=(ABOUT_HOST_ROUTING, AKS_CHANGELOG),
    relaxed="warning",
    relaxed_reason="dual-stack clusters are supported from the AKS release of 2026-03-05 on",
)
def dual_stack(facts: HostRoutingFacts) -> Results:
    if facts.dual_stack:
        families = ", ".join(facts.cluster.ip_families or ()) or "unknown"
        yield Hit(
            facts.cluster_subject, f"The cluster has IPv6 (IP families: {families}). {_PREVIEW_EXCLUDED}; AKS supports it since 2026-03-05."
        )


@rule(
    "EB25",
    "info",
    title="Traffic between nodes is encrypted",
    what="The transit encryption of ACNS is on. No conflict is documented.",
    when=When(enabled=True),
    sources=("https://learn.microsoft.com/azure/aks/container-network-security-wireguard-encryption-concepts",),
)
def encryption(facts: HostRoutingFacts) -> Results:
    if facts.arm.encryption.lower() not in ("", "none"):
        yield Hit(facts.cluster_subject, f"Traffic between nodes is encrypted with {facts.arm.encryption}; no conflict is documented.")


@rule(
    "EB27",
    "error",
    title="Resource provider is not registered",
    what=(
        "The resource provider Microsoft.ContainerService is not registered in the subscription. "
        "The documented minimum version of the Azure CLI does not apply, because it is not used."
    ),
    remedy="Register it: az provider register --namespace Microsoft.ContainerService.",
    sources=(ENABLE_HOST_ROUTING,),
)
def provider_not_registered(facts: HostRoutingFacts) -> Results:
    if facts.provider_state is None:
        yield NotChecked(facts.provider_missing_reason)
    elif not is_value(facts.provider_state, "registered"):
        yield Hit(
            f"subscription {facts.cluster.subscription_id}",
            f"The resource provider Microsoft.ContainerService is in the state {facts.provider_state}.",
        )


@rule(
    "EB29",
    "error",
    title="Nodes that AKS does not manage",
    what=(
        "The cluster has virtual nodes, or nodes that join from elsewhere (pools of type FlexNodes or mode Machines). eBPF host routing is for all "
        "nodes of a cluster, and hybrid ones are not supported."
    ),
    when=When(enabled=True),
    needs=("arm", "kube"),
    remedy=(
        "Disable virtual nodes with az aks disable-addons --addons virtual-node, remove these pools with az aks nodepool delete, or "
        "keep legacy host routing on this cluster."
    ),
    sources=(ABOUT_HOST_ROUTING, "https://learn.microsoft.com/azure/aks/virtual-nodes"),
)
def hybrid(facts: HostRoutingFacts) -> Results:
    if facts.arm.virtual_nodes:
        yield Hit(facts.cluster_subject, "The add-on for virtual nodes (aciConnectorLinux) is enabled.")
    pools = [f"{pool.name} (type {pool.kind})" for pool in facts.arm.pools if pool.kind.lower() in _HYBRID_KINDS]
    pools += [f"{pool.name} (mode {pool.mode})" for pool in facts.cluster.pools if (pool.mode or "").lower() in _HYBRID_MODES]
    if pools:
        yield Hit("node pools", f"The nodes of these pools join from elsewhere: {list_names(pools)}.")
    if facts.kube is None or facts.kube_part_missing("nodes") is not None:
        return
    # Those of the add-on have their finding above.
    if facts.kube.virtual_nodes and not facts.arm.virtual_nodes:
        yield Hit("nodes", f"These nodes are virtual: {list_names(node.name for node in facts.kube.virtual_nodes)}.")


@rule(
    "EB31",
    "warning",
    **SUPPORT_IS_OVER,
)
def support_is_over(facts: HostRoutingFacts) -> Results:
    return check_support(facts)
