"""What a target is like from several places of a cluster: one result for each, and one that stands for all of them."""

from __future__ import annotations

import dataclasses
import typing as t

from .judgement import EXCEEDED, MEASURED, NO_VERDICT, WITHIN, Measured, Verdict, result
from .target import Target
from .tries import FAILURES

Json = t.Mapping[str, t.Any]

POD, HOST = "pod", "host"
# From the one that says most.
_ORDER = (EXCEEDED, NO_VERDICT, WITHIN, MEASURED)


@dataclasses.dataclass(frozen=True)
class Judged:
    """The result of a target as the record keeps it, and what decides about a rollback."""

    result: dict[str, t.Any]
    clean: bool
    dead: bool

    def to_json(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def judged(target: Target, measured: Measured, verdict: Verdict) -> Judged:
    return Judged(result(target, measured, verdict), verdict.clean, verdict.dead)


def at(one: Judged, node: str, network: str) -> Judged:
    """As seen from a node. network: V(pod), or V(host)."""
    return dataclasses.replace(one, result={"node": node, "network": network, **one.result})


def unseen(target: Target, reason: str) -> Judged:
    """A target of which nothing is known any more."""
    nothing = Measured((), (), 0.0, None)
    return judged(target, nothing, Verdict(NO_VERDICT, reason, False, False))


def together(places: t.Sequence[Judged]) -> Judged:
    """What stands for all places that a target was asked from, with their results in C(nodes).

    Tries and failures are those of all, gaps and times those of the place with the longest gap, and the verdict is the one that says most. It is dead
    when no place that had a clean baseline reaches it.
    """
    rows = [one.result for one in places]
    first = min(rows, key=lambda row: _ORDER.index(row["verdict"]))
    worst = max(rows, key=lambda row: (row["longest_gap"], row["late_failures"]["tries"], row["after"]["p99"] or 0.0))
    tries = sum(row["tries"] for row in rows)
    failures = {name: sum(row["failures"][name] for row in rows) for name in FAILURES}
    lost = [row["late_failures"] for row in rows if row["late_failures"]["tries"]]
    kept = [row["kept_connections_broken"] for row in rows if row["kept_connections_broken"] is not None]
    whole = {name: value for name, value in worst.items() if name not in ("node", "network")}
    clean = [one for one in places if one.clean]
    return Judged(
        {
            **whole,
            "tries": tries,
            "failures": failures,
            "late_failures": {
                "tries": sum(one["tries"] for one in lost),
                "first": min((one["first"] for one in lost), default=None),
                "last": max((one["last"] for one in lost), default=None),
            },
            "kept_connections_broken": sum(kept) if kept else None,
            "availability": round(1 - sum(failures.values()) / tries, 6) if tries else None,
            "verdict": first["verdict"],
            "reason": f"{place_of(first)}: {first['reason']}" if first["reason"] else "",
            "nodes": rows,
        },
        bool(clean),
        bool(clean) and all(one.dead for one in clean),
    )


def place_of(row: Json) -> str:
    """Where a row was seen, in words."""
    return f"{row['node']} ({row['network']} network)"
