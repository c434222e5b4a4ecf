# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for eBPF host routing where all goes well, where there is nothing to do, and where it stops before anything is changed."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from tests.support.fleet import KUBE_PROXY, NFTABLES, Fleet, HostRoutingFleet, phases_of
from tests.support.simulator import Simulator

ACNS = {"enabled": True, "observability": True, "security": True}
NO_ACNS = {"enabled": False, "observability": False, "security": False}
BEFORE = {"state": "disabled", "acceleration_mode": "None", "acns": ACNS}
AFTER = {"state": "enabled", "acceleration_mode": "BpfVeth", "acns": ACNS}
USER_RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
PHASES = ("preflight", "switch", "rollout", "verification")


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> HostRoutingFleet:
    fleet = HostRoutingFleet(simulator, tmp_path / "runs")
    fleet.make("aks-a")
    return fleet


def names(simulator: Simulator) -> set[str]:
    return {node["name"] for node in simulator.nodes("aks-a")}


def asked_for_events(simulator: Simulator) -> bool:
    return any(entry["path"].endswith("/events") for entry in simulator.log(kind="kube"))


@pytest.mark.slow
def test_enabled_proven_and_again(fleet: HostRoutingFleet) -> None:
    former = names(fleet.simulator)
    fleet.simulator.clear_log()
    # Slow enough for the replacement of the nodes to be seen.
    fleet.simulator.settings(scale=0.04)
    try:
        run = fleet.run()
    finally:
        fleet.simulator.settings(scale=0.002)

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.writes() == [("PUT", "aks-a")]
    assert len(fleet.execs()) >= 3
    assert (fleet.acceleration(), fleet.labels()) == ("BpfVeth", [True] * 3)
    assert not former & names(fleet.simulator)
    (record,) = fleet.records()
    assert (record["subject"], record["verdict"]) == ("host_routing", "switched")
    assert (record["before"], record["after"]) == (BEFORE, AFTER)
    assert record["wanted"] == {"state": "enabled", "enable_acns": False}
    assert phases_of(record) == {"feature_registration": "skipped", **dict.fromkeys(PHASES, "done")}
    assert record["switch_began"] == record["phases"][2]["started"]
    assert [(node["state"], node["mode"]) for node in record["nodes"]] == [("wanted", "bpf")] * 3
    assert {node["name"] for node in record["nodes"]} == names(fleet.simulator)
    assert "aks-a |   - None\naks-a |   + BpfVeth\n" in run.stdout
    assert "(disruption: reimage)" in run.stdout
    assert "aks-a: AKS replaces every node of every node pool for this (reimage)" in run.stdout
    assert "aks-a: eBPF host routing is verified on 3 of 3 nodes." in run.stdout
    assert "aks-a: switched, and verified on 3 of 3 nodes (leftovers: not checked)." in run.stdout
    assert "/3 nodes completed | " in run.stderr, "how many nodes are replaced"
    assert run.results("Ask every node", action="aks_dataplane_status_info")[0]["host_routing"]["nodes"][0]["agent"]["routing"] == "bpf"
    assert asked_for_events(fleet.simulator)

    fleet.simulator.clear_log()
    again = fleet.run()

    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stats["aks-a"]["changed"] == 0
    assert fleet.writes() == []
    assert not asked_for_events(fleet.simulator), "nothing was switched that they could speak against"
    assert [record["verdict"] for record in fleet.records()] == ["switched", "unchanged"]


@pytest.mark.slow
def test_disabled_leaves_the_paid_service_on(fleet: HostRoutingFleet) -> None:
    fleet.make("aks-a", accelerated=True)

    run = fleet.run(aks_dataplane_host_routing="disabled", aks_dataplane_exec=False)

    assert run.returncode == 0, run.stdout + run.stderr
    assert (fleet.acceleration(), fleet.labels()) == ("None", [False] * 3)
    (record,) = fleet.records()
    assert (record["before"], record["after"], record["verdict"]) == (AFTER, BEFORE, "switched")
    assert "aks-a: legacy host routing is verified on 3 of 3 nodes." in run.stdout
    assert "ACNS, a paid service, stays enabled." in run.stdout
    assert fleet.execs() == []


