# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults do what their names say."""

from __future__ import annotations

import http.client
import json
import pathlib
import socket
import ssl
import time
import typing as t
import urllib.parse

import pytest
import yaml

from tests.support.raw import Raw
from tests.support.simulator import Simulator

NFTABLES = {"enabled": True, "mode": "NFTABLES"}
NODES = "/api/v1/nodes"
KUBE = "^/k8s/aks-a/"
# Seconds that a connection may take; a handshake that hangs takes all of them.
QUICK = 2.0


def until(condition: t.Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("kind", "details", "status", "code"),
    [
        ("throttle", {"retry_after": "7"}, 429, "SubscriptionRequestsThrottled"),
        ("server_error", {"status": 500}, 500, "ServiceUnavailable"),
        ("server_error", {"status": 502}, 502, "BadGatewayConnection"),
        ("forbidden", {}, 403, "AuthorizationFailed"),
        ("conflict", {}, 409, "OperationNotAllowed"),
        ("etag_race", {}, 409, "EtagMismatch"),
        ("etag", {}, 412, "PreconditionFailed"),
        ("unauthorized", {}, 401, "ExpiredAuthenticationToken"),
    ],
)
def test_answers(simulator: Simulator, kind: str, details: dict[str, object], status: int, code: str) -> None:
    simulator.fault(kind, path="managedclusters/aks-a$", method="get", skip=1, **details)
    raw = Raw(simulator)
    path = raw.cluster_path("aks-a")
    answers = [raw.arm("GET", path) for _turn in range(3)]
    assert [answer.status for answer in answers] == [200, status, 200]
    body = answers[1].body
    assert body.get("error", body)["code"] == code
    assert answers[1].headers.get("retry-after") == details.get("retry_after")
    assert [entry["status"] for entry in simulator.log("arm")] == [200, status, 200]


def test_forbidden_names_the_action(simulator: Simulator) -> None:
    simulator.fault("forbidden", path="/features/.*/register$")
    raw = Raw(simulator)
    scope = f"/subscriptions/{simulator.subscription_id}/providers/Microsoft.Features/providers/Microsoft.ContainerService"
    answer = raw.arm("POST", f"{scope}/features/KubeProxyConfigurationPreview/register", version="2021-07-01")
    assert "action 'Microsoft.Features/providers/features/register/action' over scope" in answer.body["error"]["message"]


def test_kubernetes_faults_are_status_objects(simulator: Simulator) -> None:
    simulator.fault("forbidden", path="^/k8s/aks-a/api/v1/nodes", times=2)
    simulator.fault("unauthorized", path="^/k8s/aks-a/version")
    raw = Raw(simulator)
    assert raw.kube("aks-a", "/api/v1/nodes").body["reason"] == "Forbidden"
    assert raw.kube("aks-a", "/version").body["reason"] == "Unauthorized"
    assert raw.kube("aks-b", "/api/v1/nodes").status == 200


def test_reset_after_the_work_was_done(simulator: Simulator) -> None:
    simulator.fault("reset", method="PUT", after=True)
    raw = Raw(simulator)
    with pytest.raises((ConnectionError, http.client.HTTPException, OSError)):
        raw.put_leaf(NFTABLES)
    assert raw.leaf() == NFTABLES
    assert [entry["status"] for entry in simulator.log("arm", "PUT")] == [None]


def test_slow(simulator: Simulator) -> None:
    simulator.fault("slow", path="/version$", seconds=0.3)
    raw, start = Raw(simulator), time.monotonic()
    assert raw.kube("aks-a", "/version").status == 200
    assert time.monotonic() - start >= 0.3


def test_failed_operation(simulator: Simulator) -> None:
    simulator.fault("operation_failed", path="aks-a", code="ReconcileAddonsError", message="Reconcile addons failed.")
    raw = Raw(simulator)
    status = raw.finish(raw.put_leaf(NFTABLES))
    assert (status["status"], status["error"]) == ("Failed", {"code": "ReconcileAddonsError", "message": "Reconcile addons failed."})
    assert simulator.cluster("aks-a")["properties"]["provisioningState"] == "Failed"
    assert {node["mode"] for node in simulator.nodes("aks-a")} == {"iptables"}
    assert raw.finish(raw.put_leaf({**NFTABLES, "enabled": True}))["status"] == "Succeeded"


def test_stuck_operation_goes_on_when_the_fault_is_cleared(simulator: Simulator) -> None:
    simulator.fault("operation_stuck", path="aks-a")
    raw = Raw(simulator)
    answer = raw.put_leaf(NFTABLES)
    time.sleep(0.6)
    assert raw.arm("GET", answer.headers["azure-asyncoperation"]).body["status"] == "ReconcilingAddons"
    simulator.clear_faults()
    assert raw.finish(answer)["status"] == "Succeeded"


