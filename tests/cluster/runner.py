# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real cluster as the simulated Azure drives it: tests/simulator/kube/runner.py says what is asked."""

from __future__ import annotations

import contextlib
import re
import time
import typing as t

from . import workload
from .api import Answer
from .client import ClusterClient
from .errors import ClusterError
from .node_files import NodeSpec
from .programs import version

READY_SECONDS = 240.0
LOOK_SECONDS = 0.2
SYNCED = re.compile(r"^kubeproxy_sync_proxy_rules_last_timestamp_seconds(?:\{[^}]*\})? (\S+)$", re.MULTILINE)
# What an API server answers that is starting, or has too much to do.
BUSY = (429, 500, 502, 503, 504)
DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
# Of the template, which pods have as a label.
GENERATION = "deprecated.daemonset.template.generation"
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
            self._apply(path, item)

    def _insist(self, method: str, path: str, body: t.Any = None, kind: str = "application/json") -> Answer:
        """As Azure's reconcilers do: again until the API server answers, for what any of its restarts takes; OSError, ValueError."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                answer = self._api.request(method, path, body, kind)
            except OSError:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status not in BUSY:
                    return answer
                if time.monotonic() > deadline:
                    raise ValueError(f"{path}: {answer.status} {answer.body}")
            time.sleep(LOOK_SECONDS)

    def _done(self, method: str, path: str, body: t.Any = None, kind: str = "application/json") -> Answer:
        """The same; ValueError also when it is refused."""
        answer = self._insist(method, path, body, kind)
        if answer.status not in (200, 201):
            raise ValueError(f"{path}: {answer.status} {answer.body}")
        return answer

    def _apply(self, path: str, item: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """Make an object what it is to be, on the server's side, and return it; path: of the object."""
        found: dict[str, t.Any] = self._done("PATCH", f"{path}?fieldManager=aks&force=true", item, "application/apply-patch+yaml").body
        return found

    def _items(self, path: str) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = self._done("GET", path).body["items"]
        return found

    def node_names(self) -> list[str]:
        return [node["metadata"]["name"] for node in self._items("/api/v1/nodes")]

    def add_node(
        self, *, name: str, address: str, pods: str, labels: t.Mapping[str, str], taints: t.Sequence[str], provider_id: str, os_image: str
    ) -> None:
        self._cluster.add_node(NodeSpec(name, address, pods, dict(labels), tuple(taints), provider_id, os_image))
        path = f"/api/v1/nodes/{name}"
        _until(lambda: self._insist("GET", path).status == 200, f"{name} does not join")
        self._done("PATCH", path, {"spec": {"podCIDR": pods, "podCIDRs": [pods]}}, "application/merge-patch+json")

    def remove_node(self, name: str) -> None:
        with contextlib.suppress(ClusterError):
            # It may have been a Node without a machine.
            self._cluster.remove_node(name)
        self._insist("DELETE", f"/api/v1/nodes/{name}")
        for pod in self._items(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}"):
            where = pod["metadata"]
            self._insist("DELETE", f"/api/v1/namespaces/{where['namespace']}/pods/{where['name']}", {"gracePeriodSeconds": 0})

    def set_proxy(self, daemon_set: t.Mapping[str, t.Any] | None) -> None:
        if daemon_set is None:
            self._insist("DELETE", DAEMON_SET, {"propagationPolicy": "Background"})
        else:
            wanted = self._apply(DAEMON_SET, daemon_set)["metadata"]["generation"]
            _until(lambda: self._observed() >= wanted, "the DaemonSet's controller does not see its change")

    def renew_proxies(self) -> None:
        found = self._insist("GET", DAEMON_SET)
        current = found.body["metadata"]["annotations"][GENERATION] if found.status == 200 else None
        for pod in self._items(PROXY_PODS):
            if pod["metadata"]["labels"].get("pod-template-generation") != current:
                self._insist("DELETE", f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}")

    def _observed(self) -> int:
        """Which generation of the DaemonSet its controller has seen; 0: none."""
        found: int = self._done("GET", DAEMON_SET).body["status"].get("observedGeneration", 0)
        return found

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

    def roll_out(self) -> None:
        """Until all pods of kube-proxy are as their DaemonSet has them, whether or not they can be asked what they have done."""
        _until(lambda: self._rolled_out() is not None, "the nodes and their kube-proxies are not ready")

    def _is_settled(self) -> bool:
        pods = self._rolled_out()
        return pods is not None and all(self._has_synced(pod) and self._is_known(pod) for pod in pods)

    def _rolled_out(self) -> list[dict[str, t.Any]] | None:
        """The pods of kube-proxy; None: not yet."""
        nodes = self._items("/api/v1/nodes")
        if not all(_is_ready(node) for node in nodes):
            return None
        pods = self._items(PROXY_PODS)
        found = self._insist("GET", DAEMON_SET)
        if found.status == 404:
            return None if pods else []
        status = found.body["status"]
        current = status.get("observedGeneration") == found.body["metadata"]["generation"]
        rolled_out = current and status.get("updatedNumberScheduled") == status.get("numberAvailable") == len(pods) == len(nodes)
        return pods if rolled_out else None

    def _has_synced(self, pod: t.Mapping[str, t.Any]) -> bool:
        """Whether kube-proxy has written its first rules: a pod of it counts as available before that."""
        answer = self._api.request("GET", f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}:10249/proxy/metrics")
        times = [float(when) for when in SYNCED.findall(str(answer.body))] if answer.status == 200 else []
        return bool(times) and all(times)

    def _is_known(self, pod: t.Mapping[str, t.Any]) -> bool:
        """Whether its kubelet knows the pod: one that has just started counts as ready before that, and finds nothing to run commands in."""
        path = f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}/log?container=kube-proxy&limitBytes=1"
        return self._api.request("GET", path).status == 200

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
