"""The events of a run: what each makes known, what is to be noted of it in the record, and what the roles have to do and say next."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._dataplane.declaration import Json
from .._dataplane.registry import data_planes
from . import changes, checks, declaration, looks, numbers, outcome, returning
from .settings import Settings
from .state import Run


@dataclasses.dataclass(frozen=True)
class Given:
    """What an event comes with.

    phase: that begins. seen: results of modules, by what they were asked for. failure: C(msg) and C(task) of what failed.
    others: runs of the hosts before this one in the play.
    """

    phase: str = ""
    seen: Json = dataclasses.field(default_factory=dict)
    failure: Json = dataclasses.field(default_factory=dict)
    others: t.Sequence[Run] = ()


@dataclasses.dataclass(frozen=True)
class Note:
    """What the record gets: options of M(aks.dataplane.aks_run_record). needed: whether the run must not go on without it."""

    options: Json
    needed: bool = True


@dataclasses.dataclass(frozen=True)
class Step:
    """run: what is known now. answer: what the task returns, whose keys are the event's own."""

    run: Run
    answer: Json = dataclasses.field(default_factory=dict)
    note: Note | None = None


def _checked(run: Run, settings: Settings, given: Given) -> Step:
    """The declaration of a cluster, and the numbers that the run goes by, before anything is asked. empty: variables that count as not set."""
    refused = numbers.objection(settings.numbers)
    objection = returning.hidden(settings, *run.returns) if run.returns else ""
    objection = objection or declaration.objection(settings)
    return Step(run, {"objection": refused or objection, "numbers": refused, "empty": list(settings.empty)})


def _returning(run: Run, settings: Settings, given: Given) -> Step:
    """Whether a cluster goes back to what it had before an earlier run."""
    found = returning.going_back_to(settings)
    run = dataclasses.replace(run, returns=(found.variable, found.value) if found.variable else ())
    return Step(run, {**dataclasses.asdict(found), "returns": bool(found.variable)})


def _joined(run: Run, settings: Settings, given: Given) -> Step:
    """A role that needs a record, whether it works by itself or not."""
    plane = run.data_plane if run.open else _by_itself(run, settings).data_plane
    answer = {
        "begins": not run.open,
        "wait_timeout": plane.change.wait_timeout,
        "rollout_timeout": plane.verification.rollout_timeout,
    }
    return Step(run, answer)


def _by_itself(run: Run, settings: Settings) -> Run:
    """The run of a role that no playbook has called."""
    objection = declaration.objection(settings)
    if objection:
        raise DataplaneError(objection)
    (plane,) = settings.data_planes
    declared = {
        "resource_group": settings.resource_group,
        "cluster": settings.cluster,
        plane.variable: settings.declared[plane.variable],
    }
    return Run(number=run.number, subject=plane.name, declared=declared)


def begun(run: Run, noted: Json) -> Run:
    """The run whose record was opened. noted: what opening it returned."""
    return Run(
        number=run.number,
        subject=noted["record"]["subject"],
        open=True,
        run_id=noted["run_id"],
        record_path=noted["record_path"],
        continues=(noted["interrupted"] or {}).get("run_id", ""),
        feature_unfinished=noted["feature_unfinished"],
    )


def told_of_beginning(run: Run, settings: Settings) -> dict[str, t.Any]:
    """What the role shows of a run that begins: C(continues), and a C(text) that is empty unless it continues another one."""
    text = (
        f"{settings.cluster}: continues the run {run.continues}, which did not end (or still works). "
        "The configuration to go back to is the one from before that run, unless somebody else has changed the cluster since."
    )
    return {"continues": bool(run.continues), "text": text if run.continues else ""}


def remembered(run: Run, noted: Json) -> Run:
    """The run with what its record says of the configuration to go back to: not what was just read, when it continues another one."""
    if "restore" not in noted:
        return run
    record = noted["record"] or {}
    return dataclasses.replace(
        run, former=noted["restore"], before=record.get("before") or run.plan["before"], began=record.get("switch_began") or ""
    )


