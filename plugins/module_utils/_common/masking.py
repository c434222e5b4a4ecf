"""Secrets out of texts: those that are known, and what looks like one.

What others say may quote a request, with its credentials. These are known by their structure, so that no caller has to know what a text may hold. Each
pattern takes time in proportion to the text, whatever that is.
"""

from __future__ import annotations

import re
import typing as t

from .errors import DataplaneError

MASK = "[hidden]"

_NAMES = (
    r"[\w.-]{0,40}(?:secret|passw(?:or)?d|passphrase|token|(?:account|access|api|private|shared|subscription)[_-]?key|key[_-]data|signature"
    r"|assertion|cookie|authorization|credential|(?<![a-z])sig|(?<![a-z])pwd)[\w-]{0,20}"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]{1,100}-----.*?(?:-----END [^-]{1,100}-----|\Z)", re.DOTALL), MASK),
    # Users and passwords in URLs.
    (re.compile(r"(\w://)[^\s\"'<>]{1,300}@"), rf"\1{MASK}@"),
    # The query of a URL, which holds signatures.
    (re.compile(r"\?[\w.%-]{1,64}=[^\s\"'<>]*"), f"?{MASK}"),
    # A token in JWT, or the beginning of one.
    (re.compile(r"eyJ[\w-]{8,}[\w.-]*"), MASK),
    (re.compile(r"(?i)\b(bearer|basic|negotiate)(\s{1,5}|%20|\\[nrt]|:)['\"]?[^\s'\",;]{3,}"), rf"\1 {MASK}"),
    # An option of a program.
    (re.compile(rf"(?i)(?<![\w-])(--{_NAMES}\s{{1,5}})(?!--)[^\s\"'&,;]+"), rf"\1{MASK}"),
    # In JSON, YAML, forms, fields of headers, variables, XML, and what is encoded for a URL.
    (
        re.compile(
            rf"(?i)\b({_NAMES})((?:\\?[\"'])?\s{{0,5}}(?:[=:>]|%3[ad])(?:\s|%20){{0,5}})"
            r"(?:\\?\"[^\"]*\"?|\\?'[^']*'?|[^\s\"'&,;]+)"
        ),
        rf"\1\2{MASK}",
    ),
)
# A long word of capitals, small letters and digits is a key.
_LONG = re.compile(r"[\w+~=-]{40,}|[\w+/=]{64,}")


def without_credentials(text: str) -> str:
    """The text without what looks like a credential, and without the queries of URLs."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return _LONG.sub(_hide_key, text)


def _hide_key(found: re.Match[str]) -> str:
    word = found.group()
    return MASK if re.search("[a-z]", word) and re.search("[A-Z]", word) and re.search("[0-9]", word) else word


def hide(text: str, secrets: t.Iterable[str]) -> str:
    """The text without these secrets, the longest first: a short one may be part of it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK) if secret else text
    return text


def hide_in_error(error: DataplaneError, secrets: t.Collection[str]) -> None:
    """Takes the secrets out of all that the error quotes; its code and the result of the module stay."""

    def clean(value: t.Any) -> t.Any:
        return hide(without_credentials(value), secrets) if isinstance(value, str) else value

    error.message, error.remedy = clean(error.message), hide(error.remedy, secrets)
    error.details = {key: clean(value) for key, value in error.details.items()}
