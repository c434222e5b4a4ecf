"""What may stand in a run record: known keys of known types, and text without anything that looks like a credential.

A record outlives its run and is mailed around, so it is made by choosing what goes in, never by leaving things out.
"""

from __future__ import annotations

import re
import typing as t

from .._dataplane.record_shape import Shape, flag, object_of, objects_of, text, texts

MASK = "[hidden]"
LONGEST_TEXT = 4000
# Shorter values are words ("true", "prod") that would be cut out of ordinary sentences.
SHORTEST_HIDDEN = 6

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(https?://)[^\s/@\"'<>]+@"), r"\1"),
    # The query of an operation's URL holds its signature.
    (re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*"), r"\1"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)*"), MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (
        re.compile(
            r"(?i)\b((?:client[_-]?|azure_)?secret|passw(?:or)?d|(?:access|refresh|id|federated|oidc)[_-]?token|accountkey|sig|assertion|authorization)"
            r"([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+"
        ),
        rf"\1\2{MASK}",
    ),
)


def clean_text(value: t.Any, hidden: t.Sequence[str] = ()) -> str:
    """The value as text that may be kept: without control characters, credentials and query strings, at most LONGEST_TEXT long.

    hidden: values that must not appear wherever they stand, for example those of credential variables.
    """
    text = _CONTROL.sub("", str(value))
    text = _hide(text, hidden)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + " (cut)"
    return _hide(text, hidden)


def _hide(text: str, hidden: t.Sequence[str]) -> str:
    for value in sorted(hidden, key=len, reverse=True):
        if len(value) >= SHORTEST_HIDDEN:
            text = text.replace(value, MASK)
    return text


def clean(shape: Shape, value: t.Any, hidden: t.Sequence[str] = ()) -> t.Any:
    """What the shape knows of the value, with every text in it cleaned."""
    return _clean_texts(shape(value), hidden)


def _clean_texts(value: t.Any, hidden: t.Sequence[str]) -> t.Any:
    if isinstance(value, str):
        return clean_text(value, hidden)
    if isinstance(value, dict):
        return {key: _clean_texts(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_texts(item, hidden) for item in value]
    return value


FINDINGS: Shape = objects_of(
    {
        "id": text,
        "severity": text,
        "title": text,
        "subject": text,
        "message": text,
        "remedy": text,
        "reference": text,
        "not_checked": flag,
        "ignored": flag,
    }
)

NODES: Shape = objects_of(
    {"name": text, "state": text, "mode": text, "reasons": texts, "seen": text, "bad_since": text, "excused": flag},
)

ROLLBACK: Shape = object_of({"status": text, "message": text})
