# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prober pods on the real cluster: what a change of the mode interrupts, by node, and that nothing of them stays."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
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
# In the network of a node: connections from known ports, twenty a second, until the change is over. What was begun in the gap, and is begun again from its
# port, meets the entry that conntrack keeps of it. Again and again, all who connect then have that port and the next one to choose from, for a try or two.
POISON = """
import contextlib, pathlib, select, socket, sys, threading, time

lost, made, others = [], [], []

def asked(port):
    with contextlib.closing(socket.socket()) as one:
        one.settimeout(1.0)
        one.bind(("", port))
        try:
            one.connect((sys.argv[1], 80))
        except socket.timeout:
            return lost
        except OSError:
            return others
        return made

def note(port):
    asked(port).append(port)

for port in range(61000, 65500, 2):
    threading.Thread(target=note, args=(port,), daemon=True).start()
    if select.select([sys.stdin], [], [], 0.05)[0]:
        break
sys.stdin.read()
time.sleep(2)
poisoned = next((port for port in [*lost] if asked(port) is lost), 0)
assert poisoned, (len(lost), len(made), len(others))
path = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")
before = path.read_text()
for _time in range(5):
    path.write_text(f"{poisoned} {poisoned + 1}")
    try:
        time.sleep(0.15)
    finally:
        path.write_text(before)
    time.sleep(2.5)
"""


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


@contextlib.contextmanager
def poisoned(pid: int) -> t.Iterator[None]:
    """With a late failure in the network of the process, after the gap that begins in this context."""
    inside = ["nsenter", f"--net=/proc/{pid}/ns/net"]
    # As on nodes of AKS, there is a chain of nat besides those of kube-proxy, so that conntrack settles in the gap that the connection has none.
    subprocess.run([*inside, "nft", "table ip others { chain output { type nat hook output priority 0; }; }"], check=True)
    try:
        command = [*inside, sys.executable, "-c", POISON, SERVICE_ADDRESS]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                yield
                _output, errors = process.communicate(timeout=SECONDS)
            finally:
                process.kill()
        assert process.returncode == 0, errors
    finally:
        subprocess.run([*inside, "nft", "delete table ip others"], check=True)


def test_there_and_back_each_node_sees_a_gap(prober: Prober, cluster: ClusterClient) -> None:
    pids = cluster.pids()
    name = sorted(pids)[0]
    for mode in ("NFTABLES", "IPTABLES"):
        run = prober("started", seconds=300)["run"]
        time.sleep(6)
        changed = time.monotonic()
        with poisoned(pids[name]):
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
        # What meets an entry of conntrack that was made in the gap fails long after it, and makes it no longer.
        (row,) = [one for one in service["nodes"] if (one["node"], one["network"]) == (name, "host")]
        late, gap = row["late_failures"], row["gaps"][0]
        assert late["tries"] > 0, json.dumps(row)
        assert late["last"] > gap["at"] + gap["seconds"] + 1, json.dumps(row)
        assert sum(one["failed"] for one in row["gaps"]) + late["tries"] == sum(row["failures"].values()), json.dumps(row)


def test_a_restart_in_the_same_mode_interrupts_nothing(prober: Prober) -> None:
    """What it interrupted would be lost each time; what a machine without time for its nodes loses, only now and then."""
    # The test before may have left another one.
    prober.settle("IPTABLES")
    for _time in range(3):
        run = prober("started", seconds=300)["run"]
        time.sleep(4)
        changed = time.monotonic()
        prober.restart_proxies()
        time.sleep(4)
        found = [one["result"] for one in prober("ended", run=run, changed_ago=time.monotonic() - changed)["targets"]]
        assert all(len(one["nodes"]) == 6 and one["tries"] > 6 * 20 for one in found), found
        # Late is what a busy machine is, too.
        lost = [one["failures"] for one in found if any(number for name, number in one["failures"].items() if name != "late")]
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
