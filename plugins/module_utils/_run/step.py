"""What an event of a run comes with, and what comes of it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from .state import Run


@dataclasses.dataclass(frozen=True)
class Given:
    """What an event comes with.

    phase: that begins. seen: results of modules, by what they were asked for. failure: C(msg) and C(task) of what failed.
    shown: whether the failed task has shown its failure by itself.
    others: runs of the hosts before this one in the play.
    """

    phase: str = ""
    seen: Json = dataclasses.field(default_factory=dict)
    failure: Json = dataclasses.field(default_factory=dict)
    shown: bool = False
    others: t.Sequence[Run] = ()


@dataclasses.dataclass(frozen=True)
class Note:
    """What the record gets: options of M(aks.dataplane.aks_run_record). needed: whether the run must not go on without it."""

    options: Json
    needed: bool = True


@dataclasses.dataclass(frozen=True)
class Step:
    """run: what is known now. answer: what the task returns, whose keys are the event's own. refusal: why the task fails, or nothing.

    shown: lines for the person who reads along. details: those for one who wants to see more.
    """

    run: Run
    answer: Json = dataclasses.field(default_factory=dict)
    note: Note | None = None
    refusal: str = ""
    shown: t.Sequence[str] = ()
    details: t.Sequence[str] = ()


def phase_note(run: Run, *, skipped: bool = False, needed: bool = True, **options: t.Any) -> Note | None:
    """That the phase of the run begins. There is no record in check mode, except that what a switch is undone with is worth knowing."""
    if not run.open:
        return None
    phase = {"event": "phase", "phase": run.phase, "phase_status": "skipped" if skipped else "running"}
    return Note({**phase, **options}, needed)
