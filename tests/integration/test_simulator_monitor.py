# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated iptables monitor: it holds an agent, labels, logs and reports events, by remembered and by real rules."""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest

from tests.support.cilium_cluster import DAEMON_SET, NODES, OFF, SYSTEM, CiliumCluster, init_states, until
from tests.support.simulator import Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"


class TestMonitor:
    def test_rules_of_a_user_at_boot_hold_the_agent(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF, nodes=1)
        simulator.kube("aks-a", boot_rules=[RULE, "-t nat -A POSTROUTING -j SWIFT"])
        assert cluster.raw.finish(cluster.switch("BpfVeth"))["status"] == "Succeeded"
        node = NODES[1]
        until(lambda: cluster.state(node)["state"] == "gate" and cluster.user_rules()[node] == "true")
        pod = cluster.pod(node)
        assert pod["status"]["phase"] == "Pending"
        states = list(init_states(pod).values())
        assert states == ["terminated", "running", *["waiting"] * 5]
        assert cluster.get(DAEMON_SET)["status"]["numberReady"] == 0
        lines = cluster.log(node, "azure-iptables-monitor-init").body.splitlines()
        assert [line.partition("] ")[2] for line in lines[:3]] == [
            f"Unexpected rule: {RULE}",
            "Unexpected rules detected in table filter",
            "Above user iptables rules detected in IPv4 iptables",
        ]
        assert "is waiting to start: PodInitializing" in cluster.log(node, "cilium-agent").body["message"]
        assert cluster.events() == {(node, "UnexpectedIPTablesRules")}
        simulator.kube("aks-a", user_rules={node: []})
        until(lambda: cluster.state(node)["ready"])
        assert cluster.user_rules() == {node: "false"}
        assert cluster.get(DAEMON_SET)["status"]["numberReady"] == 1

    def test_later_rules_are_reported_but_hold_nothing(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, nodes=2)
        simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
        until(lambda: cluster.user_rules() == {NODES[0]: "false", NODES[1]: "true"})
        assert cluster.state(NODES[1])["ready"]
        assert cluster.events() == {(NODES[1], "UnexpectedIPTablesRules")}
        assert f"Unexpected rule: {RULE}" in cluster.log(NODES[1], "azure-iptables-monitor").body

    def test_dual_stack_has_no_gate(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, {"properties": {"networkProfile": {"ipFamilies": ["IPv4", "IPv6"]}}}, nodes=1)
        cluster.raw.finish(cluster.switch("None"))
        simulator.kube("aks-a", boot_rules=[RULE])
        cluster.raw.finish(cluster.switch("BpfVeth"))
        until(lambda: cluster.state(NODES[2])["ready"] and cluster.user_rules() == {NODES[2]: "true"})

    def test_the_patterns_of_the_cluster_count(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, nodes=1)
        path = f"{SYSTEM}/configmaps/allowed-iptables-patterns"
        simulator.kube("aks-a", objects={path: None})
        until(lambda: cluster.user_rules() == {NODES[0]: "true"})
        assert "Unexpected rule: -P OUTPUT ACCEPT" in cluster.log(NODES[0], "azure-iptables-monitor").body

    def test_what_the_blocker_stopped(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, nodes=2)
        simulator.kube("aks-a", blocked={NODES[0]: 3})
        until(lambda: cluster.events() == {(NODES[0], "BlockedIPTablesRule")})


def test_real_rules_in_a_real_namespace(netns_simulator: Simulator) -> None:
    cluster = CiliumCluster(netns_simulator, OFF, nodes=2)
    first = netns_simulator.nodes("aks-a")[0]
    iptables(first, *RULE.split())
    until(lambda: cluster.user_rules() == {NODES[0]: "true", NODES[1]: "false"})
    # With such rules Azure switches nothing.
    iptables(first, "-F", "INPUT")
    until(lambda: set(cluster.user_rules().values()) == {"false"})
    # The new node has a namespace of its own, and its rules come from what programs every node.
    netns_simulator.kube("aks-a", boot_rules=["-t mangle -A PREROUTING -s 203.0.113.7 -j MARK --set-mark 7"])
    cluster.raw.finish(cluster.switch("BpfVeth"))
    assert cluster.names() == NODES[2:4]
    assert not pathlib.Path(f"/proc/{first['pid']}").exists()
    until(lambda: cluster.user_rules() == {NODES[2]: "true", NODES[3]: "true"})
    wanted = "Unexpected rule: -A PREROUTING -s 203.0.113.7/32 -j MARK --set-xmark 0x7/0xffffffff"
    assert wanted in cluster.log(NODES[2], "azure-iptables-monitor-init").body
    iptables(netns_simulator.nodes("aks-a")[0], "-t", "mangle", "-F")
    until(lambda: cluster.state(NODES[2])["ready"])
    assert cluster.state(NODES[3])["state"] == "gate"
    with pytest.raises(ValueError, match="use iptables there"):
        netns_simulator.kube("aks-a", user_rules={NODES[2]: []})


def iptables(node: t.Mapping[str, t.Any], *words: str) -> None:
    subprocess.run([*node["enter"], "iptables", *words], check=True)
