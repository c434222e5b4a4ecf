# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users of 0.1.0 have on disk: its run records. The playbooks of today bring clusters back by them, and go on where they end."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.fleet import Fleet, HostRoutingFleet, phases_of
from tests.support.old_records import declared_before, old_record, put_back
from tests.support.simulator import Simulator

# By its former name, which users of 0.1.0 know.
GO_BACK = "aks.dataplane.go_back"
NFTABLES = {"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}}}
IPVS = {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900, "tcpFinTimeoutSeconds": 120, "udpTimeoutSeconds": 300}


@pytest.mark.slow
def test_clusters_go_back_to_the_kube_proxy_that_their_records_tell_of(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))
    del fleet.variables["aks_dataplane_kube_proxy"]
    old = {"aks-a": old_record("kube-proxy-switched"), "aks-b": old_record("kube-proxy-from-ipvs")}
    for cluster in old:
        simulator.make_cluster(cluster, patch=NFTABLES)

    run = fleet.run(GO_BACK, aks_dataplane_before={cluster: declared_before(record) for cluster, record in old.items()})

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.config("aks-a") == {"enabled": True, "mode": "IPTABLES"}
    assert fleet.config("aks-b") == {"enabled": True, "mode": "IPVS", "ipvsConfig": IPVS}
    assert (fleet.modes("aks-a"), fleet.modes("aks-b")) == ({"iptables"}, {"ipvs"})
    for cluster, record in old.items():
        (reported,) = fleet.records(cluster)
        assert (reported["verdict"], reported["after"]) == ("switched", record["before"])


@pytest.mark.slow
def test_an_interrupted_switch_of_kube_proxy_is_taken_over_and_taken_back(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """Azure shows the new configuration already: only the old record knows the previous configuration."""
    old = old_record("kube-proxy-interrupted")
    put_back("kube-proxy-interrupted", tmp_path / "runs")
    fleet = Fleet(simulator, tmp_path / "runs")
    simulator.make_cluster("aks-a", patch=NFTABLES)
    # The pods run yet another mode, so that the new run cannot end well.
    simulator.kube("aks-a", mode="ipvs")

    run = fleet.run(aks_dataplane_rollout_timeout=2)

    assert run.returncode == 2
    assert f"aks-a: continues the run {old['run_id']}" in run.stdout
    reported = fleet.records()[-1]
    assert (reported["continues"], reported["before"], reported["verdict"]) == (old["run_id"], old["before"], "rolled_back")
    assert phases_of(reported)["rollback"] == "done"
    assert fleet.config() == {"enabled": True, "mode": "IPTABLES"}
    assert fleet.modes() == {"iptables"}


@pytest.mark.slow
def test_a_cluster_goes_back_to_the_host_routing_that_its_record_tells_of(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = HostRoutingFleet(simulator, tmp_path / "runs")
    del fleet.variables["aks_dataplane_host_routing"]
    old = old_record("host-routing-switched")
    fleet.make("aks-a", accelerated=True)

    run = fleet.run(GO_BACK, aks_dataplane_before={"aks-a": declared_before(old)})

    assert run.returncode == 0, run.stdout + run.stderr
    assert (fleet.acceleration(), set(fleet.labels())) == ("None", {False})
    (reported,) = fleet.records()
    assert (reported["verdict"], reported["after"]["state"]) == ("switched", old["before"]["state"])


@pytest.mark.slow
def test_an_interrupted_switch_of_host_routing_is_taken_over(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    old = old_record("host-routing-interrupted")
    put_back("host-routing-interrupted", tmp_path / "runs")
    fleet = HostRoutingFleet(simulator, tmp_path / "runs")
    fleet.make("aks-a", accelerated=True)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    reported = fleet.records()[-1]
    assert (reported["continues"], reported["before"], reported["verdict"]) == (old["run_id"], old["before"], "switched")
    assert fleet.acceleration() == "BpfVeth"
