"""The probe of a run: when it begins and ends, and what the run makes of what it has measured. Nothing of it happens without the variable."""

from __future__ import annotations

import dataclasses

from .._common.errors import DataplaneError
from .._dataplane.declaration import Json
from .._interruption import summary
from .._interruption.judgement import Times
from .._interruption.target import CLUSTER, Target
from .._interruption.targets import read_targets
from . import choices, outcome, texts
from .settings import Settings
from .state import Run
from .step import Note, Step

# A run waits for Azure and for the nodes on the way, at its end, and in a rollback.
_WAITS = 3
# Of which the change of the cluster may consist.
CHANGES = ("passage", "switch")


def targets(settings: Settings) -> tuple[Target, ...]:
    """DataplaneError for what has another shape."""
    return read_targets(settings.probe)


def times(settings: Settings) -> Times:
    """Tests have shorter ones."""
    return Times(**settings.probe_times)


def objection(settings: Settings) -> str:
    """Why the variables are refused, or nothing."""
    try:
        targets(settings)
    except DataplaneError as exc:
        return exc.text
    if settings.probe_action == "rollback" and not settings.rollback:
        return f"{choices.PROBE_ACTION} is rollback, but aks_dataplane_rollback is false. Change one of them."
    return ""


def beginning(settings: Settings) -> list[str]:
    """What is measured."""
    names = ", ".join(f"{one.name} ({one.shown})" for one in targets(settings))
    return [texts.phase(settings, "interruption", f"the probe begins: {names}")]


def begins(name: str, run: Run, settings: Settings) -> bool:
    """Whether the probe begins before a module is called for C(name): once, and only where the cluster is going to be changed."""
    changes = bool(run.plan.get("changed") or run.passage)
    return name == "before" and not run.probe and changes and not settings.check_mode and not run.halted


def changes_now(name: str, run: Run) -> bool:
    """Whether the change begins with this call, for which the baseline has to be over."""
    sends = name == "switch" or (name == "passage" and bool(run.passage))
    return sends and bool(run.probe) and "changed" not in run.probe and not run.halted


def seconds(run: Run, settings: Settings) -> float:
    """After which the probe ends whatever happens."""
    asked = settings.numbers.get("aks_dataplane_wait_timeout") or run.data_plane.change.wait_timeout
    waits = int(asked) + (settings.rollout_timeout or run.data_plane.verification.rollout_timeout)
    limits = times(settings)
    return limits.baseline + _WAITS * waits + limits.after


def is_over(run: Run) -> bool:
    """Whether the cluster stays as it was: then there is nothing to wait for."""
    return "changed" not in run.probe or not outcome.touched(run)


def seen(run: Run, settings: Settings, found: Json | None) -> Step:
    """The run without its probe, and with what that has measured. found: as C(summary.interruption) has it; None where the cluster stayed as it was."""
    run = dataclasses.replace(run, probe={})
    if found is None:
        return Step(run)
    shown = [texts.phase(settings, "interruption", text) for text in summary.lines(found)]
    note = Note({"event": "seen", "interruption": found}, needed=False) if run.open else None
    return Step(_judged(run, settings, found), note=note, shown=shown)


def _judged(run: Run, settings: Settings, found: Json) -> Run:
    if run.failure or run.story or settings.probe_action == "report":
        return run
    dead, over = summary.dead(found), summary.exceeded(found)
    if dead and settings.probe_action == "rollback" and not run.same:
        return dataclasses.replace(run, failure=f"{settings.cluster}: {dead}", unreachable=True)
    if not over:
        return run
    kept = "The change is kept, and no further wave begins. To go on regardless, set aks_dataplane_probe_action: report."
    return dataclasses.replace(run, marked=f"{settings.cluster}: {over} {kept}")
