# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever comes in the place of an answer of Azure Resource Manager: one error of ours, and nothing that must not be shown."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import cloud_from_metadata
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, from_response
from ansible_collections.aks.dataplane.plugins.module_utils._arm.features import Features
from ansible_collections.aks.dataplane.plugins.module_utils._arm.operations import Operation
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


class Sdk:
    def __init__(self, status: int, text: str, headers: dict[str, str]) -> None:
        self.status_code, self._text, self.headers = status, text, headers

    def send_request(self, _request: t.Any, **_options: t.Any) -> t.Any:
        return self

    def text(self) -> str:
        return self._text


def error_of(ask: t.Callable[[], t.Any]) -> DataplaneError | None:
    """Any other exception is a failure."""
    try:
        ask()
    except DataplaneError as exc:
        return exc
    return None


HARD = [
    "",
    "null",
    "[]",
    "3",
    "<html>",
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"value": ' + "[" * 500 + "]" * 500 + "}",
    '{"a": ' + "9" * 5000 + "}",
    '{"a": 1e999}',
    '{"a": "\\ud800"}',
    "\ud800",
    '{"error": {"code": ["x"], "message": {"a": 1}, "details": ' + "[" * 70 + "]" * 70 + "}}",
    '{"kubeconfigs": [{"value": "\u00e9"}]}',
    '{"kubeconfigs": [{"value": 3}]}',
    '{"kubeconfigs": [{"value": "/w=="}]}',
    '{"kubeconfigs": {"0": 1}}',
]
HEADERS = [{}, {"Azure-AsyncOperation": "https://arm.example:x/operations/1"}, {"Retry-After": "soon", "x-ms-request-id": "\u00e9"}]


def questions(client: ArmClient) -> list[t.Callable[[], t.Any]]:
    clusters, features = Clusters(client, "2026-08-01"), Features(client)
    return [
        lambda: clusters.get("rg", "c"),
        clusters.list,
        lambda: clusters.list("rg"),
        lambda: clusters.put("rg", "c", {}, "e"),
        lambda: clusters.user_kubeconfig("rg", "c"),
        lambda: clusters.read_operation(Operation.from_header("https://arm.example/operations/1?s=x"), failures=10**6),
        lambda: clusters.read_operation(Operation.from_header("https://arm.example:x/operations/1"), failures=10**6),
        lambda: features.state("F"),
        lambda: features.register("F"),
        features.provider_state,
        features.register_provider,
    ]


@pytest.mark.parametrize("headers", HEADERS, ids=range(3))
@pytest.mark.parametrize("status", [200, 202, 302, 400, 404, 409, 412, 500, 599])
@pytest.mark.parametrize("text", HARD, ids=lambda text: ascii(text[:12]))
def test_only_our_own_errors_come_out(text: str, status: int, headers: dict[str, str]) -> None:
    for ask in questions(ArmClient(Sdk(status, text, headers), "https://arm.example", SUBSCRIPTION)):
        error = error_of(ask)
        if error is not None:
            json.dumps(error.to_error(), ensure_ascii=False).encode()
            assert len(error.text) < 3000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "code", "message", "details", "subcode", "target", "status", "authentication", "loginEndpoint", "audiences"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(body=JSON, status=st.sampled_from([400, 403, 404, 409, 412, 429, 500]))
def test_a_refusal_of_any_shape_is_one_error(body: t.Any, status: int) -> None:
    assert isinstance(from_response(status, body, {}, "PUT x"), ArmError)


@given(metadata=JSON)
def test_metadata_of_any_shape_is_a_cloud_or_one_error(metadata: t.Any) -> None:
    error = error_of(lambda: cloud_from_metadata("https://arm.example", metadata))
    assert error is None or error.code == "CloudMetadata"


@pytest.mark.parametrize("login", ["https://", "https://[", "https://x:y", "http://x", "https://:1"])
def test_an_address_to_sign_in_at_that_is_none(login: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        cloud_from_metadata("https://arm.example", {"authentication": {"loginEndpoint": login, "audiences": ["a"]}})
    assert caught.value.code == "CloudMetadata"


def test_credentials_in_what_azure_says_are_not_shown() -> None:
    message = "GET https://x.blob.core.windows.net/c?sv=2024&sig=abcdef%3D failed with Authorization: Bearer eyJhbGciOi.eyJzdWI.c2ln"
    error = from_response(400, {"error": {"code": "X", "message": message}}, {}, "PUT x")
    assert "abcdef" not in error.text + str(error.details)
    assert "eyJ" not in error.text + str(error.details)
    assert "x.blob.core.windows.net" in error.text
