"""What earlier runs on a cluster left open. Records come newest first."""

from __future__ import annotations

import typing as t

from .._dataplane.registry import by_name
from .run_record import Json, RunRecord

# A run with this verdict ended before it changed anything, so an older one may still be open.
_HARMLESS = "refused"


def interrupted_run(newest_first: t.Iterable[RunRecord], subject: str, wanted: Json) -> RunRecord | None:
    """The run to take over: the last one that may have changed the cluster, if it never ended and wanted the same."""
    for record in newest_first:
        if record.verdict == _HARMLESS:
            continue
        same = record.subject == subject and _goal(subject, record.wanted) == _goal(subject, wanted)
        return record if record.ended is None and same else None
    return None


def _goal(subject: str, wanted: Json) -> dict[str, t.Any]:
    """The declaration without what it only permits."""
    return {key: value for key, value in wanted.items() if key not in by_name(subject).record.permissions}


def feature_unfinished(newest_first: t.Iterable[RunRecord]) -> bool:
    """Whether the last attempt to register the feature was cut off or failed: nobody knows then whether the provider was refreshed after it."""
    for record in newest_first:
        for phase in record.phases:
            if phase.name == "feature_registration" and phase.status != "skipped":
                return phase.status != "done"
    return False