def _phase(run: Run, settings: Settings, given: Given) -> Step:
    if given.phase not in _PHASES:
        raise DataplaneError(f"The phase {given.phase} needs the run_id of its run.")
    if not run.open:
        alone = _by_itself(run, settings)
        # Roles that are listed one after the other make one look do.
        kept = given.phase == "preflight" and run.look and run.declared == alone.declared
        run = run if kept else alone
    return _PHASES[given.phase](dataclasses.replace(run, phase=given.phase), settings, given)


def _note(run: Run, settings: Settings, *, skipped: bool = False, needed: bool = True, **options: t.Any) -> Note | None:
    """That the phase of the run begins. There is no record in check mode, except that what a switch is undone with is worth knowing."""
    if not run.open:
        return None
    phase = {"event": "phase", "phase": run.phase, "phase_status": "skipped" if skipped else "running"}
    return Note({**phase, **options}, needed)


def _registration_phase(run: Run, settings: Settings, given: Given) -> Step:
    if settings.going_back:
        return Step(run, {"looks": False})
    looks = checks.looks_before_registration(run, settings)
    if looks and not settings.resource_group:
        raise DataplaneError(
            f"{settings.host} has no aks_dataplane_resource_group, and the cluster is looked at before the feature is registered.",
            remedy="Set it, or register the feature without a cluster with the module aks.dataplane.aks_preview_feature.",
        )
    return Step(run, {"looks": looks}, _note(run, settings, skipped=not looks))


def _preflight_phase(run: Run, settings: Settings, given: Given) -> Step:
    # What a cluster has had it can have again, and findings about the state that it is in must not keep it there.
    if settings.going_back:
        return Step(run, {"looks": False})
    looks = not run.look
    return Step(dataclasses.replace(run, look={}), {"looks": looks}, _note(run, settings))


def _switch_phase(run: Run, settings: Settings, given: Given) -> Step:
    news = {"before": run.plan["before"], "subscription_id": checks.subscription_of(run.plan["cluster"]["id"]), **_nodes(run, given.seen)}
    return Step(run, {}, _note(run, settings, **news))


def _rollout_phase(run: Run, settings: Settings, given: Given) -> Step:
    run = dataclasses.replace(run, switch=changes.kept(given.seen["switch"]))
    answer = {
        "awaits": settings.kubernetes and not settings.check_mode,
        "verifies": settings.kubernetes,
    }
    return Step(run, answer, _note(run, settings, skipped=not settings.kubernetes, needed=False, after=run.switch["after"]))


def _verification_phase(run: Run, settings: Settings, given: Given) -> Step:
    if settings.check_mode:
        return Step(run, {"skips": True, "text": f"{settings.cluster}: verification is skipped in check mode."})
    since = changes.watched_from(run, settings)
    resolves = not run.switch and not run.data_plane.configuration(settings.declaration(run.data_plane))
    answer = {
        "skips": False,
        "resolves": resolves,
        # What the wait saw last proves it, but for what went on between the switch and the end of the wait. Where it ended without having seen the
        # nodes, the time is up.
        "asks": not (run.switch and ((run.proved and not since) or run.proof.get("seen") == "not_seen")),
        "since": since,
        **looks.patience(run, settings),
        **_verdict(run, settings),
    }
    return Step(run, answer, _note(run, settings, needed=False))


_PHASES: dict[str, t.Callable[[Run, Settings, Given], Step]] = {
    "feature_registration": _registration_phase,
    "preflight": _preflight_phase,
    "switch": _switch_phase,
    "rollout": _rollout_phase,
    "verification": _verification_phase,
}


def _auditing(run: Run, settings: Settings, given: Given) -> Step:
    """What is asked of every cluster."""
    return Step(run, {"questions": [{"subject": one.audit.key} for one in data_planes()]})


