"""The events of a run: what each makes known, what is to be noted of it in the record, and what the roles have to do and say next."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._dataplane.declaration import Json
from . import changes, checks, declaration, drift, looks, numbers, outcome, passage, preflights, returning, texts, waivers
from .settings import Settings
from .state import Run, Verdict, at_home
from .step import Given, Note, Step, phase_note


def _checked(run: Run, settings: Settings, given: Given) -> Step:
    """The declaration of a cluster, and the numbers that the run goes by, before anything is asked."""
    hidden = returning.hidden(settings, *run.returns) if run.returns else ""
    objections = (declaration.objection, waivers.objection, looks.objection, _probe_objection)
    return Step(run, refusal=numbers.objection(settings.numbers) or hidden or next(filter(None, (one(settings) for one in objections)), ""))


def _probe_objection(settings: Settings) -> str:
    if not settings.probe:
        return ""
    # A run without a probe pays nothing for it.
    from . import interruption

    return interruption.objection(settings)


def _selected(run: Run, settings: Settings, given: Given) -> Step:
    """The hosts of a play, and the numbers that it goes by, before any of them is worked on."""
    return Step(run, refusal=settings.selection or numbers.objection(settings.numbers))


def _returning(run: Run, settings: Settings, given: Given) -> Step:
    """Whether a cluster is rolled back to what it had before an earlier run."""
    origin = given.seen.get("origin")
    found = returning.by_record(origin, settings) if origin else returning.going_back_to(settings)
    run = dataclasses.replace(run, returns=(found.variable, found.value) if found.variable else (), origin=found.origin)
    answer = {"returns": bool(found.variable), "variable": found.variable, "value": found.value, "text": found.text}
    return Step(run, answer, refusal=found.objection, shown=() if found.objection else (found.text,))


def _joined(run: Run, settings: Settings, given: Given) -> Step:
    """A role that needs a record, whether it works by itself or not."""
    if run.halted:
        return Step(run, {"opens": False, "wait_timeout": 0, "lines": []})
    plane = run.data_plane if run.open else _by_itself(run, settings).data_plane
    beginning = beginning_lines(run, settings)
    answer = {"opens": not run.open, "wait_timeout": plane.change.wait_timeout, **beginning}
    return Step(dataclasses.replace(run, joined=run.open), answer, shown=[line["text"] for line in beginning["lines"]])


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


def begun(run: Run, noted: Json, by_role: bool = False) -> Run:
    """The run whose record was opened. noted: what opening it returned. by_role: a role did it, which no playbook has called, and ends it too."""
    return Run(
        number=run.number,
        subject=noted["record"]["subject"],
        origin=run.origin,
        open=True,
        by_role=by_role,
        joined=by_role,
        run_id=noted["run_id"],
        record_path=noted["record_path"],
        continues=(noted["interrupted"] or {}).get("run_id", ""),
        feature_unfinished=noted["feature_unfinished"],
        resumes_passage=bool(noted["record"].get("through")),
        staying=list(noted.get("staying_leftovers") or ()),
    )


def beginning_lines(run: Run, settings: Settings) -> dict[str, t.Any]:
    """What the role shows of a run that begins, which is nothing unless it continues another one."""
    if not run.continues:
        return {"lines": []}
    text = (
        f"{settings.cluster}: continues the run {run.continues}, which did not end (or is still running). "
        "A rollback restores the configuration that it found, unless somebody else has changed the cluster since."
    )
    return {"lines": [{"label": "run record", "text": text}]}


def remembered(run: Run, noted: Json) -> Run:
    """The run with what its record says of the configuration to roll back to: not what was just read, when it continues another one."""
    if "restore" not in noted:
        return run
    record = noted["record"] or {}
    return dataclasses.replace(
        run, former=noted["restore"], before=record.get("before") or run.plan["before"], began=record.get("switch_began") or ""
    )


def begin_phase(run: Run, settings: Settings, given: Given) -> Step:
    """A role begins, or the part of one that is a phase of the record."""
    if given.phase not in _PHASES:
        raise DataplaneError(f"The phase {given.phase} needs the run_id of its run.")
    if not run.open:
        alone = _by_itself(run, settings)
        if given.phase in ("feature_registration", "preflight"):
            # The look at the nodes comes before the phase that shows what it has found.
            alone = dataclasses.replace(alone, look_lines=run.look_lines, left_before=run.left_before, home=run.home)
        # Roles that are listed one after the other make one look do.
        kept = given.phase == "preflight" and run.look and run.declared == alone.declared
        run = run if kept else alone
    return _PHASES[given.phase](dataclasses.replace(run, phase=given.phase), settings, given)


def _registration_phase(run: Run, settings: Settings, given: Given) -> Step:
    if settings.going_back:
        return Step(run, {"looks": False})
    looks = checks.looks_before_registration(run, settings)
    if looks and not settings.resource_group:
        raise DataplaneError(
            f"{settings.host} has no aks_dataplane_resource_group, and the registration of the feature checks the cluster first.",
            remedy="Set it, or register the feature without a cluster with the module aks.dataplane.aks_preview_feature.",
        )
    return Step(run, {"looks": looks}, phase_note(run, skipped=not looks))


def _preflight_phase(run: Run, settings: Settings, given: Given) -> Step:
    # What a cluster has had it can have again, and findings about the state that it is in must not keep it there.
    if settings.going_back:
        return Step(run, {"looks": False})
    looks = not run.look
    return Step(dataclasses.replace(run, look={}), {"looks": looks}, phase_note(run))


def _switch_phase(run: Run, settings: Settings, given: Given) -> Step:
    if run.passage.get("sent"):
        # What the nodes came to on the way says nothing of what follows.
        run = dataclasses.replace(passage.advanced(run, past=True), proof={}, last_look=run.base)
        return Step(run, {}, phase_note(run), shown=texts.begun("switch", run, settings))
    news = {"before": run.plan["before"], "subscription_id": checks.subscription_of(run.plan["cluster"]["id"])}
    through = {"through": run.passage["through"]} if run.passage else {}
    return Step(run, {}, phase_note(run, **news, **through), shown=texts.begun("passage" if run.passage else "switch", run, settings))


def _rollout_phase(run: Run, settings: Settings, given: Given) -> Step:
    run = dataclasses.replace(run, switch=changes.kept(given.seen["switch"]))
    note = phase_note(run, skipped=not settings.kubernetes, needed=False, after=run.switch["after"])
    return Step(run, {"verifies": settings.kubernetes}, note)


def _verification_phase(run: Run, settings: Settings, given: Given) -> Step:
    return Step(run, note=None if settings.check_mode else phase_note(run, needed=False))


_PHASES: dict[str, t.Callable[[Run, Settings, Given], Step]] = {
    "feature_registration": _registration_phase,
    "preflight": _preflight_phase,
    "switch": _switch_phase,
    "rollout": _rollout_phase,
    "verification": _verification_phase,
}


def see(run: Run, settings: Settings, given: Given) -> Step:
    """What a module has returned, by what it was asked for."""
    ((what, result),) = given.seen.items()
    return SEEN[what](run, settings, result)


def _seen_plan(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(at_home(run, [result.get("cluster")]), plan=changes.kept_plan(result))
    if run.phase == "verification":
        return Step(run)
    # What the preflight has seen of it still holds.
    found = passage.decide(run, settings, run.plan["before"], run.plan["after"])
    run = dataclasses.replace(run, passage={**run.passage, **found} if found else {})
    return Step(run, passage.answer(run), refusal=returning.changed_since(run, settings) if run.origin else "")


def _seen_before(run: Run, settings: Settings, result: Json) -> Step:
    """The nodes before the change, by the very look that will verify it."""
    base = looks.base(run, result["look"])
    nodes = looks.lines(run, result, settings)
    answer = {"lines": [*changes.lines(run.plan, settings, run.passage), *nodes]}
    shown = [*texts.plan(run.plan, settings, run.passage), *(line["text"] for line in nodes)]
    run = dataclasses.replace(run, base=base, last_look=base)
    return Step(run, answer, _news(run, result), looks.refusal(result, settings), shown)


def _seen_status(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, proof=result.get("verdict") or {}, last_look=result.get("look") or run.last_look)
    if run.phase != "verification" or result.get("failed"):
        return Step(run, note=_news(run, result))
    return dataclasses.replace(stand(run, settings, result), note=_news(run, result))


def stand(run: Run, settings: Settings, status: Json | None = None) -> Step:
    """What a verification shows, and why it fails. status: the result of the look that it made, where it needed one."""
    if settings.check_mode:
        text = f"{settings.cluster}: verification is skipped in check mode."
        return Step(run, {"text": text}, shown=(text,))
    configuration = changes.configuration(run, settings)
    run = dataclasses.replace(run, deviations=drift.found(run, settings))
    text, drifted = changes.proof(run, configuration, settings), drift.lines(run.deviations, settings)
    if not run.proved:
        return Step(run, {"text": text}, refusal=changes.disproof(run, configuration, status or {}, settings), shown=drifted)
    return Step(run, {"text": text}, refusal=drift.refusal(run.deviations, settings), shown=(text, *drifted))


def _seen_restore(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(run, restore=changes.kept(result))
    return Step(run, {"awaits": outcome.awaits_rollback(run, settings)})


SEEN: dict[str, t.Callable[[Run, Settings, Json], Step]] = {
    "preflight": preflights.seen_preflight,
    "passage_check": preflights.seen_passage_check,
    "plan": _seen_plan,
    "before": _seen_before,
    "status": _seen_status,
    "restore": _seen_restore,
}


def _news(run: Run, status: Json) -> Note | None:
    """The nodes, as the last look has seen them."""
    nodes = changes.of_data_plane(run, status).get("nodes")
    if not run.open or nodes is None:
        return None
    windows = changes.windows(run, nodes)
    return Note({"event": "seen", "nodes": nodes, **({"interruption": {"nodes": windows}} if windows else {})}, needed=False)


def _failed(run: Run, settings: Settings, given: Given) -> Step:
    """Something in the switch failed, or in the rollback."""
    if run.phase == "rollback":
        run = dataclasses.replace(run, restore_failure_shown=outcome.shown_text(given.failure) if given.shown else "")
        if run.restore and not run.restore.get("failed"):
            # It is restored. What failed is the look at the nodes, which were not seen then.
            return Step(dataclasses.replace(run, proof={"reasons": [outcome.failure_text(given.failure)]}))
        return Step(dataclasses.replace(run, restore_failure=outcome.failure_text(given.failure, "the")))
    run = _with_failure(run, given)
    return _begin_rollback(run, settings) if outcome.restores(run, settings) else Step(run, {"restores": False})


def _with_failure(run: Run, given: Given) -> Run:
    """What failed first is what counts."""
    failed = given.seen.get("switch") or {}
    switch = changes.kept(failed) if run.phase == "switch" else run.switch
    if run.phase == "switch" and run.passage and not run.passage.get("past"):
        run = passage.advanced(run, sent=bool(failed.get("changed")))
    return dataclasses.replace(_with_cause(run, given), switch=switch)


def _with_cause(run: Run, given: Given) -> Run:
    if run.failure:
        return run
    shown = outcome.shown_text(given.failure) if given.shown else ""
    return dataclasses.replace(run, failure=outcome.failure_text(given.failure), failure_shown=shown)


def _begin_rollback(run: Run, settings: Settings) -> Step:
    run = dataclasses.replace(run, phase="rollback", proof={})
    # Without the rollback, this only sees whether there would be anything to roll back.
    answer = {"restores": True, "only_looks": not settings.rollback}
    note = phase_note(run, skipped=not settings.rollback, needed=False, last_status="failed", reason=run.failure)
    return Step(run, answer, note, shown=texts.begun("restore", run, settings))


def hold(run: Run, settings: Settings, given: Given) -> Step:
    """Something failed in a run that ends with a task for that: what follows is left out, and the task does not fail."""
    if run.phase == "rollback":
        return _failed(run, settings, given)
    return Step(_with_failure(run, given)) if run.joined else _stopped(run, settings, given)


def _concluded(run: Run, settings: Settings, given: Given) -> Step:
    """The switch is over, or is rolled back for what failed. A run that the role has begun by itself ends with it."""
    if run.story:
        return Step(run, refusal="" if settings.holds else run.reason)
    if run.failure and run.phase != "rollback" and outcome.restores(run, settings):
        return _begin_rollback(run, settings)
    if run.phase == "rollback" and not run.restore and not run.restore_failure:
        return Step(run, {"restores": True, "only_looks": not settings.rollback})
    if run.failure:
        verdict, status, message = outcome.rollback(run, settings)
        less = outcome.without_shown(run)
        reason = f"{less.failure} {outcome.rollback(less, settings)[2]}"
        story = f"{run.failure} {message}"
        run = dataclasses.replace(run, verdict=verdict, story=story, reason=reason, rollback={"status": status, "message": message})
    else:
        run = dataclasses.replace(run, verdict=outcome.conclusion(run, settings))
    step = _closed(run, settings, given) if run.by_role else Step(run)
    return dataclasses.replace(step, refusal="" if settings.holds else run.reason or run.marked)


def _stopped(run: Run, settings: Settings, given: Given) -> Step:
    """A task failed in a playbook. What the switchover has said of it is worth more."""
    if run.story:
        return Step(run)
    run = _with_cause(run, given)
    end = "" if not run.open or outcome.tried(run, settings) else " Nothing was changed in the cluster."
    verdict: Verdict = "" if not run.open else "refused" if end else "failed"
    return Step(
        dataclasses.replace(
            run, verdict=verdict or run.verdict, story=f"{run.failure}{end}", reason=f"{outcome.without_shown(run).failure}{end}"
        )
    )


def _closed(run: Run, settings: Settings, given: Given) -> Step:
    """The run is over, and the next role begins another one."""
    answer = {
        "lines": outcome.lines(run, settings),
        "statistics": outcome.statistics(run, settings),
        "passed": not run.story and not run.marked,
        "story": run.story,
        "reason": run.reason or run.marked,
        "reported": outcome.reported(run, settings),
        "row": [settings.cluster, *outcome.row(run, settings)],
    }
    note = None
    if run.open and not settings.check_mode:
        last_status = "failed" if outcome.last_phase_failed(run) else "done"
        news = {name: value for name, value in (("reason", run.story or run.marked), ("rollback", run.rollback)) if value}
        # The story of a failed switch is worth more than that of a failed record.
        note = Note({"event": "closed", "verdict": run.verdict or "refused", "last_status": last_status, **news}, needed=not run.story)
    return Step(Run(number=run.number), answer, note, shown=texts.end(run, settings))


def _summary(run: Run, settings: Settings, given: Given) -> Step:
    """All clusters of a play are over. given: C(rows) of those that are known."""
    return Step(run, shown=texts.summary([tuple(row) for row in given.seen["rows"]]))


def _ended(run: Run, settings: Settings, given: Given) -> Step:
    """The one task that fails for what has failed in the run."""
    return Step(run, refusal=given.seen["closed"]["reason"])


EVENTS: dict[str, t.Callable[[Run, Settings, Given], Step]] = {
    "checked": _checked,
    "returning": _returning,
    "joined": _joined,
    "phase": begin_phase,
    "selected": _selected,
    "seen": see,
    "failed": _failed,
    "concluded": _concluded,
    "stopped": _stopped,
    "closed": _closed,
    "summary": _summary,
    "ended": _ended,
}
