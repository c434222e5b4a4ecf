# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection sees of a real cluster: status and preflight, and nodes that are not as they should be."""

from __future__ import annotations

import json
import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NODES = "/api/v1/nodes"


@pytest.fixture
def status(cloud: Simulator) -> t.Callable[..., dict[str, t.Any]]:
    def run(**options: t.Any) -> dict[str, t.Any]:
        args = {"resource_group": cloud.resource_group, "name": "aks-a", "poll_interval": 1, "wait": False, **options}
        return run_module("aks_dataplane_status_info", args, env=cloud.environment())

    return run


def test_the_status_of_nodes_as_they_should_be(status: t.Callable[..., dict[str, t.Any]]) -> None:
    # A kube-proxy that has just been started may not have answered yet, or be behind the Services.
    result = status(mode="IPTABLES", wait=True, wait_timeout=120)

    verdict = result["verdict"]
    assert (verdict["state"], verdict["nodes_wanted"], verdict["nodes_total"]) == ("wanted", 3, 3), json.dumps(result)


def test_a_preflight_of_nftables_passes(cloud: Simulator) -> None:
    args = {"resource_group": cloud.resource_group, "name": "aks-a", "mode": "NFTABLES"}
    result = run_module("aks_preflight_info", args, env=cloud.environment())

    assert result["passed"], result
    assert not [finding for finding in result["findings"] if finding["severity"] == "error"]


def ready(cluster: ClusterClient, name: str) -> str:
    conditions = cluster.api.request("GET", f"{NODES}/{name}").body["status"]["conditions"]
    return next(condition["status"] for condition in conditions if condition["type"] == "Ready")


def wait_for(cluster: ClusterClient, name: str, wanted: t.Collection[str]) -> None:
    deadline = time.monotonic() + 120
    while ready(cluster, name) not in wanted:
        assert time.monotonic() < deadline, f"{name} is {ready(cluster, name)}"
        time.sleep(0.5)


def test_a_node_whose_kubelet_is_gone(cluster: ClusterClient, status: t.Callable[..., dict[str, t.Any]]) -> None:
    name = sorted(cluster.pids())[0]
    cluster.set_kubelet(name, runs=False)
    try:
        wait_for(cluster, name, {"Unknown", "False"})
        verdict = status(mode="IPTABLES")["verdict"]
        assert verdict["nodes_wanted"] == 2, verdict
    finally:
        cluster.set_kubelet(name, runs=True)
        wait_for(cluster, name, {"True"})


def test_a_reset_waits_for_a_kubelet_that_has_just_started(cluster: ClusterClient, cloud: Simulator) -> None:
    """Its Node is ready all the while; but what one test did to a kubelet is not what the next one finds."""
    name = sorted(cluster.pids())[0]
    pods = f"/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-proxy&fieldSelector=spec.nodeName%3D{name}"
    (pod,) = cluster.api.request("GET", pods).body["items"]
    cluster.set_kubelet(name, runs=False)
    cluster.set_kubelet(name, runs=True)
    cloud.reset()
    answer = cluster.api.request("GET", f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}/log?limitBytes=1")
    assert answer.status == 200, answer.body
