# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keeper does and says in turn, without a node: whatever fails, it is unready, and says why once."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper import Keeper
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_order import KeeperOrder
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_words import HEARTBEAT_SECONDS, LINE, READY, TASKS
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked, pack
from ansible_collections.aks.dataplane.plugins.module_utils._node.program_result import Ran

TEXT = "table inet ours { chain c { drop; }; }"
OURS = {"family": "inet", "name": "ours"}
FOREIGN = DataplaneError("Not ours.", code="ForeignTable", details=OURS)
PASSING = DataplaneError("The kernel does not answer.", code="NoNfTables")
BROKEN = DataplaneError("Not as declared.", code="NotAsDeclared")


class Outcome(t.NamedTuple):
    changed: bool
    tables: list[dict[str, str]]


SAME, MADE = Outcome(False, [{**OURS, "state": "as declared"}]), Outcome(True, [{**OURS, "state": "created"}])


class Node:
    """Ruleset, window, uplink and clock in one. outcomes: what each look of the engine finds, the last one again and again."""

    def __init__(self, *outcomes: Outcome | Exception, window: str | None = None, left: int = 60, changes: bool = False) -> None:
        self.outcomes = list(outcomes)
        self.state, self.seconds_left, self.changes = window, left, changes
        self.rollback, self.reason, self.address = "the tables before", "", "10.0.0.1:443"
        self.connected, self.unchanged, self.now = True, True, 0.0
        self.undo_ends: list[int] = []
        self.done: list[str] = []

    is_open = property(lambda self: self.state == "pending")
    is_pending = property(lambda self: self.state == "pending" and self.seconds_left > 0)

    def _next(self, what: str) -> Outcome:
        self.done.append(what)
        found = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(found, Exception):
            raise found
        return found

    def apply(self, window: Node | None, adopt: bool) -> Outcome:
        if window and self.changes:
            self.state = "pending"
        return self._next(f"apply{' guarded' if window else ''}{' adopt' if adopt else ''}")

    def dry_run(self) -> Outcome:
        return self._next("dry run")

    def remove(self) -> Outcome:
        return self._next("remove")

    def is_unchanged(self) -> bool:
        return self.unchanged

    def undo(self, text: str) -> Ran:
        self.done.append("undo")
        return Ran(self.undo_ends.pop(0) if self.undo_ends else 0, "", "no room")

    def tables_after_undo(self) -> list[dict[str, str]]:
        return [{**OURS, "state": "removed"}]

    def require(self) -> None:
        if not self.connected:
            raise DataplaneError("No connection.", code="NoUplink")

    def is_there(self) -> bool:
        return self.connected

    def disarm(self) -> None:
        self.state = None

    def confirm(self) -> None:
        self.state = "confirmed"

    def undone(self, reason: str) -> None:
        self.state, self.reason = "undone", reason


def keeper(node: t.Any, task: str = "keep", **changes: t.Any) -> tuple[Keeper, list[dict[str, t.Any]]]:
    lines: list[dict[str, t.Any]] = []
    made = Keeper(KeeperOrder("web", TEXT, pack(checked(TEXT)), **changes), task, node, node, node, lambda: node.now, lines.append)
    made.start()
    return made, lines


def said(lines: list[dict[str, t.Any]]) -> list[tuple[str, str, str | None]]:
    return [(line["event"], line["state"], line["code"]) for line in lines[1:]]


def test_a_change_counts_once_a_connection_confirms_it() -> None:
    node = Node(MADE, SAME, changes=True)
    node.connected = False
    kept, lines = keeper(node)
    assert kept.step() == 1
    assert not kept.is_ready
    node.connected = True
    assert kept.step() == 30
    assert kept.is_ready
    assert kept.step() == 30
    assert said(lines) == [("applied", "not yet", None), ("as declared", "as declared", None)]
    assert node.done == ["apply guarded"]
    assert all(line.keys() == LINE.keys() for line in lines)


def test_without_a_connection_it_is_undone_and_stays_so() -> None:
    node = Node(MADE, changes=True)
    node.connected = False
    kept, lines = keeper(node)
    kept.step()
    node.seconds_left = 0
    kept.step()
    kept.step()
    assert said(lines) == [("applied", "not yet", None), ("undone", "undone", "RolledBack")]
    assert lines[-1]["tables"] == [{**OURS, "state": "removed"}]
    assert node.done == ["apply guarded", "undo"]
    # The container was started again.
    again, more = keeper(node)
    again.step()
    assert more[-1] == lines[-1]


def test_an_undo_that_fails_is_tried_until_it_works() -> None:
    node = Node(MADE, changes=True)
    node.connected, node.undo_ends = False, [1] * 6
    kept, lines = keeper(node)
    kept.step()
    node.seconds_left = 0
    assert kept.step() == 5
    kept.step()
    assert said(lines)[1:] == [("problem", "not yet", "RollbackFailed"), ("undone", "undone", "RolledBack")]


@pytest.mark.parametrize(
    ("left", "done", "events"),
    [
        (40, ["apply guarded"], ["applied", "as declared"]),
        (-1, ["undo", "apply guarded"], ["started", "applied", "as declared"]),
    ],
)
def test_a_keeper_that_was_killed_in_the_window(left: int, done: list[str], events: list[str]) -> None:
    """In time, it is confirmed by what was there before; too late, it is undone and begins again."""
    node = Node(SAME, window="pending", left=left, changes=True)
    kept, lines = keeper(node)
    kept.step()
    assert (node.done, [event for event, _state, _code in said(lines)]) == (done, events)
    assert kept.is_ready


