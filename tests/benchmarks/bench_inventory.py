# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long it takes to make an inventory of many clusters, and of many nodes; prints numbers.

    python -m tests.benchmarks.bench_inventory [--clusters 1000] [--page 100] [--nodes 5000]

Against the simulator, whose own part is shown as well: the same pages, read by nothing but Python's HTTP client.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import ssl
import tempfile
import time
import typing as t
import urllib.parse
import urllib.request

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import make_hosts
from ansible_collections.aks.dataplane.plugins.plugin_utils._fleet_source import FleetSource

from tests.support.inventory import Inventories
from tests.support.simulator import Simulator

from .canned_api_server import canned_api_server

Result = t.TypeVar("Result")


def timed(work: t.Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def raw_pages(simulator: Simulator, token: str) -> int:
    """Read all pages; their number."""
    context = ssl.create_default_context(cafile=simulator.ca)
    url = f"{simulator.arm}/subscriptions/{simulator.subscription_id}/providers/Microsoft.ContainerService/managedClusters"
    url, pages = f"{url}?api-version={DEFAULT_KUBE_PROXY}", 0
    while url:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, context=context) as response:
            url = json.load(response).get("nextLink", "")
        pages += 1
    return pages


def token_of(simulator: Simulator) -> str:
    form = {"grant_type": "client_credentials", "client_id": simulator.info["client_id"], "client_secret": simulator.info["secret"]}
    form["scope"] = f"{simulator.arm}/.default"
    context = ssl.create_default_context(cafile=simulator.ca)
    url = f"{simulator.arm}/{simulator.info['tenant']}/oauth2/v2.0/token"
    with urllib.request.urlopen(url, data=urllib.parse.urlencode(form).encode(), context=context) as response:
        return str(json.load(response)["access_token"])


def list_nodes(inventories: Inventories, cluster: str, count: int) -> None:
    """Of one cluster, whose API server has nothing else to do."""
    with canned_api_server(count) as text:
        kubeconfig = inventories.folder / "kubeconfig"
        kubeconfig.write_text(text, encoding="utf-8")
        source = {"clusters": [cluster], "kubeconfig": str(kubeconfig)}
        seconds, run = timed(lambda: inventories.run(inventories.write(source, "bench.aks_nodes.yml", "aks_nodes")))
        print(f"{len(run.hosts)} nodes: ansible-inventory --list {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the inventory of many clusters.")
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--page", type=int, default=100, help="clusters on one page of Azure's list")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Simulator.started(pathlib.Path(name) / "simulator", clusters=(), nodes=1) as simulator:
        folder = pathlib.Path(name)
        simulator.make_fleet(options.clusters, prefix="aks-", nodes=1)
        simulator.settings(page=options.page)
        os.environ.update(simulator.environment())
        source = FleetSource.from_options({"auth_source": "env"}, [], [], DEFAULT_KUBE_PROXY)
        inventories = Inventories(folder, simulator.environment())
        cached = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}
        fresh, kept = inventories.write({}), inventories.write(cached, "cached.aks.yml")

        raw, pages = timed(lambda: raw_pages(simulator, token_of(simulator)))
        asked, clusters = timed(source.ask)
        named, made = timed(lambda: make_hosts(clusters))
        simulator.clear_log()
        whole, run = timed(lambda: inventories.run(fresh))
        requests = len(simulator.log(kind="arm"))
        inventories.run(kept)
        from_cache, _run = timed(lambda: inventories.run(kept))
        print(
            f"{len(made)} clusters on {pages} pages: the pages alone {raw:.2f} s, sign in and list {asked:.2f} s, hosts and groups {named * 1000:.0f} ms;"
            f" ansible-inventory --list {whole:.1f} s with {requests} requests for {len(run.hosts)} hosts, from the cache {from_cache:.1f} s"
        )
        list_nodes(inventories, made[0].name, options.nodes)


if __name__ == "__main__":
    main()
