# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The probe of a run, between its tasks: begun before the change, waited for, and ended after it. What it means is decided elsewhere."""

from __future__ import annotations

import contextlib
import datetime
import os
import time
import typing as t

from ..module_utils._interruption.judgement import Measured, Times
from ..module_utils._interruption.places import Judged, unseen
from ..module_utils._interruption.summary import combined, judged_all
from ..module_utils._interruption.target import CLUSTER, CONTROLLER, Target
from ..module_utils._prober import abandoned, supervised
from ..module_utils._work.process_identity import parent_identity

Json = t.Mapping[str, t.Any]


def here(targets: t.Sequence[Target]) -> tuple[Target, ...]:
    """Those that this machine asks."""
    return tuple(one for one in targets if one.place == CONTROLLER)


def begin(record_path: str, targets: t.Sequence[Target], seconds: float) -> Json:
    """The C(probe) of a run. record_path: of the run, next to which the file of the probe is. seconds: after which the probe ends whatever happens."""
    path = _path(record_path)
    return {"path": path, "began": supervised.begin(path, here(targets), seconds)}


def discard(record_path: str) -> None:
    """End the probe of a run that does not know of it, because the task that began it has failed."""
    with contextlib.suppress(OSError):
        os.unlink(_path(record_path))


def remove_abandoned(record_path: str) -> None:
    """Remove what probes of earlier runs of this cluster have left that were killed together with these. record_path: of the run that begins."""
    abandoned.remove_abandoned(os.path.dirname(record_path))


def _path(record_path: str) -> str:
    return f"{record_path.removesuffix('.json')}{abandoned.SUFFIX}"


def remaining(since: float, seconds: float) -> float:
    """How much of the time is still to be waited for. since: on the clock of the machine."""
    return max(0.0, since + seconds - time.monotonic())


def wait(seconds: float) -> None:
    time.sleep(seconds)


def changing(probe: Json) -> Json:
    """The probe of a run whose change begins now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return {**probe, "changed": time.monotonic(), "changed_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def looked(probe: Json) -> Json:
    """The probe of a run whose nodes have just been looked at."""
    return {**probe, "looked": time.monotonic()}


def owner() -> str:
    """The run, of which this process is a worker."""
    return parent_identity()


def changed_ago(probe: Json) -> float | None:
    """Seconds since the change began; None where nothing was changed."""
    return time.monotonic() - probe["changed"] if "changed" in probe else None


def of_pods(result: Json, targets: t.Sequence[Target]) -> list[Judged]:
    """What the prober pods have measured of their targets. result: of the module that has them."""
    if result.get("failed"):
        reason = f"what the prober pods have measured cannot be read: {str(result.get('msg')).rstrip('.')}"
        return [unseen(one, reason) for one in targets if one.place == CLUSTER]
    return [Judged(**one) for one in result["targets"]]


def end(probe: Json, targets: t.Sequence[Target], times: Times, action: str, pods: t.Sequence[Judged] = ()) -> Json | None:
    """What the probe has measured; None where nothing was changed meanwhile. pods: what prober pods have."""
    found = supervised.end(probe["path"])
    if "changed" not in probe:
        return None
    measured = [
        Measured(found.tries.get(number, ()), found.moments.get(number, ()), probe["changed"], found.ended)
        for number in range(len(here(targets)))
    ]
    from_here, from_pods = iter(judged_all(here(targets), measured, times)), iter(pods)
    each = [next(from_here if one.place == CONTROLLER else from_pods, None) for one in targets]
    return combined([one for one in each if one], action, probe["changed_at"])
