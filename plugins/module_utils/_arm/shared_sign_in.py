"""Signing in once for all processes of a run, where these share answers."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
import typing as t

from .._common.errors import DataplaneError
from .cli_state import cli_profile
from .clouds import Cloud
from .credentials import Choice
from .pauses import LONGEST_PAUSE
from .shared_answers import SharedAnswers
from .shared_content import build_failure, describe_failure, seconds_of_use
from .shared_discovery import discovery_transport
from .sign_in import build_credential
from .sign_in_identity import identity_parts

# How long nobody repeats what the sign-in service refused.
REFUSAL_SECONDS = 300.0

# How old what a report says may be, where all clusters have it in common.
REPORT_SECONDS = 3600.0

# The sign-in service is at fault, for a moment.
_PASSING = frozenset({"AADSTS90024", "AADSTS90025", "AADSTS90033", "AADSTS50196"})

# Where a failure names the place of the credentials, which may differ between those who share it.
_PLACE = "{place}"


class SharedCredential:
    """A credential for azure-core clients that signs in only when no process of the run has a token for the same question."""

    def __init__(self, answers: SharedAnswers, choice: Choice, cloud: Cloud, pause: float = LONGEST_PAUSE) -> None:
        """pause: for how many seconds a service that asks for that is left alone."""
        self._pause = pause
        self._answers = answers
        self._choice = choice
        self._cloud = cloud
        # Tokens that this process signed in for, and those that answered a challenge.
        self._own: set[str] = set()
        self._claimed: set[str] = set()
        # What cannot be used at all is an error before the first request.
        build_credential(choice, cloud)

    def get_token(self, *scopes: str, **kwargs: t.Any) -> t.Any:
        """The protocol of azure-core. ArmError for every failure, in the words of C(SafeCredential)."""
        from azure.core.credentials import AccessToken

        try:
            known = self._answer_challenge(scopes, kwargs) if kwargs.get("claims") else self._known(scopes, kwargs)
        except DataplaneError as exc:
            described = describe_failure(exc)
            raise build_failure({**described, "message": described["message"].replace(_PLACE, self._choice.source)}) from None
        return AccessToken(known["token"], known["expires"])

    def ask_once(self, question: str, ask: t.Callable[[], str]) -> str:
        """What one of those who sign in like this is answered, or that it may not ask; ask: asks, and raises ArmError."""
        key = self._answers.key("report", {"identity": self._identity(), "question": question})
        return str(self._answers.once(key, lambda: (ask(), REPORT_SECONDS), _forbidden_seconds))

    def drop(self, token: str) -> bool:
        """No process uses this token any more. Whether another process got it, so that to sign in here is no repetition."""
        self._answers.forget(lambda _key, value: isinstance(value, dict) and value.get("token") == token)
        return token not in self._own

    def has_claims(self, token: str) -> bool:
        """Whether this token was the answer to a challenge."""
        return token in self._claimed

    def _known(self, scopes: t.Sequence[str], kwargs: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return self._answers.once(self._key(scopes, kwargs), lambda: self._sign_in(scopes, kwargs), _refusal_seconds)

    def _answer_challenge(self, scopes: t.Sequence[str], kwargs: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The token that satisfies a challenge is also for those who have not been challenged yet; they wait for it."""
        plain = self._key(scopes, {name: value for name, value in kwargs.items() if name != "claims"})
        with self._answers.turn(plain):
            self._answers.forget(lambda key, _value: key == plain)
            known = self._known(scopes, kwargs)
            self._answers.keep(plain, known, seconds_of_use(known["expires"], self._answers.now()))
        self._claimed.add(known["token"])
        return known

    def _sign_in(self, scopes: t.Sequence[str], kwargs: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], float]:
        # A new one each time, because those of the SDK remember tokens that somebody else may have found to be refused.
        credential = build_credential(
            dataclasses.replace(self._choice, source=_PLACE), self._cloud, discovery_transport(self._answers, self._pause)
        )
        token = credential.get_token(*scopes, **kwargs)
        self._own.add(token.token)
        return {"token": token.token, "expires": token.expires_on}, seconds_of_use(token.expires_on, self._answers.now())

    def _key(self, scopes: t.Sequence[str], kwargs: t.Mapping[str, t.Any]) -> str:
        return self._answers.key("token", {"identity": self._identity(), "scopes": list(scopes), "options": dict(kwargs)})

    def _identity(self) -> dict[str, t.Any]:
        return identity_parts(self._choice, self._cloud, os.environ, self._content())

    def _content(self) -> str:
        """A digest of the file that the choice rests on; empty where there is none, or where to read it is for the sign-in to fail at."""
        if self._choice.kind == "cli":
            path = cli_profile(os.environ)
        elif self._choice.kind.endswith("_path"):
            path = pathlib.Path(self._choice.proof)
        else:
            return ""
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return ""


def _refusal_seconds(exc: DataplaneError) -> float:
    """For how long those who come later get the same failure: what may pass by itself is tried again by each."""
    return REFUSAL_SECONDS if exc.code.startswith("AADSTS") and exc.code not in _PASSING else 0.0


def _forbidden_seconds(exc: DataplaneError) -> float:
    """For how long nobody asks again: nobody is given rights within a report."""
    return REPORT_SECONDS if exc.details.get("status") == 403 else 0.0


def shared_authentication(credential: SharedCredential, scope: str) -> t.Any:
    """ARM's own policy of authentication, with the news for the other processes that a token is refused."""
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    class SharedAuthenticationPolicy(ARMChallengeAuthenticationPolicy):
        _replaceable = False

        def on_response(self, request: t.Any, response: t.Any) -> None:
            super().on_response(request, response)
            if response.http_response.status_code != 401:
                return
            token = request.http_request.headers.get("Authorization", "").removeprefix("Bearer ")
            # A challenge that is not answered yet replaces the token, so that nobody signs in without its claims meanwhile.
            is_challenge = "insufficient_claims" in response.http_response.headers.get("WWW-Authenticate", "")
            self._replaceable = not (is_challenge and not credential.has_claims(token)) and credential.drop(token)

        def on_challenge(self, request: t.Any, response: t.Any) -> bool:
            if super().on_challenge(request, response):
                return True
            # A process that signs in by itself would not have had this token.
            if self._replaceable:
                self.authorize_request(request, scope)
            return self._replaceable

    return SharedAuthenticationPolicy(credential, scope)
