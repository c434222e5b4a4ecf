"""Long work as a chain of short steps.

A module that waits is written as one function, C(advance(state) -> Step). The module itself can loop over it (ad-hoc use, C(async)), or the
action plugin of the same name does, one module run per piece of news, and shows progress in between. Both ways run the same code.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .errors import DataplaneError

State = t.Mapping[str, t.Any]

WAIT_ENDED = "WaitTimeout"


@dataclasses.dataclass(frozen=True)
class Step:
    """Where the work stands after one look.

    done: nothing is left to wait for.
    phase: the system's own word for what it does, for example V(ReconcilingAddons).
    result: the module's result if it ended now, plain JSON types.
    state: what the next C(advance) needs to go on, plain JSON types; the first one gets an empty mapping.
    detail: something to compare, for example V(nodes 3/12).
    retry_after: seconds until the next look is useful, where the system said so.
    timeout_message, timeout_remedy: the failure to report when the time is up before C(done); without a message ending there is no failure.
    """

    done: bool
    phase: str
    result: t.Mapping[str, t.Any]
    state: State = dataclasses.field(default_factory=dict)
    detail: str = ""
    retry_after: float | None = None
    timeout_message: str | None = None
    timeout_remedy: str = ""

    def to_progress(self) -> dict[str, t.Any]:
        """What the action plugin gets besides the result, plain JSON types."""
        progress = dataclasses.asdict(self)
        del progress["result"]
        return progress

    @classmethod
    def from_progress(cls, progress: t.Mapping[str, t.Any], result: t.Mapping[str, t.Any]) -> Step:
        return cls(result=result, **progress)

    def timeout_error(self, waited: float) -> DataplaneError | None:
        """The failure when the time is up after this step; none when nothing is left to wait for, or when that is no failure. waited: seconds."""
        if self.done or self.timeout_message is None:
            return None
        return DataplaneError(
            f"{self.timeout_message} after {waited:.0f} seconds (last seen: {self.phase}).",
            remedy=self.timeout_remedy,
            code=WAIT_ENDED,
            result=dict(self.result),
        )


Advance = t.Callable[[State], Step]


@dataclasses.dataclass(frozen=True)
class Phase:
    """Where the work was, in the system's own word, and for how many seconds."""

    name: str
    seconds: float


class Phases:
    """How long the work was in each phase, in the order seen."""

    def __init__(self, now: float) -> None:
        self._started = now
        self._entered = now
        self._name: str | None = None
        self._closed: list[Phase] = []

    def see(self, name: str, now: float) -> bool:
        """Note the phase of this look; true when it is another one than at the last look."""
        if name == self._name:
            return False
        self._close(now)
        self._name, self._entered = name, now
        return True

    def _close(self, now: float) -> None:
        if self._name is not None:
            self._closed.append(Phase(self._name, round(now - self._entered, 1)))

    def elapsed(self, now: float) -> float:
        """Seconds since the work began."""
        return now - self._started

    def to_list(self, now: float) -> list[dict[str, t.Any]]:
        """C(name) and C(seconds) of each phase, the one that it is in included, to a tenth of a second."""
        current = [] if self._name is None else [Phase(self._name, round(now - self._entered, 1))]
        return [dataclasses.asdict(phase) for phase in [*self._closed, *current]]


def with_phases(result: t.Mapping[str, t.Any], phases: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    """The result with the phases under its C(operation), where it has one."""
    operation = result.get("operation")
    if not operation:
        return dict(result)
    return {**result, "operation": {**operation, "phases": phases}}


def pause_before_next(step: Step, poll_interval: float, left: float) -> float:
    """Seconds to sleep: the interval, longer when the system asked for that, never past the end of the wait."""
    return max(0.0, min(max(poll_interval, step.retry_after or 0.0), left))


@dataclasses.dataclass(frozen=True)
class Turn:
    """What the action plugin gives one run of the module, in the hidden option C(wait_step).

    state: what the last step left, plain JSON types; empty at the first one.
    seen: phase and detail that the action plugin knows already.
    quiet: seconds for which the module may look again by itself while it sees nothing else. Starting a module costs more than a look.
    """

    state: State = dataclasses.field(default_factory=dict)
    seen: tuple[str, str] | None = None
    quiet: float = 0.0

    def encode(self) -> str:
        """As text; the marker keeps its masking in logs from hitting anything else."""
        return json.dumps({"aks_dataplane_step": dataclasses.asdict(self)})

    @classmethod
    def decode(cls, text: str) -> Turn:
        """The reverse of C(encode); KeyError or ValueError for anything else, since only the action plugin gives it."""
        turn = json.loads(text)["aks_dataplane_step"]
        return cls(turn["state"], turn["seen"] and tuple(turn["seen"]), turn["quiet"])
