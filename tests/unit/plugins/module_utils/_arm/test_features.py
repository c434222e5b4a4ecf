# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, from_response
from ansible_collections.aks.dataplane.plugins.module_utils._arm.features import Features

FEATURE = "/subscriptions/s/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/KubeProxyConfigurationPreview"
PROVIDER = "/subscriptions/s/providers/Microsoft.ContainerService"


NAME = "KubeProxyConfigurationPreview"


def feature(state: t.Any) -> dict[str, t.Any]:
    return {
        "id": FEATURE,
        "type": "Microsoft.Features/providers/features",
        "name": f"Microsoft.ContainerService/{NAME}",
        "properties": {"state": state},
    }


class Client:
    subscription_id = "s"

    def __init__(self, body: t.Any) -> None:
        self.body = body
        self.calls: list[tuple[str, str]] = []

    def _answer(self, method: str, path: str) -> t.Any:
        self.calls.append((method, path))
        if isinstance(self.body, Exception):
            raise self.body
        return self.body

    def get(self, path: str, api_version: str) -> t.Any:
        return self._answer("GET", path)

    def post(self, path: str, api_version: str) -> Answer:
        return Answer(200, self._answer("POST", path), {})


def features(client: Client) -> Features:
    return Features(t.cast(t.Any, client))


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("state", ("GET", FEATURE)),
        ("register", ("POST", f"{FEATURE}/register")),
        ("unregister", ("POST", f"{FEATURE}/unregister")),
    ],
)
def test_feature_requests(method: str, call: tuple[str, str]) -> None:
    client = Client(feature("Registering"))
    assert getattr(features(client), method)("KubeProxyConfigurationPreview") == "Registering"
    assert client.calls == [call]


@pytest.mark.parametrize(
    ("method", "call"), [("provider_state", ("GET", PROVIDER)), ("register_provider", ("POST", f"{PROVIDER}/register"))]
)
def test_provider_requests(method: str, call: tuple[str, str]) -> None:
    client = Client({"namespace": "Microsoft.ContainerService", "registrationState": "Registered"})
    assert getattr(features(client), method)() == "Registered"
    assert client.calls == [call]


WRONG = [
    None,
    {},
    [],
    "<html>",
    {**feature("Registered"), "properties": None},
    feature(None),
    feature(""),
    {**feature("Registered"), "name": "Microsoft.ContainerService/Other"},
    {**feature("Registered"), "type": "Microsoft.Features/other"},
    {**feature("Registered"), "id": FEATURE.replace("/s/", "/other/")},
    {"namespace": "Microsoft.Compute", "registrationState": "Registered"},
    {"namespace": "Microsoft.ContainerService", "registrationState": None},
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_an_answer_about_something_else_is_no_state(body: t.Any) -> None:
    asked = features(Client(body))
    for ask in (lambda: asked.state(NAME), lambda: asked.register(NAME), asked.provider_state, asked.register_provider):
        with pytest.raises(ArmError) as caught:
            ask()
        assert caught.value.code == "BadAnswer"


def test_names_may_be_spelled_in_any_case() -> None:
    body = feature("Registered")
    assert features(Client({**body, "id": body["id"].upper(), "name": body["name"].lower()})).state(NAME) == "Registered"


@pytest.mark.parametrize(
    ("call", "right"),
    [
        (lambda one: one.register("X"), "Microsoft.Features/providers/features/register/action"),
        (lambda one: one.unregister("X"), "Microsoft.Features/providers/features/unregister/action"),
        (lambda one: one.register_provider(), "Microsoft.ContainerService/register/action"),
    ],
)
def test_missing_rights_are_named(call: t.Callable[[Features], str], right: str) -> None:
    refusal = from_response(403, {"error": {"code": "AuthorizationFailed", "message": "No."}}, {"x-ms-request-id": "r"}, "POST x")
    with pytest.raises(ArmError) as caught:
        call(features(Client(refusal)))
    assert right in caught.value.remedy
    assert "scope /subscriptions/s" in caught.value.remedy
    assert caught.value.to_error() == {"code": "AuthorizationFailed", "message": "No.", "status": 403, "correlation_id": "r"}


def test_other_refusals_stay_as_they_are() -> None:
    refusal = from_response(404, {"error": {"code": "FeatureNotFound", "message": "No."}}, {}, "POST x")
    with pytest.raises(ArmError) as caught:
        features(Client(refusal)).register("X")
    assert caught.value is refusal
