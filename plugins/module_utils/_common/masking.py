"""Secrets out of texts: those that are known, and what looks like one."""

from __future__ import annotations

import re
import typing as t

from .errors import DataplaneError

MASK = "[hidden]"


def _without_query(url: re.Match[str]) -> str:
    """The query of an operation's URL holds its signature."""
    return url[0].partition("?")[0]


def _without_token(word: re.Match[str]) -> str:
    """A JSON Web Token ends with its word: its parts are joined by dots."""
    begin = _TOKEN.search(word[0])
    return word[0][: begin.start()] + MASK if begin and "." in word[0][begin.end() :] else word[0]


_TOKEN = re.compile(r"\beyJ[\w-]")
# Each takes time in proportion to the text: no two of the places where a pattern may begin look at the same text for long.
_PATTERNS: tuple[tuple[re.Pattern[str], str | t.Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(://)[^\s/\"'<>]+@"), r"\1"),
    (re.compile(r"https?://[^\s\"'<>]*"), _without_query),
    (re.compile(r"(?<![\w.-])[\w.-]+"), _without_token),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (
        re.compile(
            r"(?i)\b((?:client[_-]?|azure_)?secret|passw(?:or)?d|(?:access|refresh|id|federated|oidc)[_-]?token|accountkey|sig|assertion|authorization)"
            r"([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"
        ),
        rf"\1\2{MASK}",
    ),
)


def without_credentials(text: str) -> str:
    """The text without what looks like a credential, and without the queries of URLs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def hide(text: str, secrets: t.Iterable[str]) -> str:
    """The text without these secrets, the longest first: a short one may be part of it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK) if secret else text
    return text


def hide_in_error(error: DataplaneError, secrets: t.Collection[str]) -> None:
    """Takes the secrets out of all that the error says in words of others; its code and the result of the module stay."""

    def clean(value: t.Any) -> t.Any:
        return hide(without_credentials(value), secrets) if isinstance(value, str) else value

    error.message, error.remedy = clean(error.message), hide(error.remedy, secrets)
    error.details = {key: clean(value) for key, value in error.details.items()}
