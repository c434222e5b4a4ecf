"""From the tries of a probe to what a change interrupted: gaps, late failures, statistics, and whether a limit was exceeded.

What is known of kube-proxy decides how they are read. While it replaces its rules, new connections fail: that is the gap. Those that began in it leave
entries in the connection table of the node, for up to two minutes, and a later connection that happens to meet one of them fails as well. These late
failures stand alone between connections that are made, and are no second gap.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import typing as t

from .target import CLUSTER, CONTROLLER, Target
from .tries import FAILURES, OK, OWN, Moment, Try

# Seconds for which entries of connections that began in a gap can be met.
POISONED = 135.0
# So many made connections between two failures do not end a gap: of several nodes behind an address, some still answer.
_BRIDGED = 2
# So many failures, next to each other, are a gap wherever they are.
_GAP = 3
# A baseline that has fewer tries, or more failures, says nothing.
_FEWEST = 20
_FLAPPING = 0.01
_MOST_GAPS = 20
_MACHINES = {CONTROLLER: "controller", CLUSTER: "node"}

WITHIN, EXCEEDED, MEASURED, NO_VERDICT = "within", "exceeded", "measured", "no_verdict"


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds. baseline: before the change. after: beyond the verdict. dead: without a single new connection, after which a rollback is worth it."""

    baseline: float = 60.0
    after: float = 150.0
    dead: float = 150.0


@dataclasses.dataclass(frozen=True)
class Measured:
    """What the probe has of one target. changed: when the change began. ended: when the probe was ended, None where it died before. Seconds on one clock."""

    tries: tuple[Try, ...]
    moments: tuple[Moment, ...]
    changed: float
    ended: float | None


@dataclasses.dataclass(frozen=True)
class Gap:
    """began, ended: the first failed try, and the first made one after the last failed one, else the end of that. open: whether there is none."""

    began: float
    ended: float
    tries: int
    failed: int
    open: bool

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclasses.dataclass(frozen=True)
class Verdict:
    """dead: whether every new connection failed for the time after which a rollback is worth it, until the end. clean: whether the baseline was."""

    verdict: str
    reason: str
    clean: bool
    dead: bool


def gaps_of(tries: t.Sequence[Try]) -> tuple[list[Gap], list[Try]]:
    """The gaps, and the late failures after them. tries: those after the change, in their order, without the prober's own troubles."""
    gaps: list[Gap] = []
    late: list[Try] = []
    for first, last in _groups(tries):
        members = tries[first : last + 1]
        lost = [one for one in members if one.outcome != OK]
        if gaps and len(lost) < _GAP and members[0].began - gaps[-1].ended <= POISONED:
            late += lost
            continue
        is_open = last + 1 == len(tries)
        end = members[-1].began + members[-1].took if is_open else tries[last + 1].began
        gaps.append(Gap(members[0].began, end, len(members), len(lost), is_open))
    return gaps, late


def _groups(tries: t.Sequence[Try]) -> t.Iterator[tuple[int, int]]:
    """First and last place of failures that belong together."""
    first = last = -1
    for place, one in enumerate(tries):
        if one.outcome == OK:
            continue
        if first >= 0 and place - last > _BRIDGED + 1:
            yield first, last
            first = place
        first, last = (place if first < 0 else first), place
    if first >= 0:
        yield first, last


def judge(target: Target, measured: Measured, times: Times) -> Verdict:
    """What the tries say of the limit of the target. Whatever makes them unfit is named, and no verdict."""
    before, after = _parts(measured)
    reason, clean = _unfit(target, before)
    if reason:
        return Verdict(NO_VERDICT, reason, clean, False)
    gaps, _late = gaps_of(after)
    pause = _longest_pause(after, measured)
    dead = measured.ended is not None and _lost_at_the_end(after) >= times.dead
    # A gap cannot be longer than seen by more than the pause between two tries.
    longest = max((gap.seconds for gap in gaps), default=0.0)
    if target.max_gap is not None and longest > target.max_gap and longest - pause > target.max_gap - _slack(target):
        return Verdict(EXCEEDED, f"new connections failed for {longest:.1f} s, and max_gap is {target.max_gap:g} s", clean, dead)
    if measured.ended is None:
        return Verdict(NO_VERDICT, "the probe ended before the run did", clean, False)
    if len(after) < _FEWEST:
        return Verdict(NO_VERDICT, f"there were only {len(after)} tries after the change began", clean, False)
    if target.max_gap is None:
        return Verdict(MEASURED, "", clean, dead)
    if pause > max(target.max_gap, _slack(target)):
        return Verdict(NO_VERDICT, f"the {_MACHINES[target.place]} was too busy: there was no try for {pause:.1f} s", clean, dead)
    return Verdict(WITHIN, "", clean, dead)


