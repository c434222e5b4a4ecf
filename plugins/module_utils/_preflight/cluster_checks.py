"""Checks of the cluster itself that rules of several data planes make."""

from __future__ import annotations

from .._aks.provisioning import is_working
from .enum_values import is_value
from .facts import Facts
from .findings import Hit, NotChecked, Results


def unknown_version(facts: Facts) -> NotChecked:
    return NotChecked(f'the Kubernetes version of the cluster is "{facts.cluster.kubernetes_version or ""}", which cannot be understood')


def check_cluster_can_be_updated(facts: Facts) -> Results:
    """Whether the cluster and its pools run, and no operation of theirs is going on or failed."""
    view = facts.cluster
    if is_value(view.provisioning_state, "deleting"):
        message = f"Its provisioning state is {view.provisioning_state}: it is being deleted."
        yield Hit(facts.cluster_subject, message, remedy="Check its name and its resource group.")
        return
    yield from _check_state(facts.cluster_subject, view.provisioning_state, view.power_state)
    waiting = is_working(view.provisioning_state or "")
    for pool in view.pools:
        # The pools of a cluster in an operation are in that same operation.
        if not (waiting and is_working(pool.provisioning_state or "")):
            yield from _check_state(f"pool {pool.name}", pool.provisioning_state, pool.power_state)


def _check_state(subject: str, provisioning: str | None, power: str) -> Results:
    if not is_value(power, "running"):
        yield Hit(subject, f"Its power state is {power}.", remedy="Start it first.")
    if provisioning is None:
        yield NotChecked(f"ARM does not tell the provisioning state of {subject}")
    elif is_working(provisioning):
        yield Hit(
            subject,
            f"Its provisioning state is {provisioning}: another operation is going on, and the switch waits for it.",
            remedy="Wait for that operation, or plan for a longer run.",
            severity="warning",
        )
    elif not is_value(provisioning, "succeeded"):
        yield Hit(
            subject,
            f"Its provisioning state is {provisioning}.",
            remedy="Find out what failed and repair it first, for example with az aks update.",
        )
