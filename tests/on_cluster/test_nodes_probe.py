# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_nodes_probe on the real cluster: real DaemonSets read real nodes, admission refuses them, and nothing of them stays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import time
import typing as t
from unittest import mock

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._work import nodes_look, nodes_probe

from tests.cluster.client import ClusterClient
from tests.cluster.runner import ClusterRunner
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NAMESPACE = "aks-dataplane"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
LEVEL = "pod-security.kubernetes.io/enforce"
SECONDS = 120.0


class Probe:
    """Runs the module on the real cluster."""

    def __init__(self, cloud: Simulator, cluster: ClusterClient) -> None:
        self.cloud, self.api = cloud, cluster.api

    def __call__(self, **options: t.Any) -> dict[str, t.Any]:
        args = {"resource_group": self.cloud.resource_group, "name": "aks-a", **options}
        return run_module("aks_nodes_probe", args, env=self.cloud.environment())

    def names(self, path: str) -> list[str]:
        return [item["metadata"]["name"] for item in self.api.request("GET", path).body["items"]]

    def ours(self) -> list[str]:
        """What is in the namespace, but for what Kubernetes itself puts there."""
        found = [name for path in (f"{HOME}/pods", SETS, f"{HOME}/configmaps") for name in self.names(path)]
        return [name for name in found if name != "kube-root-ca.crt"]

    def create(self, path: str, item: dict[str, t.Any]) -> None:
        answer = self.api.request("POST", path, item)
        assert answer.status == 201, answer.body

    def until(self, holds: t.Callable[[], t.Any]) -> None:
        over = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < over
            time.sleep(0.1)


@pytest.fixture
def probe(cloud: Simulator, cluster: ClusterClient) -> t.Iterator[Probe]:
    made = Probe(cloud, cluster)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {LEVEL: "privileged"}}}
    made.create("/api/v1/namespaces", namespace)
    yield made
    made.api.request("DELETE", HOME)
    made.until(lambda: made.api.request("GET", HOME).status == 404)


def test_real_pods_read_real_nodes_and_nothing_stays(probe: Probe, cluster: ClusterClient) -> None:
    pids = cluster.pids()
    name = sorted(pids)[0]
    rule = ("INPUT", "-s", "203.0.113.7/32", "-j", "DROP")
    inside = ("nsenter", f"--net=/proc/{pids[name]}/ns/net", "iptables")
    subprocess.run([*inside, "-A", *rule], check=True)
    try:
        result = probe()
    finally:
        subprocess.run([*inside, "-D", *rule], check=True)
    assert result["counts"]["seen"] == 3, result["nodes"]
    assert (result["swept"], result["left"], probe.ours()) == ([], [], [])
    for seen in result["observations"].values():
        assert seen["kube_proxy"]["mode"] == "iptables"
        assert seen["unread"] == []
        assert seen["tools"]["nft"]["version"]
    drops = {node: [drop["samples"] for drop in seen["foreign_drops"]] for node, seen in result["observations"].items()}
    assert drops[name] == [["-A INPUT -s 203.0.113.7/32 -j DROP"]]
    # The preflight takes what was seen as it is.
    args = {"resource_group": probe.cloud.resource_group, "name": "aks-a", "mode": "NFTABLES", "node_observations": result["observations"]}
    findings = run_module("aks_preflight_info", args, env=probe.cloud.environment())["findings"]
    unchecked = {one["id"] for one in findings if one["not_checked"]}
    assert not unchecked & {"KP16", "KP17", "KP18", "KP19", "KP22"}, findings


def test_pod_security_refuses_at_baseline_and_takes_at_privileged(probe: Probe) -> None:
    merge = "application/merge-patch+json"
    probe.api.request("PATCH", HOME, {"metadata": {"labels": {LEVEL: "baseline"}}}, merge)
    refused = probe()
    assert (refused["error"]["code"], refused["error"]["by"]) == ("ProbeRefused", "Pod Security"), refused
    assert f"kubectl label --overwrite namespace {NAMESPACE} {LEVEL}=privileged" in refused["msg"]
    assert probe.ours() == []
    probe.api.request("PATCH", HOME, {"metadata": {"labels": {LEVEL: "privileged"}}}, merge)
    assert probe()["counts"]["seen"] == 3


def test_a_quota_refuses(probe: Probe) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    probe.create(f"{HOME}/resourcequotas", quota)
    probe.until(lambda: "hard" in probe.api.request("GET", f"{HOME}/resourcequotas/none").body.get("status", {}))
    refused = probe()
    assert (refused["error"]["code"], refused["error"]["by"]) == ("ProbeRefused", "a quota"), refused
    assert probe.ours() == []


