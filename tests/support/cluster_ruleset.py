# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_node_ruleset on the real cluster: the module, two rulesets, and what is on the nodes."""

from __future__ import annotations

import contextlib
import subprocess
import time
import typing as t

from tests.cluster.client import ClusterClient
from tests.support.counted_traffic import CLOSED
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NAMESPACE = "aks-dataplane"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"
LEVEL = "pod-security.kubernetes.io/enforce"
# Both close the port of the counted traffic.
RULES = f"""table inet base {{
    chain input {{
        type filter hook input priority filter;
        udp dport {CLOSED} drop
        tcp dport 4711 drop
    }}
}}
"""
OTHER = RULES.replace("4711", "4712")
# Of a machine that does much else; nobody waits so long for what holds.
SECONDS = 300.0


class ClusterRuleset:
    """Runs the module on the real cluster."""

    def __init__(self, cloud: Simulator, cluster: ClusterClient) -> None:
        self.cloud, self.cluster, self.api = cloud, cluster, cluster.api

    def __call__(self, content: str | None = RULES, **options: t.Any) -> dict[str, t.Any]:
        check = options.pop("check", False)
        args = {"resource_group": self.cloud.resource_group, "name": "aks-a", "ruleset": "base", "content": content}
        times = {"poll_interval": 1, "min_ready_seconds": 1, "wait_timeout": 240, "lockout_timeout": 10}
        given = {name: value for name, value in {**args, **times, **options}.items() if value is not None}
        return run_module("aks_node_ruleset", given, check=check, env=self.cloud.environment())

    def level(self, level: str) -> None:
        """What Pod Security allows in the namespace."""
        self.api.request("PATCH", HOME, {"metadata": {"labels": {LEVEL: level}}}, "application/merge-patch+json")

    def scale(self, count: int) -> None:
        """Azure adds nodes, or takes some away."""
        pools = self.cloud.cluster("aks-a")["properties"]["agentPoolProfiles"]
        self.cloud.set_cluster("aks-a", {"properties": {"agentPoolProfiles": [{**pools[0], "count": count}]}})
        self.cloud.apply("aks-a")

    def nft(self, node: str, *words: str) -> str:
        net = f"--net=/proc/{self.cluster.pids()[node]}/ns/net"
        return subprocess.run(["nsenter", net, "nft", *words], check=True, capture_output=True, text=True, timeout=30).stdout

    def has(self, node: str, text: str) -> bool:
        return text in self.nft(node, "list", "ruleset")

    def on_all(self, text: str) -> list[bool]:
        return [self.has(name, text) for name in self.cluster.pids()]

    def pods(self) -> list[dict[str, t.Any]]:
        return t.cast("list[dict[str, t.Any]]", self.api.request("GET", f"{HOME}/pods").body["items"])

    def ready(self) -> set[str]:
        """Nodes whose pod is ready."""
        return {
            pod["spec"].get("nodeName", "")
            for pod in self.pods()
            if any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
        }

    def ours(self) -> list[str]:
        found = [
            item["metadata"]["name"]
            for path in (f"{HOME}/pods", SETS, f"{HOME}/configmaps")
            for item in self.api.request("GET", path).body["items"]
        ]
        return [name for name in found if name != "kube-root-ca.crt"]


def until(holds: t.Callable[[], t.Any], seconds: float = SECONDS, what: str = "") -> float:
    """How many seconds it took; AssertionError with what has not become so."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + seconds, f"not within {seconds:.0f} seconds: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


@contextlib.contextmanager
def cluster_ruleset(cloud: Simulator, cluster: ClusterClient) -> t.Iterator[ClusterRuleset]:
    """With a namespace, which is gone afterwards, and all that is in it."""
    made = ClusterRuleset(cloud, cluster)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {LEVEL: "privileged"}}}
    answer = made.api.request("POST", "/api/v1/namespaces", namespace)
    assert answer.status == 201, answer.body
    try:
        yield made
    finally:
        made(None, state="absent")
        made.api.request("DELETE", HOME)
        until(lambda: made.api.request("GET", HOME).status == 404)
