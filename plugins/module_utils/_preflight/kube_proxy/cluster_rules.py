"""Predicates on the wanted configuration, the client's api-version, and the cluster as ARM shows it."""

from __future__ import annotations

from ..._aks.api_versions import check_kube_proxy
from ..._aks.kube_proxy.configuration import MODES, SCHEDULERS
from ..._aks.provisioning import is_working
from ..._aks.versions import Version, kubernetes_version
from ..._common.errors import DataplaneError
from ..limits import IPVS_KUBERNETES, IPVS_RETIREMENT, NFTABLES_KUBERNETES
from ..model import (
    Facts,
    NotChecked,
    Part,
)
from ..wording import Said, cluster
from .facts import KubeProxyFacts


def _is(value: str | None, wanted: str) -> bool:
    """ARM does not keep to one case for its enums."""
    return (value or "").lower() == wanted


def unknown_version(facts: Facts) -> NotChecked:
    return NotChecked(f'the Kubernetes version of the cluster is "{facts.cluster.kubernetes_version or ""}", which cannot be understood')


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def cilium_dataplane(facts: KubeProxyFacts) -> Said:
    """KP01"""
    if facts.cilium:
        yield Part(
            cluster(facts),
            f"The network data plane is {facts.cluster.network_dataplane}, so there is no kube-proxy that could be configured.",
        )


def feature_not_registered(facts: KubeProxyFacts) -> Said:
    """KP02"""
    own_cni_off = not facts.wanted.enabled and _is(facts.cluster.network_plugin, "none")
    if facts.feature_state is None:
        yield NotChecked(facts.feature_missing_reason)
    elif facts.feature_state.lower() != "registered":
        remedies = {
            "registering": "The registration is under way: wait for it, then refresh the resource provider.",
            "pending": "The registration waits for an approval by Azure: ask Azure support for it.",
        }
        needed = "" if facts.switching else ", which the next change of the cluster needs"
        yield Part(
            f"subscription {facts.cluster.subscription_id}",
            f"The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is in the state {facts.feature_state}{needed}.",
            remedy=remedies.get(facts.feature_state.lower(), ""),
            severity=None if facts.switching else "warning",
            relaxed="none" if own_cni_off else None,
        )


def api_version(facts: KubeProxyFacts) -> Said:
    """KP03"""
    try:
        check_kube_proxy(facts.api_version, facts.wanted.mode if facts.wanted.enabled else None)
    except DataplaneError as exc:
        yield Part(f"api-version {facts.api_version}", exc.message, remedy=exc.remedy)


def nftables_version(facts: KubeProxyFacts) -> Said:
    """KP04"""
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < NFTABLES_KUBERNETES:
        yield Part(
            cluster(facts), f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, NFTABLES needs {_text(NFTABLES_KUBERNETES)}."
        )
    daemonset = facts.kube.daemonset if facts.kube else None
    image = kubernetes_version(daemonset.image_tag) if daemonset else None
    if daemonset is not None and image is not None and image < NFTABLES_KUBERNETES:
        yield Part(
            "DaemonSet kube-proxy",
            f"The image of kube-proxy is {daemonset.image_tag}, NFTABLES needs {_text(NFTABLES_KUBERNETES)}.",
            remedy="Let AKS finish the upgrade of the cluster, or upgrade it, first.",
        )


