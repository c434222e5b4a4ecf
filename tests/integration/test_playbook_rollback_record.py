# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster is rolled back by the record of an earlier run."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.fleet import Fleet, HostRoutingFleet
from tests.support.old_records import old_record, put_back
from tests.support.simulator import Simulator

ROLLBACK = "aks.dataplane.rollback"
IPTABLES = {"enabled": True, "mode": "IPTABLES"}


@pytest.mark.slow
def test_the_last_switch_is_rolled_back_once(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(simulator, tmp_path / "runs")
    simulator.make_cluster("aks-a")
    simulator.kube("aks-a")
    switch = fleet.run()
    assert switch.returncode == 0, switch.stdout + switch.stderr
    del fleet.variables["aks_dataplane_kube_proxy"]
    (switched,) = fleet.records()

    planned = fleet.run(ROLLBACK, check=True, aks_dataplane_record="latest")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert f"aks-a: rolls back the run {switched['run_id']} to IPTABLES." in planned.stdout
    assert (fleet.modes(), len(fleet.records())) == ({"nftables"}, 1)

    run = fleet.run(ROLLBACK, aks_dataplane_record="latest")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (fleet.config(), fleet.modes()) == (IPTABLES, {"iptables"})
    record = fleet.records()[-1]
    assert (record["verdict"], record["undoes"], record["after"]) == ("switched", switched["run_id"], switched["before"])

    again = fleet.run(ROLLBACK, aks_dataplane_record="latest")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "aks-a: stays as it is, because no run in" in again.stdout
    assert len(fleet.records()) == 2


@pytest.mark.slow
def test_a_cluster_that_somebody_else_has_changed_is_only_rolled_back_by_force(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    put_back("kube-proxy-switched", tmp_path / "runs")
    fleet = Fleet(simulator, tmp_path / "runs")
    del fleet.variables["aks_dataplane_kube_proxy"]
    simulator.make_cluster("aks-a", seed="kubenet-ipvs")
    simulator.kube("aks-a", mode="ipvs")
    (file,) = (tmp_path / "runs").rglob("*.json")
    simulator.clear_log()

    run = fleet.run(ROLLBACK, aks_dataplane_record=str(file))
    assert run.returncode == 2
    assert "Somebody else has changed it since" in run.failures()["aks-a"]
    assert fleet.writes() == []

    run = fleet.run(ROLLBACK, aks_dataplane_record=str(file), aks_dataplane_force=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.modes() == {"iptables"}


@pytest.mark.slow
def test_host_routing_says_before_it_starts_that_it_replaces_every_node(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    put_back("host-routing-switched", tmp_path / "runs")
    fleet = HostRoutingFleet(simulator, tmp_path / "runs")
    del fleet.variables["aks_dataplane_host_routing"]
    fleet.make("aks-a", accelerated=True)

    run = fleet.run(ROLLBACK, aks_dataplane_record="latest")

    assert run.returncode == 0, run.stdout + run.stderr
    said = f"rolls back the run {old_record('host-routing-switched')['run_id']} to eBPF host routing disabled. AKS replaces every node of the cluster for it."
    assert run.stdout.index(said) < run.stdout.index("AKS is asked to change the cluster")
    assert fleet.acceleration() == "None"


def test_a_record_that_is_none_is_refused_before_anything_is_asked(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(simulator, tmp_path / "runs")
    del fleet.variables["aks_dataplane_kube_proxy"]
    simulator.clear_log()

    run = fleet.run(ROLLBACK, aks_dataplane_record=str(tmp_path / "gone.json"))

    assert run.returncode == 2
    assert "gone.json cannot be read: No such file or directory." in run.failures()["aks-a"]
    assert simulator.log() == []
