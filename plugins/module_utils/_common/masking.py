"""Secrets out of texts: those that are known, and what looks like one.

What others say may quote a request, with its credentials. These are known by their structure, so that no caller has to know what a text may hold.
"""

from __future__ import annotations

import re
import typing as t

from .credential_patterns import LONG_WORD, MASK, PATTERNS
from .errors import DataplaneError


def without_credentials(text: str) -> str:
    """The text without what looks like a credential, and without the queries of URLs."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return LONG_WORD.sub(_hide_key, text)


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