def _looking(run: Run, settings: Settings, given: Given) -> Step:
    return Step(run, {"monitor_lines": run.data_plane.preflight.reads_monitor_lines})


def _registering(run: Run, settings: Settings, given: Given) -> Step:
    """After all clusters of the play were looked at, so that one of them registers the feature for all."""
    answer = {
        "registers": checks.registers_for_all(run, given.others),
        "feature": run.data_plane.preflight.feature,
        "refresh_provider": "always" if run.feature_unfinished else "when_changed",
    }
    return Step(run, answer)


def _seen(run: Run, settings: Settings, given: Given) -> Step:
    ((what, result),) = given.seen.items()
    return _SEEN[what](run, settings, result)


def _seen_preflight(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, answered=settings.kubernetes)
    before_registration = run.phase == "feature_registration"
    findings, passed, registers = result["findings"], result["passed"], False
    if before_registration:
        look = checks.judged_look(result, run, settings)
        findings, passed, registers = look.findings, look.passed, look.registers
    # Another one follows, which shows what was found.
    preliminary = registers and not settings.check_mode
    answer = {
        "lines": [] if preliminary else checks.lines(findings),
        "unchecked": "" if preliminary else checks.unchecked(findings, settings),
        "refuses": not passed,
        "refusal": "" if passed else checks.refusal(findings, run, settings),
    }
    news = {"findings": findings}
    if not before_registration:
        return Step(run, answer, Note({"event": "seen", **news}) if run.open else None)
    if not passed:
        # With nothing to register, the look is the preflight.
        run = dataclasses.replace(run, phase="preflight")
        return Step(run, answer, _note(run, settings, **news))
    run = dataclasses.replace(
        run,
        look={} if preliminary else {"findings": findings},
        registers=checks.subscription_of(result["cluster"]["id"]) if registers else "",
    )
    return Step(run, answer, Note({"event": "seen", **news}) if run.open else None)


def _seen_plan(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, plan=changes.kept_plan(result))
    answer = {
        "lines": changes.lines(run.plan, settings),
        "note": changes.note(run.plan, settings),
        "looks_first": looks.looks_first(run, settings),
        **({"since": "", "asks": True, **looks.patience(run, settings)} if run.phase == "verification" else {}),
    }
    return Step(run, answer)


def _seen_before(run: Run, settings: Settings, result: Json) -> Step:
    """The nodes before the change, by the very look that will verify it."""
    refusal = looks.refusal(result, settings)
    answer = {"refuses": bool(refusal), "refusal": refusal, "warning": looks.warning(run, result, settings)}
    base = looks.base(run, result["look"])
    return Step(dataclasses.replace(run, base=base, last_look=base), answer)


def _seen_status(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, proof=result.get("verdict") or {}, last_look=result.get("look") or run.last_look)
    nodes = _nodes(run, {"status": result})
    note = Note({"event": "seen", **nodes}, needed=False) if run.open and nodes else None
    return Step(run, _verdict(run, settings, result), note)


def _verdict(run: Run, settings: Settings, status: Json | None = None) -> dict[str, t.Any]:
    if run.phase != "verification" or not run.proof:
        return {}
    configuration = changes.configuration(run, settings)
    return {
        "proved": run.proved,
        "text": changes.proof(run, configuration, settings),
        "disproof": "" if run.proved else changes.disproof(run, configuration, status or {}, settings),
    }


def _seen_restore(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, restore=changes.kept(result))
    return Step(run, {"awaits": outcome.awaits_rollback(run, settings)})


def _seen_node(run: Run, settings: Settings, result: Json) -> Step:
    """result: the name of a node that could not be looked at, and C(msg), the reason."""
    text = (
        f"{settings.cluster}: the node {result['name']} could not be looked at, and what only the node itself can show is not checked for it: "
        f"{result.get('msg') or 'no reason was given.'}"
    )
    return Step(run, {"text": text})


