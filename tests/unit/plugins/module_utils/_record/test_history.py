# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._record.history import (
    feature_unfinished,
    interrupted_run,
    newest_first,
    staying_leftovers,
)
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import Phase, RunRecord
from hypothesis import given
from hypothesis import strategies as st

NFT = {"mode": "NFTABLES"}
IPVS = {"mode": "IPVS"}


def run(verdict: str | None, wanted: dict | None = None, feature: str | None = None, subject: str = "kube_proxy") -> RunRecord:
    phases = () if feature is None else (Phase("feature_registration", feature, "t"),)
    return RunRecord("r", "c", "rg", "t", subject, wanted or NFT, ended=None if verdict is None else "t", verdict=verdict, phases=phases)


@pytest.mark.parametrize(
    ("history", "found"),
    [
        ([], None),
        ([run(None)], 0),
        ([run("switched"), run(None)], None),
        ([run("failed"), run(None)], None),
        ([run("rolled_back"), run(None)], None),
        ([run(None, IPVS)], None),
        ([run(None, IPVS), run(None)], None),
        ([run("refused"), run("refused", IPVS), run(None)], 2),
        ([run("refused"), run("switched"), run(None)], None),
        ([run(None), run(None)], 0),
    ],
    ids=[
        "no run",
        "cut off",
        "ended after it",
        "failed after it",
        "went back after it",
        "wanted something else",
        "something else after it",
        "refused runs changed nothing",
        "older than one that ended",
        "cut off twice",
    ],
)
def test_interrupted_run(history: list, found: int | None) -> None:
    assert interrupted_run(iter(history), "kube_proxy", NFT) is (None if found is None else history[found])


def test_the_permission_to_switch_on_the_paid_service_is_no_part_of_the_goal() -> None:
    asked = run(None, {"state": "enabled", "enable_acns": True}, subject="host_routing")
    assert interrupted_run([asked], "host_routing", {"state": "enabled", "enable_acns": False}) is asked
    assert interrupted_run([asked], "host_routing", {"state": "disabled", "enable_acns": True}) is None


def test_a_run_about_something_else_is_not_continued() -> None:
    assert interrupted_run([run(None, {"state": "default"})], "host_routing", {"state": "default"}) is None


@pytest.mark.parametrize(
    ("history", "unfinished"),
    [
        ([], False),
        ([run("switched", feature="done")], False),
        ([run(None, feature="running")], True),
        ([run("refused", feature="failed")], True),
        ([run(None), run(None, feature="running")], True),
        ([run("refused", feature="skipped"), run("refused", feature="failed")], True),
        ([run("refused", feature="done"), run("refused", feature="failed")], False),
    ],
)
def test_feature_unfinished(history: list, unfinished: bool) -> None:
    assert feature_unfinished(iter(history)) is unfinished


def named(run_id: str, verdict: str | None = None, **links: str | None) -> RunRecord:
    return dataclasses.replace(run(verdict), run_id=run_id, **links)


def test_a_run_that_was_continued_and_closed_stays_closed_though_the_clock_was_set_back() -> None:
    """The ids say that the interrupted run came last."""
    interrupted, closed = named("20261128"), named("20261101", "switched", continues="20261128")
    for records in ([interrupted, closed], [closed, interrupted]):
        assert newest_first(records) == [closed, interrupted]
        assert interrupted_run(newest_first(records), "kube_proxy", NFT) is None


def test_so_does_one_after_which_a_run_did_something_else() -> None:
    interrupted, other = named("20261128"), dataclasses.replace(named("20261101", "switched", follows="20261128"), wanted=IPVS)
    assert interrupted_run(newest_first([interrupted, other]), "kube_proxy", NFT) is None


@pytest.mark.parametrize(
    ("records", "order"),
    [
        ([], []),
        ([named("1"), named("3"), named("2")], ["3", "2", "1"]),
        ([named("1", follows="2"), named("2", follows="3"), named("3")], ["1", "2", "3"]),
        ([named("2", continues="9"), named("1")], ["2", "1"]),
        ([named("1", continues="3"), named("2"), named("3")], ["2", "1", "3"]),
        ([named("1", follows="1")], ["1"]),
        ([named("1", follows="2"), named("2", follows="1"), named("3")], ["3", "2", "1"]),
    ],
    ids=["none", "no links", "the clock went back each time", "of a run that is gone", "old records", "itself", "a circle"],
)
def test_the_order_of_runs(records: list[RunRecord], order: list[str]) -> None:
    assert [record.run_id for record in newest_first(records)] == order


@given(ids=st.lists(st.integers(0, 99).map(str), unique=True, max_size=8), shuffled=st.randoms(use_true_random=False))
def test_runs_that_name_the_one_before_are_in_the_order_in_which_they_began(ids: list[str], shuffled) -> None:
    """Whatever their ids are, that is whatever the clock said."""
    begun = [named(run_id, follows=before) for run_id, before in zip(ids, [None, *ids], strict=False)]
    files = list(begun)
    shuffled.shuffle(files)
    assert newest_first(files) == begun[::-1]


def looked(through: bool, *nodes: str) -> RunRecord:
    """A run that looked at the nodes after its change, and saw leftovers there."""
    left = [{"mode": "IPTABLES", "things": ["chain KUBE-SVC-*"], "nodes": [*nodes]}] if nodes else []
    return dataclasses.replace(run("switched"), through=NFT if through else None, looks={"after": {"leftovers": left}})


@pytest.mark.parametrize(
    ("history", "nodes"),
    [
        ([], []),
        ([looked(True, "n2", "n1")], ["n1", "n2"]),
        ([run("unchanged"), looked(True, "n1")], ["n1"]),
        ([looked(True), looked(True, "n1")], []),
        # What it has left is new.
        ([looked(False, "n1"), looked(True, "n1")], []),
    ],
)
def test_leftovers_that_stayed_the_last_time(history: list, nodes: list[str]) -> None:
    assert staying_leftovers(iter(history)) == nodes
