# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a look at the packet filter of every node takes, by commands in their pods; prints numbers.

    python -m tests.benchmarks.bench_nodes_info [--nodes 1000]

The simulator answers, in a process of its own, as a node of a real kube-proxy with 12 Services does; its share of the processor counts too.
"""

from __future__ import annotations

import argparse
import pathlib
import resource
import tempfile
import time
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.cluster import NODES_AT_A_TIME, find_places, look_at_all
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Execution
from ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_look import report

from tests.support.simulator import Simulator

# What a look may take.
BUDGET = "at most 60 s and 300 MB for 1,000 nodes, and 300 kB a node with 5,000 Services"


class Counted:
    """Counts what commands have printed."""

    def __init__(self, api: KubeClient) -> None:
        self.commands = self.bytes = 0
        self._execute = api.execute

    def __call__(self, *args: t.Any) -> Execution:
        found = self._execute(*args)
        self.commands += 1
        self.bytes += len(found.output)
        return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, default=1000)
    nodes = parser.parse_args().nodes
    with tempfile.TemporaryDirectory() as folder, Simulator.started(pathlib.Path(folder) / "simulator") as simulator:
        simulator.reset()
        simulator.make_cluster("aks-a", nodes=nodes)
        api = connect({"kubeconfig": simulator.kubeconfig("aks-a")}, lambda admin: "")
        counted = api.execute = Counted(api)  # type: ignore[method-assign]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        began, used = time.monotonic(), time.process_time()
        result = report(look_at_all(api, find_places(api), api.deadline(3600)), [])
        seconds, processor = time.monotonic() - began, time.process_time() - used
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"look at {nodes} nodes by commands in pods: {seconds:.1f} s ({processor:.1f} s of processor), {memory:.0f} MB, "
            f"{counted.commands / nodes:.1f} commands and {counted.bytes / nodes / 1000:.1f} kB a node, {result['counts']}"
        )
        print(
            f"of its own, a look takes {processor / nodes * 1000:.0f} ms of processor a node, {(memory - before) * 1000 / nodes:.0f} kB of memory a node,"
            f" and {NODES_AT_A_TIME} connections at a time ({BUDGET}; test_look.py measures the latter)"
        )


if __name__ == "__main__":
    main()
