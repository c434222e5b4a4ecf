# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for eBPF host routing under faults, and runs that are killed: it reaches its goal, or rolls back, and says which."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import EVENTS, until
from tests.support.fleet import HostRoutingFleet, phases_of
from tests.support.playbooks import PlaybookRun
from tests.support.raw import Raw
from tests.support.simulator import Simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

BACK = "The previous configuration (legacy host routing) was restored, and is verified on 3 of 3 nodes."
BILL = (
    "Advanced Container Networking Services, which this run switched on, are still on, and are billed. "
    "To switch them off: az aks update --resource-group rg-dataplane --name aks-a --disable-acns"
)


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[HostRoutingFleet]:
    fleet = HostRoutingFleet(simulator, tmp_path / "runs")
    fleet.make("aks-a")
    yield fleet
    simulator.clear_faults()


def story(run: PlaybookRun) -> str:
    """The last message of the failed cluster."""
    return [event["result"]["msg"] for event in run.events if event["status"] == "failed"][-1]


def monitor_events(simulator: Simulator) -> set[tuple[str, str]]:
    """The events of AKS's iptables monitor so far: node and reason."""
    return {(event["involvedObject"]["name"], event["reason"]) for event in Raw(simulator).kube("aks-a", EVENTS).body["items"]}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("legacy_fallback", "its Cilium agent routes in mode legacy"),
        ("no_label", "the node has no label kubernetes.azure.com/ebpf-host-routing"),
    ],
)
def test_what_is_not_proven_is_taken_back(fleet: HostRoutingFleet, fault: str, reason: str) -> None:
    """With the service that costs money: it stays, and that is shown."""
    fleet.make("aks-a", acns=False)
    fleet.simulator.fault(fault, path="aks-a/.*4$", times=None)

    run = fleet.run(aks_dataplane_enable_acns=True, aks_dataplane_rollout_timeout=5)

    assert run.returncode == 2
    reported = story(run)
    assert "aks-a: eBPF host routing is not verified on every node (2 of 3)" in reported
    assert reason in reported
    assert BACK in reported
    assert reported.endswith(BILL)
    assert (fleet.acceleration(), fleet.labels()) == ("None", [False] * 3)
    (record,) = fleet.records()
    assert (record["verdict"], record["rollback"]["status"], record["message"]) == ("rolled_back", "done", reported)
    assert record["rollback"]["message"].endswith(BILL)
    assert [(node["state"], node["mode"]) for node in record["nodes"]] == [("wanted", "legacy")] * 3
    assert phases_of(record)["verification"] == "failed"
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "rolled_back"}


def test_a_replacement_that_fails_is_taken_back(fleet: HostRoutingFleet) -> None:
    fleet.simulator.fault("node_stuck", path="aks-a/.*4$", seconds=60)

    run = fleet.run()

    assert run.returncode == 2
    reported = story(run)
    assert "did not become Ready in time" in reported
    assert BACK in reported
    assert BILL not in reported, "the service was on before"
    assert (fleet.acceleration(), fleet.labels()) == ("None", [False] * 3)
    assert fleet.records()[0]["verdict"] == "rolled_back"


def test_agents_that_are_held_back_by_a_rule_are_reported_with_the_rule(fleet: HostRoutingFleet) -> None:
    fleet.simulator.kube("aks-a", boot_rules=["-A INPUT -s 203.0.113.7/32 -j DROP"])

    run = fleet.run(aks_dataplane_rollback=False, aks_dataplane_rollout_timeout=5)

    assert run.returncode == 2
    reported = story(run)
    assert "-A INPUT -s 203.0.113.7/32 -j DROP" in reported
    assert "The cluster was not rolled back, because aks_dataplane_rollback is false." in reported
    assert 'To roll back: ansible-playbook aks.dataplane.rollback --limit aks-a -e \'{"aks_dataplane_record": ' in reported
    assert "aks-a | agents held back by iptables rules | " in run.stderr
    assert fleet.acceleration() == "BpfVeth"
    assert fleet.records()[0]["verdict"] == "failed"


