# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_nodes_probe against the simulator: what is created, what is refused, what each node ends as, and that nothing stays."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
import typing as t

import pytest

from tests.support.cilium_cluster import NODES, CiliumCluster
from tests.support.modules import run_module
from tests.support.simulator import Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
UNTAKEN = {"seen": 0, "partly_seen": 0, "not_seen": 0, "not_applicable": 0}


class Probe:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(self, cluster: str = "aks-a", check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        return run_module(
            "aks_nodes_probe", {"resource_group": self.simulator.resource_group, "name": cluster, **options}, check=check, env=self.env
        )

    def created(self) -> list[str]:
        """Paths of what was created, without dry runs."""
        made = [one for one in self.simulator.log() if one["method"] == "POST" and "/namespaces/aks-dataplane/" in one["path"]]
        return [one["path"] for one in made if "dryRun" not in str(one.get("query", ""))]

    def deleted(self) -> list[str]:
        return [one["path"] for one in self.simulator.log() if one["method"] == "DELETE"]


@pytest.fixture
def probe(simulator: Simulator, azure_env: dict[str, str]) -> Probe:
    return Probe(simulator, azure_env)


def test_every_node_is_seen_and_nothing_stays(probe: Probe) -> None:
    probe.simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    result = probe()
    assert result["counts"] == {**UNTAKEN, "seen": 3}, result["nodes"]
    assert (result["changed"], result["swept"], result["left"]) == (False, [], [])
    assert {seen["kube_proxy"]["mode"] for seen in result["observations"].values()} == {"iptables"}
    assert {seen["via"] for seen in result["observations"].values()} == {"pods"}
    assert [drop["samples"] for drop in result["observations"][NODES[1]]["foreign_drops"]] == [[RULE]]
    assert {node["container"] for node in result["nodes"]} == {"look"}
    assert len(probe.created()) == 2
    assert len(set(probe.deleted())) == 2
    # Nothing is left that a second run would find.
    assert probe()["swept"] == []


def test_check_mode_only_asks_whether_it_would_be_taken(probe: Probe) -> None:
    result = probe(check=True)
    assert (result["changed"], result["observations"]) == (False, {})
    assert {node["reason"] for node in result["nodes"]} == {"in check mode no pod is created"}
    assert probe.created() == []
    probe.simulator.kube("aks-a", made={"refuse": {"pods": "exceeded quota: none, requested: pods=1"}})
    assert probe(check=True)["error"]["code"] == "ProbeRefused"


@pytest.mark.parametrize(
    ("plural", "message", "by", "remedy"),
    [
        (
            "pods",
            'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true), hostPath volumes (volumes "usr", "lib")',
            "Pod Security",
            "kubectl label --overwrite namespace aks-dataplane pod-security.kubernetes.io/enforce=privileged",
        ),
        ("pods", "exceeded quota: few, requested: pods=1, used: pods=5, limited: pods=5", "a quota", "describe resourcequota"),
        ("configmaps", "exceeded quota: few, requested: count/configmaps=1", "a quota", "describe resourcequota"),
        (
            "daemonsets",
            "ValidatingAdmissionPolicy 'no-host' with binding 'no-host' denied request: failed expression: false",
            "a ValidatingAdmissionPolicy",
            "kubectl get validatingadmissionpolicybinding",
        ),
        (
            "pods",
            'admission webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev2hostfilesystem] hostPath is not allowed',
            "an admission webhook",
            "--excluded-ns aks-dataplane",
        ),
    ],
)
def test_a_refusal_names_who_refuses_and_the_remedy(probe: Probe, plural: str, message: str, by: str, remedy: str) -> None:
    probe.simulator.kube("aks-a", made={"refuse": {plural: message}})
    result = probe()
    assert result["failed"]
    assert (result["error"]["code"], result["error"]["by"]) == ("ProbeRefused", by)
    assert by in result["msg"]
    assert remedy in result["msg"]
    assert probe.created() == []


def test_without_the_namespace(probe: Probe) -> None:
    probe.simulator.kube("aks-a", made={"namespaces": []})
    result = probe()
    assert result["error"]["code"] == "ProbeNamespaceMissing"
    assert "docs/rights/kubernetes/pods.yml" in result["msg"]


@pytest.mark.parametrize("right", ["configmaps$", "daemonsets$", "aks-dataplane/pods$", "aks-dataplane-look.*/log$"])
def test_without_a_right_the_file_is_named_and_nothing_stays(probe: Probe, right: str) -> None:
    probe.simulator.kube("aks-a", deny=[right])
    result = probe()
    assert result["error"]["code"] == "KubeForbidden"
    assert "docs/rights/kubernetes/pods.yml" in result["msg"]
    probe.simulator.kube("aks-a", deny=[])
    assert probe()["swept"] == []


def test_pods_without_a_priority_where_a_quota_keeps_it_to_the_system(probe: Probe) -> None:
    message = "priority:pods with system-node-critical priorityClass is not permitted in aks-dataplane namespace"
    probe.simulator.kube("aks-a", made={"refuse": {"pods": message, "daemonsets": message}})
    assert probe()["counts"]["seen"] == 3


def test_each_node_ends_as_what_it_is(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe.TROUBLE_SECONDS", 1.0)
    simulator = probe.simulator
    simulator.make_cluster("aks-a", nodes=7)
    names = [node["name"] for node in simulator.nodes("aks-a")]
    simulator.kube(
        "aks-a",
        nodes={
            names[0]: {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}},
            names[1]: {
                "spec": {
                    "unschedulable": True,
                    "taints": [
                        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
                        {"key": "team", "value": "a", "effect": "NoExecute"},
                    ],
                }
            },
            names[2]: {"metadata": {"labels": {"kubernetes.io/os": "windows"}}},
        },
        made={"troubles": {names[3]: "no_python", names[4]: "no_image", names[5]: "nonsense\n", names[6]: "x" * 300_001}},
    )
    result = probe()
    states = {node["name"]: (node["state"], node["reason"]) for node in result["nodes"]}
    assert states[names[0]] == ("not_seen", "the node is not ready, so that no pod can be started on it")
    assert states[names[1]] == ("seen", "")
    assert states[names[2]][0] == "not_applicable"
    assert states[names[3]] == ("not_seen", "the node has no /usr/bin/python3")
    assert states[names[4]][1].startswith("its pod does not run: ErrImagePull")
    assert states[names[5]] == ("not_seen", "its answer cannot be understood")
    assert states[names[6]] == ("not_seen", "its answer is longer than 300 kB")
    assert (list(result["observations"]), result["left"]) == ([names[1]], [])


def test_a_silent_node_is_left_out_when_the_time_is_up(probe: Probe) -> None:
    probe.simulator.kube("aks-a", made={"troubles": {NODES[0]: "silent"}})
    states = {node["name"]: (node["state"], node["reason"]) for node in probe(timeout=2)["nodes"]}
    assert states[NODES[0]] == ("not_seen", "it has not answered in time")
    assert [states[name][0] for name in NODES[1:3]] == ["seen", "seen"]


def test_nodes_that_are_deleted_during_the_look_are_named_and_nothing_stays(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe.TROUBLE_SECONDS", 1.0)
    gone = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "NotFound",
        "message": "its pod was not found",
        "code": 404,
    }
    # With the node, its pod goes after it was seen to run.
    probe.simulator.fault(kind="answer", path="look-.*/log$", times=None, status=404, text=json.dumps(gone))
    result = probe()
    reason = "the log of its pod cannot be read: its pod was not found"
    assert {(node["state"], node["reason"]) for node in result["nodes"]} == {("not_seen", reason)}
    probe.simulator.clear_faults()
    assert (result["left"], probe()["swept"]) == ([], [])


def test_what_a_quota_leaves_no_room_for_is_named(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe.TROUBLE_SECONDS", 1.0)
    probe.simulator.kube("aks-a", made={"at_most": 2})
    result = probe()
    assert result["counts"] == {**UNTAKEN, "seen": 2, "not_seen": 1}
    (reason,) = [node["reason"] for node in result["nodes"] if node["state"] == "not_seen"]
    assert reason.startswith("no pod was made on it: Error creating")
    assert "exceeded quota" in reason


def test_an_api_server_that_restarts_is_waited_for(probe: Probe) -> None:
    probe.simulator.fault(kind="server_error", path="aks-dataplane/pods$", method="GET", times=4, status=503)
    result = probe()
    assert (result["counts"]["seen"], result["left"]) == (3, [])


def test_only_the_nodes_that_were_asked_for(probe: Probe) -> None:
    result = probe(nodes=[NODES[0], "nowhere"])
    assert ([node["name"] for node in result["nodes"]], result["missing"]) == ([NODES[0]], ["nowhere"])
    assert list(result["observations"]) == [NODES[0]]


def test_the_lines_of_the_monitor_are_read_when_wanted(probe: Probe) -> None:
    CiliumCluster(probe.simulator)
    probe.simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    seen = probe(monitor_lines=True)["observations"][NODES[1]]
    assert RULE in seen["monitor_lines"]["ipv4"]["filter"]


def test_what_cannot_be_removed_is_named(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe.CLEAN_SECONDS", 1.0)
    probe.simulator.kube("aks-a", made={"stuck": True})
    result = probe()
    assert result["counts"]["seen"] == 3
    assert result["changed"]
    assert {name.split()[0] for name in result["left"]} == {"ConfigMap", "DaemonSet", "Pod"}


@pytest.mark.parametrize("part", ["configmaps", "daemonsets", "log"])
def test_the_next_run_removes_what_a_killed_one_left(probe: Probe, part: str) -> None:
    """It hangs in the middle of a step, and is killed there."""
    path = {"configmaps": "aks-dataplane/daemonsets$", "daemonsets": "aks-dataplane/pods$", "log": "look-.*/log$"}[part]
    # A dry run has asked for the DaemonSet before.
    when: dict[str, t.Any] = {"method": "POST", "skip": 1} if part == "configmaps" else {"method": "GET"}
    probe.simulator.fault(kind="hang", path=path, times=None, seconds=60, **when)
    run = multiprocessing.get_context("fork").Process(target=probe)
    run.start()
    until = time.monotonic() + 60
    while len(probe.created()) < (1 if part == "configmaps" else 2):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    probe.simulator.clear_faults()
    result = probe()
    assert result["counts"]["seen"] == 3
    assert result["changed"]
    assert {name.split()[0] for name in result["swept"]} <= {"ConfigMap", "DaemonSet"}
    assert result["swept"]
    assert probe()["swept"] == []


def test_what_another_run_still_uses_stays(probe: Probe) -> None:
    labels = {"app.kubernetes.io/managed-by": "aks.dataplane", "app.kubernetes.io/component": "look"}
    prober = {**labels, "app.kubernetes.io/component": "prober"}
    path = "/api/v1/namespaces/aks-dataplane/configmaps"

    def config_map(name: str, created: str, **labelled: str) -> dict[str, t.Any]:
        metadata = {"name": name, "namespace": "aks-dataplane", "labels": labelled, "creationTimestamp": created}
        annotations = {"aks.dataplane/owner": "elsewhere:1:2:3", "aks.dataplane/seconds": "300"}
        return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {**metadata, "annotations": annotations}}

    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    probe.simulator.kube(
        "aks-a",
        made={
            "objects": {
                f"{path}/running": config_map("running", soon, **labels),
                f"{path}/old": config_map("old", "2026-01-01T00:00:00Z", **labels),
                f"{path}/other": config_map("other", "2026-01-01T00:00:00Z"),
                f"{path}/p-r1": config_map("p-r1", "2026-01-01T00:00:00Z", **prober),
                f"{path}/p-r2": config_map("p-r2", soon, **prober),
            }
        },
    )
    result = probe()
    assert result["swept"] == ["ConfigMap old"]
    # What needs another right to be removed is named.
    (left,) = result["probers_left"]
    assert (left["name"], left["removal"].endswith(",aks.dataplane/run=r1")) == ("p-r1", True)


def test_an_audit_names_what_a_run_left(probe: Probe) -> None:
    labels = {"app.kubernetes.io/managed-by": "aks.dataplane", "app.kubernetes.io/component": "look", "aks.dataplane/run": "r1"}
    path = "/apis/apps/v1/namespaces/aks-dataplane/daemonsets/old"
    metadata = {"name": "old", "namespace": "aks-dataplane", "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"}
    probe.simulator.kube(
        "aks-a",
        made={"objects": {path: {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": metadata, "spec": {"template": {"spec": {}}}}}},
    )
    where = {"resource_group": probe.simulator.resource_group, "name": "aks-a", "kubernetes": True}
    entry = run_module("aks_audit", where, env=probe.env)["entry"]
    assert entry["probe_leftovers"] == ["DaemonSet aks-dataplane/old"]
