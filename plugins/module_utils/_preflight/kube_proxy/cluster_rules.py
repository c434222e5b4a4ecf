"""Rules on the wanted configuration, the client's api-version, and the cluster as ARM shows it; about kube-proxy."""

from __future__ import annotations

from ..._aks.api_versions import check_kube_proxy
from ..._aks.kube_proxy.configuration import MODES, SCHEDULERS
from ..._aks.versions import kubernetes_version
from ..._common.errors import DataplaneError
from ..._verify.model import is_windows
from ..cluster_checks import SUPPORT_IS_OVER, check_cluster_can_be_updated, check_support, unknown_version
from ..enum_values import is_value
from ..findings import Hit, NotChecked, Results
from ..limits import IPVS_KUBERNETES, IPVS_RETIREMENT, NFTABLES_KUBERNETES
from ..message_text import version_text
from ..retirements import NPM_LINUX
from ..rule import When, rule
from ..sources import (
    AKS_CHANGELOG,
    AVM_257,
    CILIUM_ON_AKS,
    CONFIGURE_KUBE_PROXY,
    KEP_3866,
    PENDING_OPERATION,
    REST_CREATE_OR_UPDATE,
    TROUBLESHOOT_NFTABLES,
    VIRTUAL_IPS,
)
from .facts import KubeProxyFacts

_NPM_END = f" AKS supports {NPM_LINUX.what} until {NPM_LINUX.ends}."


@rule(
    "KP01",
    "error",
    title="Cilium data plane has no kube-proxy",
    what="The cluster's network data plane is Cilium.",
    remedy=(
        "Remove the kube-proxy configuration from the declaration of this cluster, which ansible-inventory --host HOST shows; Cilium "
        "replaces kube-proxy."
    ),
    sources=(CILIUM_ON_AKS,),
)
def cilium_dataplane(facts: KubeProxyFacts) -> Results:
    if facts.cilium:
        yield Hit(
            facts.cluster_subject,
            f"The network data plane is {facts.cluster.network_dataplane}, so there is no kube-proxy to configure.",
        )


@rule(
    "KP02",
    "error",
    title="Preview feature is not registered",
    what=(
        "The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is not registered in the subscription. "
        "A warning when the cluster already has the configuration."
    ),
    remedy=(
        "Register it: ansible localhost -m aks.dataplane.aks_preview_feature -a name=KubeProxyConfigurationPreview. The module, and the role "
        "aks.dataplane.feature_registration, also refresh the resource provider."
    ),
    sources=(CONFIGURE_KUBE_PROXY, AKS_CHANGELOG),
    relaxed_reason="from the AKS release of 2025-04-27 on, kube-proxy can be disabled on a cluster with a custom CNI without the feature",
)
def feature_not_registered(facts: KubeProxyFacts) -> Results:
    own_cni_off = not facts.wanted.enabled and is_value(facts.cluster.network_plugin, "none")
    if facts.feature_state is None:
        yield NotChecked(facts.feature_missing_reason)
    elif not is_value(facts.feature_state, "registered"):
        remedies = {
            "registering": "The registration is in progress: wait for it, then refresh the resource provider with az provider register "
            "--namespace Microsoft.ContainerService.",
            "pending": "The registration waits for an approval by Azure: open a request with Azure support.",
        }
        needed = "" if facts.switching else ", and the next change of the cluster needs it"
        yield Hit(
            f"subscription {facts.cluster.subscription_id}",
            f"The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is in the state {facts.feature_state}{needed}.",
            remedy=remedies.get(facts.feature_state.lower(), ""),
            severity=None if facts.switching else "warning",
            relaxed="none" if own_cni_off else None,
        )


@rule(
    "KP03",
    "error",
    title="api-version does not support the configuration",
    what="The api-version is stable, or older than the first preview with the configuration or the mode.",
    since="2022-08-02-preview; NFTABLES 2025-09-02-preview",
    remedy=(
        "Use a later preview api-version, or remove the option api_version. az provider show --namespace Microsoft.ContainerService lists "
        "the versions."
    ),
    sources=(CONFIGURE_KUBE_PROXY, AVM_257),
)
def api_version(facts: KubeProxyFacts) -> Results:
    try:
        check_kube_proxy(facts.api_version, facts.wanted.mode if facts.wanted.enabled else None)
    except DataplaneError as exc:
        yield Hit(f"api-version {facts.api_version}", exc.message, remedy=exc.remedy)


