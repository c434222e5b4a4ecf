"""Who signs in to an API server: the header fields of every request, renewed where what they rest on changes."""

from __future__ import annotations

import base64
import re
import time
import typing as t
import urllib.parse

from .._observe.kubernetes import KubeError
from .entra import Login
from .kubeconfig_entries import Cluster, Impersonation, User
from .login_plugin import Credential, run_plugin

Fields = tuple[tuple[str, str], ...]
# The end of a sentence that begins with the kubeconfig, and a remedy.
Invalid = t.Callable[[str, str], KubeError]

FRESH = "Fetch a fresh kubeconfig."
# RFC 9110 and 6750: what a field may hold after "Bearer ".
_TOKEN = re.compile(r"[\x21-\x7e]+")
_FIELD = re.compile(r"[\x20-\x7e]+")
# Of a file with a token; what is longer is none, and is refused for what is in it or by the API server.
_LONGEST_TOKEN = 2**20
# Before a credential expires.
_SKEW_SECONDS = 60.0


class SignIn:
    """The credentials of one user. Made without asking anybody but a credential plugin, which is run once at the beginning.

    login: in place of the credential plugin.
    """

    def __init__(
        self,
        user: User,
        cluster: Cluster,
        origin: str,
        invalid: Invalid,
        clock: t.Callable[[], float] = time.time,
        login: Login | None = None,
    ) -> None:
        self._user, self._cluster, self._origin, self._invalid, self._clock, self._login = user, cluster, origin, invalid, clock, login
        self._last, self._refused = "", ""
        self._credential: Credential | None = None
        self._impersonation = _impersonation(user.impersonation, invalid)
        self.fields()

    @property
    def credential(self) -> Credential | None:
        """What a credential plugin gave last."""
        return self._credential

    def fields(self) -> Fields:
        """Header fields for a request that is sent now. KubeError when there are none any more."""
        authorization = self._authorization()
        return (*((("authorization", authorization),) if authorization else ()), *self._impersonation)

    def refused(self) -> None:
        """The API server does not accept them, whatever they say of their end: a credential plugin is asked again for the next fields."""
        if self._credential is not None and self._credential.token:
            self._refused, self._credential = self._credential.token, None

    def _authorization(self) -> str:
        user = self._user
        if user.token_file:
            return self._bearer(self._from_file(user.token_file), f"the token file {user.token_file}")
        if user.token.strip():
            return self._bearer(user.token, "the token")
        if user.plugin is not None:
            if self._credential is None or self._is_over(self._credential):
                given = run_plugin(user.plugin, self._cluster, self._origin) if self._login is None else self._login(self._refused)
                self._credential = given
            return (
                self._bearer(self._credential.token, f"the token of the credential plugin {user.plugin.command}")
                if self._credential.token
                else ""
            )
        if user.provider:
            if user.provider == "oidc" and user.provider_token.strip():
                return self._bearer(user.provider_token, "the token of the auth-provider")
            raise self._invalid(
                f"signs in with the auth-provider {user.provider}, which is not supported",
                "Convert it with 'kubelogin convert-kubeconfig', or fetch a fresh kubeconfig.",
            )
        if user.username or user.password:
            pair = f"{user.username}:{user.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return ""

    def _from_file(self, path: str) -> str:
        """Of a file that is replaced before its token expires, as those of projected volumes are. An old token is better than none."""
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read(_LONGEST_TOKEN)
        except (OSError, ValueError) as exc:
            if not self._last:
                reason = exc.strerror if isinstance(exc, OSError) else "it is not text"
                raise self._invalid(f"names the token file {path}, which cannot be read: {reason}", FRESH) from exc
        else:
            # While it is replaced.
            self._last = text if text.strip() or not self._last else self._last
        return self._last

    def _bearer(self, token: str, what: str) -> str:
        """Stripped, as kubectl does: an editor ends a file with a newline."""
        stripped = token.strip()
        if not stripped:
            raise self._invalid(f"gives no token: {what} is empty", FRESH)
        if not _TOKEN.fullmatch(stripped):
            raise self._invalid(f"gives no usable token: {what} has characters that no token has", FRESH)
        return f"Bearer {stripped}"

    def _is_over(self, credential: Credential) -> bool:
        return credential.expires is not None and credential.expires.timestamp() - _SKEW_SECONDS <= self._clock()


def _impersonation(wanted: Impersonation | None, invalid: Invalid) -> Fields:
    if wanted is None:
        return ()
    if not wanted.user:
        raise invalid(
            "has as-uid, as-groups or as-user-extra, but does not name the user to act as (as)",
            "Set as in its user entry, or the option impersonate_user.",
        )
    fields = (
        ("Impersonate-User", wanted.user),
        *((("Impersonate-Uid", wanted.uid),) if wanted.uid else ()),
        *(("Impersonate-Group", group) for group in wanted.groups),
        *(
            (f"Impersonate-Extra-{urllib.parse.quote(key.lower(), safe='')}", value)
            for key, values in wanted.extra.items()
            for value in values
        ),
    )
    if not all(_FIELD.fullmatch(value) for _name, value in fields):
        raise invalid(
            "asks to act as another user (as, as-uid, as-groups, as-user-extra) with characters that cannot be sent",
            "Use ASCII characters.",
        )
    return fields
