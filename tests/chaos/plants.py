# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bugs that the campaign must find: each is put into the product in a forked process of its own, and nowhere else."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import State, Step
from ansible_collections.aks.dataplane.plugins.module_utils._kube import unnamed_file
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import RunRecord
from ansible_collections.aks.dataplane.plugins.module_utils._record.store import Store
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import BAD
from ansible_collections.aks.dataplane.plugins.module_utils._work import cluster_change
from ansible_collections.aks.dataplane.plugins.module_utils._work.status import StatusWork

from .remote import Plant


def nothing() -> None:
    """The product as it is."""


def if_match_dropped() -> None:
    """A PUT is sent without saying on which state of the cluster it is based."""
    send = ArmClient._send

    def without_condition(self: ArmClient, *args: t.Any, headers: t.Any = None, **options: t.Any) -> t.Any:
        return send(self, *args, **options)

    ArmClient._send = without_condition  # type: ignore[method-assign]


def leaf_widened() -> None:
    """What is around the leaf is sent as if it were part of the change."""
    real = cluster_change.put_body

    def wide(raw: t.Any, leaf: tuple[str, ...], value: t.Any) -> t.Any:
        return real(raw, leaf[:-1], {leaf[-1]: value})

    cluster_change.put_body = wide


def forbidden_is_bad() -> None:
    """A 403 of the API server counts as nodes that were seen not to be as wanted."""
    unanswered = StatusWork._unanswered

    def condemned(self: StatusWork, exc: t.Any, earlier: t.Any, state: State) -> Step:
        step = unanswered(self, exc, earlier, state)
        if getattr(exc, "status", None) != 403:
            return step
        verdict = {**step.result["verdict"], "seen": BAD}
        return dataclasses.replace(step, done=True, result={**step.result, "verdict": verdict})

    StatusWork._unanswered = condemned  # type: ignore[method-assign]


def record_late() -> None:
    """The record is kept in memory from the switch on, and written when the run is over."""
    memory: dict[str, RunRecord] = {}
    write, read = Store.write, Store.read

    def late(self: Store, record: RunRecord) -> str:
        memory[record.run_id] = record
        return self.path(record.run_id) if record.before and record.ended is None else write(self, record)

    def remembered(self: Store, run_id: str) -> RunRecord:
        return memory[run_id] if run_id in memory else read(self, run_id)

    Store.write, Store.read = late, remembered  # type: ignore[method-assign]


def key_left() -> None:
    """Private keys of kubeconfigs go into files with names."""
    unnamed_file._without_name = lambda: None


PLANTS: dict[str, Plant] = {plant.__name__: plant for plant in (if_match_dropped, leaf_widened, forbidden_is_bad, record_late, key_left)}
# The invariant that each of them breaks.
BROKEN = {
    "if_match_dropped": "what_others_changed_is_kept",
    "leaf_widened": "nothing_outside_the_leaf",
    "forbidden_is_bad": "a_healthy_switch_is_never_rolled_back",
    "record_late": "the_way_back_is_recorded_first",
    "key_left": "no_secret_is_shown",
}


def is_caught(plant: str, violations: t.Iterable[str]) -> bool:
    """Whether they show this bug, and not only another one."""
    return any(wrong.startswith(f"{BROKEN[plant]}:") for wrong in violations)
