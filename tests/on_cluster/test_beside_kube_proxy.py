# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulesets of this collection beside a live kube-proxy whose Services come and go: each keeps to its own tables."""

from __future__ import annotations

import contextlib
import itertools
import re
import subprocess
import threading
import time
import typing as t

import pytest

from tests.cluster.api import Api
from tests.cluster.client import ClusterClient
from tests.cluster.traffic import Traffic
from tests.cluster.workload import NAMESPACE
from tests.support.modules import run_module
from tests.support.nft.lab import LabNode
from tests.support.nft.node import held
from tests.support.simulator import Simulator

SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"
LAST = "10.0.99.99"
CHANGES = re.compile(r"^kubeproxy_sync_proxy_rules_service_changes_total ([0-9.e+]+)$", re.MULTILINE)
FAILURES = re.compile(r"^kubeproxy_sync_proxy_rules_\w*failures_total(?:\{[^}]*\})? ([0-9.e+]+)$", re.MULTILINE)

CREATED = """
table inet ours {
    set blocked { type ipv4_addr; flags interval; elements = { 192.0.2.0/25 } }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        ip saddr @blocked counter drop
    }
}
"""
CHANGED = CREATED.replace("192.0.2.0/25", "192.0.2.0/24, 203.0.113.1")
REPLACED = CREATED.replace("    set blocked", '    comment "cannot be added in place"\n    set blocked')


class RealNode(LabNode):
    """A node of the cluster, with its network, and with a /run and an /etc that end with the test. pid: whose network it is."""

    def __init__(self, pid: int) -> None:
        self._network = pid
        super().__init__()

    def _hold(self, user: bool) -> tuple[subprocess.Popen[str], bool]:
        holder = held(["nsenter", "--target", str(self._network), "--net", "unshare", "--mount"])
        assert holder.returncode is None, holder.communicate()
        return holder, user

    def _end_processes(self) -> None:
        """Only what is the test's: others live in this network."""
        self._holder.kill()


def proxy_of(api: Api, node: str) -> str:
    query = f"labelSelector=component%3Dkube-proxy&fieldSelector=spec.nodeName%3D{node}"
    return str(api.request("GET", f"/api/v1/namespaces/kube-system/pods?{query}").body["items"][0]["metadata"]["name"])


def metric(api: Api, node: str, which: re.Pattern[str]) -> float:
    """The sum of what this kube-proxy counted so far; what it never counted is not there."""
    metrics = str(api.request("GET", f"/api/v1/namespaces/kube-system/pods/{proxy_of(api, node)}:10249/proxy/metrics").body)
    assert "kubeproxy_sync_proxy_rules_" in metrics
    return sum(map(float, which.findall(metrics)))


@contextlib.contextmanager
def services_come_and_go(api: Api) -> t.Iterator[None]:
    over = threading.Event()

    def churn() -> None:
        for number in itertools.count():
            if over.is_set():
                return
            make(api, f"brief-{number}")
            if number:
                api.request("DELETE", f"{SERVICES}/brief-{number - 1}")
            time.sleep(0.1)

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()
        for item in api.request("GET", SERVICES).body["items"]:
            if item["metadata"]["name"].startswith("brief-"):
                api.request("DELETE", f"{SERVICES}/{item['metadata']['name']}")


def make(api: Api, name: str, **spec: t.Any) -> None:
    ports = [{"port": 80, "targetPort": 8080}]
    item = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": "web"}, "ports": ports, **spec}}
    answer = api.request("POST", SERVICES, item)
    assert answer.status == 201, answer.body


def proxys_tables(node: LabNode, mode: str) -> list[str]:
    """With their handles, which are others when a table was made anew."""
    names = ("ip kube-proxy", "ip6 kube-proxy") if mode == "NFTABLES" else ("ip nat", "ip filter", "ip6 nat")
    found = [node.listing(name, "--handle", "--terse").partition("\n")[0] for name in names]
    assert all("# handle" in line for line in found), found
    return found


@pytest.mark.parametrize("mode", ["IPTABLES", "NFTABLES"])
def test_beside_a_live_kube_proxy(cloud: Simulator, cluster: ClusterClient, traffic: Traffic, mode: str) -> None:
    if mode == "NFTABLES":
        names = {"resource_group": cloud.resource_group, "name": "aks-a", "poll_interval": 1, "wait_timeout": 240}
        assert not run_module("aks_kube_proxy", {**names, "mode": mode}, env=cloud.environment()).get("failed")
        verified = run_module("aks_dataplane_status_info", {**names, "mode": mode}, env=cloud.environment())
        assert verified["verdict"]["state"] == "wanted", verified["verdict"]
    name = sorted(cluster.pids())[0]
    node = RealNode(cluster.pids()[name])
    try:
        before = proxys_tables(node, mode)
        changes, failed = metric(cluster.api, name, CHANGES), metric(cluster.api, name, FAILURES)
        with services_come_and_go(cluster.api):
            methods = []
            for content in (CREATED, CHANGED, REPLACED):
                result = node.ask(content)
                assert not result.get("failed"), result
                methods.append(result["tables"][0]["method"])
                assert node.unchanged(content)
                assert node.unchanged(content, check=True)
                seen = node.ask(name="node_dataplane_info")
                assert not seen.get("failed"), seen
                assert seen["kube_proxy"]["mode"] == mode.lower()
                owners = {f"{table['family']} {table['name']}": table["owner"] for table in seen["nft_tables"]}
                assert owners["inet ours"] == "aks-dataplane"
                assert set(owners.values()) == {"aks-dataplane", "kube-proxy" if mode == "NFTABLES" else "iptables-nft"} | (
                    {"iptables-nft"} if "iptables-nft" in owners.values() else set()
                )
            assert methods == ["create", "delta", "replace"]
        make(cluster.api, "last", clusterIP=LAST)
        try:
            until(lambda: LAST in node.ruleset())
        finally:
            cluster.api.request("DELETE", f"{SERVICES}/last")
        assert node.ask(REPLACED, state="absent")["changed"]
        until(lambda: LAST not in node.ruleset())
        assert node.listing() == ""
        assert proxys_tables(node, mode) == before
        assert metric(cluster.api, name, CHANGES) >= changes + 4
        assert metric(cluster.api, name, FAILURES) == failed
        traffic.flows(3)
    finally:
        node.nft("table inet ours\ndelete table inet ours")
        node.close()


def until(holds: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
