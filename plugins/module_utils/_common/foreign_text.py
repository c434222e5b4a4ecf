"""What others say, in exceptions, outputs of programs and answers, made fit for a message of ours.

Such text may quote the request, with its credentials. What is hidden is known by its structure, so that no caller has to know what it may hold. Each
pattern takes time in proportion to the text, whatever that is.
"""

from __future__ import annotations

import re
import typing as t

MASK = "***"
LONGEST = 500
# Of a text of which a part is shown, no more is looked at.
_LOOKED_AT = 20_000
# Shorter values are words that would be cut out of ordinary sentences.
_SHORTEST_HIDDEN = 4

_NAMES = (
    r"[\w.-]{0,40}(?:secret|passw(?:or)?d|passphrase|token|account_?key|access_?key|api_?key|private_?key|key[_-]data|signature|assertion|authorization|credential"
    r"|(?<![a-z])sig|(?<![a-z])pwd)[\w-]{0,20}"
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
    (re.compile(rf"(?i)\b({_NAMES})((?:\\?[\"'])?\s{{0,5}}[=:]\s{{0,5}})(?:\\?\"[^\"]*\"?|\\?'[^']*'?|[^\s\"'&,;]+)"), rf"\1\2{MASK}"),
)
# A long word of capitals, small letters and digits is a key.
_LONG = re.compile(r"[\w+~=-]{40,}|[\w+/=]{64,}")


def foreign(text: t.Any, hidden: t.Iterable[str] = (), longest: int = LONGEST) -> str:
    """The text as one line without credentials, of so many characters at most, and without a full stop at its end; V('') for nothing.

    text: an exception, or what anything printed. hidden: values that must not stand in it whatever they look like.
    """
    shown = "".join(character if character.isprintable() else " " for character in masked(text, hidden))
    return " ".join(shown.split())[:longest].rstrip(". ")


def masked(text: t.Any, hidden: t.Iterable[str] = ()) -> str:
    """The text as it is, but without credentials, as C(foreign) finds them."""
    shown = _string(text)[:_LOOKED_AT]
    for part in sorted({part for value in hidden for part in (value, value.strip())}, key=len, reverse=True):
        if len(part) >= _SHORTEST_HIDDEN:
            shown = shown.replace(part, MASK)
    for pattern, replacement in _PATTERNS:
        shown = pattern.sub(replacement, shown)
    return _LONG.sub(_hide_key, shown)


def _string(value: t.Any) -> str:
    try:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    # Numbers of thousands of digits, and what is nested without end.
    except (ValueError, RecursionError):
        return f"something of the type {type(value).__name__}"


def _hide_key(found: re.Match[str]) -> str:
    word = found.group()
    return MASK if re.search("[a-z]", word) and re.search("[A-Z]", word) and re.search("[0-9]", word) else word
