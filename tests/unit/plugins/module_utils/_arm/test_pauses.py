# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that ask to be left alone: read tolerantly, and never longer than the operator waits; ARM, metadata, sign-in."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.pauses import (
    LONGEST_PAUSE,
    bounded_retries,
    bounded_transport,
    longest_pause,
)
from ansible_collections.aks.dataplane.plugins.module_utils._arm.retry_after import asked_pause
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import RetryPolicy
from azure.core.pipeline.transport import HttpRequest, RequestsTransport

UNREADABLE = [
    "soon",
    "1,2",
    "",
    "1e400",
    "nan",
    "inf",
    "0x10",
    "\u00b2",
    "9" * 5000,
    "Sat, 99 Oct 2026 12:00:45 GMT",
    "1_0",
    "Mon, 1 Jan 99999999999 0:0:0",
]


class Response:
    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status_code, self.headers, self.reason = status, headers, ""


class Canned(RequestsTransport):
    """Answers 429 with these header fields, and then 200. slept: seconds."""

    def __init__(self, *answers: dict[str, str]) -> None:
        super().__init__()
        self.answers, self.slept, self.asked = list(answers), [], 0

    def send(self, request: t.Any, **_options: t.Any) -> t.Any:
        self.asked += 1
        return Response(429, dict(self.answers.pop(0))) if self.answers else Response(200, {})

    def sleep(self, duration: float) -> None:
        self.slept.append(duration)


def asked(policy: t.Any, transport: t.Any) -> int:
    with Pipeline(transport, [policy]) as pipeline:
        return int(pipeline.run(HttpRequest("GET", "https://x.example")).http_response.status_code)


@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("name", ["Retry-After", "retry-after-ms", "x-ms-retry-after-ms"])
def test_what_nobody_can_read_is_no_pause(name: str, text: str) -> None:
    assert asked_pause({name: text}) is None
    transport = Canned({name: text})
    assert asked(bounded_retries(LONGEST_PAUSE), transport) == 200
    assert transport.asked == 2


def test_a_pause_that_can_be_read_is_made() -> None:
    transport = Canned({"Retry-After": "7"}, {"x-ms-retry-after-ms": "1500"})
    assert asked(bounded_retries(LONGEST_PAUSE), transport) == 200
    assert transport.slept == [7.0, 1.5]


@pytest.mark.parametrize("answers", [["61"], ["30", "31"], ["1000000000"]])
def test_pauses_that_are_too_long_together_are_not_made(answers: list[str]) -> None:
    transport = Canned(*({"Retry-After": text} for text in answers))
    assert asked(bounded_retries(LONGEST_PAUSE), transport) == 429
    assert sum(transport.slept) <= LONGEST_PAUSE


def test_nobody_waits_longer_than_asked_for() -> None:
    assert longest_pause({"wait_timeout": 5}) == 5.0
    assert longest_pause({"wait_timeout": 5000}) == LONGEST_PAUSE
    assert longest_pause({}) == longest_pause({"wait_timeout": None}) == LONGEST_PAUSE


def sign_in(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, str], limit: float = LONGEST_PAUSE) -> tuple[int, Canned]:
    """Through the retries of azure-identity, which are azure-core's own."""
    canned = Canned(*answers)
    monkeypatch.setattr(RequestsTransport, "send", lambda _self, request, **options: canned.send(request, **options))
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _self, duration: canned.sleep(duration))
    return asked(RetryPolicy(), bounded_transport(limit)()), canned


@pytest.mark.parametrize("text", UNREADABLE)
def test_a_sign_in_survives_what_nobody_can_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    status, canned = sign_in(monkeypatch, {"Retry-After": text, "x-ms-retry-after-ms": text})
    assert (status, canned.asked) == (200, 2)


def test_a_sign_in_makes_short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    status, canned = sign_in(monkeypatch, {"Retry-After": "3"})
    assert (status, canned.slept) == (200, [3.0])


@pytest.mark.parametrize(("answers", "limit"), [(["3600"], LONGEST_PAUSE), (["6"], 5.0), (["3", "3"], 5.0)])
def test_a_sign_in_that_is_to_wait_for_long_says_so(monkeypatch: pytest.MonkeyPatch, answers: list[str], limit: float) -> None:
    with pytest.raises(ArmError) as caught:
        sign_in(monkeypatch, *({"Retry-After": text} for text in answers), limit=limit)
    assert caught.value.code == "AskedToWait"
    assert caught.value.retry_after == float(answers[-1])
