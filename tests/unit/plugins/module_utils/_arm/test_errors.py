# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import (
    ArmError,
    NotLabelledYet,
    OperationInProgress,
    StaleEtag,
    from_operation,
    from_response,
    parse_body,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

WHAT = "PUT /subscriptions/s/cluster"


def bare(code: str, message: str = "text.", **more: t.Any) -> dict[str, t.Any]:
    return {"code": code, "details": None, "message": message, "subcode": "", "target": "", **more}


def wrapped(code: str, message: str = "text.", **more: t.Any) -> dict[str, t.Any]:
    return {"error": {"code": code, "message": message, **more}}


def test_bare_body_of_aks() -> None:
    body = bare(
        "BadRequest", "Disabling it is not allowed.", subcode="KubeProxyConfigDisabledBYOCNIOnly", target="networkProfile.kubeProxyConfig"
    )
    error = from_response(400, body, {"x-ms-correlation-request-id": "c-1", "x-ms-request-id": "r-1"}, WHAT)
    assert error.__class__ is ArmError
    assert error.to_error() == {
        "code": "BadRequest",
        "message": "Disabling it is not allowed.",
        "subcode": "KubeProxyConfigDisabledBYOCNIOnly",
        "target": "networkProfile.kubeProxyConfig",
        "status": 400,
        "correlation_id": "c-1",
    }
    assert error.message == f"{WHAT} was answered with 400, BadRequest (KubeProxyConfigDisabledBYOCNIOnly): Disabling it is not allowed."
    assert "bring your own CNI" in error.text


def test_wrapped_body_of_the_gateway() -> None:
    error = from_response(404, wrapped("ResourceGroupNotFound", "No group."), {"x-ms-request-id": "r-1"}, WHAT)
    assert error.to_error() == {"code": "ResourceGroupNotFound", "message": "No group.", "status": 404, "correlation_id": "r-1"}
    assert (error.status, error.subcode) == (404, "")


@pytest.mark.parametrize(
    ("details", "reported"),
    [
        (None, "text."),
        ("more", "text.; more"),
        ("text.", "text."),
        (["one", "two"], "text.; one; two"),
        ([{"code": "A", "message": "b"}, {"message": "c"}, 7], "text.; A: b; c"),
    ],
)
def test_details(details: t.Any, reported: str) -> None:
    assert from_response(400, bare("X", details=details), {}, WHAT).details["message"] == reported


@pytest.mark.parametrize("body", [None, "<html>", [], 7, {}, {"error": None}, {"error": {}}, {"error": {"code": 7, "message": None}}])
def test_unreadable_body(body: t.Any) -> None:
    error = from_response(502, body, {}, WHAT)
    assert error.code == "Http502"
    assert error.message == f"{WHAT} was answered with 502."
    assert "Run again" in error.remedy


def test_oauth_body() -> None:
    assert parse_body({"error": "invalid_token", "error_description": "Bad."}).code == "invalid_token"


IN_PROGRESS = "Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish."


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (412, bare("PreconditionFailed"), StaleEtag),
        (412, None, StaleEtag),
        (409, bare("EtagMismatch", "Operation is not allowed: Another operation is in progress"), StaleEtag),
        (409, bare("OperationNotAllowed", IN_PROGRESS, details="rpc error: code = FailedPrecondition desc = Etag mismatched"), StaleEtag),
        (409, bare("OperationNotAllowed", IN_PROGRESS), OperationInProgress),
        (409, wrapped("OperationNotAllowed", IN_PROGRESS), OperationInProgress),
        (409, bare("OperationNotAllowed", "Another agentpool operation (nodepool1 - Creating) runs"), OperationInProgress),
        (409, bare("OperationNotAllowed", "Exceeding approved Total Regional Cores quota."), ArmError),
        (409, wrapped("MissingSubscriptionRegistration"), ArmError),
        (400, bare("OperationNotAllowed", IN_PROGRESS), ArmError),
        (400, bare("EtagMismatch"), ArmError),
        (
            400,
            bare("BadRequest", "User-installed iptables rules found. Number of affected nodes is 2. Try again after some time."),
            NotLabelledYet,
        ),
        (
            400,
            bare(
                "BadRequest",
                "Preflight validation check for resource(s) x failed. Message: User-installed iptables rules found. "
                "Number of affected nodes is 1, please try again after some time. Details: ",
            ),
            NotLabelledYet,
        ),
        (400, bare("BadRequest", "User-installed iptables rules found."), ArmError),
        (400, bare("BadRequest", "Please try again after some time."), ArmError),
    ],
)
def test_kind(status: int, body: t.Any, kind: type[ArmError]) -> None:
    assert from_response(status, body, {}, WHAT).__class__ is kind


