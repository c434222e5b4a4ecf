"""What a run makes of what its probe has measured: the part of the record, the lines, and whether the limit means anything to the run."""

from __future__ import annotations

import typing as t

from .judgement import EXCEEDED, MEASURED, NO_VERDICT, WITHIN, Measured, Times, judge
from .places import Judged, judged, place_of
from .target import Target

Json = t.Mapping[str, t.Any]

# Of places of a cluster that the output names.
_MOST_NODES = 10

WORDS = {"refused": "refused", "no_answer": "no answer", "late": "late", "error": "server error"}


def interruption(targets: t.Sequence[Target], measured: t.Sequence[Measured], times: Times, action: str, changed: str) -> dict[str, t.Any]:
    """As C(combined), of one prober."""
    return combined(judged_all(targets, measured, times), action, changed)


def combined(targets: t.Sequence[Judged], action: str, changed: str) -> dict[str, t.Any]:
    """The C(interruption) of a run record. targets: in their order. changed: when the change began, UTC, ISO 8601."""
    clean = [one for one in targets if one.clean]
    said = [one.result["verdict"] for one in targets]
    limit = next((word for word in (EXCEEDED, NO_VERDICT, WITHIN) if word in said), MEASURED)
    # One of several that nobody reaches may have its own trouble.
    dead = bool(clean) and all(one.dead for one in clean)
    return {
        "source": "probe",
        "changed": changed,
        "action": action,
        "limit": limit,
        "dead": dead,
        "targets": [one.result for one in targets],
    }


def judged_all(targets: t.Sequence[Target], measured: t.Sequence[Measured], times: Times) -> list[Judged]:
    """What one prober says of its targets."""
    return [judged(target, one, judge(target, one, times)) for target, one in zip(targets, measured, strict=True)]


def exceeded(found: Json) -> str:
    """Which limits were exceeded, in one sentence, or nothing."""
    over = [f"{one['name']}: {one['reason']}" for one in found["targets"] if one["verdict"] == EXCEEDED]
    return f"The interruption exceeded the limit ({'; '.join(over)})." if over else ""


def dead(found: Json) -> str:
    """That no new connection is made any more, in one sentence, or nothing."""
    if not found["dead"]:
        return ""
    names = ", ".join(one["name"] for one in found["targets"] if one["verdict"] != NO_VERDICT)
    return f"Since the change every new connection fails ({names}), without a break and until the end of the measurement."


def lines(found: Json) -> list[str]:
    """One for each target, and one more where it has a verdict that is worth a line."""
    return [text for one in found["targets"] for text in _lines(one)]


def _lines(one: Json) -> t.Iterator[str]:
    yield f"{one['name']}: {_measured(one)}"
    yield from _of_nodes(one)
    if one["verdict"] == NO_VERDICT:
        yield f"{one['name']}: no verdict, because {one['reason']}"
    if one["verdict"] == EXCEEDED:
        yield f"{one['name']}: exceeds the limit: {one['reason']}"
    if one["verdict"] == WITHIN:
        yield f"{one['name']}: within max_gap ({one['max_gap']:g} s)"


def _measured(one: Json) -> str:
    lost = ", ".join(f"{number} {WORDS[name]}" for name, number in one["failures"].items() if number)
    extent = (
        f"{sum(one['failures'].values())} of {one['tries']} tries failed: {lost}" if lost else f"all {one['tries']} tries were answered"
    )
    gap = f"longest gap {one['longest_gap']:.1f} s" if one["gaps"] else "no gap"
    return ", ".join([f"{gap} ({extent})", *filter(None, (_late(one), _kept(one), _times(one)))])


def _of_nodes(one: Json) -> t.Iterator[str]:
    """The places of a cluster, the worst first; those without a failure have nothing to say."""
    rows = sorted(one.get("nodes") or (), key=lambda row: (-row["longest_gap"], -sum(row["failures"].values())))
    bad = [row for row in rows if any(row["failures"].values())]
    for row in bad[:_MOST_NODES]:
        yield f"{one['name']} from {place_of(row)}: {_measured(row)}"
    if len(bad) > _MOST_NODES:
        yield f"{one['name']}: tries failed from {len(bad) - _MOST_NODES} more places; the run record has them"
    if len(rows) > len(bad):
        yield f"{one['name']}: no try failed from {len(rows) - len(bad)} of {len(rows)} places (pod network and host network of each node)"


def _late(one: Json) -> str:
    number = one["late_failures"]["tries"]
    if not number:
        return ""
    what = "1 late failure" if number == 1 else f"{number} late failures"
    return f"{what} until {one['late_failures']['last']:.0f} s after the change, from connections begun in the gap"


def _kept(one: Json) -> str:
    number = one["kept_connections_broken"]
    return "" if number is None else f"{number or 'no'} kept connection{'s' if number > 1 else ''} broken"


def _times(one: Json) -> str:
    before, after = one["before"]["p99"], one["after"]["p99"]
    return "" if before is None or after is None else f"p99 {before:g} ms before and {after:g} ms after"
