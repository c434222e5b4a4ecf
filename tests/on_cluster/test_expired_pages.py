# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of many nodes whose pages the API server lets go while it is read: it is read again, and is whole."""

from __future__ import annotations

import concurrent.futures
import contextlib
import http.server
import json
import pathlib
import threading
import typing as t
import urllib.parse

import pytest

from tests.cluster.client import ClusterClient
from tests.cluster.credentials import kubeconfig
from tests.cluster.store import Store
from tests.support.modules import run_module
from tests.support.simulator import Simulator

MANY = 1500
NODES = "/api/v1/nodes"


@pytest.fixture
def crowd(cluster: ClusterClient) -> t.Iterator[None]:
    """Nodes without machines. A label keeps kube-proxy from them, as from nodes with Cilium, and nothing else tolerates them."""

    def make(number: int) -> None:
        labels = {"crowd": "true", "kubernetes.io/os": "linux", "kubernetes.azure.com/ebpf-dataplane": "cilium"}
        metadata = {"name": name_of(number), "labels": labels}
        taint = {"key": "crowd", "value": "true", "effect": "NoSchedule"}
        answer = cluster.api.request("POST", NODES, {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": [taint]}})
        assert answer.status == 201, answer.body

    def remove(number: int) -> None:
        cluster.api.request("DELETE", f"{NODES}/{name_of(number)}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        try:
            list(pool.map(make, range(MANY)))
            yield
        finally:
            list(pool.map(remove, range(MANY)))


def name_of(number: int) -> str:
    return f"crowd-{number:04}"


class Between:
    """What hands questions on to the API server, and lets the first list of nodes go once its first page was read. asked: paths so far."""

    def __init__(self, cluster: ClusterClient) -> None:
        self.asked: list[str] = []
        self.gone = 0
        self._cluster = cluster
        self._store = Store(cluster.pid, cluster.api)

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        answer = self._cluster.api.request("GET", path)
        following = answer.body.get("metadata", {}).get("continue") if isinstance(answer.body, dict) else None
        if path.startswith(f"{NODES}?") and answer.status == 200 and following and not self.gone:
            self._store.let_go(f"{NODES}?limit=1&continue={urllib.parse.quote(following)}")
        self.gone += answer.status == 410
        content = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return answer.status, content.encode()


@contextlib.contextmanager
def serving(between: Between) -> t.Iterator[str]:
    """Its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, content = between.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json" if content.startswith(b"{") else "text/plain")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            return None

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        worker = threading.Thread(target=server.serve_forever)
        worker.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            worker.join()


def test_a_list_that_is_let_go_is_read_again(cloud: Simulator, cluster: ClusterClient, crowd: None, tmp_path: pathlib.Path) -> None:
    between = Between(cluster)
    config = tmp_path / "kubeconfig"
    with serving(between) as address:
        config.write_text(kubeconfig(address, cluster.authority, {"token": cluster.tokens["admin"]}), encoding="ascii")
        args = {"resource_group": cloud.resource_group, "name": "aks-a", "mode": "IPTABLES", "wait": False, "kubeconfig": str(config)}
        result = run_module("aks_dataplane_status_info", args, env=cloud.environment())

    assert not result.get("failed"), result
    assert between.gone == 1, between.asked
    names = [node["name"] for node in result["nodes"]]
    assert len(names) == len(set(names)) == MANY + 3
    assert (result["verdict"]["nodes_wanted"], result["verdict"]["nodes_total"]) == (3, MANY + 3)
