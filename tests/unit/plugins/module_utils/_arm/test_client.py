# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, StaleEtag
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from azure.core.exceptions import ServiceResponseError
from azure.core.rest import HttpRequest

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
ENDPOINT = "https://arm.example:8443"
PATH = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters"
API = "2026-08-02-preview"


class Response:
    def __init__(self, status: int, body: t.Any, headers: dict[str, str]) -> None:
        self.status_code = status
        self.headers = headers
        self._body = body

    def text(self) -> str:
        return self._body if isinstance(self._body, str) else json.dumps(self._body)


class Sdk:
    """Stands in for the SDK's client: gives prepared answers and notes the requests."""

    def __init__(self, *answers: tuple[int, t.Any] | tuple[int, t.Any, dict[str, str]] | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[HttpRequest] = []
        self.options: list[dict[str, t.Any]] = []

    def send_request(self, request: HttpRequest, **options: t.Any) -> Response:
        self.requests.append(request)
        self.options.append(options)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Response(answer[0], answer[1], answer[2] if len(answer) > 2 else {})


def client(sdk: Sdk) -> ArmClient:
    return ArmClient(sdk, ENDPOINT, SUBSCRIPTION)


def refused(code: str) -> dict[str, t.Any]:
    return {"error": {"code": code, "message": "m"}}


def test_get() -> None:
    sdk = Sdk((200, {"name": "a"}))
    assert client(sdk).get(f"{PATH}/a", API) == {"name": "a"}
    assert [(one.method, one.url) for one in sdk.requests] == [("GET", f"{ENDPOINT}{PATH}/a?api-version={API}")]
    assert sdk.options == [{}]


def test_api_version_cannot_add_parameters() -> None:
    sdk = Sdk((200, {}))
    client(sdk).get(PATH, "x&y=z")
    assert sdk.requests[0].url == f"{ENDPOINT}{PATH}?api-version=x%26y%3Dz"


@pytest.mark.parametrize("code", ["ResourceNotFound", "NotFound"])
def test_missing_resource(code: str) -> None:
    assert client(Sdk((404, refused(code)))).get(PATH, API, allow_404=True) is None
    with pytest.raises(ArmError):
        client(Sdk((404, refused(code)))).get(PATH, API)


@pytest.mark.parametrize("code", ["ResourceGroupNotFound", "SubscriptionNotFound"])
def test_missing_parent_is_an_error(code: str) -> None:
    with pytest.raises(ArmError) as caught:
        client(Sdk((404, refused(code)))).get(PATH, API, allow_404=True)
    assert caught.value.code == code


@pytest.mark.parametrize("body", ["<html>", [], "null"])
def test_answer_that_is_no_object(body: t.Any) -> None:
    with pytest.raises(ArmError, match="no JSON object"):
        client(Sdk((200, body))).get(PATH, API)


@pytest.mark.parametrize("status", [302, 400, 500])
def test_every_other_status_is_a_refusal(status: int) -> None:
    with pytest.raises(ArmError) as caught:
        client(Sdk((status, refused("X"), {"X-Ms-Correlation-Request-Id": "c-1"}))).get(PATH, API)
    assert caught.value.details["correlation_id"] == "c-1"
    assert caught.value.message == f"GET {PATH} was answered with {status}, X: m."


def test_list_follows_the_pages() -> None:
    following = f"{ENDPOINT}{PATH}?api-version={API}&%24skiptoken=abc"
    sdk = Sdk((200, {"value": [{"name": "a"}], "nextLink": following}), (200, {"value": [{"name": "b"}]}))
    assert client(sdk).list(PATH, API) == [{"name": "a"}, {"name": "b"}]
    assert sdk.requests[1].url == following


def test_a_page_that_names_itself_ends_the_list_as_an_error() -> None:
    """Nobody knows what the list would have had after it."""
    following = f"{ENDPOINT}{PATH}?page=2"
    sdk = Sdk((200, {"value": [{}], "nextLink": following}), (200, {"value": [{}], "nextLink": following}))
    with pytest.raises(ArmError, match="read already") as caught:
        client(sdk).list(PATH, API)
    assert caught.value.code == "BadAnswer"
    assert len(sdk.requests) == 2


@pytest.mark.parametrize("end", [{}, {"nextLink": None}, {"nextLink": ""}])
def test_empty_list(end: dict[str, t.Any]) -> None:
    assert client(Sdk((200, {"value": [], **end}))).list(PATH, API) == []


NO_LISTS = [{}, {"value": None}, [], "<html>", {"value": {}}, {"value": [1]}, {"value": [{}, None]}, {"value": [], "nextLink": 5}]


@pytest.mark.parametrize("body", NO_LISTS, ids=str)
def test_what_is_no_list_is_an_error_on_every_page(body: t.Any) -> None:
    for answers in ([(200, body)], [(200, {"value": [{}], "nextLink": f"{ENDPOINT}{PATH}?page=2"}), (200, body)]):
        with pytest.raises(ArmError) as caught:
            client(Sdk(*answers)).list(PATH, API)
        assert caught.value.code == "BadAnswer"
        assert caught.value.message.startswith(f"GET {PATH} was answered with ")
        assert "proxy" in caught.value.remedy


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, '{"a": NaN}', "\ufeff{}"], ids=lambda text: text[:9])
def test_json_that_nobody_can_read(text: str) -> None:
    with pytest.raises(ArmError, match="no JSON object"):
        client(Sdk((200, text))).get(PATH, API)


