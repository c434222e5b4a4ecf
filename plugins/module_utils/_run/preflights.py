"""What the preflights of a run make known: of what is declared, and of what the run goes through on the way there."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from . import checks, passage, texts, waivers
from .settings import Settings
from .state import Run, at_home
from .step import Note, Step, phase_note


def seen_preflight(run: Run, settings: Settings, result: Json) -> Step:
    run = dataclasses.replace(at_home(run, [result.get("cluster")]), answered=settings.kubernetes)
    before_registration = run.phase == "feature_registration"
    findings, passed, registers = result["findings"], result["passed"], False
    if before_registration:
        look = checks.judged_look(result, run, settings)
        findings, passed, registers = look.findings, look.passed, look.registers
    # Another one follows, which shows what was found.
    preliminary = registers and not settings.check_mode
    refusal = "" if passed else checks.refusal(findings, run, settings)
    run = dataclasses.replace(run, refusal=refusal, passage=_passage_after_preflight(run, settings, result) if passed else {})
    answer = {"lines": [] if preliminary else checks.lines(findings, settings), "refusal": refusal, **passage.answer(run)}
    waived = waivers.own(result, settings)
    news = {"findings": findings, **({"waivers": waived} if waived else {})}
    more = [*waivers.lines(waived, settings), *run.look_lines]
    shown, details = ((), ()) if preliminary else _shown_findings(findings, more, settings)
    run = dataclasses.replace(run, look_lines=[])
    if not before_registration:
        return Step(run, answer, Note({"event": "seen", **news}) if run.open else None, refusal, shown, details)
    if not passed:
        # With nothing to register, the look is the preflight.
        run = dataclasses.replace(run, phase="preflight")
        return Step(run, answer, phase_note(run, **news), shown=shown, details=details)
    run = dataclasses.replace(
        run,
        look={} if preliminary else {"findings": findings},
        registers=checks.subscription_of(result["cluster"]["id"]) if registers else "",
    )
    return Step(run, answer, Note({"event": "seen", **news}) if run.open else None, shown=shown, details=details)


def _passage_after_preflight(run: Run, settings: Settings, result: Json) -> Json:
    before, after = result.get("current"), result.get("wanted")
    if not isinstance(before, t.Mapping) or not isinstance(after, t.Mapping):
        return {}
    found = passage.decide(run, settings, before, after)
    return {**found, "findings": [*result["findings"]]} if found else {}


def seen_passage_check(run: Run, settings: Settings, result: Json) -> Step:
    """The preflight of what the run goes through: what it found besides the preflight of what is declared."""
    first = list(run.passage.get("findings") or [])
    known = {(one["id"], one["subject"], one["message"]) for one in first}
    further = [one for one in result["findings"] if not one["not_checked"] and (one["id"], one["subject"], one["message"]) not in known]
    run = passage.advanced(run, checked=True, findings=[])
    errors = [f"{one['id']}: {one['subject']}: {one['message']} {one['remedy']}" for one in further if one["severity"] == "error"]
    refusal = passage.refusal(errors, run, settings) if errors else ""
    shown = texts.findings(further, settings, name=f"preflight of {run.passage['words']}")
    note = Note({"event": "seen", "findings": [*first, *further]}) if run.open else None
    return Step(run, {"lines": checks.lines(further, settings)}, note, refusal, shown)


def _shown_findings(findings: t.Sequence[Json], more: t.Sequence[str], settings: Settings) -> tuple[t.Sequence[str], t.Sequence[str]]:
    """The lines, and those for one who wants to see more, where there are more."""
    every = texts.findings(findings, settings, len(findings))
    shown = texts.findings(findings, settings)
    unchecked = [*texts.unchecked(findings, settings), *more]
    return [*shown, *unchecked], [*every, *unchecked] if len(every) > len(shown) else ()
