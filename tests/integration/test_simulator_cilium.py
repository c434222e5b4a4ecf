# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated clusters with Cilium: what they show, and how a change of eBPF host routing replaces their nodes."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.support.cilium_cluster import CILIUM_NODES, DAEMON_SET, NODES, OFF, SYSTEM, CiliumCluster, init_states, until
from tests.support.raw import STABLE, Answer, Raw
from tests.support.simulator import Simulator

ON = {"enabled": True, "performance": {"accelerationMode": "BpfVeth"}}


class TestWhatIsShown:
    def test_with_host_routing(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator)
        assert cluster.get(f"{SYSTEM}/pods?labelSelector=component%3Dkube-proxy")["items"] == []
        assert cluster.labelled() == cluster.names() == NODES[:3]
        config = cluster.get(f"{SYSTEM}/configmaps/cilium-config")["data"]
        assert (config["enable-host-legacy-routing"], config["enable-bpf-masquerade"], config["kube-proxy-replacement"]) == (
            *("false", "true", "true"),
        )
        pod = cluster.pod(NODES[0])
        assert [one["name"] for one in pod["spec"]["initContainers"]] == [
            *("iptables-blocker-init", "azure-iptables-monitor-init", "install-cni-binaries", "mount-cgroup"),
            *("apply-sysctl-overwrites", "mount-bpf-fs", "clean-cilium-state"),
        ]
        assert set(init_states(pod).values()) == {"terminated"}
        assert {one["name"]: next(iter(one["state"])) for one in pod["status"]["containerStatuses"]} == dict.fromkeys(
            ("cilium-agent", "azure-iptables-monitor", "azure-ip-masq-merger"), "running"
        )
        status = cluster.get(DAEMON_SET)["status"]
        assert (status["desiredNumberScheduled"], status["updatedNumberScheduled"], status["numberReady"]) == (3, 3, 3)
        assert cluster.user_rules() == dict.fromkeys(NODES[:3], "false")
        assert cluster.events() == set()
        assert "Falling back" not in cluster.log(NODES[0], "cilium-agent").body

    def test_without(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        assert cluster.labelled() == []
        config = cluster.get(f"{SYSTEM}/configmaps/cilium-config")["data"]
        assert (config["enable-host-legacy-routing"], config["enable-ipv4-masquerade"]) == ("true", "false")
        names = [one["name"] for one in cluster.pod(NODES[0])["spec"]["initContainers"]]
        assert "iptables-blocker-init" not in names
        assert "azure-iptables-monitor-init" not in names

    @pytest.mark.parametrize(
        ("network", "gate", "merger", "key"),
        [
            ({"ipFamilies": ["IPv4", "IPv6"]}, False, True, "enable-ipv6"),
            ({"networkPluginMode": None}, True, False, "enable-remote-node-masquerade"),
        ],
        ids=["dual stack", "pod subnet"],
    )
    def test_other_networks(self, simulator: Simulator, network: dict[str, t.Any], gate: bool, merger: bool, key: str) -> None:
        cluster = CiliumCluster(simulator, {"properties": {"networkProfile": network}}, nodes=1)
        spec = cluster.get(DAEMON_SET)["spec"]["template"]["spec"]
        assert ("azure-iptables-monitor-init" in [one["name"] for one in spec["initContainers"]]) == gate
        assert ("azure-ip-masq-merger" in [one["name"] for one in spec["containers"]]) == merger
        assert key in cluster.get(f"{SYSTEM}/configmaps/cilium-config")["data"]

    def test_other_clusters_have_none_of_it(self, simulator: Simulator) -> None:
        raw = Raw(simulator)
        assert raw.kube("aks-a", DAEMON_SET).status == 404
        assert raw.kube("aks-a", CILIUM_NODES).status == 404
        assert [node["cilium"] for node in simulator.nodes("aks-a")] == [None] * 3

    def test_objects_of_a_test_win(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, nodes=1)
        simulator.kube("aks-a", objects={DAEMON_SET: None})
        assert cluster.raw.kube("aks-a", DAEMON_SET).status == 404
        mine = {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": {"name": "cilium", "namespace": "kube-system"}}
        simulator.kube("aks-a", objects={DAEMON_SET: mine})
        assert cluster.get(DAEMON_SET) == mine

    def test_logs_are_those_of_containers(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, nodes=1)
        bare = cluster.raw.kube("aks-a", f"{SYSTEM}/pods/{cluster.state(NODES[0])['pod']}/log")
        assert (bare.status, bare.body["reason"]) == (400, "BadRequest")
        assert "choose one of: [cilium-agent azure-iptables-monitor azure-ip-masq-merger]" in bare.body["message"]
        whole = cluster.log(NODES[0], "cilium-agent").body
        assert "Daemon initialization completed" in whole
        assert cluster.log(NODES[0], "cilium-agent&tailLines=1").body == whole.splitlines(keepends=True)[-1]
        assert cluster.log(NODES[0], "cilium-agent&limitBytes=9").body == whole[:9]
        assert cluster.log(NODES[0], "nginx").body["message"].startswith("container nginx is not valid for pod cilium-")


class TestReplacement:
    def test_every_node_of_every_pool_is_replaced(self, simulator: Simulator) -> None:
        pools = simulator.make_cluster("aks-a", seed="cilium-acns")["properties"]["agentPoolProfiles"]
        patch = {**OFF["properties"], "agentPoolProfiles": [{**pools[0], "count": 2}, {**pools[0], "name": "extra", "count": 1}]}
        cluster = CiliumCluster(simulator, {"properties": patch})
        before = cluster.names()
        simulator.settings(scale=0.02)
        accepted = cluster.switch("BpfVeth")
        seen: dict[str, list[int]] = {}
        mixed = False
        while "endTime" not in (reported := cluster.raw.arm("GET", accepted.headers["azure-asyncoperation"]).body):
            seen.setdefault(reported["status"], []).append(len(cluster.names()))
            mixed = mixed or 0 < len(cluster.labelled()) < 3
            stored = cluster.raw.arm("GET", cluster.raw.cluster_path("aks-a"), version=STABLE).body["properties"]
            assert {pool["provisioningState"] for pool in stored["agentPoolProfiles"]} <= {"Updating", "Succeeded"}
            time.sleep(0.01)
        assert reported["status"] == "Succeeded"
        assert [status for status in seen if "/" in status] == [f"UpgradingAgentPools: {done}/3 nodes completed" for done in range(3)]
        assert mixed
        assert max(number for numbers in seen.values() for number in numbers) == 4
        assert cluster.names() == cluster.labelled()
        assert sorted(cluster.names()) == sorted([NODES[2], NODES[3], "aks-extra-12345678-vmss000001"])
        assert not set(before) & set(cluster.names())
        until(lambda: cluster.get(DAEMON_SET)["status"]["numberReady"] == 3)
        assert sorted(cluster.user_rules()) == sorted(cluster.names())
        assert cluster.get(f"{SYSTEM}/configmaps/cilium-config")["data"]["enable-host-legacy-routing"] == "false"

    def test_and_back(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator)
        assert cluster.raw.finish(cluster.switch("None"))["status"] == "Succeeded"
        assert cluster.names() == NODES[3:]
        assert cluster.labelled() == []

    def test_without_a_change_nothing_is_replaced(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator)
        cluster.raw.finish(cluster.switch("BpfVeth"))
        assert cluster.names() == NODES[:3]

    def test_a_leaf_that_is_lost_on_the_way_costs_all_nodes(self, simulator: Simulator) -> None:
        """What a PUT without C(performance) does."""
        cluster = CiliumCluster(simulator, nodes=1)
        path = cluster.raw.cluster_path("aks-a")
        body = cluster.raw.arm("GET", path, version=STABLE).body
        del body["properties"]["networkProfile"]["advancedNetworking"]["performance"]
        cluster.raw.finish(cluster.raw.arm("PUT", path, body, version=STABLE))
        assert cluster.names() == [NODES[1]]

    def test_names_count_in_base_36(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF, nodes=11)
        assert cluster.names()[-1] == "aks-nodepool1-12345678-vmss00000a"

    def test_a_cluster_may_go_in_the_midst_of_it(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.fault("node_stuck", path="aks-a/")
        cluster.switch("BpfVeth")
        until(lambda: len(cluster.names()) == 4)
        simulator.remove_cluster("aks-a")
        assert CiliumCluster(simulator).names() == NODES[:3]


class TestFaults:
    def test_a_node_that_never_gets_ready_holds_everything_up(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.fault("node_stuck", path=f"aks-a/{NODES[4]}")
        accepted = cluster.switch("BpfVeth")
        until(lambda: NODES[4] in cluster.names())
        time.sleep(0.3)
        assert cluster.names() == [NODES[1], NODES[2], NODES[3], NODES[4]]
        status = cluster.raw.arm("GET", accepted.headers["azure-asyncoperation"]).body["status"]
        assert status == "UpgradingAgentPools: 1/3 nodes completed"
        ready = {
            node["metadata"]["name"]: next(one["status"] for one in node["status"]["conditions"] if one["type"] == "Ready")
            for node in cluster.get("/api/v1/nodes")["items"]
        }
        assert ready == {**dict.fromkeys(NODES[1:4], "True"), NODES[4]: "False"}
        simulator.clear_faults()
        assert cluster.raw.finish(accepted)["status"] == "Succeeded"
        assert cluster.labelled() == NODES[3:]

    def test_the_operation_may_fail_of_it_and_can_be_rolled_back(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.fault("node_stuck", path=f"aks-a/{NODES[4]}", seconds=60)
        failed = cluster.raw.finish(cluster.switch("BpfVeth"))
        assert failed["status"] == "Failed"
        assert NODES[4] in failed["error"]["message"]
        properties = simulator.cluster("aks-a")["properties"]
        assert properties["provisioningState"] == "Failed"
        assert cluster.labelled() == [NODES[3], NODES[4]]
        assert cluster.raw.finish(cluster.switch("None"))["status"] == "Succeeded"
        assert cluster.names() == [NODES[1], NODES[2], NODES[5]]
        assert cluster.labelled() == []

    def test_no_label(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.fault("no_label", path=f"aks-a/{NODES[4]}")
        cluster.raw.finish(cluster.switch("BpfVeth"))
        assert cluster.labelled() == [NODES[3], NODES[5]]

    def test_no_rollout(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.fault("no_rollout", path="aks-a")
        assert cluster.raw.finish(cluster.switch("BpfVeth"))["status"] == "Succeeded"
        assert cluster.names() == NODES[:3]
        assert cluster.get(DAEMON_SET)["status"]["updatedNumberScheduled"] == 0

    def test_legacy_fallback_is_in_the_log(self, simulator: Simulator) -> None:
        simulator.fault("legacy_fallback", path=f"aks-a/{NODES[1]}")
        cluster = CiliumCluster(simulator)
        logs = {node: "Falling back to legacy host routing" in cluster.log(node, "cilium-agent").body for node in cluster.names()}
        assert logs == {NODES[0]: False, NODES[1]: True, NODES[2]: False}


class TestWhatAzureRefuses:
    """Texts that were published."""

    def put(self, cluster: CiliumCluster, leaf: dict[str, t.Any]) -> Answer:
        path = cluster.raw.cluster_path("aks-a")
        body = cluster.raw.arm("GET", path, version=STABLE).body
        body["properties"]["networkProfile"]["advancedNetworking"] = leaf
        return cluster.raw.arm("PUT", path, body, version=STABLE)

    def refused(self, number: int) -> str:
        return (
            f"User-installed iptables rules found. Number of affected nodes is {number}. Please remove the iptables rules before enabling advanced "
            "networking performance (advancedNetworking.performance.accelerationMode = BpfVeth). If there are no user-installed iptables rules, "
            "please try again after some time."
        )

    def test_rules_of_users(self, simulator: Simulator) -> None:
        simulator.settings(scale=0.0002)
        cluster = CiliumCluster(simulator, OFF)
        simulator.kube("aks-a", user_rules={NODES[1]: ["-A INPUT -s 203.0.113.7 -j DROP"]})
        until(lambda: cluster.user_rules()[NODES[1]] == "true")
        answer = self.put(cluster, ON)
        assert (answer.status, answer.body["code"], answer.body["message"]) == (400, "BadRequest", self.refused(1))
        assert self.put(cluster, {**ON, "performance": {"accelerationMode": "None"}}).status == 200

    def test_rules_of_users_of_a_cluster_that_has_host_routing_already(self, simulator: Simulator) -> None:
        simulator.settings(scale=0.0002)
        cluster = CiliumCluster(simulator)
        simulator.kube("aks-a", user_rules={NODES[1]: ["-A INPUT -s 203.0.113.7 -j DROP"]})
        until(lambda: cluster.user_rules()[NODES[1]] == "true")
        assert self.put(cluster, ON).status == 200

    def test_nodes_that_the_monitor_has_not_labelled_yet(self, simulator: Simulator) -> None:
        cluster = CiliumCluster(simulator, OFF)
        simulator.settings(scale=0.002)
        simulator.kube("aks-a", unlabelled=NODES[:2])
        answer = self.put(cluster, ON)
        assert (answer.status, answer.body["message"]) == (400, self.refused(2))
        until(lambda: self.put(cluster, ON).status == 200)

    def test_without_the_switch_of_the_services(self, simulator: Simulator) -> None:
        answer = self.put(CiliumCluster(simulator), {"performance": {"accelerationMode": "None"}})
        assert (answer.status, answer.body["code"]) == (400, "BadRequest")
        assert answer.body["message"].startswith(
            "Failed to set AdvancedNetworking enablement. Missing required field networkProfile.advancedNetworking.enabled"
        )

    @pytest.mark.parametrize(
        ("pool", "fits"),
        [
            ({"nodeImageVersion": "AKSUbuntu-2404gen2containerd-202610.20.0"}, True),
            ({"nodeImageVersion": "AKSAzureLinux-V3gen2-202610.20.0"}, True),
            ({"nodeImageVersion": "AKSUbuntu-2604gen2containerd-202610.20.0"}, False),
            ({"nodeImageVersion": "AKSAzureLinux-V3katagen2-202610.20.0"}, False),
            ({"nodeImageVersion": "AKSUbuntu-2404CVMcontainerd-202610.20.0"}, False),
            ({"nodeImageVersion": "AKSAzureLinux-V3OSGuardgen2fipsTL-202610.20.0"}, False),
            ({"nodeImageVersion": "AKSAzureLinux-V3gen2-202610.20.0", "workloadRuntime": "KataVmIsolation"}, False),
        ],
    )
    def test_images(self, simulator: Simulator, pool: dict[str, str], fits: bool) -> None:
        cluster = CiliumCluster(simulator, OFF, nodes=1)
        pools = [{**simulator.cluster("aks-a")["properties"]["agentPoolProfiles"][0], **pool}]
        simulator.set_cluster("aks-a", {"properties": {"agentPoolProfiles": pools}})
        answer = self.put(cluster, ON)
        assert (answer.status, answer.body.get("subcode")) == ((200, None) if fits else (400, "AdvancedNetworkingOS"))
