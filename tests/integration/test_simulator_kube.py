# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Kubernetes API and the kube-proxy rollout."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.support.raw import Raw
from tests.support.simulator import Simulator

NFTABLES = {"enabled": True, "mode": "NFTABLES"}


PODS = "/api/v1/namespaces/kube-system/pods"
SELECTED = f"{PODS}?labelSelector=component%3Dkube-proxy"
DAEMON_SET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"


def pods(raw: Raw) -> list[dict[str, t.Any]]:
    return raw.kube("aks-a", SELECTED).body["items"]


def until(condition: t.Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


def modes(raw: Raw) -> list[t.Any]:
    return [raw.kube("aks-a", f"{PODS}/{pod['metadata']['name']}:10249/proxy/proxyMode").body for pod in pods(raw)]


def test_what_kube_proxy_answers(simulator: Simulator) -> None:
    leaf = {
        "enabled": True,
        "mode": "IPVS",
        "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900, "udpTimeoutSeconds": 30},
    }
    simulator.make_cluster("aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": leaf}}})
    raw, pod = Raw(simulator), pods(Raw(simulator))[0]
    base = f"{PODS}/{pod['metadata']['name']}"
    assert raw.kube("aks-a", f"{base}:10249/proxy/proxyMode").body == "ipvs"
    config = raw.kube("aks-a", f"{base}:10249/proxy/configz").body["kubeproxy.config.k8s.io"]
    assert (config["mode"], config["hostnameOverride"]) == ("ipvs", pod["spec"]["nodeName"])
    assert {key: config["ipvs"][key] for key in ("scheduler", "tcpTimeout", "udpTimeout")} == {
        "scheduler": "lc",
        "tcpTimeout": "15m0s",
        "udpTimeout": "30s",
    }
    assert raw.kube("aks-a", f"{base}:10256/proxy/healthz").body["healthy"] is True
    metrics = raw.kube("aks-a", f"{base}:10249/proxy/metrics").body
    stamps = [float(line.split()[1]) for line in metrics.splitlines() if "_timestamp_seconds{" in line]
    assert stamps
    assert all(abs(time.time() - stamp) < 5 for stamp in stamps)
    assert raw.kube("aks-a", f"{base}:10249/proxy/nothing").body == "404 page not found\n"
    command = pod["spec"]["containers"][0]["command"]
    assert command[-4:] == ["--proxy-mode=ipvs", "--ipvs-scheduler=lc", "--ipvs-tcp-timeout=900s", "--ipvs-udp-timeout=30s"]


def test_errors_of_the_api_server(simulator: Simulator) -> None:
    raw, name = Raw(simulator), pods(Raw(simulator))[0]["metadata"]["name"]
    assert raw.kube("aks-a", f"{PODS}/kube-proxy-none:10249/proxy/proxyMode").body["reason"] == "NotFound"
    assert raw.kube("aks-a", "/apis/operator.tigera.io/v1/installations").status == 404
    assert raw.kube("aks-a", f"/api/v1/nodes/{pods(raw)[0]['spec']['nodeName']}:10249/proxy/proxyMode").status == 403
    assert raw.kube("aks-a", f"{PODS}/{name}/log?previous=true").status == 400
    assert raw.ask("GET", f"/k8s/aks-a{PODS}", None, {"Authorization": "Bearer no"}).body["reason"] == "Unauthorized"
    simulator.kube("aks-a", metrics_loopback=True)
    refused = raw.kube("aks-a", f"{PODS}/{name}:10249/proxy/proxyMode")
    assert (refused.status, refused.body["reason"]) == (503, "ServiceUnavailable")
    assert refused.body["message"].endswith(":10249: connect: connection refused")
    simulator.kube("aks-a", deny=["/proxy/"])
    denied = raw.kube("aks-a", f"{PODS}/{name}:10249/proxy/proxyMode")
    assert denied.status == 403
    assert denied.body["message"] == (
        f'pods "{name}:10249" is forbidden: User "clusterUser" cannot get resource "pods/proxy" in API group "" in the namespace "kube-system"'
    )


