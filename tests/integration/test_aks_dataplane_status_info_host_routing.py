# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_dataplane_status_info about host routing, against the simulator: verification, fallback, replacement of nodes, held agents, refusals."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Turn

from tests.support.cilium_cluster import LABEL, NODES, OFF, CiliumCluster, until
from tests.support.modules import run_module
from tests.support.simulator import Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
DONE = {"state": "wanted", "wanted": "enabled", "nodes_wanted": 3, "nodes_total": 3, "reasons": [], "seen": "good", "not_verifiable": []}


class Status:
    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(self, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        args = {"resource_group": self.simulator.resource_group, "name": "aks-a", "poll_interval": 1, **options}
        return run_module("aks_dataplane_status_info", args, check=check, env=self.env)


@pytest.fixture
def status(simulator: Simulator, azure_env: dict[str, str]) -> Status:
    return Status(simulator, azure_env)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host_routing": "on"}, "value of host_routing must be one of: disabled, enabled"),
        ({"host_routing": "enabled", "mode": "NFTABLES"}, "parameters are mutually exclusive: host_routing|mode"),
        ({"host_routing": "disabled", "enabled": True}, "parameters are mutually exclusive: host_routing|enabled"),
        ({"host_routing": "enabled", "since": "yesterday"}, "since is yesterday"),
    ],
)
def test_bad_input_asks_nobody(simulator: Simulator, status: Status, options: dict[str, t.Any], message: str) -> None:
    result = status(**options)
    assert result["failed"]
    assert message in result["msg"]
    assert simulator.log() == []


def test_a_cluster_without_cilium(status: Status) -> None:
    assert status()["host_routing"] is None
    result = status(host_routing="enabled", wait=False)
    assert (result["verdict"]["state"], result["verdict"]["nodes_wanted"]) == ("other", 0)
    assert "There is no DaemonSet cilium." in result["verdict"]["reasons"]
    assert status(host_routing="disabled", wait=False)["verdict"]["state"] == "wanted"


@pytest.mark.parametrize(("patch", "mode"), [({}, "bpf"), (OFF, "legacy")], ids=["on", "off"])
@pytest.mark.parametrize("exec_", [False, True])
def test_nothing_wanted_tells_both(simulator: Simulator, status: Status, patch: dict[str, t.Any], mode: str, exec_: bool) -> None:
    CiliumCluster(simulator, patch)
    result = status(exec=exec_)
    assert result["verdict"]["state"] == "disabled"
    reported = result["host_routing"]
    nothing = {"wanted": None, "nodes_wanted": 0, "nodes_total": 3, "reasons": [], "seen": None, "not_verifiable": []}
    assert reported["verdict"] == {"state": mode, **nothing}
    for node in reported["nodes"]:
        assert (node["state"], node["mode"], node["user_rules"]) == (mode, mode, False)
        assert (node["agent"] or {}).get("routing") == (mode if exec_ else None)
    assert reported["notes"] == []
    assert status(mode="IPTABLES", wait=False)["host_routing"] is None


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("exec_", [False, True])
@pytest.mark.parametrize(("patch", "wanted"), [({}, "enabled"), (OFF, "disabled")], ids=["on", "off"])
def test_what_is_there_is_proven(
    simulator: Simulator, status: Status, patch: dict[str, t.Any], wanted: str, exec_: bool, check: bool
) -> None:
    CiliumCluster(simulator, patch)
    options = {"host_routing": wanted, "exec": exec_, "check": check}
    result = status(**options)
    assert result["verdict"] == {**DONE, "wanted": wanted}
    assert result["verdict"] == result["host_routing"]["verdict"]
    assert status(**options) == result
    other = status(host_routing="disabled" if wanted == "enabled" else "enabled", exec=exec_, wait=False)
    assert (other["verdict"]["state"], other["verdict"]["nodes_wanted"]) == ("other", 0)
    assert all(node in " ".join(other["verdict"]["reasons"]) for node in NODES[:3])


@pytest.mark.parametrize("version", ["1.15.19", "1.18.11"])
def test_an_agent_that_fell_back_is_seen_only_by_asking_it(simulator: Simulator, status: Status, version: str) -> None:
    simulator.fault("legacy_fallback", path=f"aks-a/{NODES[0]}")
    CiliumCluster(simulator)
    simulator.kube("aks-a", cilium_version=version)
    assert status(host_routing="enabled", wait=False)["verdict"]["state"] == "wanted"
    verdict = status(host_routing="enabled", exec=True, wait=False)["verdict"]
    assert (verdict["state"], verdict["nodes_wanted"]) == ("mixed", 2)
    assert verdict["reasons"][0] == f"Node {NODES[0]}: its Cilium agent routes in mode legacy, but the node has the label {LABEL}=true."


