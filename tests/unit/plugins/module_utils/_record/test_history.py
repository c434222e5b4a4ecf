# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._record.evolution import Phase, RunRecord
from ansible_collections.aks.dataplane.plugins.module_utils._record.history import feature_unfinished, interrupted_run

NFT = {"mode": "NFTABLES"}
IPVS = {"mode": "IPVS"}


def run(verdict: str | None, wanted: dict | None = None, feature: str | None = None, run_id: str = "r") -> RunRecord:
    phases = () if feature is None else (Phase("feature_registration", feature, "t"),)
    return RunRecord(run_id, "c", "rg", "t", wanted or NFT, ended=None if verdict is None else "t", verdict=verdict, phases=phases)


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
    assert interrupted_run(iter(history), NFT) is (None if found is None else history[found])


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
