# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxies whose metrics cannot be reached from outside their nodes: nothing is taken for seen, and a run changes nothing."""

from __future__ import annotations

import pytest

from tests.cluster.client import ClusterClient
from tests.cluster.runner import ClusterRunner
from tests.support.fleet import Fleet
from tests.support.modules import run_module
from tests.support.simulator import Simulator

DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"


@pytest.fixture
def on_loopback(cloud: Simulator, cluster: ClusterClient) -> None:
    """In the arguments of AKS's DaemonSet; the next reset of the cloud puts it back."""
    containers = cluster.api.request("GET", DAEMON_SET).body["spec"]["template"]["spec"]["containers"]
    command = [word.replace("0.0.0.0:10249", "127.0.0.1:10249") for word in containers[0]["command"]]
    assert command != containers[0]["command"]
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "kube-proxy", "command": command}]}}}}
    answer = cluster.api.request("PATCH", DAEMON_SET, patch, "application/strategic-merge-patch+json")
    assert answer.status == 200, answer.body
    ClusterRunner(cluster).roll_out()


def test_nothing_is_taken_for_seen(on_loopback: None, fleet: Fleet) -> None:
    cloud = fleet.simulator
    args = {"resource_group": cloud.resource_group, "name": "aks-a"}
    seen = run_module("aks_dataplane_status_info", {**args, "mode": "IPTABLES", "wait": False}, env=cloud.environment())
    looked = run_module("aks_nodes_info", args, env=cloud.environment())
    # KP24 finds it before, unless it is set aside.
    run = fleet.run(aks_dataplane_rollout_timeout=2, aks_dataplane_ignore=["KP24"])

    assert (seen["verdict"]["state"], seen["verdict"]["nodes_wanted"]) == ("unknown", 0), seen["verdict"]
    assert "connection refused" in " ".join(seen["verdict"]["reasons"])
    # What can be run in the pods sees the rules all the same.
    assert looked["counts"]["seen"] == 3
    assert {one["kube_proxy"]["mode"] for one in looked["observations"].values()} == {"iptables"}
    assert run.returncode == 2, run.stdout + run.stderr
    assert "No node can be verified now." in run.failures()["aks-a"]
    assert fleet.writes() == []
