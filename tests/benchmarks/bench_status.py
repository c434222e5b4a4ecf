# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long one look at every node's kube-proxy takes; prints numbers.

    python -m tests.benchmarks.bench_status [--nodes 5000] [--delay-ms 0]

The API server is a small one of its own (other process, HTTPS, canned answers), so that the reader is measured and not a simulator.
It answers with what a real kube-proxy 1.36 said, its metrics made as long as real ones are, and with nodes as large as real ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import pathlib
import resource
import ssl
import tempfile
import time
import typing as t
import urllib.parse

import trustme
from ansible_collections.aks.dataplane.plugins.module_utils._kube import client as kube_client
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import list_cluster
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.observation import observe
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import OBSERVATION_SECONDS, Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.judge import judge

CAPTURED = pathlib.Path(__file__).parents[1] / "fixtures" / "kube-proxy" / "nftables-12"
PAGE = kube_client.PAGE


def _node(number: int) -> dict[str, t.Any]:
    name = f"aks-pool1-12345678-vmss{number:06d}"
    # The images on a node make most of its size, about 10 kB.
    images = [{"names": [f"mcr.microsoft.com/oss/image-{index}@sha256:{index:064d}"], "sizeBytes": index} for index in range(80)]
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/os": "linux"}},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True"}], "images": images},
    }


def _pod(number: int) -> dict[str, t.Any]:
    return {
        "metadata": {"name": f"kube-proxy-{number:05d}", "creationTimestamp": "2026-11-21T13:00:00Z"},
        "spec": {"nodeName": f"aks-pool1-12345678-vmss{number:06d}", "containers": [{"name": "kube-proxy", "image": "kube-proxy:v1.36.2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "kube-proxy", "restartCount": 0, "state": {"running": {"startedAt": "2026-11-21T13:00:05Z"}}}],
        },
    }


def _daemonset(nodes: int) -> dict[str, t.Any]:
    container = {"name": "kube-proxy", "command": ["kube-proxy", "--proxy-mode=nftables"]}
    status = {"observedGeneration": 1, "desiredNumberScheduled": nodes, "updatedNumberScheduled": nodes, "numberReady": nodes}
    template = {"spec": {"containers": [container]}}
    return {"kind": "DaemonSet", "metadata": {"name": "kube-proxy", "generation": 1}, "spec": {"template": template}, "status": status}


def _captured() -> dict[str, bytes]:
    padding = "".join(
        f'rest_client_request_duration_seconds_bucket{{host="10.0.0.1:443",verb="GET",le="{index / 1000}"}} {index}\n'
        for index in range(800)
    )
    return {
        "proxyMode": (CAPTURED / "http-10249-proxyMode.body").read_bytes(),
        "configz": (CAPTURED / "http-10249-configz.body").read_bytes(),
        "metrics": padding.encode() + (CAPTURED / "metrics.txt").read_bytes(),
        "healthz": (CAPTURED / "http-10256-healthz.body").read_bytes(),
    }


def _response(body: bytes) -> bytes:
    if len(body) > 1024:
        body = gzip.compress(body, 1)
        return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Canned(asyncio.Protocol):
    """Answers each GET with a response made beforehand."""

    def __init__(self, responses: dict[str, bytes], delay: float) -> None:
        self._responses, self._delay, self._buffer = responses, delay, b""

    def connection_made(self, transport: t.Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            if "/proxy/" in path:
                response = self._responses[path.rpartition("/")[2]]
            else:
                address = urllib.parse.urlsplit(path)
                page = urllib.parse.parse_qs(address.query).get("continue", ["0"])[0]
                response = self._responses[f"{address.path.rpartition('/')[2]}-{page}"]
            if self._delay:
                asyncio.get_running_loop().call_later(self._delay, self._transport.write, response)
            else:
                self._transport.write(response)


def serve(nodes: int, delay: float, certificate: str, ready: t.Any) -> None:
    """The API server's process: prints its port when it is ready."""
    responses = {name: _response(body) for name, body in _captured().items()}
    for place, kind, make in (("nodes", "NodeList", _node), ("pods", "PodList", _pod)):
        for page, start in enumerate(range(0, nodes, PAGE)):
            following = {"continue": str(page + 1)} if start + PAGE < nodes else {}
            items = [make(number) for number in range(start, min(start + PAGE, nodes))]
            responses[f"{place}-{page}"] = _response(json.dumps({"kind": kind, "metadata": following, "items": items}).encode())
    responses["kube-proxy-0"] = _response(json.dumps(_daemonset(nodes)).encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Canned(responses, delay), "127.0.0.1", 0, ssl=context)
        ready.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def _kubeconfig(port: int, authority: str) -> str:
    return json.dumps(
        {
            "current-context": "bench",
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}],
            "clusters": [{"name": "bench", "cluster": {"server": f"https://127.0.0.1:{port}", "certificate-authority": authority}}],
            "users": [{"name": "bench", "user": {"token": "bench"}}],
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure one look at every node's kube-proxy.")
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--delay-ms", type=float, default=0.0, help="time the API server takes for each answer")
    parser.add_argument("--concurrency", type=int, default=kube_client.CONCURRENCY)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        authority, certificate = f"{folder}/ca.pem", f"{folder}/server.pem"
        ca = trustme.CA()
        ca.cert_pem.write_to_path(authority)
        ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
        ready: t.Any = multiprocessing.Queue()
        server = multiprocessing.Process(target=serve, args=(options.nodes, options.delay_ms / 1000, certificate, ready), daemon=True)
        server.start()
        try:
            kubeconfig = _kubeconfig(ready.get(), authority)
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
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
