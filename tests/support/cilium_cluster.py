# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated cluster with Cilium and eBPF host routing, and what its API server shows."""

from __future__ import annotations

import time
import typing as t

from tests.support.raw import STABLE, Answer, Raw
from tests.support.simulator import Simulator

SYSTEM = "/api/v1/namespaces/kube-system"
PODS = f"{SYSTEM}/pods?labelSelector=k8s-app%3Dcilium"
DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
CILIUM_NODES = "/apis/cilium.io/v2/ciliumnodes"
EVENTS = "/api/v1/namespaces/default/events?fieldSelector=source%3Dazure-iptables-monitor"
LABEL = "kubernetes.azure.com/ebpf-host-routing"
USER_RULES = "kubernetes.azure.com/user-iptables-rules"
OFF = {"properties": {"networkProfile": {"advancedNetworking": {"performance": {"accelerationMode": "None"}}}}}
NODES = [f"aks-nodepool1-12345678-vmss{number:06d}" for number in range(6)]


def until(condition: t.Callable[[], t.Any]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


class CiliumCluster:
    """The cluster aks-a, made anew with Cilium."""

    def __init__(self, simulator: Simulator, patch: t.Mapping[str, t.Any] | None = None, nodes: int = 3) -> None:
        self.simulator = simulator
        simulator.make_cluster("aks-a", seed="cilium-acns", patch=patch or {}, nodes=nodes)
        self.raw = Raw(simulator)

    def get(self, path: str) -> t.Any:
        return self.raw.kube("aks-a", path).body

    def switch(self, mode: str) -> Answer:
        path = self.raw.cluster_path("aks-a")
        body = self.raw.arm("GET", path, version=STABLE).body
        body["properties"]["networkProfile"]["advancedNetworking"]["performance"] = {"accelerationMode": mode}
        accepted = self.raw.arm("PUT", path, body, version=STABLE)
        assert accepted.status == 200, accepted
        return accepted

    def names(self) -> list[str]:
        return [node["name"] for node in self.simulator.nodes("aks-a")]

    def labelled(self) -> list[str]:
        return [item["metadata"]["name"] for item in self.get(f"/api/v1/nodes?labelSelector={LABEL}%3Dtrue")["items"]]

    def state(self, node: str) -> dict[str, t.Any]:
        """The pod of a node as the simulator knows it."""
        return next(item["cilium"] or {} for item in self.simulator.nodes("aks-a") if item["name"] == node)

    def pod(self, node: str) -> dict[str, t.Any]:
        return next(pod for pod in self.get(PODS)["items"] if pod["spec"]["nodeName"] == node)

    def log(self, node: str, container: str) -> Answer:
        return self.raw.kube("aks-a", f"{SYSTEM}/pods/{self.state(node)['pod']}/log?container={container}")

    def user_rules(self) -> dict[str, str]:
        return {item["metadata"]["name"]: item["metadata"]["labels"][USER_RULES] for item in self.get(CILIUM_NODES)["items"]}

    def events(self) -> set[tuple[str, str]]:
        return {(event["involvedObject"]["name"], event["reason"]) for event in self.get(EVENTS)["items"]}


def init_states(pod: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {one["name"]: next(iter(one["state"])) for one in pod["status"]["initContainerStatuses"]}
