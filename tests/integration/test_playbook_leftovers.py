# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mode of kube-proxy leaves on the nodes: named by default, and removed through NFTABLES where that is asked for."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import NODES
from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

IPVS = {"mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}}
JUMP = "-t nat -A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    made = Fleet(simulator, tmp_path / "runs", ("aks-a",))
    made.variables |= {"aks_dataplane_kube_proxy": IPVS, "aks_dataplane_profile": "current", "aks_dataplane_ignore": ["KP07"]}
    return made


def puts(fleet: Fleet) -> int:
    return len([method for method, _path in fleet.writes() if method == "PUT"])


def left_after(record: dict[str, t.Any]) -> set[str]:
    return {item["mode"] for item in record["looks"]["after"]["leftovers"]}


def test_a_switch_removes_them_on_the_way_and_then_there_is_nothing_to_do(fleet: Fleet) -> None:
    fleet.simulator.clear_log()
    run = fleet.run(aks_dataplane_leftovers="remove")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (puts(fleet), fleet.modes(), fleet.config()["mode"]) == (2, {"ipvs"}, "IPVS")
    assert "preflight of NFTABLES | passed" in run.stdout
    assert "switched through NFTABLES, and verified on 3 of 3 nodes (leftovers: none on 3 nodes)" in run.stdout
    (record,) = fleet.records()
    assert (record["verdict"], record["before"]["mode"], record["through"]["mode"]) == ("switched", "IPTABLES", "NFTABLES")
    assert left_after(record) == set()
    again = fleet.run(aks_dataplane_leftovers="remove")
    assert (again.returncode, puts(fleet)) == (0, 2)
    assert "leftovers: none on 3 nodes" in again.stdout


def test_those_of_an_earlier_switch_are_named_and_removed_later(fleet: Fleet) -> None:
    run = fleet.run()
    assert "leftovers of IPTABLES on 3 of 3 nodes" in run.stdout
    assert "to remove what is left, set aks_dataplane_leftovers: remove." in run.stdout
    assert left_after(fleet.records()[0]) == {"IPTABLES"}
    fleet.simulator.clear_log()
    later = fleet.run(aks_dataplane_leftovers="remove")
    assert later.returncode == 0, later.stdout + later.stderr
    assert (puts(fleet), fleet.modes()) == (2, {"ipvs"})
    assert fleet.config()["ipvsConfig"]["scheduler"] == "RoundRobin"
    record = fleet.records()[-1]
    assert (record["verdict"], {item["mode"] for item in record["looks"]["before"]["leftovers"]} - {"IPVS"}, left_after(record)) == (
        "switched",
        {"IPTABLES"},
        set(),
    )


def test_check_mode_shows_both_steps_and_changes_nothing(fleet: Fleet) -> None:
    fleet.simulator.clear_log()
    run = fleet.run(check=True, aks_dataplane_leftovers="remove")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "would change (check mode: nothing is changed) in two steps" in run.stdout
    assert run.stdout.index("1 of 2: properties.networkProfile.kubeProxyConfig.mode") < run.stdout.index("+ NFTABLES")
    assert run.stdout.index("2 of 2: properties.networkProfile.kubeProxyConfig.mode") < run.stdout.index("+ IPVS")
    assert "Each of the two steps interrupts new connections" in run.stdout
    assert fleet.writes() == []


def test_what_cannot_go_through_nftables_is_refused(fleet: Fleet) -> None:
    fleet.simulator.make_cluster("aks-a", patch={"properties": {"currentKubernetesVersion": "1.32.9"}}, nodes=3)
    run = fleet.run(aks_dataplane_leftovers="remove")
    assert run.returncode != 0
    assert "does not meet the prerequisites of NFTABLES, which the run would go through" in run.stdout
    assert puts(fleet) == 0
    assert fleet.records()[-1]["verdict"] == "refused"


def test_a_run_that_was_killed_on_the_way_goes_on_there(fleet: Fleet) -> None:
    killed = fleet.kill_in("rollout", once=lambda: fleet.config()["mode"] == "NFTABLES", aks_dataplane_leftovers="remove")
    assert (killed["ended"], killed["through"]["mode"]) == (None, "NFTABLES")
    run = fleet.run(aks_dataplane_leftovers="remove")
    assert run.returncode == 0, run.stdout + run.stderr
    record = fleet.records()[-1]
    assert (record["continues"], record["before"]["mode"], record["note"]) == (killed["run_id"], "IPTABLES", None)
    assert (record["verdict"], fleet.modes(), left_after(record)) == ("switched", {"ipvs"}, set())


def test_a_failure_on_the_way_is_rolled_back_without_going_through_it_again(fleet: Fleet) -> None:
    fleet.simulator.fault("crash_loop", path="aks-a/.*1$", mode="nftables", times=None)
    fleet.simulator.clear_log()
    run = fleet.run(aks_dataplane_leftovers="remove")
    assert run.returncode != 0
    assert (fleet.records()[-1]["verdict"], fleet.config()["mode"], puts(fleet)) == ("rolled_back", "IPTABLES", 2)


def test_a_rollback_goes_straight(fleet: Fleet) -> None:
    assert fleet.run(aks_dataplane_leftovers="remove").returncode == 0
    fleet.simulator.clear_log()
    before = {"aks-a": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}}
    run = fleet.run("aks.dataplane.rollback", aks_dataplane_before=before, aks_dataplane_leftovers="remove")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (puts(fleet), fleet.config()["mode"]) == (1, "IPTABLES")
    assert "leftovers of IPVS" in run.stdout, "and names what that leaves"


def test_third_party_rules_that_hold_leftovers_are_named(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", user_rules={NODES[1]: [JUMP]})
    run = fleet.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"a third-party rule on {NODES[1]} leads into chains of kube-proxy" in run.stdout
    assert "-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ (table nat, ipv4)" in run.stdout
    held = f"held by third-party rules: -A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ (table nat, ipv4) on {NODES[1]}"
    assert f"leftovers of IPTABLES on 3 of 3 nodes: {', '.join(NODES[:3])}, {held}" in run.stdout
    assert f"kube-proxy cannot remove what is left on {NODES[1]}: remove the third-party rules there first." in run.stdout


def test_without_a_look_at_the_nodes_nothing_is_removed(fleet: Fleet) -> None:
    run = fleet.run(aks_dataplane_leftovers="remove", aks_dataplane_kubernetes=False)
    assert run.returncode != 0
    assert "Leftovers are only removed where every node is seen" in run.stdout
    assert puts(fleet) == 0
