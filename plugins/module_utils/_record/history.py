# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What earlier runs on a cluster left open. Records come newest first."""

from __future__ import annotations

import typing as t

from .evolution import Json, RunRecord

# A run with this verdict ended before it changed anything, so an older one may still be open.
_HARMLESS = "refused"


def interrupted_run(newest_first: t.Iterable[RunRecord], wanted: Json) -> RunRecord | None:
    """The run to take over: the last one that may have changed the cluster, if it never ended and wanted the same."""
    for record in newest_first:
        if record.verdict == _HARMLESS:
            continue
        return record if record.ended is None and dict(record.wanted) == dict(wanted) else None
    return None


def feature_unfinished(newest_first: t.Iterable[RunRecord]) -> bool:
    """Whether the last attempt to register the feature was cut off or failed: nobody knows then whether the provider was refreshed after it."""
    for record in newest_first:
        for phase in record.phases:
            if phase.name == "feature_registration" and phase.status != "skipped":
                return phase.status != "done"
    return False
