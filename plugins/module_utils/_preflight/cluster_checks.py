"""Checks of the cluster itself that rules of several data planes make."""

from __future__ import annotations

import typing as t

from .._aks.provisioning import is_working
from .._aks.versions import kubernetes_version
from .enum_values import is_value
from .facts import Facts
from .findings import Hit, NotChecked, Results
from .limits import UBUNTU_2404_SINCE
from .message_text import list_names, version_text
from .retirements import support_ends
from .sources import NETWORK_POLICIES, SUPPORT_POLICIES


def unknown_version(facts: Facts) -> NotChecked:
    return NotChecked(f'the Kubernetes version of the cluster is "{facts.cluster.kubernetes_version or ""}", which is not readable')


def check_cluster_can_be_updated(facts: Facts) -> Results:
    """Whether the cluster and its pools run, and no operation of theirs is going on or failed."""
    view = facts.cluster
    if is_value(view.provisioning_state, "deleting"):
        message = f"Its provisioning state is {view.provisioning_state}: it is being deleted."
        yield Hit(facts.cluster_subject, message, remedy="Check its name and its resource group: az aks list --output table.")
        return
    yield from _check_state(facts.cluster_subject, view.provisioning_state, view.power_state)
    waiting = is_working(view.provisioning_state or "")
    for pool in view.pools:
        # The pools of a cluster in an operation are in that same operation.
        if not (waiting and is_working(pool.provisioning_state or "")):
            yield from _check_state(f"pool {pool.name}", pool.provisioning_state, pool.power_state)


def _check_state(subject: str, provisioning: str | None, power: str) -> Results:
    if not is_value(power, "running"):
        yield Hit(subject, f"Its power state is {power}.", remedy="Start it first with az aks start or az aks nodepool start.")
    if provisioning is None:
        yield NotChecked(f"Azure does not report the provisioning state of {subject}")
    elif is_working(provisioning):
        yield Hit(
            subject,
            f"Its provisioning state is {provisioning}: another operation is in progress, and the switch waits for it.",
            remedy="Wait for that operation, which az aks operation show-latest shows, or plan a longer run.",
            severity="warning",
        )
    elif not is_value(provisioning, "succeeded"):
        yield Hit(
            subject,
            f"Its provisioning state is {provisioning}.",
            remedy="Find the failed operation with az aks operation show-latest, and repair the cluster first, for example with az aks update.",
        )


def check_auto_provisioning(facts: Facts) -> Results:
    """Whether node auto-provisioning can make nodes with Ubuntu 22.04, whatever the pools have."""
    version = kubernetes_version(facts.cluster.kubernetes_version)
    if not facts.auto_provisioned or (version is not None and version >= UBUNTU_2404_SINCE):
        return
    yield Hit(
        "node auto-provisioning",
        "Node auto-provisioning makes nodes that are in none of the pools. The image family Ubuntu of an AKSNodeClass, which is the default, means "
        f"Ubuntu 22.04 before Kubernetes {version_text(UBUNTU_2404_SINCE[:2])}, and the cluster runs {facts.cluster.kubernetes_version}.",
        remedy=(
            "Set imageFamily to Ubuntu2404 or AzureLinux in every AKSNodeClass (kubectl edit aksnodeclass), and let Karpenter replace "
            "the nodes."
        ),
        severity="warning",
    )


# What C(check_support) is about, in the words of a rule.
SUPPORT_IS_OVER: dict[str, t.Any] = {
    "title": "AKS no longer supports a part of the cluster",
    "what": (
        "AKS's support of an operating system of a pool, or of the cluster's network plugin or network policy, has ended. Future ends are in the "
        "column *support ends* of the audit."
    ),
    "remedy": "Replace the unsupported part; az aks show and az aks nodepool list show it.",
    "sources": (SUPPORT_POLICIES, NETWORK_POLICIES),
}


def check_support(facts: Facts) -> Results:
    """What the cluster uses and AKS no longer supports."""
    for one in support_ends(facts.cluster):
        retirement = one.retirement
        subject = f"pool {list_names(one.where)}" if one.where else facts.cluster_subject
        if one.is_over(facts.today):
            images = f" AKS has removed its node images on {retirement.images_removed}: nodes can neither be added nor replaced."
            yield Hit(
                subject,
                f"AKS supports {retirement.what} only until {retirement.ends} ({retirement.source})."
                f"{images if one.images_are_gone(facts.today) else ''}",
                remedy=retirement.instead,
            )