@pytest.mark.slow
def test_the_paid_service_is_switched_on_only_when_asked(fleet: HostRoutingFleet) -> None:
    fleet.make("aks-a", acns=False)
    fleet.simulator.clear_log()

    refused = fleet.run()

    assert refused.returncode == 2
    assert fleet.writes() == []
    reported = refused.failures()["aks-a"]
    assert "EB03" in reported
    assert "https://azure.microsoft.com/pricing/details/azure-container-networking-services/" in reported
    assert fleet.records()[0]["verdict"] == "refused"

    planned = fleet.run(check=True, aks_dataplane_enable_acns=True)

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "aks-a |   - false\naks-a |   + true\n" in planned.stdout
    assert "ACNS, a paid service, is enabled by this" in planned.stdout
    assert fleet.writes() == []

    run = fleet.run(aks_dataplane_enable_acns=True)

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.acceleration() == "BpfVeth"
    record = fleet.records()[-1]
    assert (record["before"], record["after"]) == ({**BEFORE, "acns": NO_ACNS}, AFTER)


def test_check_mode_plans_and_changes_nothing(fleet: HostRoutingFleet) -> None:
    former = names(fleet.simulator)
    fleet.simulator.clear_log()

    run = fleet.run(check=True, payloads=True)

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.writes() == []
    assert names(fleet.simulator) == former
    assert not fleet.record_dir.exists()
    assert "(disruption: reimage)" in run.stdout
    assert "verification is skipped in check mode" in run.stdout
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "planned"}


@pytest.mark.slow
def test_a_missing_right_shows_before_any_node_is_replaced(fleet: HostRoutingFleet) -> None:
    fleet.simulator.kube("aks-a", deny=["/exec$"])
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.writes() == []
    reported = run.failures()["aks-a"]
    assert "pods/exec" in reported
    assert reported.endswith("Nothing was changed.")
    assert fleet.records()[0]["verdict"] == "refused"


@pytest.mark.parametrize("playbook", [KUBE_PROXY, HostRoutingFleet.playbook])
def test_both_declarations_are_refused_before_any_request(fleet: HostRoutingFleet, playbook: str) -> None:
    """Also where they come from different places."""
    fleet.hosts["aks-b"] = {"aks_dataplane_kube_proxy": NFTABLES}
    fleet.simulator.clear_log()

    run = fleet.run(playbook)

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert not fleet.record_dir.exists()
    reported = run.failures()["aks-b"]
    assert reported.startswith("aks-b has both aks_dataplane_kube_proxy and aks_dataplane_host_routing.")
    assert "Remove one of them from the variables of this cluster and of its groups" in reported


def test_what_is_not_declared_for_this_playbook_is_refused_before_any_request(fleet: HostRoutingFleet) -> None:
    del fleet.variables["aks_dataplane_host_routing"]
    fleet.hosts = {
        "nothing": {},
        "other": {"aks_dataplane_kube_proxy": NFTABLES},
        "grouped": {"aks_dataplane_host_routing": "enabled", "aks_dataplane_node_group": "nowhere"},
        "own-node": {"aks_dataplane_host_routing": "enabled", "aks_dataplane_node_group": "all"},
    }
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    reported = run.failures()
    assert set(reported) == set(fleet.hosts)
    assert reported["nothing"].startswith("nothing has no aks_dataplane_host_routing.")
    assert "Run aks.dataplane.kube_proxy for this cluster" in reported["other"]
    assert "aks_dataplane_node_group of grouped is nowhere, and the inventory has no such group." in reported["grouped"]
    assert "Put that group under the group aks_nodes" in reported["own-node"]


def test_a_wrong_state_is_refused_before_any_request(fleet: HostRoutingFleet) -> None:
    fleet.simulator.clear_log()

    run = fleet.run(aks_dataplane_host_routing="on")

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert "value of aks_dataplane_host_routing must be one of: enabled, disabled, got: on" in run.failures()["aks-a"]