@pytest.mark.parametrize(("headers", "seconds"), [({}, None), ({"retry-after": "7"}, 7.0), ({"retry-after": "soon"}, None)])
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert from_response(429, None, headers, WHAT).retry_after == seconds


PREFLIGHT = "Preflight validation check for resource(s) for container service aks-prod in resource group rg-prod failed. Message: "
BYO = (
    "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters. For more information, please check https://aka.ms/byo-cni."
)


@pytest.mark.parametrize(
    ("message", "reported"),
    [
        (f"{PREFLIGHT}{BYO} Details: ", BYO),
        (f"{PREFLIGHT}{BYO}. Details:", BYO),
        (f"{PREFLIGHT}{BYO}", BYO),
        (f"{PREFLIGHT}Zone 1 is not supported. Details: zones are 2, 3", "Zone 1 is not supported. Details: zones are 2, 3"),
        ("Preflight validation check for resource(s) for container service failed. Message: No.\nReally. Details: ", "No.\nReally."),
        (
            "Preflight validation check for resource(s) for container service failed.",
            "Preflight validation check for resource(s) for container service failed.",
        ),
        ("It failed. Message: no. Details: ", "It failed. Message: no. Details:"),
    ],
)
def test_what_a_check_of_aks_found_is_reported_without_its_wrapping(message: str, reported: str) -> None:
    error = from_response(400, bare("KubeProxyConfigDisabledBYOCNIOnly", message), {}, WHAT)
    assert error.details["message"] == reported
    assert error.code == "KubeProxyConfigDisabledBYOCNIOnly"
    assert "network plugin none" in error.remedy


def test_a_wrapped_refusal_inside_of_the_refusal_of_a_deployment() -> None:
    inner = {"code": "KubeProxyConfigDisabledBYOCNIOnly", "message": f"{PREFLIGHT}{BYO} Details: "}
    error = from_response(400, wrapped("InvalidTemplateDeployment", "See inner errors for details.", details=[inner]), {}, WHAT)
    assert error.details["message"] == f"See inner errors for details.; KubeProxyConfigDisabledBYOCNIOnly: {BYO}"
    assert "network plugin none" in error.remedy


def test_failed_operation() -> None:
    error = from_operation({"error": bare("NotLatestOperation", "Preempted.", subcode="S")}, "op-1", "Failed")
    assert error.message == "Operation op-1 ended as Failed, NotLatestOperation (S): Preempted."
    assert error.status is None
    assert "Run again" in error.remedy
    assert from_operation({"error": None}, "op-1", "Canceled").code == "OperationCanceled"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@given(
    status=st.integers(300, 599),
    body=json | st.fixed_dictionaries({"error": json}) | st.fixed_dictionaries({"code": json, "details": json}),
)
def test_any_body_gives_an_error(status: int, body: t.Any) -> None:
    error = from_response(status, body, {}, WHAT)
    assert isinstance(error, DataplaneError)
    assert error.message.startswith(WHAT)
    assert error.to_error()["code"]
    assert error.to_error()["status"] == status
