"""The passage of a run through another configuration, which removes what the former one would leave on the nodes: when, how, and what to say of it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from . import leftovers
from .node_looks import named
from .settings import Settings
from .state import Run

REMOVE = "remove"


def decide(run: Run, settings: Settings, before: Json, after: Json) -> Json:
    """What C(Run.passage) begins with; V({}) for a run that goes straight. before, after: configurations of the cluster.

    A rollback never goes through another one, nor does a run that is not asked to.
    """
    cleaning = run.data_plane.cleaning
    if settings.leftovers != REMOVE or settings.going_back or cleaning is None or not cleaning.is_left_by(after):
        return {}
    # What an interrupted run has begun there goes on there, until every node has arrived.
    resumed = run.resumes_passage and run.data_plane.rollback.is_same(before, cleaning.through)
    same = run.data_plane.rollback.is_same(before, after)
    leaves = cleaning.is_left_by(before) and cleaning.leaves(before, after)
    left = leftovers.less(run.left_before, run.data_plane.in_words(before))
    # What stayed when it was tried last would stay again, at the price of two gaps.
    removable = cleaning.is_left_by(before) and {*leftovers.removable(left, cleaning.modes)} - {*run.staying}
    if not resumed and not leaves and not removable:
        return {}
    return {
        "through": cleaning.through,
        "words": run.data_plane.in_words(cleaning.through),
        "why": "the nodes have leftovers" if same else f"{' and '.join(cleaning.modes)} do not remove each other's rules",
        "plan": [*cleaning.changes(before, cleaning.through)],
        "then": [*cleaning.changes(cleaning.through, after)],
    }


def answer(run: Run) -> dict[str, bool]:
    """What a task returns of it, which the role goes by."""
    return {"passes": True} if run.passage else {}


def options(run: Run) -> Json:
    """Of the module of the data plane, for the passage."""
    return _whole(run, run.passage["through"])


def options_after(run: Run) -> Json:
    """Of the same, for the configuration that is declared: as a whole, because a part of it would be taken to keep what the passage has set."""
    return _whole(run, run.plan["after"])


def _whole(run: Run, configuration: Json) -> Json:
    plane = run.data_plane
    return plane.rollback.module_options(plane.record.restore(configuration))


def advanced(run: Run, **news: t.Any) -> Run:
    """The run with what is known of its passage. checked: its preflight was made. sent: Azure took it, or may have. past: what is declared follows."""
    return dataclasses.replace(run, passage={**run.passage, **news})


def refusal(errors: t.Sequence[str], run: Run, settings: Settings) -> str:
    """Why the run does not begin. errors: of the preflight of the passage."""
    first = (
        f"{settings.cluster} does not meet the prerequisites of {run.passage['words']}, which the run would go through to remove leftovers. "
        "Nothing was changed."
    )
    return " ".join([first, *errors, "To leave the leftovers where they are, set aks_dataplane_leftovers: report."])


def note(passage: Json) -> str:
    """What a plan says of it."""
    words = passage["words"]
    return (
        f"goes through {words}, because {passage['why']}: in mode {words} kube-proxy removes the rules of both. Each of the two steps interrupts new "
        "connections on each node, until kube-proxy has written its rules."
    )


def unseen(run: Run, settings: Settings) -> str:
    """Where the run goes on although not every node was seen to have arrived: the cluster must not stay where nobody wants it."""
    words = run.passage["words"]
    return f"{settings.cluster}: {words} was not seen on every node, so leftovers may stay. The run goes on to {run.data_plane.in_words(run.plan['after'])}."


def cut_off(run: Run) -> str:
    """What to say of a run that ended on the way, and does not know whether the cluster has come back from there; or nothing."""
    if not run.passage.get("sent") or run.passage.get("past"):
        return ""
    return f"The cluster may be in mode {run.passage['words']}, on its way. Run the same command again."


def advice(run: Run, settings: Settings, left: Json) -> list[str]:
    """How what is left on nodes goes away. left: as C(leftovers.summary) has it."""
    held, free = leftovers.staying(left)
    group, cluster = settings.resource_group, settings.cluster
    upgrade = f"az aks nodepool upgrade --resource-group {group} --cluster-name {cluster} --node-image-only --name POOL"
    cleaning = run.data_plane.cleaning
    found = []
    if held:
        found.append(f"kube-proxy cannot remove what is left on {named(held)}: remove the third-party rules there first.")
    if free and settings.leftovers != REMOVE and cleaning and cleaning.is_left_by(run.plan.get("after") or {}):
        found.append(f"to remove what is left, set aks_dataplane_leftovers: remove. Or replace the nodes of each pool: {upgrade}")
    elif free:
        found.append(f"what is left on {named(free)} goes with the nodes. To replace those of a pool: {upgrade}")
    return [f"{cluster}: {text}" for text in found]