@rule(
    "KP04",
    "error",
    title="NFTABLES needs Kubernetes 1.33",
    what="The cluster, or the image of its kube-proxy, is older than Kubernetes 1.33.",
    when=When(modes=("NFTABLES",)),
    until="Kubernetes 1.32",
    remedy="Upgrade the cluster with az aks upgrade to Kubernetes 1.34 or later first: AKS has only long-term support (LTS) for 1.33.",
    sources=(AKS_CHANGELOG, KEP_3866),
)
def nftables_version(facts: KubeProxyFacts) -> Results:
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < NFTABLES_KUBERNETES:
        yield Hit(
            facts.cluster_subject,
            f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, NFTABLES needs {version_text(NFTABLES_KUBERNETES[:2])}.",
        )
    daemonset = facts.kube.daemonset if facts.kube else None
    image = kubernetes_version(daemonset.image_tag) if daemonset else None
    if daemonset is not None and image is not None and image < NFTABLES_KUBERNETES:
        yield Hit(
            "DaemonSet kube-proxy",
            f"The image of kube-proxy is {daemonset.image_tag}, NFTABLES needs {version_text(NFTABLES_KUBERNETES[:2])}.",
            remedy="Wait until AKS has finished the upgrade of the cluster, or upgrade it with az aks upgrade.",
        )


@rule(
    "KP05",
    "error",
    title="IPVS needs Kubernetes 1.22",
    what="The cluster is older than Kubernetes 1.22.",
    when=When(modes=("IPVS",)),
    until="Kubernetes 1.21",
    remedy="Upgrade the cluster with az aks upgrade to Kubernetes 1.22 or later first.",
    sources=(CONFIGURE_KUBE_PROXY, REST_CREATE_OR_UPDATE),
)
def ipvs_version(facts: KubeProxyFacts) -> Results:
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < IPVS_KUBERNETES:
        yield Hit(
            facts.cluster_subject,
            f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, IPVS needs {version_text(IPVS_KUBERNETES[:2])}.",
        )


@rule(
    "KP06",
    "error",
    title="IPVS does not work with Azure Network Policy",
    what="The cluster's network policy is Azure (NPM): traffic to services fails.",
    when=When(modes=("IPVS",)),
    remedy="Use mode NFTABLES, or switch the cluster to another network policy first: az aks update --network-policy.",
    sources=(CONFIGURE_KUBE_PROXY, "https://github.com/Azure/azure-container-networking/issues/1612"),
)
def ipvs_with_azure_policy(facts: KubeProxyFacts) -> Results:
    if is_value(facts.cluster.network_policy, "azure"):
        yield Hit(facts.cluster_subject, f"The network policy is {facts.cluster.network_policy}, which does not support IPVS.{_NPM_END}")


@rule(
    "KP07",
    "warning",
    title="IPVS is deprecated",
    what="IPVS is deprecated (a warning, from 1.35 on), disabled (an error, from 1.40 on) or removed (an error, from 1.43 on).",
    when=When(modes=("IPVS",)),
    since="Kubernetes 1.35",
    remedy="Plan the switch to mode NFTABLES: ansible-playbook aks.dataplane.kube_proxy --check.",
    sources=("https://github.com/kubernetes/enhancements/issues/5495",),
)
def ipvs_retirement(facts: KubeProxyFacts) -> Results:
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
        return
    for since, severity, happens in IPVS_RETIREMENT:
        if version >= since:
            remedy = "Use mode NFTABLES." if severity == "error" else ""
            yield Hit(
                facts.cluster_subject,
                f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, and {happens}.",
                remedy=remedy,
                severity=severity,
            )
            return


@rule(
    "KP09",
    "warning",
    title="NFTABLES with Azure Network Policy",
    what="The cluster's network policy is Azure (NPM), which the preview's documentation does not mention together with NFTABLES.",
    when=When(modes=("NFTABLES",)),
    remedy="Test it on another cluster with the same policies first: ansible-playbook aks.dataplane.kube_proxy --limit HOST.",
    sources=(
        TROUBLESHOOT_NFTABLES,
        "https://github.com/Azure/azure-container-networking/issues/3094",
        "https://github.com/Azure/azure-container-networking/issues/3777",
    ),
    relaxed="info",
    relaxed_reason="the troubleshooting article of 2026-05 lists Azure Network Policy as supported with NFTABLES",
)
def nftables_with_azure_policy(facts: KubeProxyFacts) -> Results:
    if is_value(facts.cluster.network_policy, "azure"):
        yield Hit(
            facts.cluster_subject, f"The network policy is {facts.cluster.network_policy}, and the requested mode is NFTABLES.{_NPM_END}"
        )


