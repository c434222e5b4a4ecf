# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verdict as a module returns it, key by key, and which pods count as crashing."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing import judge as host_routing
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing import report as host_routing_report
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.expectation import read_expectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import HostRoutingNode, HostRoutingObservation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy import judge as kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy import report as kube_proxy_report
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import (
    IpvsSettings,
    KubeProxyNode,
    KubeProxyObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet, InitContainer

POD = AgentPod(
    "pod-a", True, "Running", 2, "", "kube-proxy:v1.34.2", "2026-11-21T13:00:00Z", log=("a line",), init=(InitContainer("init", 0),)
)
POD_TOLD = {
    "name": "pod-a",
    "ready": True,
    "phase": "Running",
    "restarts": 2,
    "waiting_reason": "",
    "image": "kube-proxy:v1.34.2",
    "started": "2026-11-21T13:00:00Z",
}
SETTINGS = IpvsSettings("lc", 900.0, 120.0, 30.0)
ANSWERS = ProxyAnswers("ipvs", "ipvs", SETTINGS, 200, SyncMetrics({"": 100.0}, {"": 100.0}, 3.0))
ROLLED_OUT = DaemonSet("ipvs", 2, 2, 1, 1, 1, "kube-proxy:v1.34.2")


def proxy_result(node: KubeProxyNode, wanted: KubeProxyExpectation | None = None) -> dict[str, t.Any]:
    observation = KubeProxyObservation((node,), ROLLED_OUT)
    return kube_proxy_report.to_result(kube_proxy.judge(observation, wanted), observation)


def test_a_node_of_kube_proxy() -> None:
    result = proxy_result(KubeProxyNode("node-a", "linux", True, False, POD, ANSWERS))
    assert result["nodes"] == [
        {
            "name": "node-a",
            "os": "linux",
            "ready": True,
            "schedulable": False,
            "state": "ipvs",
            "mode": "ipvs",
            "reasons": [],
            "seen": "good",
            "bad_since": None,
            "excused": False,
            "pod": POD_TOLD,
            "healthz_status": 200,
            "sync_failures": 3,
            "ipvs_config": {
                "scheduler": "lc",
                "tcp_timeout_seconds": 900.0,
                "tcp_fin_timeout_seconds": 120.0,
                "udp_timeout_seconds": 30.0,
            },
            "rules_after": None,
        }
    ]
    assert result["daemonset"] == {
        "mode": "ipvs",
        "generation": 2,
        "observed_generation": 2,
        "desired": 1,
        "updated": 1,
        "ready": 1,
        "image": "kube-proxy:v1.34.2",
    }
    assert result["crash_loops"] == []
    assert result["verdict"] == {
        "state": "ipvs",
        "wanted": None,
        "nodes_wanted": 0,
        "nodes_total": 1,
        "reasons": [],
        "seen": None,
        "not_verifiable": [],
    }


def test_a_node_of_kube_proxy_that_tells_little() -> None:
    (node,) = proxy_result(KubeProxyNode("node-a", "linux", False, True, None))["nodes"]
    assert (node["ready"], node["schedulable"], node["state"], node["mode"]) == (False, True, "unknown", None)
    assert node["reasons"] == ["the node is not Ready, so nothing about it is verified"]
    assert (node["pod"], node["healthz_status"], node["sync_failures"], node["ipvs_config"]) == (None, None, None, None)
    observation = KubeProxyObservation((), None)
    assert kube_proxy_report.to_result(kube_proxy.judge(observation, None), observation)["daemonset"] is None


@pytest.mark.parametrize(
    ("started", "synced", "seconds"),
    [
        ("1970-01-01T00:01:38Z", {"": 100.44}, 2.4),
        ("1970-01-01T00:01:38Z", {"IPv4": 100.0, "IPv6": 101.0}, 3.0),
        # One family that it has not written rules for is none to wait for.
        ("1970-01-01T00:01:38Z", {"IPv4": 100.0, "IPv6": 0.0}, 2.0),
        ("1970-01-01T00:01:41Z", {"": 100.5}, 0.0),
        ("1970-01-01T00:01:38Z", {"": 0.0}, None),
        ("", {"": 100.0}, None),
    ],
)
def test_how_long_after_its_start_kube_proxy_had_written_its_rules(started: str, synced: dict[str, float], seconds: float | None) -> None:
    answers = dataclasses.replace(ANSWERS, metrics=SyncMetrics(synced, {}))
    (node,) = proxy_result(KubeProxyNode("node-a", "linux", True, True, dataclasses.replace(POD, started=started), answers))["nodes"]
    assert node["rules_after"] == seconds


@pytest.mark.parametrize("mode", ["iptables", "nftables"])
def test_settings_of_ipvs_are_reported_ipvs_only(mode: str) -> None:
    answers = dataclasses.replace(ANSWERS, proxy_mode=mode, configz_mode=mode)
    (node,) = proxy_result(KubeProxyNode("node-a", "linux", True, True, POD, answers))["nodes"]
    assert (node["mode"], node["ipvs_config"]) == (mode, None)
    silent = dataclasses.replace(ANSWERS, ipvs=None)
    (node,) = proxy_result(KubeProxyNode("node-a", "linux", True, True, POD, silent))["nodes"]
    assert (node["mode"], node["ipvs_config"]) == ("ipvs", None)


@pytest.mark.parametrize(
    ("reason", "crashes"),
    [
        *(("CrashLoopBackOff", True), ("Error", True), ("OOMKilled", True)),
        *(("Init:CrashLoopBackOff", True), ("Init:Error", True), ("Init:OOMKilled", True)),
        *(("ContainerCreating", False), ("PodInitializing", False), ("ImagePullBackOff", False), ("Completed", False), ("", False)),
    ],
)
def test_which_pods_crash(reason: str, crashes: bool) -> None:
    pod = dataclasses.replace(POD, ready=False, waiting_reason=reason)
    reported = [{"node": "node-a", "pod": "pod-a", "reason": reason, "restarts": 2, "log": ["a line"]}] if crashes else []
    assert proxy_result(KubeProxyNode("node-a", "linux", True, True, pod))["crash_loops"] == reported
    ready = dataclasses.replace(pod, ready=True)
    assert proxy_result(KubeProxyNode("node-a", "linux", True, True, ready))["crash_loops"] == []


def host_result(wanted: str | None, node: HostRoutingNode) -> dict[str, t.Any]:
    observation = HostRoutingObservation((node,), {}, None)
    return host_routing_report.to_result(host_routing.judge(observation, read_expectation({"host_routing": wanted})), observation)


def test_a_node_of_host_routing() -> None:
    pod = dataclasses.replace(POD, ready=False, waiting_reason="CrashLoopBackOff")
    result = host_result("enabled", HostRoutingNode("node-a", "linux", True, True, pod, ebpf_label="true"))
    assert result["nodes"] == [
        {
            "name": "node-a",
            "os": "linux",
            "ready": True,
            "schedulable": True,
            "state": "unknown",
            "mode": None,
            "reasons": ["the Cilium pod pod-a is not Ready (CrashLoopBackOff, 2 restarts)"],
            "seen": "bad",
            "bad_since": None,
            "excused": False,
            "pod": {**POD_TOLD, "ready": False, "waiting_reason": "CrashLoopBackOff"},
            "label": "true",
            "agent": None,
            "init_containers": [{"name": "init", "exit_code": 0, "running": False, "restarts": 0}],
            "user_rules": None,
            "unexpected_rules": [],
            "events": [],
        }
    ]
    assert (result["daemonset"], result["config"], result["notes"]) == (None, {}, [])
    assert result["crash_loops"] == [{"node": "node-a", "pod": "pod-a", "reason": "CrashLoopBackOff", "restarts": 2, "log": ["a line"]}]


@pytest.mark.parametrize(
    ("wanted", "legacy", "label", "reported"),
    [
        ("enabled", "false", "true", "verifying"),
        ("enabled", "false", "false", "replacing nodes"),
        ("enabled", "false", None, "replacing nodes"),
        ("enabled", "true", None, "waiting for the configuration"),
        ("disabled", "true", None, "verifying"),
        ("disabled", "true", "true", "replacing nodes"),
        ("disabled", "false", "true", "waiting for the configuration"),
        (None, "true", None, "verifying"),
        (None, "true", "true", "replacing nodes"),
    ],
)
def test_where_the_switch_stands(wanted: str | None, legacy: str, label: str | None, reported: str) -> None:
    config = {"enable-host-legacy-routing": legacy, "enable-bpf-masquerade": "true", "kube-proxy-replacement": "true"}
    observation = HostRoutingObservation((HostRoutingNode("a", "linux", False, True, POD, ebpf_label=label),), config, ROLLED_OUT)
    assert host_routing_report.phase(host_routing.judge(observation, read_expectation({"host_routing": wanted}))) == reported