def test_unknown_fault_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="unknown kind of fault"):
        simulator.fault("meteor")
    with pytest.raises(ValueError, match="unknown moment"):
        simulator.fault("slow", moment="tomorrow")


def test_starting_refuses_whoever_has_the_right(simulator: Simulator) -> None:
    """The words of an API server whose RBAC is not there yet, and then the true answer."""
    simulator.fault("starting", path=KUBE, times=4)
    raw = Raw(simulator)
    pods = "/api/v1/namespaces/kube-system/pods"
    reported = [raw.kube("aks-a", path) for path in (NODES, pods, f"{pods}/kube-proxy-x:10249/proxy/proxyMode", "/version", NODES)]
    assert [answer.status for answer in reported] == [403, 403, 403, 403, 200]
    assert {answer.body["reason"] for answer in reported[:4]} == {"Forbidden"}
    assert [answer.body["message"] for answer in reported[:4]] == [
        'nodes is forbidden: User "clusterUser" cannot list resource "nodes" in API group "" at the cluster scope',
        'pods is forbidden: User "clusterUser" cannot list resource "pods" in API group "" in the namespace "kube-system"',
        'pods "kube-proxy-x:10249" is forbidden: User "clusterUser" cannot get resource "pods/proxy" in API group "" in the namespace "kube-system"',
        'forbidden: User "clusterUser" cannot get path "/version"',
    ]


@pytest.mark.parametrize(
    ("kind", "details", "status"),
    [
        ("unauthorized", {}, 401),
        ("server_error", {"status": 500}, 500),
        ("server_error", {}, 503),
        ("server_error", {"status": 504}, 504),
    ],
)
def test_an_api_server_in_trouble(simulator: Simulator, kind: str, details: dict[str, t.Any], status: int) -> None:
    simulator.fault(kind, path=KUBE, **details)
    raw = Raw(simulator)
    answer = raw.kube("aks-a", NODES)
    assert (answer.status, answer.body["kind"], answer.body["code"]) == (status, "Status", status)
    assert "retry-after" not in answer.headers
    assert raw.kube("aks-a", NODES).status == 200


@pytest.mark.parametrize("seconds", [None, "2"])
def test_an_api_server_with_too_much_to_do(simulator: Simulator, seconds: str | None) -> None:
    simulator.fault("throttle", path=KUBE, retry_after=seconds)
    answer = Raw(simulator).kube("aks-a", NODES)
    assert (answer.status, answer.body) == (429, "Too many requests, please try again later.\n")
    assert answer.headers["retry-after"] == (seconds or "1")


def reached(simulator: Simulator, cluster: str = "aks-a") -> ssl.SSLSocket:
    """A new TLS connection to a cluster's API server."""
    config = yaml.safe_load(pathlib.Path(simulator.kubeconfig(cluster)).read_text(encoding="utf-8"))
    server = urllib.parse.urlsplit(config["clusters"][0]["cluster"]["server"])
    connection = socket.create_connection((server.hostname, server.port), timeout=QUICK)
    return ssl.create_default_context(cafile=simulator.ca).wrap_socket(connection, server_hostname="127.0.0.1")


def is_reached(simulator: Simulator) -> bool:
    try:
        reached(simulator).close()
    except OSError:
        return False
    return True


def test_a_refused_connection(simulator: Simulator) -> None:
    """Of one cluster alone; Azure and the other clusters answer meanwhile, and so does this one afterwards."""
    simulator.fault("refused", path=KUBE)
    raw = Raw(simulator)
    until(lambda: refuses(simulator))
    assert raw.kube("aks-b", NODES).status == 200
    assert raw.arm("GET", raw.cluster_path("aks-a")).status == 200
    simulator.clear_faults()
    until(lambda: is_reached(simulator))
    assert raw.kube("aks-a", NODES).status == 200


def refuses(simulator: Simulator) -> bool:
    try:
        reached(simulator).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def test_a_handshake_that_hangs(simulator: Simulator) -> None:
    simulator.fault("handshake", path=KUBE)
    with pytest.raises(TimeoutError):
        reached(simulator)
    reached(simulator).close()
    reached(simulator, "aks-b").close()


def test_a_handshake_goes_on_when_its_time_is_over(simulator: Simulator) -> None:
    simulator.fault("handshake", path=KUBE, lasts=QUICK / 4)
    reached(simulator).close()
    assert simulator.control("GET", "faults")[0]["hits"] == 1