def test_it_waits_until_all_nodes_are_replaced(simulator: Simulator, status: Status) -> None:
    cluster = CiliumCluster(simulator, OFF)
    cluster.raw.finish(cluster.switch("BpfVeth"))
    result = status(host_routing="enabled", exec=True, wait_timeout=60)
    assert result["verdict"] == DONE
    assert {node["name"] for node in result["host_routing"]["nodes"]} == set(cluster.names())
    assert not set(cluster.names()) & set(NODES[:3])


def test_an_agent_that_is_held_back_is_named_with_the_rule_until_the_rule_is_gone(simulator: Simulator, status: Status) -> None:
    cluster = CiliumCluster(simulator, OFF)
    simulator.kube("aks-a", boot_rules=[RULE])
    cluster.raw.finish(cluster.switch("BpfVeth"))
    until(lambda: any((node["cilium"] or {}).get("state") == "gate" for node in simulator.nodes("aks-a")))
    until(lambda: RULE in str(status(host_routing="enabled", wait=False)["verdict"]["reasons"]))
    step = status(host_routing="enabled", wait_step=Turn().encode())
    assert step["progress"]["step"]["phase"] == "agents held back by iptables rules"
    held = [node for node in step["host_routing"]["nodes"] if node["unexpected_rules"]]
    assert held[0]["unexpected_rules"] == [RULE]
    assert held[0]["state"] == "other"
    assert f"Node {held[0]['name']}: its Cilium agent is held back by iptables rules" in " ".join(step["verdict"]["reasons"])
    simulator.kube("aks-a", boot_rules=[], user_rules={node["name"]: [] for node in simulator.nodes("aks-a")})
    assert status(host_routing="enabled", exec=True, wait_timeout=60)["verdict"] == DONE


def test_rules_added_later_are_named_until_they_are_gone(simulator: Simulator, status: Status) -> None:
    cluster = CiliumCluster(simulator)
    since = "2026-01-01T00:00:00Z"
    simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    until(lambda: cluster.user_rules()[NODES[1]] == "true" and cluster.events())
    verdict = status(host_routing="enabled", since=since, wait=False)["verdict"]
    assert (verdict["state"], verdict["nodes_wanted"]) == ("mixed", 2)
    assert RULE in verdict["reasons"][0]
    simulator.kube("aks-a", user_rules={NODES[1]: []})
    result = status(host_routing="enabled", since=since, wait_timeout=30)
    assert result["verdict"] == DONE
    # One for each look of the monitor while the rule was there.
    assert {event["reason"] for event in result["host_routing"]["nodes"][1]["events"]} == {"UnexpectedIPTablesRules"}


def test_blocked_rules_count_from_the_given_time_on(simulator: Simulator, status: Status) -> None:
    cluster = CiliumCluster(simulator)
    simulator.kube("aks-a", blocked={NODES[0]: 3})
    until(cluster.events)
    assert status(host_routing="enabled")["verdict"] == DONE
    assert status(host_routing="enabled", since="2999-01-01T00:00:00Z")["verdict"] == DONE
    verdict = status(host_routing="enabled", since="2026-01-01T00:00:00Z", wait=False)["verdict"]
    assert (verdict["state"], verdict["nodes_wanted"]) == ("mixed", 2)
    assert f"Node {NODES[0]}: something tried to add iptables rules and was blocked" in verdict["reasons"][0]


@pytest.mark.parametrize(
    ("deny", "options", "permission"),
    [
        ("/exec$", {"exec": True}, "pods/exec"),
        ("/events$", {"since": "2026-01-01T00:00:00Z"}, "events"),
        ("/ciliumnodes$", {}, "ciliumnodes"),
        ("/configmaps/cilium-config$", {}, "configmaps"),
    ],
)
def test_a_missing_permission_is_named(simulator: Simulator, status: Status, deny: str, options: dict[str, t.Any], permission: str) -> None:
    CiliumCluster(simulator)
    simulator.kube("aks-a", deny=[deny])
    result = status(host_routing="enabled", **options)
    assert (result["error"]["code"], result["error"]["status"]) == ("KubeForbidden", 403)
    assert f'resource "{permission}"' in result["msg"]
    assert "exec.yml" in result["msg"]