def test_lists_are_paged_and_selected(simulator: Simulator) -> None:
    simulator.make_cluster("aks-a", nodes=7)
    raw = Raw(simulator)
    names, token = [], ""
    while True:
        body = raw.kube("aks-a", f"/api/v1/nodes?limit=3&continue={token}").body
        names += [node["metadata"]["name"] for node in body["items"]]
        token = body["metadata"].get("continue", "")
        if not token:
            break
    assert names == [f"aks-nodepool1-12345678-vmss{number:06d}" for number in range(7)]
    assert len(raw.kube("aks-a", f"{PODS}?fieldSelector=spec.nodeName%3D{names[2]}").body["items"]) == 1
    assert raw.kube("aks-a", f"{PODS}?labelSelector=component!%3Dkube-proxy").body["items"] == []
    assert raw.kube("aks-a", "/api/v1/namespaces/shop/services?limit=1").body["items"][0]["metadata"]["name"] == "web"
    assert len(raw.kube("aks-a", "/api/v1/services").body["items"]) == 4


def test_every_list_is_of_what_was_asked_for(simulator: Simulator) -> None:
    """Also where the path of other objects has the word in it, and where there is nothing of the kind."""
    raw = Raw(simulator)
    found = raw.kube("aks-a", "/api/v1/namespaces").body
    assert found["kind"] == "NamespaceList"
    assert [item["metadata"]["name"] for item in found["items"]] == ["default", "kube-node-lease", "kube-public", "kube-system", "shop"]
    assert not [item for item in found["items"] if "kind" in item], "the list says it for all"
    assert raw.kube("aks-a", "/api/v1/namespaces/kube-system").body["metadata"]["name"] == "kube-system"
    empty = raw.kube("aks-a", "/apis/discovery.k8s.io/v1/endpointslices").body
    assert (empty["kind"], empty["items"]) == ("EndpointSliceList", [])


@pytest.mark.parametrize("token", ["nonsense", "%25", "bm90aGluZw=="])
def test_a_malformed_continue_token(simulator: Simulator, token: str) -> None:
    answer = Raw(simulator).kube("aks-a", f"/api/v1/nodes?limit=1&continue={token}")
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
    assert answer.body["message"].startswith("invalid continue token: continue key is not valid")


def test_an_unknown_resource_is_refused_before_it_is_missed(simulator: Simulator) -> None:
    path = "/apis/operator.tigera.io/v1/installations"
    raw = Raw(simulator)
    assert raw.kube("aks-a", path).status == 404
    simulator.kube("aks-a", deny=["tigera"])
    refused = raw.kube("aks-a", path)
    assert (refused.status, refused.body["message"]) == (
        403,
        'installations.operator.tigera.io is forbidden: User "clusterUser" cannot list resource "installations" '
        'in API group "operator.tigera.io" at the cluster scope',
    )


def test_added_objects_and_changed_nodes(simulator: Simulator) -> None:
    path = "/apis/operator.tigera.io/v1/installations"
    item = {"kind": "Installation", "apiVersion": "operator.tigera.io/v1", "metadata": {"name": "default"}, "spec": {}}
    name = "aks-nodepool1-12345678-vmss000001"
    simulator.kube("aks-a", objects={f"{path}/default": item}, nodes={name: {"spec": {"unschedulable": True}}})
    raw = Raw(simulator)
    assert raw.kube("aks-a", f"{path}/default").body == item
    assert raw.kube("aks-a", path).body["items"] == [item]
    assert raw.kube("aks-a", f"/api/v1/nodes/{name}").body["spec"]["unschedulable"] is True
    review = raw.kube("aks-a", f"{PODS}?dryRun=All", "POST", {"kind": "Pod"})
    assert (review.status, review.body) == (201, {"kind": "Pod"})
    assert raw.kube("aks-a", PODS, "POST", {"kind": "Pod"}).status == 405


