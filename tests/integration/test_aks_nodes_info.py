# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_nodes_info against the simulator: missing arguments, check mode, run, and every way of not being answered."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.support.cilium_cluster import NODES, CiliumCluster
from tests.support.modules import run_module
from tests.support.simulator import Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
JUMP = "-t nat -A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"
UNTAKEN = {"seen": 0, "partly_seen": 0, "not_seen": 0, "not_applicable": 0}


class Look:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(self, cluster: str = "aks-a", check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        return run_module(
            "aks_nodes_info", {"resource_group": self.simulator.resource_group, "name": cluster, **options}, check=check, env=self.env
        )

    def states(self, **options: t.Any) -> dict[str, tuple[str, str]]:
        return {node["name"]: (node["state"], node["reason"]) for node in self(**options)["nodes"]}


@pytest.fixture
def look(simulator: Simulator, azure_env: dict[str, str]) -> Look:
    return Look(simulator, azure_env)


def test_the_cluster_has_to_be_named() -> None:
    result = run_module("aks_nodes_info", {"name": "aks-a"}, env={})
    assert result["failed"]
    assert "resource_group" in result["msg"]


def test_the_run_command_is_refused_with_the_reason(look: Look) -> None:
    look.simulator.clear_log()
    result = look(kubernetes_via="command")
    assert result["error"]["code"] == "InvalidInput", result
    assert "limited to 512 kB" in result["msg"]
    assert "kubernetes_via=direct" in result["msg"]
    assert look.simulator.log() == []


@pytest.mark.parametrize("check", [False, True])
def test_every_node_is_seen_and_nothing_is_changed(look: Look, check: bool) -> None:
    result = look(check=check)
    assert not result["changed"]
    assert result["counts"] == {**UNTAKEN, "seen": 3}, result["nodes"]
    assert {seen["kube_proxy"]["mode"] for seen in result["observations"].values()} == {"iptables"}
    assert {node["container"] for node in result["nodes"]} == {"kube-proxy"}
    assert all(
        request["method"] in ("GET", "POST") and "exec" in request["path"]
        for request in look.simulator.log()
        if "/pods/" in request["path"]
    )


def test_rules_of_users_are_found_on_the_node_that_has_them(look: Look) -> None:
    look.simulator.kube("aks-a", user_rules={NODES[1]: [RULE, JUMP]})
    observations = look()["observations"]
    assert [drop["samples"] for drop in observations[NODES[1]]["foreign_drops"]] == [[RULE]]
    assert [(jump["chain"], jump["to"]) for jump in observations[NODES[1]]["foreign_jumps"]] == [("HOSTPORT", "KUBE-MARK-MASQ")]
    assert not observations[NODES[0]]["foreign_drops"]
    assert not observations[NODES[0]]["foreign_jumps"]


def test_the_lines_of_the_monitor_are_read_where_cilium_runs(look: Look) -> None:
    CiliumCluster(look.simulator)
    look.simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    result = look()
    assert {node["container"] for node in result["nodes"]} == {"azure-iptables-monitor"}
    seen = result["observations"][NODES[1]]
    assert RULE in seen["monitor_lines"]["ipv4"]["filter"]
    assert seen["monitor_errors"] == []
    assert seen["unread"] == []
    assert "nft_tables" in {item["field"] for item in seen["not_seen"]}


def test_each_node_ends_as_what_it_is(look: Look) -> None:
    simulator = look.simulator
    simulator.make_cluster("aks-a", nodes=5)
    conditions = {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}
    simulator.kube(
        "aks-a",
        nodes={
            NODES[0]: conditions,
            NODES[1]: {"spec": {"unschedulable": True}},
            NODES[2]: {"metadata": {"labels": {"kubernetes.io/os": "windows"}}},
        },
    )
    simulator.fault(kind="program", path=f"{NODES[3]}/nft", status=139, times=None)
    simulator.fault(kind="program", path=f"{NODES[4]}/nft", times=None)
    result = look()
    states = {node["name"]: (node["state"], node["reason"]) for node in result["nodes"]}
    assert states[NODES[0]] == ("not_seen", "the node is not ready, so that nothing can be run on it")
    assert states[NODES[1]][0] == "seen"
    assert states[NODES[2]][0] == "not_applicable"
    assert states[NODES[3]] == ("partly_seen", "tables of nf_tables: it was ended by signal 11")
    assert states[NODES[4]] == ("partly_seen", "tables of nf_tables: there is no such program in the container")
    assert result["counts"] == {"seen": 1, "partly_seen": 2, "not_seen": 1, "not_applicable": 1}
    crashed = result["observations"][NODES[3]]
    assert crashed["nft_crash"] == "nft list chains: it was ended by signal 11"
    # What iptables shows does not need nft.
    assert crashed["kube_proxy"]["mode"] == "iptables"
    assert result["observations"][NODES[4]]["nft_crash"] is None


def test_a_node_that_does_not_answer_keeps_nobody_waiting_for_ever(look: Look) -> None:
    pod = next(node["pod"] for node in look()["nodes"] if node["name"] == NODES[0])
    look.simulator.fault(kind="hang", path=f"{pod}/exec", times=None, seconds=3)
    states = look.states(timeout=2)
    assert states[NODES[0]][0] == "not_seen"
    assert states[NODES[0]][1]
    assert [states[name][0] for name in NODES[1:3]] == ["seen", "seen"]


def test_a_node_that_is_deleted_during_the_look_is_named(look: Look) -> None:
    pod = next(node["pod"] for node in look()["nodes"] if node["name"] == NODES[0])
    gone = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "NotFound",
        "message": f'pods "{pod}" not found',
        "code": 404,
    }
    look.simulator.fault(kind="answer", path=f"{pod}/exec", skip=2, times=None, status=404, text=json.dumps(gone))
    states = look.states()
    assert states[NODES[0]][0] == "not_seen"
    assert f'pods "{pod}" not found' in states[NODES[0]][1]
    assert [states[name] for name in NODES[1:3]] == [("seen", "")] * 2


def test_a_node_that_is_added_later_is_in_the_next_look(look: Look) -> None:
    assert len(look.states()) == 3
    look.simulator.make_cluster("aks-a", nodes=4)
    assert [state for state, _reason in look.states().values()] == ["seen"] * 4


def test_without_the_right_to_run_commands(look: Look) -> None:
    look.simulator.kube("aks-a", deny=["/exec$"])
    result = look()
    assert result["failed"]
    assert "pods/exec" in result["msg"]


def test_only_some_nodes(look: Look) -> None:
    result = look(nodes=[NODES[1], "aks-gone"])
    assert [node["name"] for node in result["nodes"]] == [NODES[1]]
    assert result["missing"] == ["aks-gone"]
