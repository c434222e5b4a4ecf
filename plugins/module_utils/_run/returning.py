"""Which clusters are rolled back: by the record of an earlier run, by its statistics, or by those of the steps of a workflow."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._dataplane.data_plane import DataPlane
from .._dataplane.declaration import Json
from .._dataplane.registry import by_name, by_variable
from .settings import Settings
from .state import Run

# Of the statistics that steps share: a cluster with another verdict is verified, or rolled back already.
_UNWELL = ("planned", "failed", "rollback_failed", "not_proved")
# Verdicts of a rollback by itself that was done, of a switch whose cluster has what it had, and of one whose cluster has not.
_ROLLED_BACK = ("switched", "unchanged", "unverified")
_HAS_WHAT_IT_HAD = ("refused", "rolled_back")
# Of a run whose cluster has what it had before.
_CHANGED_NOTHING = (*_HAS_WHAT_IT_HAD, "unchanged")
_MISSING = (
    "missing required arguments: aks_dataplane_before, or aks_dataplane_record. Set aks_dataplane_record to the path of the record of the run to roll "
    "back, or to latest."
)
_LEFT_BROKEN = ("failed", "rollback_failed")


@dataclasses.dataclass(frozen=True)
class Return:
    """objection: why the statistics are refused, or nothing. text: whether and to what the cluster is rolled back.

    variable, value: what declares that; nothing when the cluster stays as it is. origin: as in C(Run).
    """

    objection: str = ""
    text: str = ""
    variable: str = ""
    value: t.Any = None
    origin: Json = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class _LastWord:
    """returns: whether the cluster is rolled back. why: the reason for a cluster that stays. before: the variable that declares what it had."""

    returns: bool
    why: str
    before: t.Any


def going_back_to(settings: Settings) -> Return:
    """What the statistics say of this cluster, or the objection to statistics that no run sets."""
    if settings.statistics_before is None and not any(settings.steps.values()):
        return Return(objection=f"{settings.host}: {_MISSING}")
    for step, reported in settings.steps.items():
        if not _is_report(reported, settings.host):
            return Return(objection=_objection(f"aks_dataplane_step_{step}", settings.host, reported))
    word = _of_steps(settings) if any(settings.steps.values()) else _of_shared(settings)
    wanted = word.before if word.returns else {}
    if not isinstance(wanted, t.Mapping) or (wanted and [*wanted] not in [[variable] for variable in by_variable()]):
        return Return(objection=_objection("aks_dataplane_before", settings.host, wanted))
    if not wanted:
        why = "it is not in aks_dataplane_before: nothing was changed in it" if word.returns else word.why
        return Return(text=f"{settings.cluster}: stays as it is, because {why}.")
    variable, value = next(iter(wanted.items()))
    words = by_variable()[variable].rollback.in_words(value)
    return Return(text=f"{settings.cluster}: rolls back to {words}.{_effect(variable)}", variable=variable, value=value)


def by_record(origin: Json, settings: Settings) -> Return:
    """What a run record says of this cluster. origin: its keys C(run_id), C(record_path) and so on, and C(why) where there is no run to roll back."""
    if "run_id" not in origin:
        return Return(text=f"{settings.cluster}: stays as it is, because {origin['why']}.")
    path, run_id = origin["record_path"], origin["run_id"]
    of, here = (f"the cluster {name} in {group}" for name, group in _clusters(origin, settings))
    # Azure ignores case in names.
    if of.lower() != here.lower():
        return Return(
            objection=f"{settings.host}: the run record {path} is about {of}, and not about {here}. "
            "Limit the run to the host of that cluster, for example with --limit."
        )
    if origin["before"] is None or origin["verdict"] in _CHANGED_NOTHING:
        how = f"ended as {origin['verdict']}" if origin["verdict"] else "was interrupted before the switch"
        return Return(text=f"{settings.cluster}: stays as it is, because the run {run_id} {how} and has left no change.")
    plane = by_name(origin["subject"])
    value = plane.rollback.declaration(plane.record.restore(origin["before"]))
    text = f"{settings.cluster}: rolls back the run {run_id} to {plane.rollback.in_words(value)}.{_effect(plane.variable)}"
    return Return(text=text, variable=plane.variable, value=value, origin=origin)


def _clusters(origin: Json, settings: Settings) -> tuple[tuple[str, str], ...]:
    return (origin["cluster"], origin["resource_group"]), (settings.cluster, settings.resource_group)


def _effect(variable: str) -> str:
    """What the operator must know before it begins."""
    effect = by_variable()[variable].rollback.effect
    return f" {effect}" if effect else ""


def changed_since(run: Run, settings: Settings) -> str:
    """Why a cluster is not rolled back by a record: it is no longer what that run has left. Nothing where it is, or somebody forces it."""
    origin = run.origin
    plane, now, cluster = by_name(origin["subject"]), run.plan["before"], run.plan["cluster"]["id"]
    subscription = cluster.split("/")[2]
    if origin["subscription"] and origin["subscription"].lower() != subscription.lower():
        return (
            f"{settings.cluster}: the run {origin['run_id']} was about a cluster of the same name in the subscription {origin['subscription']}, and "
            f"this one is in {subscription}. Nothing is rolled back."
        )
    if settings.force or not run.plan["plan"] or _is_left(plane, origin, now):
        return ""
    left = f" left it with {plane.in_words(origin['after'])}" if origin["after"] else " did not end"
    return (
        f"{settings.cluster}: the cluster now has {plane.in_words(now)}, but the run {origin['run_id']}{left}. Somebody else has changed it since, so it "
        "is not rolled back. To roll back regardless, set aks_dataplane_force: true."
    )


def _is_left(plane: DataPlane, origin: Json, now: Json) -> bool:
    shape = plane.record.shape
    if origin["after"] is not None:
        return bool(shape(now) == shape(origin["after"]))
    return plane.record.is_left(shape(origin["before"]), shape(origin["wanted"]), shape(now))


def _of_shared(settings: Settings) -> _LastWord:
    """By aks_dataplane_before and aks_dataplane_verdicts of one job, as somebody gives them who rolls back by hand."""
    before = _shared_before(settings)
    verdict = str(settings.statistics_verdicts.get(settings.host) or "")
    return _LastWord(returns=verdict in ("", *_UNWELL) or not before, why=f"its verdict is {verdict}", before=before)


def _shared_before(settings: Settings) -> t.Any:
    every = {} if settings.statistics_before is None else settings.statistics_before
    return every.get(settings.host, {}) if isinstance(every, t.Mapping) else every


def _of_steps(settings: Settings) -> _LastWord:
    """By what each step has said of the cluster. The order of the rules is the rank of the steps, and no accident of the order of their jobs."""
    said = {name: dict((reported or {}).get(settings.host) or {}) for name, reported in settings.steps.items()}
    verdicts = {name: str(word.get("verdict") or "") for name, word in said.items()}
    before = said["switch"].get("before") or said["plan"].get("before") or _shared_before(settings)
    if verdicts["rollback"] in _ROLLED_BACK:
        returns, verdict = False, verdicts["rollback"]
    elif verdicts["switch"] in _HAS_WHAT_IT_HAD:
        returns, verdict = False, verdicts["switch"]
    elif verdicts["verification"]:
        returns, verdict = verdicts["verification"] == "not_proved", verdicts["verification"]
    elif verdicts["switch"]:
        returns, verdict = verdicts["switch"] in _LEFT_BROKEN, verdicts["switch"]
    elif settings.steps["switch"] or not verdicts["plan"]:
        # A job that was lost reports of no cluster at all; one that has reported knows which clusters it worked on.
        return _LastWord(returns=False, why="no step of the workflow has reported a change of it", before={})
    else:
        returns, verdict = verdicts["plan"] == "planned", verdicts["plan"]
    return _LastWord(returns, f"its verdict is {verdict}", before)


def _is_report(reported: t.Any, host: str) -> bool:
    """Whether a step can have set it: a mapping by host, and of this host a verdict, with or without what it had."""
    return not reported or (isinstance(reported, t.Mapping) and isinstance(reported.get(host) or {}, t.Mapping))


def _objection(name: str, host: str, value: t.Any) -> str:
    return (
        f"{name} has for {host} {json.dumps(value)}, which is not what a run of this collection reports. Pass what the "
        f'statistics of the earlier run name, for example {{"{host}": {{"aks_dataplane_kube_proxy": {{"config": {{"enabled": true, '
        '"mode": "IPTABLES"}}}}.'
    )


def hidden(settings: Settings, variable: str, value: t.Any) -> str:
    """Why the cluster cannot be rolled back although C(variable) was set to C(value), or nothing."""
    if settings.declared.get(variable) == value:
        return ""
    return f"{variable} is an extra variable, which hides the configuration that {settings.host} is to be rolled back to. Leave it out."
