"""The probe of a run: when it begins and ends, and what the run makes of what it has measured. Nothing of it happens without the variable."""

from __future__ import annotations

import dataclasses
import typing as t

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


def from_cluster(settings: Settings) -> bool:
    return any(one.place == CLUSTER for one in targets(settings))


def pods(settings: Settings, state: str) -> dict[str, t.Any]:
    """Options of the module that has the prober pods."""
    where = {"namespace": settings.look_namespace, "image": settings.look_image}
    given = [dict(one) for one in settings.probe if one.get("from") == CLUSTER]
    return {"state": state, "targets": given, **dataclasses.asdict(times(settings)), **{name: text for name, text in where.items() if text}}


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
    if from_cluster(settings) and (settings.by_command or not settings.kubernetes):
        return (
            "A target of aks_dataplane_probe has from: cluster, which needs a direct connection to the API server. Set aks_dataplane_kubernetes: true and "
            "aks_dataplane_kubernetes_via: direct, or leave out from."
        )
    return ""


def beginning(settings: Settings) -> list[str]:
    """What is measured."""
    names = ", ".join(f"{one.name} ({one.shown})" for one in targets(settings))
    return [texts.phase(settings, "interruption", f"the probe begins: {names}")]


def begins(name: str, run: Run, settings: Settings) -> bool:
    """Whether the probe begins before a module is called for C(name): once, and only where the cluster is going to be changed."""
    changes = bool(run.plan.get("changed") or run.passage)
    return name == "before" and not run.probe and changes and not settings.check_mode and not run.halted


def foreseen(name: str, run: Run, settings: Settings) -> bool:
    """Whether check mode asks if the prober pods could be made."""
    changes = bool(run.plan.get("changed") or run.passage)
    return name == "before" and settings.check_mode and changes and not run.halted and from_cluster(settings)


def made(settings: Settings, result: Json) -> list[str]:
    """From where the cluster is measured."""
    left_out = f", not from {', '.join(result['left_out'])}" if result["left_out"] else ""
    verb = "would measure" if settings.check_mode else "measure"
    text = f"prober pods {verb} from {len(result['nodes'])} nodes, in the pod network and in the host network{left_out}"
    return [texts.phase(settings, "interruption", text)]


def unremoved(settings: Settings, result: Json) -> list[str]:
    """What stays of the prober pods, and until when."""
    left = result.get("left") or ([] if not result.get("failed") else [f"the prober pods ({result.get('msg')})"])
    text = "could not be removed; they end by themselves, and the next run removes them"
    return [texts.phase(settings, "interruption", f"{', '.join(left)}: {text}")] if left else []


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
