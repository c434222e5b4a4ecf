# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks preflight, verification and rollback by themselves, where they refuse. The good way is test_awx_workflows.py's."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.cluster_ruleset import until
from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

BEFORE = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.clear_log()
    return Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))


@pytest.mark.slow
def test_the_preflight_tells_of_every_cluster_and_changes_nothing(fleet: Fleet) -> None:
    fleet.simulator.reset(feature=False)
    fleet.simulator.make_cluster("aks-a", seed="kubenet-ipvs", patch={"properties": {"currentKubernetesVersion": "1.25.6"}})

    run = fleet.run("aks.dataplane.preflight")

    assert run.returncode == 2
    assert fleet.writes() == []
    assert not fleet.record_dir.exists()
    assert run.custom["_run"] == {"aks_dataplane_preflight": {"aks-a": "refused", "aks-b": "passed"}}
    assert list(run.failures()) == ["aks-a"]
    assert "KP04" in run.failures()["aks-a"]
    assert "aks-b: meets the prerequisites." in run.stdout


def test_a_verification_without_a_declaration_asks_nothing(fleet: Fleet) -> None:
    del fleet.variables["aks_dataplane_kube_proxy"]

    run = fleet.run("aks.dataplane.verification")

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert "Declare its configuration, for example with aks_dataplane_kube_proxy={mode: NFTABLES} or" in run.failures()["aks-a"]


def test_going_back_goes_by_what_an_earlier_run_reported(fleet: Fleet) -> None:
    del fleet.variables["aks_dataplane_kube_proxy"]
    rollback = "aks.dataplane.rollback"

    run = fleet.run(rollback)
    assert run.failures()["aks-a"] == (
        "aks-a: missing required arguments: aks_dataplane_before, or aks_dataplane_record. Set aks_dataplane_record to the path of the record of the run to "
        "roll back, or to latest."
    )

    run = fleet.run(rollback, aks_dataplane_before={"aks-a": {"mode": "IPTABLES"}})
    assert (
        'aks_dataplane_before has for aks-a {"mode": "IPTABLES"}, which is not what a run of this collection reports.'
        in run.failures()["aks-a"]
    )
    assert '{"aks-a": {"aks_dataplane_kube_proxy": {"config":' in run.failures()["aks-a"]

    run = fleet.run(rollback, aks_dataplane_before={"aks-a": BEFORE}, aks_dataplane_kube_proxy={"mode": "NFTABLES"})
    assert run.failures()["aks-a"].startswith(
        "aks_dataplane_kube_proxy is an extra variable, which hides the configuration that aks-a is to be rolled back to."
    )

    run = fleet.run(rollback, aks_dataplane_before={"aks-a": BEFORE}, aks_dataplane_verdicts={"aks-a": "rolled_back"})
    assert run.returncode == 0, run.stdout
    assert "aks-a: stays as it is, because its verdict is rolled_back." in run.stdout
    assert "aks-b: stays as it is, because it is not in aks_dataplane_before: nothing was changed in it." in run.stdout
    assert fleet.simulator.log() == [], "none of these asked Azure for anything"


@pytest.mark.slow
def test_a_way_back_that_fails_is_no_reason_to_return(fleet: Fleet) -> None:
    """Nor do blockers of the previous configuration matter, as it was there before."""
    del fleet.variables["aks_dataplane_kube_proxy"]
    nftables = {"enabled": True, "mode": "NFTABLES"}
    fleet.simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": nftables}}})
    fleet.simulator.fault("no_rollout", path="aks-a", times=None)

    run = fleet.run(
        "aks.dataplane.rollback",
        aks_dataplane_before={"aks-a": BEFORE},
        aks_dataplane_verdicts={"aks-a": "not_proved"},
        aks_dataplane_rollout_timeout=3,
    )
    fleet.simulator.clear_faults()

    assert run.returncode == 2
    reported = run.failures()["aks-a"]
    assert "IPTABLES is not verified on every node (0 of 3)" in reported
    assert reported.endswith("The cluster was not rolled back. Fix the cause and run aks.dataplane.rollback again."), reported
    assert fleet.config() == {"enabled": True, "mode": "IPTABLES"}
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "failed"}


def test_a_verification_on_a_schedule_reports_drift_that_no_node_shows(fleet: Fleet) -> None:
    """aks-a is as declared, but for a waiver; aks-b is not. In aks-c somebody has reset what new nodes get. In aks-d an earlier mode has left rules."""
    waiver = {"id": "KP21", "reason": "a node for tests", "until": "2020-01-31", "ticket": "CHG-7"}
    declared = {"mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}}
    fleet.hosts = {
        **{name: {"aks_dataplane_ignore": [waiver]} for name in ("aks-a", "aks-b")},
        "aks-c": {},
        "aks-d": {"aks_dataplane_kube_proxy": declared, "aks_dataplane_node_look": "exec"},
    }
    nftables, iptables = ({"enabled": True, "mode": mode} for mode in ("NFTABLES", "IPTABLES"))
    ipvs = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin"}}
    for name, made, stored in (("aks-a", nftables, nftables), ("aks-c", nftables, iptables), ("aks-d", iptables, ipvs)):
        fleet.simulator.make_cluster(name, patch={"properties": {"networkProfile": {"kubeProxyConfig": made}}})
        fleet.simulator.set_cluster(name, {"properties": {"networkProfile": {"kubeProxyConfig": stored}}})
    fleet.simulator.apply("aks-d")
    until(lambda: fleet.modes("aks-d") == {"ipvs"})

    run = fleet.run("aks.dataplane.verification")

    assert run.returncode == 2
    assert fleet.writes() == []
    lines = [line.strip() for line in run.stdout.splitlines() if " | drift | " in line]
    beginnings = {
        "aks-a | drift | waiver: the waiver of KP21 expired on 2020-01-31 (CHG-7).": 1,
        "aks-b | drift | azure: properties.networkProfile.kubeProxyConfig.mode is IPTABLES, and NFTABLES is declared.": 1,
        "aks-b | drift | waiver: ": 1,
        "aks-c | drift | azure: properties.networkProfile.kubeProxyConfig.mode is IPTABLES, and NFTABLES is declared.": 1,
        "aks-d | drift | leftovers: leftovers of IPTABLES on 3 of 3 nodes: ": 1,
    }
    assert {begins: sum(line.startswith(begins) for line in lines) for begins in beginnings} == beginnings, lines
    assert len(lines) == len(beginnings)
    failures = run.failures()
    assert list(failures) == [*fleet.hosts]
    for name, kind in (("aks-a", "waiver"), ("aks-c", "azure"), ("aks-d", "leftovers")):
        assert f"every node is as declared, but there is drift ({kind})." in failures[name]
    assert run.custom["_run"]["aks_dataplane_step_verification"] == {
        "aks-a": {"verdict": "drifted", "deviations": ["waiver"]},
        "aks-b": {"verdict": "not_proved", "deviations": ["azure", "waiver"]},
        "aks-c": {"verdict": "drifted", "deviations": ["azure"]},
        "aks-d": {"verdict": "drifted", "deviations": ["leftovers"]},
    }