def test_a_refusal_of_azure_changes_nothing(fleet: HostRoutingFleet) -> None:
    fleet.make("aks-a", acns=False)
    fleet.simulator.fault("forbidden", path="managedClusters/aks-a$", method="PUT", times=None)

    run = fleet.run(aks_dataplane_enable_acns=True)

    assert run.returncode == 2
    assert story(run).endswith("Nothing was changed.")
    assert fleet.records()[0]["verdict"] == "refused"


def test_nothing_to_go_back_to(fleet: HostRoutingFleet) -> None:
    """A cluster that is configured as wanted, but whose nodes do not run so, is not changed."""
    performance = {"performance": {"accelerationMode": "BpfVeth"}}
    fleet.simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"advancedNetworking": performance}}})
    fleet.simulator.clear_log()

    run = fleet.run(aks_dataplane_rollout_timeout=2)

    assert run.returncode == 2
    assert "there is no other configuration to roll back to" in story(run)
    assert fleet.writes() == []
    assert fleet.records()[0]["verdict"] == "failed"


def test_killed_while_nodes_are_replaced_and_run_again(fleet: HostRoutingFleet) -> None:
    """The next run waits for Azure, though it may do less than the first one, and knows what was before and since when."""
    fleet.make("aks-a", acns=False)
    fleet.simulator.settings(scale=0.05)
    try:
        left = fleet.kill_in("switch", once=lambda: fleet.acceleration() == "BpfVeth", aks_dataplane_enable_acns=True)
        run = fleet.run()
    finally:
        fleet.simulator.settings(scale=0.002)

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"continues the run {left['run_id']}" in run.stdout
    assert (fleet.acceleration(), fleet.labels()) == ("BpfVeth", [True] * 3)
    last = fleet.records()[-1]
    assert (last["continues"], last["verdict"]) == (left["run_id"], "switched")
    assert (last["before"], last["switch_began"]) == (left["before"], left["switch_began"])
    assert left["before"]["acns"]["enabled"] is False


def test_what_was_blocked_since_the_switch_of_a_killed_run_counts(fleet: HostRoutingFleet) -> None:
    fleet.kill_in("switch", once=lambda: fleet.acceleration() == "BpfVeth")
    until(lambda: fleet.labels() == [True] * 3)
    node = fleet.simulator.nodes("aks-a")[0]["name"]
    fleet.simulator.kube("aks-a", blocked={node: 3})
    # The event is older than what the next run does.
    until(lambda: (node, "BlockedIPTablesRule") in monitor_events(fleet.simulator))

    run = fleet.run(aks_dataplane_rollout_timeout=5)

    assert run.returncode == 2
    assert f"Node {node}: something tried to add iptables rules and was blocked" in story(run)
    assert fleet.records()[-1]["verdict"] == "rolled_back"


def test_killed_on_the_way_back_and_run_again(fleet: HostRoutingFleet) -> None:
    fleet.simulator.kube("aks-a", boot_rules=["-A INPUT -s 203.0.113.7/32 -j DROP"])
    left = fleet.kill_in("rollback", once=lambda: fleet.acceleration() == "None", aks_dataplane_rollout_timeout=3)
    fleet.simulator.kube("aks-a", boot_rules=[])
    # The operation goes on and replaces nodes. Azure switches nothing before it has seen that the rules are gone.
    until(lambda: fleet.simulator.cluster("aks-a")["properties"]["provisioningState"] != "Updating")
    fleet.simulator.kube("aks-a", user_rules={node["name"]: [] for node in fleet.simulator.nodes("aks-a")})
    until(lambda: all(node["cilium"]["user_rules"] is False for node in fleet.simulator.nodes("aks-a")))

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    last = fleet.records()[-1]
    assert (last["continues"], last["before"], last["verdict"]) == (left["run_id"], left["before"], "switched")
    assert (fleet.acceleration(), fleet.labels()) == ("BpfVeth", [True] * 3)
