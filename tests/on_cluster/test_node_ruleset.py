# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_node_ruleset on the real cluster: tables come, stay, change, come to new nodes, are rolled back, and go."""

from __future__ import annotations

import subprocess
import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.support.modules import run_module
from tests.support.simulator import Simulator

NAMESPACE = "aks-dataplane"
HOME = f"/api/v1/namespaces/{NAMESPACE}"
SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"
LEVEL = "pod-security.kubernetes.io/enforce"
RULES = "table inet base {\n    chain input {\n        type filter hook input priority filter;\n        tcp dport 4711 drop\n    }\n}\n"
OTHER = RULES.replace("4711", "4712")
INBOUND = RULES.replace("4711 drop", "4711 drop\n        iif != lo tcp dport 10250 drop")
OUTBOUND = RULES.replace("hook input", "hook output").replace("tcp dport 4711 drop", "oif != lo tcp flags & (syn | ack) == syn drop")
SECONDS = 120.0


class Ruleset:
    """Runs the module on the real cluster."""

    def __init__(self, cloud: Simulator, cluster: ClusterClient) -> None:
        self.cloud, self.cluster, self.api = cloud, cluster, cluster.api

    def __call__(self, content: str | None = RULES, **options: t.Any) -> dict[str, t.Any]:
        check = options.pop("check", False)
        args = {"resource_group": self.cloud.resource_group, "name": "aks-a", "ruleset": "base", "content": content}
        times = {"poll_interval": 1, "min_ready_seconds": 1, "wait_timeout": 180, "lockout_timeout": 10}
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


def until(holds: t.Callable[[], t.Any], seconds: float = SECONDS) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + seconds
        time.sleep(0.1)
    return time.monotonic() - begun


@pytest.fixture
def ruleset(cloud: Simulator, cluster: ClusterClient) -> t.Iterator[Ruleset]:
    made = Ruleset(cloud, cluster)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": {LEVEL: "privileged"}}}
    answer = made.api.request("POST", "/api/v1/namespaces", namespace)
    assert answer.status == 201, answer.body
    try:
        yield made
    finally:
        made(None, state="absent")
        made.api.request("DELETE", HOME)
        until(lambda: made.api.request("GET", HOME).status == 404)


@pytest.mark.parametrize(
    ("level", "pods", "by", "remedy"),
    [
        ("restricted", None, "Pod Security", f"`kubectl label --overwrite namespace {NAMESPACE} {LEVEL}=privileged`"),
        ("baseline", None, "Pod Security", f"`kubectl label --overwrite namespace {NAMESPACE} {LEVEL}=privileged`"),
        ("privileged", "0", "a quota", f"`kubectl --namespace {NAMESPACE} describe resourcequota`, and let an administrator raise"),
    ],
)
def test_what_the_namespace_does_not_allow_is_refused_with_the_remedy(
    ruleset: Ruleset, level: str, pods: str | None, by: str, remedy: str
) -> None:
    ruleset.level(level)
    if pods is not None:
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": pods}}}
        assert ruleset.api.request("POST", f"{HOME}/resourcequotas", quota).status == 201
        until(lambda: "hard" in ruleset.api.request("GET", f"{HOME}/resourcequotas/few").body.get("status", {}))
    refused = ruleset()
    assert (refused["error"]["code"], refused["error"]["by"]) == ("RulesetRefused", by), refused
    assert remedy in refused["msg"]
    assert ruleset.ours() == []


def test_tables_come_stay_change_and_go(ruleset: Ruleset) -> None:
    first = ruleset()
    assert (first["state"], first["changed"], ruleset.on_all("dport 4711")) == ("as declared", True, [True] * 3), first
    assert not ruleset()["changed"]
    # Somebody removes a table: a keeper looks every 30 seconds.
    node = sorted(ruleset.cluster.pids())[0]
    ruleset.nft(node, "delete", "table", "inet", "base")
    assert until(lambda: ruleset.has(node, "dport 4711")) <= 35
    until(lambda: ruleset(check=True)["nodes"][0]["repairs"] == 1)
    before = {pod["metadata"]["name"] for pod in ruleset.pods()}
    second = ruleset(OTHER)
    assert (second["state"], ruleset.on_all("dport 4712")) == ("as declared", [True] * 3), second
    assert not before & {pod["metadata"]["name"] for pod in ruleset.pods()}
    # Another machine takes the place of one.
    known = set(ruleset.cluster.pids())
    ruleset.scale(4)
    until(lambda: set(ruleset.cluster.pids()) - known)
    new = (set(ruleset.cluster.pids()) - known).pop()
    until(lambda: new in ruleset.ready())
    assert ruleset.has(new, "dport 4712")
    ruleset.scale(3)
    until(lambda: len(ruleset.cluster.pids()) == len(known))
    third = ruleset(OTHER)
    assert (third["state"], third["changed"], {one["state"] for one in third["nodes"]}) == ("as declared", False, {"as declared"})
    gone = ruleset(None, state="absent")
    assert (gone["state"], ruleset.on_all("inet base"), ruleset.ours()) == ("absent", [False] * 3, []), gone


def test_a_cutting_rule_stops_at_one_node_and_is_taken_back(ruleset: Ruleset) -> None:
    assert ruleset()["state"] == "as declared"
    for rules, word, seconds in ((OUTBOUND, "syn", 5), (INBOUND, "10250", 20)):
        before = {pod["metadata"]["name"] for pod in ruleset.pods()}
        result = ruleset(rules, min_ready_seconds=seconds)
        assert result["error"]["code"] == "RulesetRolledBack", result
        assert (ruleset.on_all(word), ruleset.on_all("dport 4711")) == ([False] * 3, [True] * 3)
        # The others have their pods of before.
        assert len(before & {pod["metadata"]["name"] for pod in ruleset.pods()}) == 2
    assert not ruleset()["changed"]
