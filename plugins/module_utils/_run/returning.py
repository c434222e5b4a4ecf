"""Which clusters are rolled back, by the statistics of an earlier run or of the steps of a workflow."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._dataplane.registry import by_variable
from .settings import Settings

# Of the statistics that steps share: a cluster with another verdict is verified, or rolled back already.
_UNWELL = ("planned", "failed", "rollback_failed", "not_proved")
# Verdicts of a rollback by itself that was done, of a switch whose cluster has what it had, and of one whose cluster has not.
_ROLLED_BACK = ("switched", "unchanged", "unverified")
_HAS_WHAT_IT_HAD = ("refused", "rolled_back")
_LEFT_BROKEN = ("failed", "rollback_failed")


@dataclasses.dataclass(frozen=True)
class Return:
    """objection: why the statistics are refused, or nothing. text: whether and to what the cluster is rolled back.

    variable, value: what declares that; nothing when the cluster stays as it is.
    """

    objection: str = ""
    text: str = ""
    variable: str = ""
    value: t.Any = None


@dataclasses.dataclass(frozen=True)
class _LastWord:
    """returns: whether the cluster is rolled back. why: the reason for a cluster that stays. before: the variable that declares what it had."""

    returns: bool
    why: str
    before: t.Any


def going_back_to(settings: Settings) -> Return:
    """What the statistics say of this cluster, or the objection to statistics that no run sets."""
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
    return Return(text=f"{settings.cluster}: rolls back to {words}.", variable=variable, value=value)


def _of_shared(settings: Settings) -> _LastWord:
    """By aks_dataplane_before and aks_dataplane_verdicts of one job, as somebody gives them who rolls back by hand."""
    before = _shared_before(settings)
    verdict = str(settings.statistics_verdicts.get(settings.host) or "")
    return _LastWord(returns=verdict in ("", *_UNWELL) or not before, why=f"its verdict is {verdict}", before=before)


def _shared_before(settings: Settings) -> t.Any:
    every = settings.statistics_before
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
