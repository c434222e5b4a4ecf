# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long one look at every node's kube-proxy takes; prints numbers.

python -m tests.benchmarks.bench_status [--nodes 5000] [--delay-ms 0]
"""

from __future__ import annotations

import argparse
import resource
import time

from ansible_collections.aks.dataplane.plugins.module_utils._kube import client as kube_client
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import list_cluster
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.observation import observe
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import OBSERVATION_SECONDS, Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.judge import judge

from .canned_api_server import canned_api_server


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure one look at every node's kube-proxy.")
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="time the API server takes for each answer")
    parser.add_argument("--concurrency", type=int, default=kube_client.CONCURRENCY)
    options = parser.parse_args()
    with canned_api_server(options.nodes, options.delay_ms / 1000) as kubeconfig:
        client = kube_client.connect({}, lambda admin: kubeconfig, options.concurrency)
        for _round in range(2):
            before, cpu = time.perf_counter(), time.process_time()
            observation = observe(client, list_cluster(client), Questions(), client.deadline(OBSERVATION_SECONDS))
            looked = time.perf_counter() - before
            verdict = judge(observation, KubeProxyExpectation(mode="nftables"))
            judged = time.perf_counter() - before - looked
            requests = 4 * options.nodes
            print(
                f"{options.nodes} nodes, {requests} questions: look {looked:.1f} s ({requests / looked:.0f}/s,"
                f" own CPU {time.process_time() - cpu:.1f} s), verdict {verdict.state}"
                f" {verdict.nodes_wanted}/{len(verdict.counted)} in {judged * 1000:.0f} ms,"
                f" peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
            )


if __name__ == "__main__":
    main()