def _lost_at_the_end(after: t.Sequence[Try]) -> float:
    """Seconds without a single connection until the last try."""
    lost = list(itertools.takewhile(lambda one: one.outcome != OK, reversed(after)))
    return lost[0].began + lost[0].took - lost[-1].began if lost else 0.0


def _slack(target: Target) -> float:
    """What one try may be late by on a machine that has other work."""
    return 5 * target.interval


def _parts(measured: Measured) -> tuple[list[Try], list[Try]]:
    """The baseline, and what came after the change began."""
    own = sorted((one for one in measured.tries if one.outcome != OWN), key=lambda one: one.began)
    return [one for one in own if one.began < measured.changed], [one for one in own if one.began >= measured.changed]


def _unfit(target: Target, before: t.Sequence[Try]) -> tuple[str, bool]:
    """Why the baseline says nothing, or nothing, and whether it is clean."""
    lost = sum(one.outcome != OK for one in before)
    if len(before) < _FEWEST:
        return f"there were only {len(before)} tries before the change, and {_FEWEST} are needed", False
    if lost == len(before):
        return "it did not answer before the change either", False
    if lost > 1 and lost > _FLAPPING * len(before):
        return f"it was flapping before the change: {lost} of {len(before)} tries failed", False
    return "", True


def _longest_pause(after: t.Sequence[Try], measured: Measured) -> float:
    moments = [measured.changed, *(one.began for one in after), *([] if measured.ended is None else [measured.ended])]
    return max((later - earlier for earlier, later in itertools.pairwise(moments)), default=0.0)


def result(target: Target, measured: Measured, verdict: Verdict) -> dict[str, t.Any]:
    """What the run record keeps of a target: plain JSON, times in seconds since the change began."""
    before, after = _parts(measured)
    gaps, late = gaps_of(after)
    lost = [one for one in after if one.outcome != OK]
    settled = [one for one in after if not gaps or one.began >= gaps[-1].ended]
    return {
        "name": target.name,
        "address": target.shown,
        "from": target.place,
        "interval": target.interval,
        "timeout": target.timeout,
        "max_gap": target.max_gap,
        "tries": len(after),
        "failures": {name: sum(one.outcome == name for one in after) for name in FAILURES},
        "longest_gap": round(max((gap.seconds for gap in gaps), default=0.0), 3),
        "sum_of_gaps": round(sum(gap.seconds for gap in gaps), 3),
        "gaps": [_shown_gap(gap, measured.changed) for gap in sorted(gaps, key=lambda gap: -gap.seconds)[:_MOST_GAPS]],
        "late_failures": {
            "tries": len(late),
            "first": round(late[0].began - measured.changed, 3) if late else None,
            "last": round(late[-1].began - measured.changed, 3) if late else None,
        },
        "kept_connections_broken": _broken(measured),
        "availability": round(1 - len(lost) / len(after), 6) if after else None,
        "before": _statistics(before),
        "after": _statistics(settled),
        "verdict": verdict.verdict,
        "reason": verdict.reason,
    }


def _shown_gap(gap: Gap, changed: float) -> dict[str, t.Any]:
    return {
        "at": round(gap.began - changed, 3),
        "seconds": round(gap.seconds, 3),
        "tries": gap.tries,
        "failed": gap.failed,
        "open": gap.open,
    }


def _broken(measured: Measured) -> int | None:
    """None where the other side does not keep connections, whatever the run does."""
    opened = any(one.what == "open" and one.at < measured.changed for one in measured.moments)
    if not opened or any(one.what == "closes" or (one.what == "broken" and one.at < measured.changed) for one in measured.moments):
        return None
    return sum(one.what == "broken" for one in measured.moments)


def _statistics(tries: t.Sequence[Try]) -> dict[str, t.Any]:
    """Milliseconds of the connections that were made, by nearest rank."""
    took = sorted(one.took for one in tries if one.outcome == OK)
    return {"tries": len(tries), "p50": _rank(took, 0.5), "p99": _rank(took, 0.99)}


def _rank(took: t.Sequence[float], share: float) -> float | None:
    return round(1000 * took[max(0, math.ceil(share * len(took)) - 1)], 2) if took else None
