# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prober pods on the real cluster: what a change of the mode interrupts, by node, and that nothing of them stays."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.cluster.workload import SERVICE_ADDRESS
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NAMESPACE = "aks-dataplane"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
TARGETS = [
    {"name": "service", "tcp": f"{SERVICE_ADDRESS}:80", "from": "cluster"},
    {"name": "node port", "url": "http://node:31080/", "from": "cluster"},
]
SECONDS = 120.0


class Prober:
    """Runs the module on the real cluster."""

    def __init__(self, cloud: Simulator, cluster: ClusterClient) -> None:
        self.cloud, self.api = cloud, cluster.api
        self.names = {"resource_group": cloud.resource_group, "name": "aks-a"}

    def __call__(self, state: str, **options: t.Any) -> dict[str, t.Any]:
        args = {**self.names, "state": state, "targets": TARGETS, **options}
        return run_module("aks_interruption_probe", args, env=self.cloud.environment())

    def pods(self) -> list[dict[str, t.Any]]:
        items: list[dict[str, t.Any]] = self.api.request("GET", f"{HOME}/pods").body["items"]
        return items

    def until(self, holds: t.Callable[[], t.Any]) -> None:
        over = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < over
            time.sleep(0.1)

    def switch(self, mode: str) -> None:
        args = {**self.names, "mode": mode, "poll_interval": 1, "wait_timeout": 240}
        assert run_module("aks_kube_proxy", args, env=self.cloud.environment())["changed"] is True
        seen = run_module("aks_dataplane_status_info", {**args, "wait": True}, env=self.cloud.environment())
        assert seen["verdict"]["state"] == "wanted", seen["verdict"]


@pytest.fixture
def prober(cloud: Simulator, cluster: ClusterClient) -> t.Iterator[Prober]:
    made = Prober(cloud, cluster)
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    answer = made.api.request(
        "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    )
    assert answer.status == 201, answer.body
    yield made
    made.api.request("DELETE", HOME)
    made.until(lambda: made.api.request("GET", HOME).status == 404)


def test_there_and_back_each_node_sees_a_gap(prober: Prober) -> None:
    for mode in ("NFTABLES", "IPTABLES"):
        run = prober("started", seconds=300)["run"]
        time.sleep(6)
        changed = time.monotonic()
        prober.switch(mode)
        time.sleep(3)
        result = prober("ended", run=run, changed_ago=time.monotonic() - changed)
        assert (result["left"], prober.pods()) == ([], [])
        service, port = (one["result"] for one in result["targets"])
        for found in (service, port):
            places = [(row["node"], row["network"]) for row in found["nodes"]]
            assert len({*places}) == len(places) == 6, places
            assert all(row["longest_gap"] > 0 for row in found["nodes"]), found
        assert service["failures"]["no_answer"] > 0
        assert port["failures"]["refused"] > 0


def test_a_killed_run_leaves_pods_that_end_by_themselves(prober: Prober) -> None:
    begin = multiprocessing.get_context("fork").Process(target=prober, args=("started",), kwargs={"seconds": 8})
    begin.start()
    prober.until(lambda: len(prober.pods()) == 6)
    assert begin.pid is not None
    os.kill(begin.pid, signal.SIGKILL)
    begin.join()
    prober.until(lambda: {pod["status"]["phase"] for pod in prober.pods()} == {"Succeeded"})
