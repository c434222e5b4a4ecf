"""What a page says of the interruption of a run. Records that somebody has edited may have anything there."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import typing as t

from .text import plain

Json = t.Mapping[str, t.Any]

_VERDICTS = {"within": "within the limit", "exceeded": "over the limit", "measured": "no limit", "no_verdict": "no verdict"}


# Of the two tables.
TARGETS = (
    "Target",
    "Verdict",
    "Longest gap",
    "Failures",
    "Late failures after the gap",
    "Broken connections",
    "Availability",
    "p50 / p99 before",
    "p50 / p99 after",
)
NODES = ("Node", "Seconds from the start of kube-proxy until its rules were complete, at most")


@dataclasses.dataclass(frozen=True)
class Target:
    """One row of the table, as text."""

    target: str
    verdict: str
    longest_gap: str
    failures: str
    late_failures: str
    kept: str
    availability: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True)
class Window:
    node: str
    seconds: str


@dataclasses.dataclass(frozen=True)
class Strip:
    """A target on the axis of time. gaps: begin and length, seconds since the change began."""

    name: str
    gaps: tuple[tuple[float, float], ...]


@dataclasses.dataclass(frozen=True)
class Interruption:
    """said: sentences for the first screen. exceeded: whether a limit was. raw: all of it as JSON, where it has another shape than that of a run."""

    said: tuple[str, ...] = ()
    exceeded: bool = False
    targets: tuple[Target, ...] = ()
    nodes: tuple[Window, ...] = ()
    strips: tuple[Strip, ...] = ()
    raw: str = ""

    def __bool__(self) -> bool:
        return bool(self.targets or self.nodes or self.raw)


def interruption(raw: Json | None) -> Interruption:
    """raw: the key of the record."""
    if not raw:
        return Interruption()
    try:
        return _interruption(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Interruption(raw=plain(json.dumps(raw, ensure_ascii=False)))


def _interruption(raw: Json) -> Interruption:
    # Whoever loads the pages pays for it only where something was measured.
    from .._interruption import summary

    targets = raw.get("targets") or ()
    nodes = [(plain(one["name"]), float(one["seconds"])) for one in raw.get("nodes") or ()]
    said = [plain(text) for text in summary.lines(raw)] if targets else []
    if nodes and not targets:
        name, seconds = max(nodes, key=lambda one: one[1])
        said = [f"not measured; on {name}, the rules were complete at most {seconds:.1f} s after the start of kube-proxy"]
    return Interruption(
        said=tuple(said),
        exceeded=raw.get("limit") == "exceeded",
        targets=tuple(row for one in targets for row in _rows(one, summary.WORDS)),
        nodes=tuple(Window(name, f"{seconds:.1f}") for name, seconds in nodes),
        strips=tuple(map(_strip, targets)),
    )


def _strip(raw: Json) -> Strip:
    gaps = tuple((float(gap["at"]), float(gap["seconds"])) for gap in raw["gaps"])
    if not all(map(math.isfinite, itertools.chain.from_iterable(gaps))):
        raise ValueError("a time is no number")
    return Strip(plain(raw["name"]), gaps)


def _rows(raw: Json, words: t.Mapping[str, str]) -> t.Iterator[Target]:
    """The target, and below it what each place of the cluster has seen of it."""
    yield _target(raw, words)
    for one in raw.get("nodes") or ():
        place = f"{plain(one['name'])} from {plain(one['node'])} ({plain(one['network'])} network)"
        yield dataclasses.replace(_target(one, words), target=place)


def _target(raw: Json, words: t.Mapping[str, str]) -> Target:
    verdict, reason = plain(raw["verdict"]), plain(raw["reason"])
    said = _VERDICTS.get(verdict, verdict)
    late, kept = raw["late_failures"]["tries"], raw["kept_connections_broken"]
    lost = [f"{number} {words[name]}" for name, number in raw["failures"].items() if number]
    return Target(
        target=f"{plain(raw['name'])} ({plain(raw['address'])})",
        verdict=f"{said}: {reason}" if reason else said,
        longest_gap=f"{raw['longest_gap']:.2f} s",
        failures=f"{', '.join(lost) or 'none'} of {raw['tries']} tries",
        late_failures=f"{late} until {raw['late_failures']['last']:.0f} s after the change" if late else "none",
        kept="not measured" if kept is None else str(kept),
        availability="" if raw["availability"] is None else f"{100 * raw['availability']:.3f} %",
        before=_times(raw["before"]),
        after=_times(raw["after"]),
    )


def _times(raw: Json) -> str:
    return "not measured" if raw["p50"] is None else f"{raw['p50']:g} / {raw['p99']:g} ms"