@pytest.mark.slow
def test_roles_by_themselves(fleet: HostRoutingFleet) -> None:
    """Each role works in an own playbook, and refuses both declarations and none before it asks anyone."""
    declared = {"aks_dataplane_host_routing": fleet.variables.pop("aks_dataplane_host_routing")}
    fleet.hosts = {"aks-a": declared, "both": {**declared, "aks_dataplane_kube_proxy": NFTABLES}, "none": {}}
    tasks: list[dict[str, t.Any]] = []
    for role in ("verification", "preflight", "switchover"):
        include = {"name": role, "ansible.builtin.include_role": {"name": f"aks.dataplane.{role}"}}
        reported = {"name": f"{role} failed", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
        tasks.append({"name": role, "block": [include], "rescue": [reported]})
    play = [{"name": "Own", "hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}]
    fleet.simulator.clear_log()

    run = fleet.run(play)

    assert "eBPF host routing is not verified on every node (0 of 3)" in run.results("verification failed", host="aks-a")[0]["msg"]
    assert run.stats["aks-a"]["rescued"] == 1
    for role in ("verification", "preflight", "switchover"):
        assert "both has both" in run.results(f"{role} failed", host="both")[0]["msg"]
        assert "none has no aks_dataplane_kube_proxy and no" in run.results(f"{role} failed", host="none")[0]["msg"]
    (record,) = fleet.records()
    assert (record["verdict"], list(phases_of(record))) == ("switched", ["switch", "rollout", "verification"])
    assert fleet.records("both") == fleet.records("none") == []


def nodes_as_hosts(simulator: Simulator, folder: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    """Inventory hosts for the nodes of aks-a, in their namespaces; the last one cannot be reached by the connection that is used without any word."""
    first, second, third = simulator.nodes("aks-a")
    hosts: dict[str, dict[str, t.Any]] = {}
    for host, node in (("renamed", first), (second["name"], second)):
        wrapper = folder / f"python-{host}"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(node["enter"])} /usr/bin/python3 "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        hosts[host] = {"ansible_connection": "local", "ansible_python_interpreter": str(wrapper)}
    hosts["renamed"]["aks_dataplane_node_name"] = first["name"]
    hosts[third["name"]] = {"ansible_host": "127.0.0.1", "ansible_port": 1}
    return hosts


@pytest.mark.slow
def test_a_rule_on_a_node_is_named_and_once_removed_no_obstacle(netns_simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """The nodes are looked at with their own connection and Python, and are not taken for clusters."""
    fleet = HostRoutingFleet(netns_simulator, tmp_path / "runs")
    fleet.make("aks-a")
    fleet.nodes = nodes_as_hosts(netns_simulator, tmp_path)
    # This machine's kernel, unlike that of a node, may lack the unified cgroup hierarchy.
    fleet.variables |= {"aks_dataplane_node_group": "aks_nodes", "aks_dataplane_node_look": "ssh", "aks_dataplane_ignore": ["EB21"]}
    names_in_order = [node["name"] for node in netns_simulator.nodes("aks-a")]
    rules = netns_simulator.nodes("aks-a")[1]["enter"]
    subprocess.run([*rules, "iptables", *USER_RULE.split()], check=True)
    netns_simulator.clear_log()

    refused = fleet.run()

    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert fleet.writes() == []
    assert list(refused.stats) == ["aks-a"]
    (preflight,) = refused.results(action="aks_preflight_info")
    assert [(one["node"], one["verdict"]) for one in preflight["monitor"]] == [
        (names_in_order[0], "clean"),
        (names_in_order[1], "unexpected"),
    ]
    reported = refused.failures()["aks-a"]
    assert f"EB15: node {names_in_order[1]}: The iptables monitor would find rules" in reported
    assert USER_RULE in reported
    assert (
        f"aks-a: the node {names_in_order[2]} could not be inspected, so the checks that need the node itself are skipped" in refused.stdout
    )
    unchecked = {one["id"]: one["message"] for one in preflight["findings"] if one["not_checked"]}
    assert names_in_order[2] in unchecked["EB19"]

    subprocess.run([*rules, "iptables", *USER_RULE.replace("-A", "-D").split()], check=True)
    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert (fleet.acceleration(), fleet.labels()) == ("BpfVeth", [True] * 3)


@pytest.mark.slow
def test_nodes_are_looked_at_for_kube_proxy_as_well(netns_simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(netns_simulator, tmp_path / "runs")
    fleet.nodes = nodes_as_hosts(netns_simulator, tmp_path)
    fleet.variables["aks_dataplane_node_group"] = "aks_nodes"
    first = netns_simulator.nodes("aks-a")[0]
    subprocess.run([*first["enter"], "iptables", "-t", "nat", "-N", "HOSTPORT"], check=True)
    subprocess.run([*first["enter"], "iptables", "-t", "nat", "-A", "HOSTPORT", "-j", "KUBE-MARK-MASQ"], check=True)

    run = fleet.run(check=True)

    assert run.returncode == 0, run.stdout + run.stderr
    (preflight,) = run.results(action="aks_preflight_info")
    found = {one["id"]: one["message"] for one in preflight["findings"] if not one["not_checked"]}
    assert f"{first['name']} (-A HOSTPORT -j KUBE-MARK-MASQ (table nat, ipv4))" in found["KP19"]