_SEEN: dict[str, t.Callable[[Run, Settings, Json], Step]] = {
    "preflight": _seen_preflight,
    "node": _seen_node,
    "plan": _seen_plan,
    "before": _seen_before,
    "status": _seen_status,
    "restore": _seen_restore,
}


def _nodes(run: Run, seen: Json) -> dict[str, t.Any]:
    nodes = changes.of_data_plane(run, seen.get("status") or {}).get("nodes")
    return {} if nodes is None else {"nodes": nodes}


def _failed(run: Run, settings: Settings, given: Given) -> Step:
    """Something in the switch failed, or in the rollback."""
    if run.phase == "rollback":
        if run.restore and not run.restore.get("failed"):
            # It is restored. What failed is the look at the nodes, which were not seen then.
            return Step(dataclasses.replace(run, proof={"reasons": [outcome.failure_text(given.failure)]}))
        return Step(dataclasses.replace(run, restore_failure=outcome.failure_text(given.failure, "the")))
    switch = changes.kept(given.seen.get("switch") or {}) if run.phase == "switch" else run.switch
    run = dataclasses.replace(run, failure=outcome.failure_text(given.failure), switch=switch)
    if not outcome.restores(run, settings):
        return Step(run, {"restores": False})
    run = dataclasses.replace(run, phase="rollback", proof={})
    # Without the rollback, this only sees whether there would be anything to go back from.
    answer = {"restores": True, "only_looks": not settings.rollback}
    return Step(run, answer, _note(run, settings, skipped=not settings.rollback, needed=False, last_status="failed", reason=run.failure))


def _concluded(run: Run, settings: Settings, given: Given) -> Step:
    if not run.failure:
        return Step(dataclasses.replace(run, verdict=outcome.conclusion(run, settings)), {"story": ""})
    verdict, status, message = outcome.rollback(run, settings)
    story = f"{run.failure} {message}"
    return Step(dataclasses.replace(run, verdict=verdict, story=story, rollback={"status": status, "message": message}), {"story": story})


def _stopped(run: Run, settings: Settings, given: Given) -> Step:
    """A task failed in a playbook. What the switchover has said of it is worth more."""
    if run.story:
        return Step(run)
    text = outcome.failure_text(given.failure)
    if not run.open:
        return Step(dataclasses.replace(run, story=text))
    if outcome.tried(run, settings):
        return Step(dataclasses.replace(run, verdict="failed", story=text))
    return Step(dataclasses.replace(run, verdict="refused", story=f"{text} Nothing was changed in the cluster."))


def _closed(run: Run, settings: Settings, given: Given) -> Step:
    """The run is over, and the next role begins another one."""
    answer = {
        "text": outcome.summary(run, settings) if run.open else outcome.checked(run, settings),
        "record": f"{settings.cluster}: run record {run.record_path}" if run.record_path and not settings.check_mode else "",
        "statistics": outcome.statistics(run, settings),
        "passed": not run.story,
        "story": run.story,
    }
    note = None
    if run.open and not settings.check_mode:
        last_status = "failed" if outcome.last_phase_failed(run) else "done"
        news = {name: value for name, value in (("reason", run.story), ("rollback", run.rollback)) if value}
        # The story of a failed switch is worth more than that of a failed record.
        note = Note({"event": "closed", "verdict": run.verdict or "refused", "last_status": last_status, **news}, needed=not run.story)
    return Step(Run(number=run.number), answer, note)


EVENTS: dict[str, t.Callable[[Run, Settings, Given], Step]] = {
    "checked": _checked,
    "returning": _returning,
    "joined": _joined,
    "phase": _phase,
    "auditing": _auditing,
    "looking": _looking,
    "registering": _registering,
    "seen": _seen,
    "failed": _failed,
    "concluded": _concluded,
    "stopped": _stopped,
    "closed": _closed,
}