@rule(
    "KP10",
    "error",
    title="kube-proxy can be disabled only with a custom CNI (bring your own CNI)",
    what="The network plugin is not none (bring your own CNI).",
    when=When(enabled=False),
    remedy="Keep kube-proxy enabled, or create a cluster with az aks create --network-plugin none.",
    sources=(CONFIGURE_KUBE_PROXY, AVM_257),
)
def disabled_without_own_cni(facts: KubeProxyFacts) -> Results:
    if not is_value(facts.cluster.network_plugin, "none"):
        yield Hit(
            facts.cluster_subject,
            f"The network plugin is {facts.cluster.network_plugin or 'unknown'}; kube-proxy can be disabled only with none (bring your own CNI).",
        )


@rule(
    "KP13",
    "error",
    title="AKS Automatic manages kube-proxy itself",
    what="The cluster's SKU is Automatic.",
    remedy="Remove the kube-proxy configuration from the declaration of this cluster, which ansible-inventory --host HOST shows.",
    sources=(AVM_257, "https://learn.microsoft.com/azure/aks/intro-aks-automatic"),
)
def automatic_cluster(facts: KubeProxyFacts) -> Results:
    if is_value(facts.cluster.sku_name, "automatic"):
        yield Hit(facts.cluster_subject, f"The SKU is {facts.cluster.sku_name}, where AKS manages kube-proxy.")


@rule(
    "KP14",
    "error",
    title="AKS does not accept the configuration",
    what="IPVS settings with another mode, an unknown mode or scheduler, or a timeout that is not a positive number of seconds.",
    remedy="Correct the configuration; ansible-doc aks.dataplane.aks_kube_proxy shows what it takes.",
    sources=(CONFIGURE_KUBE_PROXY, REST_CREATE_OR_UPDATE),
)
def wrong_arguments(facts: KubeProxyFacts) -> Results:
    wanted, subject = facts.wanted, "wanted configuration"
    if wanted.mode not in MODES:
        yield Hit(subject, f"The mode is {wanted.mode}; {', '.join(MODES)} are allowed.")
    if wanted.ipvs is None:
        return
    if wanted.mode != "IPVS":
        yield Hit(subject, f"IPVS settings are given, but the mode is {wanted.mode}.")
    if wanted.ipvs.scheduler not in (None, *SCHEDULERS):
        yield Hit(subject, f"The scheduler is {wanted.ipvs.scheduler}; {' and '.join(SCHEDULERS)} are allowed.")
    for name, value in wanted.ipvs.to_dict().items():
        if name != "scheduler" and value is not None and value <= 0:
            yield Hit(subject, f"{name} is {value}, but must be a positive number of seconds.")


@rule(
    "KP25",
    "error",
    title="Cluster cannot be updated now",
    what=(
        "The cluster or a pool is not running, or its last operation failed. "
        "A warning while an operation is in progress, because the switch waits for it."
    ),
    remedy="Start the cluster or pool with az aks start or az aks nodepool start, or repair it, first.",
    sources=(PENDING_OPERATION, "https://learn.microsoft.com/azure/aks/start-stop-cluster"),
)
def cannot_be_updated(facts: KubeProxyFacts) -> Results:
    return check_cluster_can_be_updated(facts)


@rule(
    "KP30",
    "info",
    title="LeastConnection balances few connections unevenly",
    what="The scheduler is LeastConnection, and IPVS balances on each node separately: few connections are spread unevenly.",
    when=When(modes=("IPVS",)),
    sources=(VIRTUAL_IPS, CONFIGURE_KUBE_PROXY),
)
def uneven_least_connection(facts: KubeProxyFacts) -> Results:
    if facts.wanted.ipvs is None or facts.wanted.ipvs.scheduler != "LeastConnection":
        return
    nodes = sum(pool.count or 0 for pool in facts.cluster.pools if not is_windows(pool.os_type))
    if facts.linux_nodes is not None:
        nodes = len(facts.linux_nodes)
    yield Hit(
        facts.cluster_subject,
        f"The cluster has {nodes} Linux nodes and IPVS balances on each node separately: LeastConnection spreads the load of a service "
        f"unevenly while it has fewer than {2 * nodes} connections (twice the nodes).",
    )


@rule(
    "KP35",
    "warning",
    **SUPPORT_IS_OVER,
)
def support_is_over(facts: KubeProxyFacts) -> Results:
    return check_support(facts)