def test_connections_from_before_the_trouble_are_cut(simulator: Simulator) -> None:
    connection = reached(simulator)
    simulator.fault("handshake", path=KUBE)
    connection.sendall(b"GET /k8s/aks-a/version HTTP/1.1\r\nHost: x\r\n\r\n")
    assert is_cut(connection)


def is_cut(connection: ssl.SSLSocket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_request_that_hangs(simulator: Simulator) -> None:
    """Until the connection is cut, where the fault gives it a time; the next one is answered."""
    simulator.fault("hang", path=KUBE, seconds=0.2)
    raw = Raw(simulator)
    with pytest.raises((ConnectionError, http.client.HTTPException, OSError)):
        raw.kube("aks-a", NODES)
    assert raw.kube("aks-a", NODES).status == 200
    assert [entry["status"] for entry in simulator.log("kube")] == [None, 200]


def test_refused_then_slow(simulator: Simulator) -> None:
    simulator.fault("refused", path=KUBE, lasts=0.3)
    simulator.fault("slow", path=KUBE, delay=0.3, seconds=0.2)
    until(lambda: refuses(simulator))
    until(lambda: is_reached(simulator))
    raw, start = Raw(simulator), time.monotonic()
    assert raw.kube("aks-a", NODES).status == 200
    assert time.monotonic() - start >= 0.2


def test_at_the_nth_request(simulator: Simulator) -> None:
    """The third request is cut, and nobody answers from then on."""
    simulator.fault("refused", path=f"{KUBE}api/v1/nodes", skip=2)
    raw = Raw(simulator)
    assert [raw.kube("aks-a", path).status for path in (NODES, "/version", NODES)] == [200, 200, 200]
    with pytest.raises(OSError, match=r"reset|closed|EOF|refused"):
        raw.kube("aks-a", NODES)


def test_for_a_time_from_the_nth_request_on(simulator: Simulator) -> None:
    simulator.fault("server_error", path=KUBE, skip=1, lasts=0.5)
    raw = Raw(simulator)
    assert [raw.kube("aks-a", NODES).status for _turn in range(3)] == [200, 503, 503]
    until(lambda: raw.kube("aks-a", NODES).status == 200)


@pytest.mark.parametrize("moment", ["accepted", "rollout", "rolled_out"])
def test_from_a_moment_on(simulator: Simulator, moment: str) -> None:
    """Nothing happens before, nor because of another cluster's moment."""
    simulator.fault("unauthorized", path=KUBE, moment=moment, cluster="aks-a", times=None)
    raw = Raw(simulator)
    raw.finish(raw.put_leaf(NFTABLES, name="aks-b"))
    until(lambda: {node["mode"] for node in simulator.nodes("aks-b")} == {"nftables"})
    assert raw.kube("aks-a", NODES).status == 200
    raw.put_leaf(NFTABLES)
    until(lambda: raw.kube("aks-a", NODES).status == 401)
    modes = {node["mode"] for node in simulator.nodes("aks-a")}
    assert modes == {"nftables"} or moment != "rolled_out"


def test_a_restart_of_the_api_server(simulator: Simulator) -> None:
    """Refused, then silent, then forbidden, then well; reported in that order."""
    simulator.restart_api_server("aks-a", moment="accepted", refused=0.4, handshake=0.4, starting=0.4)
    raw, seen = Raw(simulator), list[str]()
    assert raw.kube("aks-a", NODES).status == 200
    raw.put_leaf(NFTABLES)

    def look() -> str:
        try:
            with reached(simulator):
                pass
            return str(raw.kube("aks-a", NODES).status)
        except ConnectionRefusedError:
            return "refused"
        except OSError:
            return "silent"

    limit = time.monotonic() + 20
    while seen[-1:] != ["200"] or len(seen) < 2:
        assert time.monotonic() < limit
        reported = look()
        if seen[-1:] != [reported] and (reported != "200" or seen):
            seen.append(reported)
    assert [word for word in seen if word in ("refused", "403", "200")] == ["refused", "403", "200"]


def test_healthy_but_no_rules_yet(simulator: Simulator) -> None:
    """kube-proxy reports the wanted mode and its health, while the node still has the old rules."""
    simulator.fault("no_sync", path="aks-a/.*0$", mode="nftables")
    raw = Raw(simulator)
    raw.put_leaf(NFTABLES)
    until(lambda: "nftables" in {node["mode"] for node in simulator.nodes("aks-a")})
    (node,) = [node for node in simulator.nodes("aks-a") if node["mode"] == "nftables"]
    assert node["nft_tables"] == []
    pods = raw.kube("aks-a", "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Dkube-proxy").body["items"]
    (name,) = [pod["metadata"]["name"] for pod in pods if pod["spec"]["nodeName"] == node["name"]]
    base = f"/api/v1/namespaces/kube-system/pods/{name}"
    assert raw.kube("aks-a", f"{base}:10249/proxy/proxyMode").body == "nftables"
    assert raw.kube("aks-a", f"{base}:10256/proxy/healthz").status == 200
    metrics = raw.kube("aks-a", f"{base}:10249/proxy/metrics").body
    assert "sync_proxy_rules_last_queued_timestamp_seconds" in metrics
    assert "sync_proxy_rules_last_timestamp_seconds" not in metrics
    simulator.clear_faults()
    until(lambda: all(node["nft_tables"] for node in simulator.nodes("aks-a")))
    assert "sync_proxy_rules_last_timestamp_seconds" in raw.kube("aks-a", f"{base}:10249/proxy/metrics").body


@pytest.mark.parametrize(
    ("text", "content_type", "seen"),
    [
        ("{}", "application/json", {}),
        ("[]", "application/json", []),
        ("<html><body>Sign in</body></html>", "text/html", "<html><body>Sign in</body></html>"),
    ],
)
def test_something_else_answers(simulator: Simulator, text: str, content_type: str, seen: t.Any) -> None:
    """With 200, to an object, to a list, and to a PUT that was carried out."""
    raw = Raw(simulator)
    one, many = raw.cluster_path("aks-a"), raw.cluster_path("aks-a").rpartition("/")[0]
    body = raw.arm("GET", one).body
    for path, method in ((one, "GET"), (many, "GET"), (one, "PUT")):
        simulator.fault("answer", path=f"{path}$", method=method, text=text, content_type=content_type, after=True)
        answer = raw.arm(method, path, body if method == "PUT" else None)
        assert (answer.status, answer.headers["content-type"], answer.body) == (200, content_type, seen)
        assert raw.arm("GET", path).body != seen
    assert len(simulator.control("GET", "clusters/aks-a")["eTag"]) == 36
    simulator.fault("answer", path=f"{KUBE}api/v1/nodes", text=text, content_type=content_type)
    assert raw.kube("aks-a", NODES).body == seen


def test_the_body_of_another_cluster(simulator: Simulator) -> None:
    raw = Raw(simulator)
    other = raw.arm("GET", raw.cluster_path("aks-b")).body
    simulator.fault("answer", path="managedClusters/aks-a$", method="GET", text=json.dumps(other))
    assert raw.arm("GET", raw.cluster_path("aks-a")).body == other
    assert raw.arm("GET", raw.cluster_path("aks-a")).body["name"] == "aks-a"


def test_a_bad_second_page(simulator: Simulator) -> None:
    """Of Azure's lists, whose pages are short here."""
    simulator.make_cluster("aks-c", nodes=0)
    simulator.fault("answer", path="/managedClusters$", skip=1, text="<html>", content_type="text/html")
    raw = Raw(simulator)
    first = raw.arm("GET", raw.cluster_path("x").rpartition("/")[0]).body
    assert [cluster["name"] for cluster in first["value"]] == ["aks-a", "aks-b"]
    assert raw.arm("GET", first["nextLink"]).body == "<html>"


@pytest.mark.parametrize("status", [501, 505, 520, 524, 599])
def test_an_error_after_the_work_was_done(simulator: Simulator, status: int) -> None:
    simulator.fault("server_error", method="PUT", after=True, status=status)
    raw = Raw(simulator)
    assert raw.put_leaf(NFTABLES).status == status
    assert raw.leaf() == NFTABLES


@pytest.mark.parametrize(("condition", "status", "pool"), [("*", 412, "nodepool1"), ("", 200, "mine")])
def test_somebody_else_creates_the_cluster_first(simulator: Simulator, condition: str, status: int, pool: str) -> None:
    """Between our look and our PUT: who asks for a creation is refused, who does not overwrites what the other one made."""
    simulator.fault("created_meanwhile", path="^new$")
    raw = Raw(simulator)
    assert raw.arm("GET", raw.cluster_path("new")).status == 404
    body = {"location": "westeurope", "properties": {"agentPoolProfiles": [{"name": "mine"}]}}
    assert raw.arm("PUT", raw.cluster_path("new"), body, if_none_match=condition).status == status
    assert simulator.cluster("new")["properties"]["agentPoolProfiles"][0]["name"] == pool