def test_rollout_replaces_pods_one_by_one(simulator: Simulator) -> None:
    simulator.settings(scale=0.02)
    raw = Raw(simulator)
    before = {pod["metadata"]["name"] for pod in pods(raw)}
    raw.put_leaf(NFTABLES)
    # Slow enough to be seen in between on a busy machine.
    simulator.settings(scale=0.05)
    seen: set[tuple[str, ...]] = set()
    lowest = 3
    limit = time.monotonic() + 20
    while set(modes_of(simulator)) != {"nftables"}:
        assert time.monotonic() < limit
        seen.add(tuple(sorted(str(mode) for mode in modes_of(simulator))))
        lowest = min(lowest, raw.kube("aks-a", DAEMON_SET).body["status"]["numberReady"])
    assert ("iptables", "iptables", "iptables") in seen
    assert any("iptables" in states and "nftables" in states for states in seen)
    assert lowest == 2
    until(lambda: raw.kube("aks-a", DAEMON_SET).body["status"]["numberReady"] == 3)
    status = raw.kube("aks-a", DAEMON_SET).body
    assert status["status"]["updatedNumberScheduled"] == status["status"]["desiredNumberScheduled"] == 3
    assert status["status"]["observedGeneration"] == status["metadata"]["generation"] == 2
    after = {pod["metadata"]["name"] for pod in pods(raw)}
    assert len(after) == 3
    assert not before & after
    assert modes(raw) == ["nftables"] * 3


def modes_of(simulator: Simulator) -> list[t.Any]:
    return [node["mode"] for node in simulator.nodes("aks-a")]


def test_crash_loop_stops_the_rollout_and_going_back_heals_it(simulator: Simulator) -> None:
    simulator.fault("crash_loop", path="aks-a/.*vmss000000", mode="nftables")
    raw = Raw(simulator)
    raw.finish(raw.put_leaf(NFTABLES))
    until(lambda: any(pod["status"]["containerStatuses"][0]["restartCount"] > 1 for pod in pods(raw)))
    broken = next(pod for pod in pods(raw) if not pod["status"]["containerStatuses"][0]["ready"])
    assert broken["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert raw.kube("aks-a", f"{PODS}/{broken['metadata']['name']}:10249/proxy/proxyMode").status == 503
    log = raw.kube("aks-a", f"{PODS}/{broken['metadata']['name']}/log?previous=true&tailLines=1").body
    assert "can't use the nftables proxier" in log
    assert raw.kube("aks-a", DAEMON_SET).body["status"]["updatedNumberScheduled"] == 1
    raw.finish(raw.put_leaf({"enabled": True, "mode": "IPTABLES"}))
    until(lambda: raw.kube("aks-a", DAEMON_SET).body["status"]["updatedNumberScheduled"] == 3 and modes(raw) == ["iptables"] * 3)


def test_stale_rules_and_missing_rollout(simulator: Simulator) -> None:
    raw = Raw(simulator)
    simulator.fault("stale_rules", path="aks-a/.*vmss000001")
    raw.finish(raw.put_leaf(NFTABLES))
    until(lambda: modes(raw) == ["nftables"] * 3)
    healthy = {
        pod["spec"]["nodeName"][-1]: raw.kube("aks-a", f"{PODS}/{pod['metadata']['name']}:10256/proxy/healthz").status for pod in pods(raw)
    }
    assert healthy == {"0": 200, "1": 503, "2": 200}
    assert simulator.nodes("aks-a")[1]["nft_tables"] == []
    simulator.fault("no_rollout", path="aks-b")
    raw.finish(raw.put_leaf(NFTABLES, name="aks-b"))
    assert [node["mode"] for node in simulator.nodes("aks-b")] == ["iptables"] * 3


def test_disabled_leaves_the_rules(simulator: Simulator) -> None:
    simulator.make_cluster("aks-a", seed="byo-cni")
    raw = Raw(simulator)
    chains = simulator.nodes("aks-a")[0]["kube_chains"]
    raw.finish(raw.put_leaf({"enabled": False}))
    until(lambda: pods(raw) == [])
    assert raw.kube("aks-a", DAEMON_SET).status == 404
    assert simulator.nodes("aks-a")[0]["kube_chains"] == chains
    raw.finish(raw.put_leaf({"enabled": True, "mode": "IPTABLES"}))
    until(lambda: modes(raw) == ["iptables"] * 3)


@pytest.mark.parametrize("pool", [{"name": "win", "count": 1, "osType": "Windows", "vmSize": "Standard_D4ds_v5"}])
def test_windows_nodes_have_no_kube_proxy_pod(simulator: Simulator, pool: dict[str, t.Any]) -> None:
    linux = simulator.cluster("aks-a")["properties"]["agentPoolProfiles"]
    simulator.make_cluster("aks-a", patch={"properties": {"agentPoolProfiles": [*linux, pool]}})
    raw = Raw(simulator)
    assert len(raw.kube("aks-a", "/api/v1/nodes").body["items"]) == 4
    assert len(pods(raw)) == 3
