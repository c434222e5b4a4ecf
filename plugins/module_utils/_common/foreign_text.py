"""What others say, in exceptions, outputs of programs and answers, made fit for a message of ours."""

from __future__ import annotations

import typing as t

from .masking import hide, without_credentials

LONGEST = 500
# Of a text of which a part is shown, no more is looked at.
_LOOKED_AT = 20_000
# Shorter values are words that would be cut out of ordinary sentences.
_SHORTEST_HIDDEN = 4


def foreign(text: t.Any, hidden: t.Iterable[str] = (), longest: int = LONGEST) -> str:
    """The text as one line without credentials, of so many characters at most, and without a full stop at its end; V('') for nothing.

    text: an exception, or what anything printed. hidden: values that must not be in it whatever they look like.
    """
    shown = "".join(character if character.isprintable() else " " for character in masked(text, hidden))
    return " ".join(shown.split())[:longest].rstrip(". ")


def masked(text: t.Any, hidden: t.Iterable[str] = ()) -> str:
    """The text as it is, but without credentials, as C(foreign) finds them."""
    parts = [part for value in hidden for part in (value, value.strip()) if len(part) >= _SHORTEST_HIDDEN]
    return without_credentials(hide(_string(text)[:_LOOKED_AT], parts))


def _string(value: t.Any) -> str:
    try:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    # Numbers of thousands of digits, and what is nested without end.
    except (ValueError, RecursionError):
        return f"something of the type {type(value).__name__}"
