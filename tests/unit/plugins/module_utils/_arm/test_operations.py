# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, from_response
from ansible_collections.aks.dataplane.plugins.module_utils._arm.operations import UNKNOWN, Operation, OperationStatus, read_operation
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import MAX_FAILURES
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

ID = "a9b1c7d2-0000-4000-8000-000000000001"
URL = (
    f"https://management.azure.com/subscriptions/s/providers/Microsoft.ContainerService/locations/westus2/operations/{ID}"
    "?api-version=2016-03-30&t=638&c=MIIx&s=SIGNATURE&h=hash"
)
OPERATION = Operation.from_url(URL)


class Client:
    """Gives prepared answers, or raises them, and notes the URLs."""

    def __init__(self, *answers: Answer | ArmError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def get_url(self, url: str, what: str) -> Answer:
        self.asked.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, ArmError):
            raise answer
        return answer


def answer(status: t.Any, headers: dict[str, str] | None = None, **more: t.Any) -> Answer:
    return Answer(200, {"name": ID, "status": status, **more}, headers or {})


def see(*answers: Answer | ArmError, failures: int = 0) -> OperationStatus:
    return read_operation(t.cast(t.Any, Client(*answers)), OPERATION, failures)


def test_url_is_used_as_it_is_and_never_shown() -> None:
    client = Client(answer("Succeeded"))
    read_operation(t.cast(t.Any, client), OPERATION)
    assert client.asked == [URL]
    assert OPERATION.id == ID
    assert "SIGNATURE" not in repr(OPERATION)


@pytest.mark.parametrize("name", ["operations", "operationresults", "Operations"])
def test_id(name: str) -> None:
    assert Operation.from_url(f"https://x/locations/l/{name}/abc?t=1").id == "abc"


@pytest.mark.parametrize(("path", "name"), [("operations/abc", "abc"), ("something/new", "new")])
def test_whatever_azure_says_is_waited_for(path: str, name: str) -> None:
    url = f"https://x/{path}?t=1"
    assert Operation.from_header(url) == Operation(url, name)


@pytest.mark.parametrize("url", ["", "https://x/?operations/abc", "https://x/operations/", "nonsense"])
def test_bad_url(url: str) -> None:
    with pytest.raises(DataplaneError, match="operation_url"):
        Operation.from_url(url)


@pytest.mark.parametrize(
    "status",
    [
        "InProgress",
        "ProvisioningControlPlane",
        "ReconcilingDNS",
        "CreatingAgentPools: 1/1 nodes completed",
        "ReconcilingAddons",
        "Accepted",
    ],
)
def test_every_other_status_means_go_on(status: str) -> None:
    assert see(answer(status)) == OperationStatus(status=status, done=False)


@pytest.mark.parametrize("status", ["Succeeded", "succeeded", "SUCCEEDED"])
def test_success(status: str) -> None:
    assert see(answer(status)) == OperationStatus(status=status, done=True)


def test_success_with_an_error_member() -> None:
    body = {"code": "NotLatestOperation", "message": "Cannot proceed with the operation."}
    assert see(answer("Succeeded", error=body)) == OperationStatus(status="Succeeded", done=True)


@pytest.mark.parametrize(("status", "code"), [("Failed", "X"), ("failed", "X"), ("Canceled", None), ("cancelled", None)])
def test_failure(status: str, code: str | None) -> None:
    seen = see(answer(status, error={"code": code, "message": "m"} if code else None))
    assert seen.done
    assert seen.error is not None
    assert seen.error.code == (code or f"Operation{status}")
    assert ID in seen.error.message
    assert "SIGNATURE" not in seen.error.text


@pytest.mark.parametrize(("header", "seconds"), [("15", 15.0), ("soon", None)])
def test_retry_after(header: str, seconds: float | None) -> None:
    assert see(answer("InProgress", {"retry-after": header})).retry_after == seconds


@pytest.mark.parametrize(
    "refusal",
    [
        *(from_response(status, None, {"retry-after": "9"}, "x") for status in (408, 429, 500, 502, 503, 504)),
        *(ArmError("x", code=code) for code in ("HostUnreachable", "NameNotResolved", "NoAnswer", "Timeout")),
    ],
    ids=lambda refusal: refusal.code,
)
def test_no_answer_means_go_on_until_there_were_too_many(refusal: ArmError) -> None:
    seen = see(refusal, failures=3)
    assert (seen.status, seen.done, seen.failures, seen.retry_after) == (UNKNOWN, False, 4, refusal.retry_after)
    with pytest.raises(ArmError) as caught:
        see(refusal, failures=MAX_FAILURES)
    assert caught.value is refusal


def test_an_answer_ends_the_row_of_failures() -> None:
    assert see(answer("InProgress"), failures=MAX_FAILURES).failures == 0


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refusals_are_raised(status: int) -> None:
    with pytest.raises(ArmError):
        see(from_response(status, None, {}, "x"))


def test_forgotten_operation() -> None:
    assert see(from_response(404, None, {}, "x")) == OperationStatus(status=UNKNOWN, done=True)


@pytest.mark.parametrize("body", [None, [], "text", {}, {"status": None}, {"status": 5}, {"status": ""}])
def test_odd_body_means_go_on_for_a_while(body: t.Any) -> None:
    assert see(Answer(200, body, {})) == OperationStatus(status=UNKNOWN, done=False, failures=1)
    with pytest.raises(ArmError) as caught:
        read_operation(t.cast(t.Any, Client(Answer(200, body, {}))), OPERATION, MAX_FAILURES)
    assert caught.value.code == "BadAnswer"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "https://arm.example/a/operations/1?api-version=2016-03-30&t=1&c=MII&s=x&h=y",
            "https://arm.example/a/operations/1?api-version=2016-03-30",
        ),
        ("https://arm.example/a/operations/1?s=x&API-Version=1", "https://arm.example/a/operations/1?API-Version=1"),
        ("https://arm.example/a/operations/1?s=x", "https://arm.example/a/operations/1"),
        ("https://arm.example/a/operations/1#s=x", "https://arm.example/a/operations/1"),
        ("https://arm.example/a/operations/1;s=x?api-version=1#s=x", "https://arm.example/a/operations/1?api-version=1"),
        ("https://arm.example/a/operations/1?api-version=1;s=x", "https://arm.example/a/operations/1"),
        (
            "https://u:p@arm.example/a/operations/1?api-version=2026-01-01-preview",
            "https://arm.example/a/operations/1?api-version=2026-01-01-preview",
        ),
        ("https://arm.example/a/operations/1", "https://arm.example/a/operations/1"),
    ],
)
def test_what_is_shown_of_a_url_has_no_signature(url: str, shown: str) -> None:
    operation = Operation.from_header(url)
    assert operation.shown_url == shown
    assert operation.is_signed is (url != shown)
    # It is enough to go on with.
    assert Operation.from_url(shown).id == operation.id == "1"
