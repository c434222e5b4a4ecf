# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import functools
import os
import time
import types
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm import shared_sign_in
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import KNOWN
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import Choice
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.shared_answers import SharedAnswers
from ansible_collections.aks.dataplane.plugins.module_utils._arm.shared_sign_in import SharedCredential, shared_authentication
from azure.core.credentials import AccessToken

CLOUD = KNOWN["azurecloud"]
CHOICE = Choice(kind="secret", source="the environment variables", subscription_id="s", tenant="t", client_id="c", proof="p")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", claims="e30="'}


class SignIns:
    """Stands in for the SDK: gives token-1, token-2 and so on, or raises what it was given."""

    def __init__(self) -> None:
        self.asked: list[dict[str, t.Any]] = []
        self.error: ArmError | None = None

    def get_token(self, *scopes: str, **kwargs: t.Any) -> AccessToken:
        self.asked.append(kwargs)
        if self.error:
            raise self.error
        return AccessToken(f"token-{len(self.asked)}", int(time.time()) + 3600)


@pytest.fixture
def sign_ins(monkeypatch: pytest.MonkeyPatch) -> SignIns:
    made = SignIns()
    monkeypatch.setattr(shared_sign_in, "build_credential", lambda *args: made)
    return made


@pytest.fixture
def answers() -> t.Iterator[SharedAnswers]:
    descriptor = os.memfd_create("test")
    yield SharedAnswers(descriptor)
    os.close(descriptor)


def token(answers: SharedAnswers, **kwargs: t.Any) -> str:
    """As another process gets it."""
    return SharedCredential(answers, CHOICE, CLOUD).get_token("scope", **kwargs).token


def refuse(credential: SharedCredential, token: str, headers: dict[str, str]) -> None:
    """What the policy does with Azure's 401 to a request with this token."""
    request = types.SimpleNamespace(http_request=types.SimpleNamespace(headers={"Authorization": f"Bearer {token}"}))
    response = types.SimpleNamespace(http_response=types.SimpleNamespace(status_code=401, headers=headers))
    shared_authentication(credential, "scope").on_response(request, response)


@pytest.mark.usefixtures("sign_ins")
def test_a_refused_token_is_dropped_for_all(answers: SharedAnswers) -> None:
    credential = SharedCredential(answers, CHOICE, CLOUD)
    assert credential.get_token("scope").token == token(answers) == "token-1"
    refuse(credential, "token-1", {})
    assert token(answers) == "token-2"


@pytest.mark.usefixtures("sign_ins")
def test_a_token_that_was_replaced_meanwhile_is_not_dropped(answers: SharedAnswers) -> None:
    slow, quick = SharedCredential(answers, CHOICE, CLOUD), SharedCredential(answers, CHOICE, CLOUD)
    assert slow.get_token("scope").token == quick.get_token("scope").token == "token-1"
    refuse(quick, "token-1", {})
    assert token(answers) == "token-2"
    refuse(slow, "token-1", {})
    assert token(answers) == "token-2"


def test_a_token_for_a_challenge_is_everybody_s(answers: SharedAnswers, sign_ins: SignIns) -> None:
    assert token(answers) == "token-1"
    assert token(answers, claims="{}") == "token-2"
    assert token(answers, claims="{}") == token(answers) == "token-2"
    assert token(answers, claims='{"other": 1}') == token(answers) == "token-3"
    assert [asked.get("claims") for asked in sign_ins.asked] == [None, "{}", '{"other": 1}']


@pytest.mark.usefixtures("sign_ins")
def test_a_token_that_does_not_satisfy_its_challenge_is_dropped(answers: SharedAnswers) -> None:
    credential = SharedCredential(answers, CHOICE, CLOUD)
    assert credential.get_token("scope", claims="{}").token == "token-1"
    refuse(credential, "token-1", CHALLENGE)
    assert token(answers, claims="{}") == "token-2"


@pytest.mark.usefixtures("sign_ins")
def test_tenants_and_continuous_access_have_their_own_tokens(answers: SharedAnswers) -> None:
    given = [token(answers), token(answers, tenant_id="other"), token(answers, enable_cae=True), token(answers)]
    assert given == ["token-1", "token-2", "token-3", "token-1"]


@pytest.mark.parametrize(
    ("code", "times"),
    [
        pytest.param("AADSTS7000215", 1, id="wrong secret"),
        pytest.param("AADSTS90033", 2, id="the service is down"),
        pytest.param("Timeout", 2, id="no answer"),
        pytest.param("SignInFailed", 2, id="nobody knows"),
    ],
)
def test_only_what_a_person_must_mend_is_not_tried_again(answers: SharedAnswers, sign_ins: SignIns, code: str, times: int) -> None:
    sign_ins.error = ArmError("Signing in to Azure with the credentials from {place} failed.", code=code)
    moment = time.time()
    for _time in range(2):
        moment += 1
        answers._clock = functools.partial(float, moment)
        with pytest.raises(ArmError) as caught:
            token(answers)
        assert (caught.value.code, caught.value.message) == (code, sign_ins.error.message.format(place=CHOICE.source))
    assert len(sign_ins.asked) == times


def test_a_refusal_is_tried_again_after_5_minutes(answers: SharedAnswers, sign_ins: SignIns) -> None:
    begin = time.time()
    sign_ins.error = ArmError("It failed.", code="AADSTS7000215")
    for passed, asked in ((0, 1), (299, 1), (300, 2)):
        answers._clock = functools.partial(float, begin + passed)
        with pytest.raises(ArmError):
            token(answers)
        assert len(sign_ins.asked) == asked


class Question:
    """Counts how often it is asked; what: the answer, or a failure."""

    def __init__(self, what: str | ArmError) -> None:
        self.what, self.times = what, 0

    def __call__(self) -> str:
        self.times += 1
        if isinstance(self.what, ArmError):
            raise self.what
        return self.what


@pytest.mark.usefixtures("sign_ins")
def test_a_report_asks_once_for_all_who_sign_in_alike(answers: SharedAnswers) -> None:
    state = Question("Registered")
    alike = [SharedCredential(answers, CHOICE, CLOUD) for _process in range(3)]
    assert [credential.ask_once("/feature", state) for credential in alike] == ["Registered"] * 3
    assert state.times == 1
    alike[0].ask_once("/another", state)
    SharedCredential(answers, dataclasses.replace(CHOICE, client_id="other"), CLOUD).ask_once("/feature", state)
    assert state.times == 3


@pytest.mark.parametrize(("status", "times"), [(403, 1), (503, 2)])
@pytest.mark.usefixtures("sign_ins")
def test_a_right_that_is_missing_is_missing_for_the_whole_report(answers: SharedAnswers, status: int, times: int) -> None:
    state = Question(ArmError("Not now.", code="Some", details={"status": status}))
    for _process in range(2):
        with pytest.raises(ArmError) as caught:
            SharedCredential(answers, CHOICE, CLOUD).ask_once("/feature", state)
        assert caught.value.status == status
    assert state.times == times
