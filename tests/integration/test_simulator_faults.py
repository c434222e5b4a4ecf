# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults do what their names say."""

from __future__ import annotations

import http.client
import time

import pytest

from tests.support.raw import Raw
from tests.support.simulator import Simulator

NFTABLES = {"enabled": True, "mode": "NFTABLES"}


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
    simulator.fault("throttle", path="^/k8s/aks-a/version")
    raw = Raw(simulator)
    assert raw.kube("aks-a", "/api/v1/nodes").body["reason"] == "Forbidden"
    assert raw.kube("aks-a", "/version").body["reason"] == "TooManyRequests"
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
