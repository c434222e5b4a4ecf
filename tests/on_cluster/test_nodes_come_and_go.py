# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes of a real cluster: Azure adds them, takes them away, and replaces them, and status follows."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

from tests.cluster.client import ClusterClient
from tests.cluster.traffic import Traffic
from tests.support.modules import run_module
from tests.support.simulator import Simulator


def wait_for(what: t.Callable[[], t.Any], wanted: t.Any) -> None:
    deadline = time.monotonic() + 240
    while what() != wanted:
        assert time.monotonic() < deadline, f"{what()} instead of {wanted}"
        time.sleep(0.5)


def runs_on(cluster: ClusterClient, name: str) -> list[str]:
    """Processes of a node's containers, by the control groups of version 1 or 2."""
    top = Path("/sys/fs/cgroup")
    groups = [group for pattern in ("", "*/") for group in top.glob(f"{pattern}{cluster.folder.name}/{name}")]
    return [pid for group in groups for file in group.rglob("cgroup.procs") for pid in file.read_text(encoding="ascii").split()]


def test_one_more_one_less_and_all_anew(cloud: Simulator, cluster: ClusterClient, traffic: Traffic) -> None:
    def nodes_wanted() -> tuple[str, int, int]:
        args = {"resource_group": cloud.resource_group, "name": "aks-a", "mode": "IPTABLES", "wait": False}
        verdict = run_module("aks_dataplane_status_info", args, env=cloud.environment())["verdict"]
        return verdict["state"], verdict["nodes_wanted"], verdict["nodes_total"]

    pools = cloud.cluster("aks-a")["properties"]["agentPoolProfiles"]
    before = set(cluster.pids())
    assert all(runs_on(cluster, name) for name in before)

    cloud.set_cluster("aks-a", {"properties": {"agentPoolProfiles": [{**pools[0], "count": 4}]}})
    cloud.apply("aks-a")
    wait_for(lambda: len(cluster.pids()), 4)
    wait_for(nodes_wanted, ("wanted", 4, 4))
    traffic.flows(4)

    new = {**pools[0], "count": 2, "nodeImageVersion": "AKSUbuntu-2404gen2containerd-202611.01.0"}
    cloud.set_cluster("aks-a", {"properties": {"agentPoolProfiles": [new]}})
    cloud.apply("aks-a")
    wait_for(lambda: len(cluster.pids()), 2)
    assert not before & set(cluster.pids()), "they are other machines"
    assert not [name for name in before if runs_on(cluster, name)], "what ran on them has ended"
    wait_for(nodes_wanted, ("wanted", 2, 2))
    traffic.flows(2)
    labels = [node["metadata"]["labels"] for node in cluster.api.request("GET", "/api/v1/nodes").body["items"]]
    assert {label["kubernetes.azure.com/node-image-version"] for label in labels} == {new["nodeImageVersion"]}
