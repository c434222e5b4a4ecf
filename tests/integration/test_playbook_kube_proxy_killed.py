# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed, and runs that meet."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet, phases_of
from tests.support.simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

IPTABLES_BEFORE = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Fleet]:
    yield Fleet(simulator, tmp_path / "runs")
    simulator.clear_faults()


def test_killed_in_every_phase_and_run_again(fleet: Fleet) -> None:
    """Each run is killed one phase later than the one before, and takes over from it; the last one may end."""
    fleet.simulator.reset(feature=False)
    phases = ("feature_registration", "preflight", "switch", "rollout", "verification")

    left = [fleet.kill_in(phase) for phase in phases]

    assert [(record["ended"], record["verdict"]) for record in left] == [(None, None)] * len(phases)
    assert [record["continues"] for record in left] == [None, *(record["run_id"] for record in left[:-1])]
    assert [record["before"] for record in left] == [None, None, *[IPTABLES_BEFORE] * 3]
    assert all(list(phases_of(record).values())[-1] == "running" for record in left)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"continues the run {left[-1]['run_id']}" in run.stdout
    assert fleet.config() == {"enabled": True, "mode": "NFTABLES"}
    assert fleet.modes() == {"nftables"}
    last = fleet.records()[-1]
    assert (last["verdict"], last["before"]) == ("switched", IPTABLES_BEFORE)
    refreshes = [path for method, path in fleet.writes() if method == "POST" and path == "register"]
    assert len(refreshes) >= 2, "the feature, and the provider after it"


def test_killed_while_azure_works_and_rolled_back_by_the_next_run(fleet: Fleet) -> None:
    """The state to roll back to survives the killed run, though Azure shows the new configuration already."""
    fleet.simulator.settings(scale=0.05)
    try:
        record = fleet.kill_in("switch")
        assert record["before"] == IPTABLES_BEFORE
        fleet.simulator.fault("crash_loop", path="aks-a/.*1$", mode="nftables", times=None)
        run = fleet.run(aks_dataplane_rollout_timeout=5)
    finally:
        fleet.simulator.settings(scale=0.002)

    assert run.returncode == 2
    assert fleet.records()[-1]["verdict"] == "rolled_back"
    assert fleet.config() == {"enabled": True, "mode": "IPTABLES"}
    assert fleet.modes() == {"iptables"}


def test_killed_on_the_way_back_and_run_again(fleet: Fleet) -> None:
    fleet.simulator.fault("crash_loop", path="aks-a/.*1$", mode="nftables", times=None)

    record = fleet.kill_in("rollback", aks_dataplane_rollout_timeout=3)

    assert phases_of(record)["verification"] == "failed"
    fleet.simulator.clear_faults()

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.modes() == {"nftables"}
    last = fleet.records()[-1]
    assert (last["continues"], last["before"], last["verdict"]) == (record["run_id"], IPTABLES_BEFORE, "switched")


def test_two_runs_at_once(fleet: Fleet) -> None:
    running = [fleet.start(), fleet.start()]
    runs = [one.wait() for one in running]

    assert [run.returncode for run in runs] == [0, 0], "".join(run.stdout + run.stderr for run in runs)
    assert fleet.modes() == {"nftables"}
    assert fleet.config() == {"enabled": True, "mode": "NFTABLES"}
    records = fleet.records()
    assert len(records) == 2
    assert {record["verdict"] for record in records} <= {"switched", "unchanged"}
