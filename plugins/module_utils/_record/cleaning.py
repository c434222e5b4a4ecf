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

# Patterns see this much, so that a credential at the place of the cut is still seen whole.
_SEEN_TEXT = 4 * LONGEST_TEXT

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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


def clean_text(value: t.Any, hidden: t.Sequence[str] = ()) -> str:
    """The value as text that may be kept: without control characters, credentials and query strings, at most LONGEST_TEXT long.

    hidden: values that must not appear wherever they stand, for example those of credential variables. The time is in proportion to the
    length of the value.
    """
    whole = _hide(_CONTROL.sub("", str(value)), hidden)
    text = _first_words(whole)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    # What stood around something that is gone may be a secret now.
    text = _hide(text, hidden)
    if len(whole) > _SEEN_TEXT or len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + " (cut)"
    return text


def _first_words(text: str) -> str:
    """What the patterns see: without the beginning of a word, which they might not know for a credential."""
    if len(text) <= _SEEN_TEXT:
        return text
    last = max(text.rfind(blank, LONGEST_TEXT, _SEEN_TEXT) for blank in " \t\n")
    return text[: last if last > 0 else _SEEN_TEXT]


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
