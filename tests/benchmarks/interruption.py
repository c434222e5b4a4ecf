# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long new connections fail when the mode of kube-proxy changes, on the real cluster; prints seconds.

    python -m tests.benchmarks.interruption [--services 10 500 2500] [--repeats 5]

Prober pods ask the ClusterIP of a Service and a NodePort from each node. Every further Service has the two servers of that one. The gap of a change is the
longest one of all places; beside it, how many tries failed late. Root needed, and nothing else running where the numbers are to mean anything.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import statistics
import tempfile
import time
import typing as t

from tests.cluster import front, running
from tests.cluster.client import ClusterClient
from tests.cluster.workload import NAMESPACE, PORT, SERVICE_ADDRESS
from tests.support.modules import run_module
from tests.support.simulator import Simulator

TARGETS = [
    {"name": "ClusterIP", "tcp": f"{SERVICE_ADDRESS}:80", "from": "cluster", "interval": 0.05},
    {"name": "NodePort", "tcp": "node:31080", "from": "cluster", "interval": 0.05},
]
POD_NAMESPACE = "aks-dataplane"
PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
# Of the measurement before a change, and after it.
BEFORE, AFTER = 5.0, 15.0
# For kube-proxy to have all new Services.
SETTLE = 20.0
MODES = ("NFTABLES", "IPTABLES")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, nargs="+", default=[10, 500, 2500])
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    with contextlib.ExitStack() as ends:
        folder = pathlib.Path(ends.enter_context(tempfile.TemporaryDirectory()))
        cluster = ends.enter_context(running.started(running.prepare(print)))
        cloud = ends.enter_context(front.azure(cluster, folder))
        # With the feature registered.
        cloud.reset()
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": POD_NAMESPACE, "labels": PRIVILEGED}}
        cluster.api.request("POST", "/api/v1/namespaces", namespace)
        there = 1
        print(
            "services  to          min  median     max  late failures  (seconds without new connections, the worst place of each change)",
            flush=True,
        )
        for services in sorted(args.services):
            add_services(cluster, there, services)
            there = max(there, services)
            time.sleep(SETTLE)
            measured: dict[str, list[tuple[float, int]]] = {mode: [] for mode in MODES}
            for _number in range(args.repeats):
                for mode in MODES:
                    measured[mode].append(change(cloud, mode))
            for mode, found in measured.items():
                gaps = [gap for gap, _late in found]
                line = f"{services:8}  {mode:9} {min(gaps):5.2f}   {statistics.median(gaps):5.2f}   {max(gaps):5.2f}"
                print(f"{line}  {sum(late for _gap, late in found):13}", flush=True)


def add_services(cluster: ClusterClient, there: int, wanted: int) -> None:
    """So that there are so many in all."""
    path = f"/api/v1/namespaces/{NAMESPACE}/services"
    for number in range(there, wanted):
        spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": PORT}]}
        answer = cluster.api.request(
            "POST", path, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"web-{number}"}, "spec": spec}
        )
        if answer.status != 201:
            raise RuntimeError(f"a Service could not be made: {answer.body}")


def change(cloud: Simulator, mode: str) -> tuple[float, int]:
    """The longest gap of all places, and how many tries failed late."""
    names = {"resource_group": cloud.resource_group, "name": "aks-a"}
    run = asked(cloud, "aks_interruption_probe", {**names, "state": "started", "targets": TARGETS, "seconds": 1200})["run"]
    time.sleep(BEFORE)
    changed = time.monotonic()
    args = {**names, "mode": mode, "poll_interval": 1, "wait_timeout": 600}
    asked(cloud, "aks_kube_proxy", args)
    asked(cloud, "aks_dataplane_status_info", {**args, "wait": True})
    time.sleep(AFTER)
    ago = time.monotonic() - changed
    result = asked(cloud, "aks_interruption_probe", {**names, "state": "ended", "targets": TARGETS, "run": run, "changed_ago": ago})
    found = [one["result"] for one in result["targets"]]
    return max(one["longest_gap"] for one in found), sum(one["late_failures"]["tries"] for one in found)


def asked(cloud: Simulator, module: str, args: dict[str, t.Any]) -> dict[str, t.Any]:
    result = run_module(module, args, env=cloud.environment())
    if result.get("failed"):
        raise RuntimeError(f"{module}: {result.get('msg')}")
    return result


if __name__ == "__main__":
    main()
