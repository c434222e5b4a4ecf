"""The file of a probe: one line of JSON for whatever happened. The process writes it, and the run reads it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import typing as t

from .._interruption.tries import Moment, Try

BEGUN, FAILED, TRY, KEPT, ENDED = "begun", "failed", "try", "kept", "ended"


@dataclasses.dataclass(frozen=True)
class Samples:
    """begun: when the probe began, None before that. failed: why it cannot. ended: when it was ended by the run.

    tries, moments: by the place of their target.
    """

    begun: float | None
    failed: str
    ended: float | None
    tries: t.Mapping[int, tuple[Try, ...]]
    moments: t.Mapping[int, tuple[Moment, ...]]


def line(what: str, *values: t.Any) -> str:
    return json.dumps([what, *values], separators=(",", ":")) + "\n"


def read(text: str) -> Samples:
    """A line that is not whole is the last one of a process that was killed."""
    begun = ended = None
    failed = ""
    tries: dict[int, list[Try]] = {}
    moments: dict[int, list[Moment]] = {}
    for written in text.splitlines():
        with contextlib.suppress(ValueError):
            what, *values = json.loads(written)
            if what == BEGUN:
                begun = values[0]
            elif what == FAILED:
                failed = values[0]
            elif what == ENDED:
                ended = values[0]
            elif what == TRY:
                tries.setdefault(values[0], []).append(Try(*values[1:]))
            elif what == KEPT:
                moments.setdefault(values[0], []).append(Moment(*values[1:]))
    return Samples(
        begun,
        failed,
        ended,
        {place: tuple(found) for place, found in tries.items()},
        {place: tuple(found) for place, found in moments.items()},
    )
