# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real cluster as the simulated Azure drives it: tests/simulator/kube/runner.py says what is asked."""

from __future__ import annotations

import contextlib
import time
import typing as t

from . import workload
from .client import ClusterClient
from .errors import ClusterError
from .node_files import NodeSpec
from .programs import version

READY_SECONDS = 240.0
LOOK_SECONDS = 0.2
DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
PROXY_PODS = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-proxy"


class ClusterRunner:
    def __init__(self, cluster: ClusterClient) -> None:
        self._cluster = cluster
        self._api = cluster.api
        self.version = version()
        self.address = cluster.address
        self.authority = cluster.authority
        self.tokens: t.Mapping[str, str] = cluster.tokens
        for path, item in workload.OBJECTS:
            self._api.apply(path, item)

    def _items(self, path: str) -> list[dict[str, t.Any]]:
        answer = self._api.request("GET", path)
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status} {answer.body}")
        found: list[dict[str, t.Any]] = answer.body["items"]
        return found

    def node_names(self) -> list[str]:
        return [node["metadata"]["name"] for node in self._items("/api/v1/nodes")]

    def add_node(
        self, *, name: str, address: str, pods: str, labels: t.Mapping[str, str], taints: t.Sequence[str], provider_id: str, os_image: str
    ) -> None:
        self._cluster.add_node(NodeSpec(name, address, pods, dict(labels), tuple(taints), provider_id, os_image))
        path = f"/api/v1/nodes/{name}"
        _until(lambda: self._api.request("GET", path).status == 200, f"{name} does not join")
        patch = {"spec": {"podCIDR": pods, "podCIDRs": [pods]}}
        answer = self._api.request("PATCH", path, patch, "application/merge-patch+json")
        if answer.status != 200:
            raise ValueError(f"{path}: {answer.status} {answer.body}")

    def remove_node(self, name: str) -> None:
        with contextlib.suppress(ClusterError):
            # It may have been a Node without a machine.
            self._cluster.remove_node(name)
        self._api.request("DELETE", f"/api/v1/nodes/{name}")
        for pod in self._items(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}"):
            where = pod["metadata"]
            self._api.request("DELETE", f"/api/v1/namespaces/{where['namespace']}/pods/{where['name']}", {"gracePeriodSeconds": 0})

    def set_proxy(self, daemon_set: t.Mapping[str, t.Any] | None) -> None:
        if daemon_set is None:
            self._api.request("DELETE", DAEMON_SET, {"propagationPolicy": "Background"})
        else:
            self._api.apply(DAEMON_SET, daemon_set)

    def proxy_modes(self) -> dict[str, str]:
        modes = {}
        for pod in self._items(PROXY_PODS):
            path = f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}:10249/proxy/proxyMode"
            answer = self._api.request("GET", path)
            if answer.status == 200:
                modes[pod["spec"]["nodeName"]] = str(answer.body)
        return modes

    def settle(self) -> None:
        _until(self._is_settled, "the nodes and their kube-proxies are not ready")

    def _is_settled(self) -> bool:
        nodes = self._items("/api/v1/nodes")
        if not all(_is_ready(node) for node in nodes):
            return False
        pods = self._items(PROXY_PODS)
        found = self._api.request("GET", DAEMON_SET)
        if found.status == 404:
            return not pods
        status = found.body["status"]
        current = status.get("observedGeneration") == found.body["metadata"]["generation"]
        return current and status.get("updatedNumberScheduled") == status.get("numberAvailable") == len(pods) == len(nodes)

    def enter(self, node: str) -> tuple[int, t.Sequence[str]]:
        pid = self._cluster.pids()[node]
        return pid, ("nsenter", "--target", str(pid), "--net")


def _is_ready(item: t.Mapping[str, t.Any]) -> bool:
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in item["status"].get("conditions", ()))


def _until(holds: t.Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(LOOK_SECONDS)