def test_an_answer_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_text(_response: Response) -> str:
        return b"\xff".decode()

    monkeypatch.setattr(Response, "text", no_text)
    with pytest.raises(ArmError, match="no JSON object"):
        client(Sdk((200, ""))).get(PATH, API)


@pytest.mark.parametrize("body", ["<html>", {}, {"message": "no such page"}])
def test_a_404_that_is_not_azures_does_not_mean_that_the_resource_is_missing(body: t.Any) -> None:
    with pytest.raises(ArmError) as caught:
        client(Sdk((404, body))).get(PATH, API, allow_404=True)
    assert caught.value.code == "BadAnswer"


@pytest.mark.parametrize(
    ("etag", "condition"),
    [("e-1", {"If-Match": '"e-1"'}), ("*", {"If-Match": "*"}), (None, {"If-None-Match": "*"})],
    ids=["changed since it was read", "without eTags", "new"],
)
def test_put(etag: str | None, condition: dict[str, str]) -> None:
    sdk = Sdk((201, {"name": "a"}, {"Azure-AsyncOperation": "u", "Retry-After": "5"}))
    answer = client(sdk).put(f"{PATH}/a", API, {"x": {"unknown": [1]}}, etag)
    request = sdk.requests[0]
    sent = {name: request.headers[name] for name in ("If-Match", "If-None-Match") if name in request.headers}
    assert (request.method, sent, json.loads(request.content)) == ("PUT", condition, {"x": {"unknown": [1]}})
    assert (answer.status, answer.body) == (201, {"name": "a"})
    assert answer.headers == {"azure-asyncoperation": "u", "retry-after": "5"}


def test_stale_etag() -> None:
    with pytest.raises(StaleEtag):
        client(Sdk((412, refused("PreconditionFailed")))).put(PATH, API, {}, "e")


def test_post_without_body() -> None:
    sdk = Sdk((200, ""))
    assert client(sdk).post(f"{PATH}/a/register", API).body is None
    assert (sdk.requests[0].method, sdk.requests[0].content) == ("POST", None)


@pytest.mark.parametrize("url", [f"{ENDPOINT}/x?t=1&s=%2Bsig%3D", "https://westus2.arm.example:8443/x"])
def test_url_is_used_as_it_is_without_retries(url: str) -> None:
    sdk = Sdk((200, {}))
    client(sdk).get_url(url, "Reading operation op-1")
    assert sdk.requests[0].url == url
    assert sdk.options == [{"retry_total": 0}]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example:8443/x",
        "https://notarm.example:8443/x",
        "https://arm.example/x",
        "http://arm.example:8443/x",
        "https://arm.example:8443@evil.example/x",
        "/subscriptions/x",
        "https://arm.example:port/x",
        "https://[arm.example:8443/x",
    ],
)
def test_token_goes_to_our_cloud_only(url: str) -> None:
    sdk = Sdk((200, {}))
    with pytest.raises(DataplaneError, match="does not belong to"):
        client(sdk).get_url(url, "Reading operation op-1")
    with pytest.raises(DataplaneError, match="does not belong to"):
        client(Sdk((200, {"value": [], "nextLink": url}))).list(PATH, API)
    assert sdk.requests == []


def test_no_answer_tells_the_host_and_not_the_signed_url() -> None:
    with pytest.raises(ArmError) as caught:
        client(Sdk(ServiceResponseError("x?s=SIGNATURE"))).get_url(f"{ENDPOINT}/x?s=SIGNATURE", what="Reading operation op-1")
    assert caught.value.code == "NoAnswer"
    assert caught.value.message == "Reading operation op-1 got no answer from arm.example:8443: the connection broke."
    assert caught.value.__suppress_context__


def connection_params(**values: t.Any) -> dict[str, t.Any]:
    names = ("profile", "subscription_id", "tenant", "client_id", "secret", "x509_certificate_path", "oidc_token", "oidc_token_file_path")
    return {**dict.fromkeys(names), "cloud_environment": None, "auth_source": "options", **values}


def test_connect_checks_credentials_and_cloud_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise RuntimeError(package)

    monkeypatch.setattr("importlib.metadata.version", version)
    with pytest.raises(DataplaneError) as caught:
        connect(connection_params())
    assert caught.value.code == "NoCredentials"
    whole = connection_params(subscription_id=SUBSCRIPTION, tenant="t", client_id="c", secret="s", cloud_environment="Nowhere")
    with pytest.raises(DataplaneError, match="neither a known cloud"):
        connect(whole)


def test_pipeline_neither_registers_providers_nor_logs_nor_redirects() -> None:
    made = connect(connection_params(subscription_id=SUBSCRIPTION, tenant="t", client_id="c", secret="s"))
    names = {type(node).__name__ for node in made._sdk._pipeline._impl_policies}
    policies = {
        kind.__name__ for node in made._sdk._pipeline._impl_policies for kind in type(getattr(node, "_policy", node)).__mro__
    } | names
    assert "ARMChallengeAuthenticationPolicy" in policies
    assert not policies & {
        "ARMAutoResourceProviderRegistrationPolicy",
        "ARMHttpLoggingPolicy",
        "NetworkTraceLoggingPolicy",
        "RedirectPolicy",
    }
