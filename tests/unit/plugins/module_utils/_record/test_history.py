# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._record.history import feature_unfinished, interrupted_run
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import Phase, RunRecord

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
