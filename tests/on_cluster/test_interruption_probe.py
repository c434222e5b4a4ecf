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
PROXIES = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-proxy"


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

    def restart_proxies(self) -> None:
        """In the mode that they are in."""
        before = {pod["metadata"]["uid"] for pod in self.api.request("GET", PROXIES).body["items"]}
        assert self.api.request("DELETE", PROXIES).status == 200

        def ready() -> bool:
            pods = [pod for pod in self.api.request("GET", PROXIES).body["items"] if pod["metadata"]["uid"] not in before]
            conditions = [one for pod in pods for one in pod["status"].get("conditions", ()) if one["type"] == "Ready"]
            return len(pods) == len(before) and [one["status"] for one in conditions] == ["True"] * len(before)

        self.until(ready)

    def switch(self, mode: str) -> None:
        args = {**self.names, "mode": mode, "poll_interval": 1, "wait_timeout": 240}
        assert run_module("aks_kube_proxy", args, env=self.cloud.environment())["changed"] is True
        self.settle(mode)

    def settle(self, mode: str) -> None:
        args = {**self.names, "mode": mode, "poll_interval": 1, "wait_timeout": 240, "wait": True}
        seen = run_module("aks_dataplane_status_info", args, env=self.cloud.environment())
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
        # What fails late is no part of a gap: it comes after one, and makes none longer.
        for row in service["nodes"]:
            late = row["late_failures"]
            assert late["first"] is None or late["first"] > min(gap["at"] + gap["seconds"] for gap in row["gaps"]), row
            if len(row["gaps"]) < 5:
                assert sum(gap["failed"] for gap in row["gaps"]) + late["tries"] == sum(row["failures"].values()), row


def test_a_restart_in_the_same_mode_makes_no_gap(prober: Prober) -> None:
    """A change of the mode loses tens of tries at each place. A machine without time for its nodes is late, and refuses a single one now and then."""
    # The test before may have left another mode.
    prober.settle("IPTABLES")
    targets = [{**target, "timeout": 5.0} for target in (TARGETS[0], {"name": "node port", "tcp": "node:31080", "from": "cluster"})]
    for _time in range(3):
        run = prober("started", seconds=300, targets=targets)["run"]
        time.sleep(4)
        changed = time.monotonic()
        prober.restart_proxies()
        # As long as a try is waited for.
        time.sleep(7)
        ended = prober("ended", run=run, changed_ago=time.monotonic() - changed, targets=targets)
        found = [one["result"] for one in ended["targets"]]
        assert all(len(one["nodes"]) == 6 and one["tries"] > 6 * 20 for one in found), found
        rows = [row for one in found for row in one["nodes"]]
        lost = [row for row in rows if sum(number for name, number in row["failures"].items() if name != "late") > 2]
        if not lost:
            return
    pytest.fail(f"each restart interrupted: {lost}")


def test_a_killed_run_leaves_pods_that_end_by_themselves(prober: Prober) -> None:
    begin = multiprocessing.get_context("fork").Process(target=prober, args=("started",), kwargs={"seconds": 8})
    begin.start()
    prober.until(lambda: len(prober.pods()) == 6)
    assert begin.pid is not None
    os.kill(begin.pid, signal.SIGKILL)
    begin.join()
    prober.until(lambda: {pod["status"]["phase"] for pod in prober.pods()} == {"Succeeded"})
