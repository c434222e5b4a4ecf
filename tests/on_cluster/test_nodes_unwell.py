# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are not ready, cordoned, or without a kube-proxy: what status, preflight, the look at nodes and a run say of them."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.support.fleet import Fleet
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NODES = "/api/v1/nodes"
MERGE = "application/merge-patch+json"
# Of nodes that AKS gives to Cilium: its kube-proxy keeps away from them.
LABEL = "kubernetes.azure.com/ebpf-dataplane"

Run = t.Callable[..., dict[str, t.Any]]


@pytest.fixture
def run(cloud: Simulator) -> Run:
    def call(module: str, **options: t.Any) -> dict[str, t.Any]:
        result = run_module(module, {"resource_group": cloud.resource_group, "name": "aks-a", **options}, env=cloud.environment())
        assert not result.get("failed"), result
        return result

    return call


@pytest.fixture
def node(cluster: ClusterClient) -> str:
    return sorted(cluster.pids())[0]


def patch(cluster: ClusterClient, node: str, change: t.Mapping[str, t.Any], part: str = "") -> None:
    kind = "application/strategic-merge-patch+json" if part else MERGE
    answer = cluster.api.request("PATCH", f"{NODES}/{node}{part}", change, kind)
    assert answer.status == 200, answer.body


def wait(holds: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.3)


def proxies(cluster: ClusterClient, node: str) -> dict[str, bool]:
    """The kube-proxy pods on the node, and whether they are ready."""
    query = f"labelSelector=component%3Dkube-proxy&fieldSelector=spec.nodeName%3D{node}"
    pods = cluster.api.request("GET", f"/api/v1/namespaces/kube-system/pods?{query}").body["items"]
    return {pod["metadata"]["name"]: any(one.get("ready") for one in pod["status"].get("containerStatuses", ())) for pod in pods}


@contextlib.contextmanager
def unready(cluster: ClusterClient, node: str) -> t.Iterator[None]:
    """Its kubelet has stopped, and the cluster knows it. The controller that notices takes most of a minute, so this does it instead."""
    conditions = cluster.api.request("GET", f"{NODES}/{node}").body["status"]["conditions"]
    heard = next((one["lastHeartbeatTime"] for one in conditions if one["type"] == "Ready"), None)
    unknown = {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
    cluster.set_kubelet(node, runs=False)
    try:
        patch(cluster, node, {"status": {"conditions": [{**unknown, "lastHeartbeatTime": heard}]}}, "/status")
        yield
    finally:
        cluster.set_kubelet(node, runs=True)
        wait(lambda: any(proxies(cluster, node).values()) and ready(cluster, node) == "True")


def ready(cluster: ClusterClient, node: str) -> str:
    conditions = cluster.api.request("GET", f"{NODES}/{node}").body["status"]["conditions"]
    return next(str(one["status"]) for one in conditions if one["type"] == "Ready")


def of(node: str, result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return next(one for one in result["nodes"] if one["name"] == node)


def test_a_node_that_is_not_ready(cluster: ClusterClient, fleet: Fleet, run: Run, node: str) -> None:
    with unready(cluster, node):
        seen = run("aks_dataplane_status_info", mode="IPTABLES", wait=False)
        checked = run("aks_preflight_info", mode="NFTABLES")
        looked = run("aks_nodes_info")
        refused = fleet.run(aks_dataplane_require_all_nodes=True)

    assert (seen["verdict"]["state"], seen["verdict"]["nodes_wanted"], seen["verdict"]["nodes_total"]) == ("unknown", 2, 3)
    assert f"Node {node}: the node is not Ready" in " ".join(seen["verdict"]["reasons"])
    (finding,) = [finding for finding in checked["findings"] if finding["id"] == "KP27"]
    assert finding["severity"] == "warning"
    assert node in finding["message"]
    assert checked["passed"]
    assert (of(node, looked)["state"], of(node, looked)["reason"]) == (
        "not_seen",
        "the node is not ready, so that nothing can be run on it",
    )
    assert looked["counts"]["not_seen"] == 1
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert f"{node} (the node is not Ready" in refused.failures()["aks-a"]
    assert fleet.writes() == []


def test_a_cordoned_node_counts_as_all_others(cluster: ClusterClient, run: Run, node: str) -> None:
    patch(cluster, node, {"spec": {"unschedulable": True}})
    try:
        seen = run("aks_dataplane_status_info", mode="IPTABLES", wait=False)
        checked = run("aks_preflight_info", mode="NFTABLES")
        looked = run("aks_nodes_info")
    finally:
        patch(cluster, node, {"spec": {"unschedulable": None}})

    assert (seen["verdict"]["state"], seen["verdict"]["nodes_wanted"]) == ("wanted", 3)
    assert of(node, seen)["schedulable"] is False
    assert checked["passed"]
    assert not [finding for finding in checked["findings"] if finding["severity"] == "error"]
    assert (of(node, looked)["state"], of(node, looked)["schedulable"]) == ("seen", False)


def test_a_node_without_kube_proxy(cluster: ClusterClient, run: Run, node: str) -> None:
    patch(cluster, node, {"metadata": {"labels": {LABEL: "cilium"}}})
    try:
        wait(lambda: not proxies(cluster, node))
        seen = run("aks_dataplane_status_info", mode="IPTABLES", wait=False)
        checked = run("aks_preflight_info", mode="NFTABLES")
        looked = run("aks_nodes_info")
    finally:
        patch(cluster, node, {"metadata": {"labels": {LABEL: None}}})
        wait(lambda: any(proxies(cluster, node).values()))

    assert seen["verdict"]["state"] != "wanted"
    assert seen["verdict"]["nodes_wanted"] == 2
    assert f"Node {node}: " in " ".join(seen["verdict"]["reasons"])
    assert "no kube-proxy pod" in " ".join(seen["verdict"]["reasons"])
    assert not [finding for finding in checked["findings"] if finding["severity"] == "error"]
    assert (of(node, looked)["state"], of(node, looked)["reason"]) == (
        "not_seen",
        "neither a pod of kube-proxy nor one of Cilium runs on it",
    )