def test_a_policy_refuses(probe: Probe) -> None:
    resources = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-host-network"},
        "spec": {
            "matchConstraints": {"resourceRules": resources},
            "validations": [{"expression": "!has(object.spec.hostNetwork) || !object.spec.hostNetwork"}],
        },
    }
    only = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}}
    binding = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-host-network"},
        "spec": {"policyName": "no-host-network", "validationActions": ["Deny"], "matchResources": only},
    }
    probe.create(f"{ADMISSION}/validatingadmissionpolicies", policy)
    probe.create(f"{ADMISSION}/validatingadmissionpolicybindings", binding)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"hostNetwork": True, "containers": [{"name": "x", "image": "x"}]},
    }
    try:
        # The API server takes a policy up a little later.
        probe.until(lambda: probe.api.request("POST", f"{HOME}/pods?dryRun=All", pod).status == 422)
        refused = probe()
    finally:
        probe.api.request("DELETE", f"{ADMISSION}/validatingadmissionpolicybindings/no-host-network")
        probe.api.request("DELETE", f"{ADMISSION}/validatingadmissionpolicies/no-host-network")
    assert (refused["error"]["code"], refused["error"]["by"]) == ("ProbeRefused", "a ValidatingAdmissionPolicy"), refused
    assert probe.ours() == []


@pytest.mark.parametrize("step", ["config map", "daemon set", "pods"])
def test_the_next_run_removes_what_a_killed_one_left(probe: Probe, step: str) -> None:
    there: dict[str, t.Callable[[], t.Any]] = {
        "config map": lambda: any(name.startswith("aks-dataplane-look") for name in probe.names(f"{HOME}/configmaps")),
        "daemon set": lambda: probe.names(SETS),
        "pods": lambda: len(probe.names(f"{HOME}/pods")) == 3,
    }
    run = multiprocessing.get_context("fork").Process(target=probe)
    run.start()
    probe.until(there[step])
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    assert probe.ours()
    result = probe()
    assert result["swept"], result
    assert result["counts"]["seen"] == 3
    probe.until(lambda: probe.ours() == [])


def looked(probe: Probe, module: str, gate: t.Any, results: t.Any) -> None:
    """In another process: the look begins when the nodes are known, and the gate is open."""
    owner, name = (nodes_look, "look_at_all") if module == "aks_nodes_info" else (nodes_probe.Pods, "look")
    look = getattr(owner, name)

    def later(*args: t.Any) -> t.Any:
        results.put((module, None))
        gate.wait(SECONDS)
        return look(*args)

    # Nobody need wait for the pod of a node that is gone as long as for one that is late.
    with mock.patch.object(owner, name, later), mock.patch.object(nodes_probe, "TROUBLE_SECONDS", 15.0):
        args = {"resource_group": probe.cloud.resource_group, "name": "aks-a"}
        results.put((module, run_module(module, args, env=probe.cloud.environment())))


def test_a_node_that_comes_and_one_that_goes_during_both_looks(probe: Probe, cluster: ClusterClient) -> None:
    before = sorted(cluster.pids())
    processes = multiprocessing.get_context("fork")
    gate, results = processes.Event(), processes.Queue()
    modules = ("aks_nodes_info", "aks_nodes_probe")
    looks = [processes.Process(target=looked, args=(probe, module, gate, results)) for module in modules]
    for look in looks:
        look.start()
    assert {results.get(timeout=SECONDS) for _look in looks} == {(module, None) for module in modules}
    (pool,) = probe.cloud.cluster("aks-a")["properties"]["agentPoolProfiles"]
    probe.cloud.set_cluster("aks-a", {"properties": {"agentPoolProfiles": [{**pool, "count": 4}]}})
    probe.cloud.apply("aks-a")
    probe.until(lambda: len(cluster.pids()) == 4)
    ClusterRunner(cluster).remove_node(before[0])
    gate.set()
    found = dict(results.get(timeout=SECONDS) for _look in looks)
    for look in looks:
        look.join(SECONDS)
    for module, result in found.items():
        states = {node["name"]: node["state"] for node in result["nodes"]}
        assert states == {before[0]: "not_seen", before[1]: "seen", before[2]: "seen"}, (module, result["nodes"])
        assert next(node["reason"] for node in result["nodes"] if node["name"] == before[0]), module
    # Nor on the new node, which had a pod of ours, too.
    assert (found["aks_nodes_probe"]["left"], probe.ours()) == ([], [])