def test_drift_is_repaired_without_a_window_and_counted() -> None:
    node = Node(SAME, MADE, SAME)
    kept, lines = keeper(node)
    kept.step()
    node.unchanged = False
    kept.step()
    kept.step()
    assert said(lines) == [("as declared",) * 2 + (None,), ("repaired", "as declared", None), ("as declared",) * 2 + (None,)]
    assert [line["repairs"] for line in lines[1:]] == [0, 1, 1]
    # A table that lost its stamp was the ruleset's.
    assert node.done == ["apply guarded", "apply adopt", "apply adopt"]


def test_now_and_then_it_looks_at_everything_and_says_so() -> None:
    node = Node(SAME)
    kept, lines = keeper(node)
    kept.step()
    kept.step()
    node.now = float(HEARTBEAT_SECONDS)
    kept.step()
    assert [line["event"] for line in lines] == ["started", "as declared", "as declared"]
    assert node.done == ["apply guarded", "apply adopt"]


@pytest.mark.parametrize(
    ("task", "failure", "line"),
    [
        ("keep", FOREIGN, ("refused", "refused", "ForeignTable")),
        ("try", FOREIGN, ("refused", "refused", "ForeignTable")),
        ("keep", PASSING, ("problem", "not yet", "NoNfTables")),
        ("keep", OSError(28, "No space left on device", "/run/x"), ("problem", "not yet", "NodeFailed")),
        ("keep", BROKEN, ("undone", "undone", "RolledBack")),
        ("remove", PASSING, ("problem", "not yet", "NoNfTables")),
        ("pause", PASSING, ("problem", "paused", "NoNfTables")),
    ],
)
def test_a_failure_is_said_once_and_leaves_the_pod_unready(task: str, failure: Exception, line: tuple[str, ...]) -> None:
    node = Node(failure, failure)
    kept, lines = keeper(node, task)
    kept.step()
    kept.step()
    assert said(lines)[:1] == [line]
    assert kept.is_ready == (task == "pause")
    assert len(lines) == 2 + (task == "pause" and lines[-1]["event"] == "paused")
    if failure is FOREIGN:
        assert lines[-1]["tables"] == [{**OURS, "state": "foreign"}]


def test_one_failure_that_passes_does_not_make_a_node_unready() -> None:
    node = Node(SAME, PASSING, SAME)
    kept, lines = keeper(node)
    kept.step()
    node.unchanged = False
    assert kept.step() == 5
    assert kept.is_ready
    kept.step()
    assert [state for _event, state, _code in said(lines)] == ["as declared"] * 3
    node.outcomes = [PASSING]
    kept.step()
    kept.step()
    assert not kept.is_ready


def test_what_fails_within_the_window_is_undone_and_tried_again() -> None:
    node = Node(PASSING, SAME, changes=True)
    kept, _lines = keeper(node)
    kept.step()
    assert (node.done, node.state) == (["apply guarded", "undo"], None)


@pytest.mark.parametrize(("task", "outcome"), [("try", MADE), ("pause", SAME), ("remove", MADE), ("keep", SAME)])
def test_every_task_ends_ready(task: str, outcome: Outcome) -> None:
    kept, lines = keeper(Node(outcome), task)
    kept.step()
    kept.step()
    assert (kept.is_ready, lines[-1]["state"], len(lines)) == (True, READY[task], 2)
    assert set(TASKS) == set(READY)


def test_a_try_names_nodes_that_a_change_could_not_be_confirmed_on() -> None:
    node = Node(MADE)
    node.connected = False
    kept, lines = keeper(node, "try")
    kept.step()
    assert said(lines) == [("problem", "not yet", "NoUplink")]
    kept, lines = keeper(node, "try", lockout_timeout=0)
    kept.step()
    assert said(lines) == [("tried", "tried", None)]


def test_the_end_of_the_pod_undoes_what_is_not_confirmed_and_nothing_else() -> None:
    node = Node(MADE, changes=True)
    node.connected = False
    kept, lines = keeper(node)
    kept.step()
    kept.end()
    # A container that is started again tries again.
    assert (lines[-1]["event"], node.state) == ("undone", None)
    stuck = Node(MADE, changes=True)
    stuck.connected, stuck.undo_ends = False, [1] * 5
    kept, lines = keeper(stuck)
    kept.step()
    kept.end()
    assert (lines[-1]["code"], lines[-1]["message"]) == ("RollbackFailed", "The change was not confirmed, and nft cannot undo it: no room")
    quiet = Node(SAME)
    kept, _lines = keeper(quiet)
    kept.step()
    kept.end()
    assert quiet.done == ["apply guarded"]


def test_other_trouble_is_said_once_and_changes_nothing() -> None:
    node = Node(SAME)
    kept, lines = keeper(node)
    kept.step()
    kept.report("PortInUse", "The port cannot be had.")
    kept.step()
    kept.report("PortInUse", "The port cannot be had.")
    assert said(lines) == [("as declared", "as declared", None), ("problem", "as declared", "PortInUse")]
    node.now = float(HEARTBEAT_SECONDS)
    kept.report("PortInUse", "The port cannot be had.")
    assert len(lines) == 4
    assert kept.is_ready


def test_with_no_time_for_it_nothing_is_to_be_confirmed() -> None:
    node = Node(MADE, changes=True)
    kept, lines = keeper(node, lockout_timeout=0, adopt=True)
    kept.step()
    assert (node.done, [event for event, _state, _code in said(lines)]) == (["apply adopt"], ["applied", "as declared"])
