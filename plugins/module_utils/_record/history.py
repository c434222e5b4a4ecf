"""The order of runs on a cluster, and what earlier ones left open."""

from __future__ import annotations

import dataclasses
import heapq
import typing as t

from .._common.json_parts import objects_at, texts_at
from .._dataplane.registry import by_name
from .run_record import Json, RunRecord

_SWITCHED = "switched"
# Of a rollback that has brought the cluster to what the other run had found.
_DONE = (_SWITCHED, "unchanged", "unverified")
# Of a run that has not changed the cluster, or has taken that back.
_LEFT_AS_IT_WAS = ("refused", "unchanged", "rolled_back")

# A run with this verdict ended before it changed anything, so an older one may still be open.
_HARMLESS = "refused"


def newest_first(records: t.Iterable[RunRecord]) -> list[RunRecord]:
    """The records in the order in which their runs began, the last one first; whatever clocks said, a run began after those that it names.

    Where no run names another one, the later id counts, which is made of the time.
    """
    left = {record.run_id: record for record in records}
    # How many runs that are still left name a run: it has to wait for them.
    named = dict.fromkeys(left, 0)
    for record in left.values():
        for other in _older(record, left):
            named[other] += 1
    free = [_Latest(run_id) for run_id, count in named.items() if not count]
    heapq.heapify(free)
    ordered: list[RunRecord] = []
    while left:
        # Only in files that somebody has edited do runs name each other in a circle.
        run_id = heapq.heappop(free).run_id if free else max(left)
        record = left.pop(run_id)
        ordered.append(record)
        for other in _older(record, left):
            named[other] -= 1
            if not named[other]:
                heapq.heappush(free, _Latest(other))
    return ordered


def _older(record: RunRecord, known: t.Mapping[str, RunRecord]) -> set[str]:
    return {run_id for run_id in (record.continues, record.follows) if run_id and run_id in known and run_id != record.run_id}


class _Latest(t.NamedTuple):
    """Orders ids with the latest first, for a heap."""

    run_id: str

    def __lt__(self, other: tuple[t.Any, ...]) -> bool:
        return bool(self.run_id > other[0])


def interrupted_run(newest_first: t.Iterable[RunRecord], subject: str, wanted: Json) -> RunRecord | None:
    """The run to take over: the last one that may have changed the cluster, if it never ended and wanted the same. newest_first: all runs."""
    for record in newest_first:
        if record.verdict == _HARMLESS:
            continue
        same = record.subject == subject and _goal(subject, record.wanted) == _goal(subject, wanted)
        return record if record.ended is None and same else None
    return None


@dataclasses.dataclass(frozen=True)
class Undoable:
    """run: the one to roll back; none where nothing is, and why."""

    run: RunRecord | None = None
    why: str = ""


def run_to_undo(newest_first: t.Iterable[RunRecord]) -> Undoable:
    """The last run that switched the cluster and that no later one rolled back. newest_first: all runs.

    A later run that may have left the cluster in another state prevents it: which state it is to have is for a person to say.
    """
    undone: set[str] = set()
    for record in newest_first:
        if record.undoes and record.verdict in _DONE:
            undone.add(record.undoes)
        elif record.run_id in undone or record.verdict in _LEFT_AS_IT_WAS:
            continue
        elif record.verdict == _SWITCHED:
            return Undoable(record)
        else:
            ended = f"ended as {record.verdict}" if record.verdict else "did not end, or is still running"
            return Undoable(why=f"its last run {record.run_id} {ended}. To roll that run back, name its record in aks_dataplane_record")
    return Undoable()


def _goal(subject: str, wanted: Json) -> dict[str, t.Any]:
    """The declaration without what it only permits."""
    return {key: value for key, value in wanted.items() if key not in by_name(subject).record.permissions}


def feature_unfinished(newest_first: t.Iterable[RunRecord]) -> bool:
    """Whether the last attempt to register the feature was cut off or failed: nobody knows then whether the provider was refreshed after it.

    newest_first: all runs.
    """
    for record in newest_first:
        for phase in record.phases:
            if phase.name == "feature_registration" and phase.status != "skipped":
                return phase.status != "done"
    return False


def staying_leftovers(newest_first: t.Iterable[RunRecord]) -> list[str]:
    """The nodes on which leftovers were seen after the last change, although it went through the configuration that removes them. newest_first: all runs."""
    for record in newest_first:
        if record.looks and record.looks.get("after") is not None:
            found = objects_at(record.looks, "after", "leftovers") if record.through else []
            return sorted({name for item in found for name in texts_at(item, "nodes")})
    return []