def ipvs_version(facts: KubeProxyFacts) -> Said:
    """KP05"""
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
    elif version < IPVS_KUBERNETES:
        yield Part(cluster(facts), f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, IPVS needs {_text(IPVS_KUBERNETES)}.")


def ipvs_with_azure_policy(facts: KubeProxyFacts) -> Said:
    """KP06"""
    if _is(facts.cluster.network_policy, "azure"):
        yield Part(cluster(facts), f"The network policy is {facts.cluster.network_policy}, with which IPVS is not supported.")


def ipvs_retirement(facts: KubeProxyFacts) -> Said:
    """KP07"""
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if version is None:
        yield unknown_version(facts)
        return
    for since, severity, happens in IPVS_RETIREMENT:
        if version >= since:
            remedy = "Use mode NFTABLES." if severity == "error" else ""
            yield Part(
                cluster(facts),
                f"The cluster runs Kubernetes {facts.cluster.kubernetes_version}, and {happens}.",
                remedy=remedy,
                severity=severity,
            )
            return


def nftables_with_azure_policy(facts: KubeProxyFacts) -> Said:
    """KP09"""
    if _is(facts.cluster.network_policy, "azure"):
        yield Part(cluster(facts), f"The network policy is {facts.cluster.network_policy}, wanted is NFTABLES.")


def disabled_without_own_cni(facts: KubeProxyFacts) -> Said:
    """KP10"""
    if not _is(facts.cluster.network_plugin, "none"):
        yield Part(
            cluster(facts),
            f"The network plugin is {facts.cluster.network_plugin or 'not told'}, but only with none can kube-proxy be disabled.",
        )


def automatic_cluster(facts: KubeProxyFacts) -> Said:
    """KP13"""
    if _is(facts.cluster.sku_name, "automatic"):
        yield Part(cluster(facts), f"The SKU is {facts.cluster.sku_name}, where AKS manages kube-proxy.")


def wrong_arguments(facts: KubeProxyFacts) -> Said:
    """KP14"""
    wanted, subject = facts.wanted, "wanted configuration"
    if wanted.mode not in MODES:
        yield Part(subject, f"The mode is {wanted.mode}; {', '.join(MODES)} are allowed.")
    if wanted.ipvs is None:
        return
    if wanted.mode != "IPVS":
        yield Part(subject, f"IPVS settings are given, but the mode is {wanted.mode}.")
    if wanted.ipvs.scheduler not in (None, *SCHEDULERS):
        yield Part(subject, f"The scheduler is {wanted.ipvs.scheduler}; {' and '.join(SCHEDULERS)} are allowed.")
    for name, value in wanted.ipvs.to_dict().items():
        if name != "scheduler" and value is not None and value <= 0:
            yield Part(subject, f"{name} is {value}, but must be a positive number of seconds.")


def cannot_be_updated(facts: Facts) -> Said:
    """KP25"""
    view = facts.cluster
    if _is(view.provisioning_state, "deleting"):
        told = f"Its provisioning state is {view.provisioning_state}: it is being deleted."
        yield Part(cluster(facts), told, remedy="Check its name and its resource group.")
        return
    yield from _state(cluster(facts), view.provisioning_state, view.power_state)
    waiting = is_working(view.provisioning_state or "")
    for pool in view.pools:
        # The pools of a cluster in an operation are in that same operation.
        if not (waiting and is_working(pool.provisioning_state or "")):
            yield from _state(f"pool {pool.name}", pool.provisioning_state, pool.power_state)


def _state(subject: str, provisioning: str | None, power: str) -> Said:
    if not _is(power, "running"):
        yield Part(subject, f"Its power state is {power}.", remedy="Start it first.")
    if provisioning is None:
        yield NotChecked(f"ARM does not tell the provisioning state of {subject}")
    elif is_working(provisioning):
        yield Part(
            subject,
            f"Its provisioning state is {provisioning}: another operation is going on, and the switch waits for it.",
            remedy="Wait for that operation, or plan for a longer run.",
            severity="warning",
        )
    elif not _is(provisioning, "succeeded"):
        yield Part(
            subject,
            f"Its provisioning state is {provisioning}.",
            remedy="Find out what failed and repair it first, for example with az aks update.",
        )


def uneven_least_connection(facts: KubeProxyFacts) -> Said:
    """KP30"""
    if facts.wanted.ipvs is None or facts.wanted.ipvs.scheduler != "LeastConnection":
        return
    nodes = sum(pool.count or 0 for pool in facts.cluster.pools if not _is(pool.os_type, "windows"))
    if facts.kube is not None and "nodes" not in facts.kube.unread:
        nodes = len(facts.kube.linux_nodes)
    yield Part(
        cluster(facts),
        f"The cluster has {nodes} Linux nodes and IPVS balances on each node alone: LeastConnection spreads the load of a service "
        f"unevenly while it has fewer than {2 * nodes} connections (twice the nodes).",
    )
