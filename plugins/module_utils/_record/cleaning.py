"""What may be in a run record: known keys of known types, and text without anything that looks like a credential.

A record outlives its run and is mailed around, so it is made by choosing what goes in, never by leaving things out.
"""

from __future__ import annotations

import re
import typing as t

from .._common.credential_patterns import MASK
from .._common.masking import hide, without_credentials
from .._dataplane.record_shape import Shape, flag, number, object_of, objects_of, text, texts

__all__ = ["MASK"]

LONGEST_TEXT = 4000
# Shorter values are words ("true", "prod") that would be cut out of ordinary sentences.
SHORTEST_HIDDEN = 6

# Patterns see this much, so that a credential at the place of the cut is still seen whole.
_SEEN_TEXT = 4 * LONGEST_TEXT

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def clean_text(value: t.Any, hidden: t.Sequence[str] = ()) -> str:
    """The value as text that may be kept: without control characters, credentials and query strings, at most LONGEST_TEXT long.

    hidden: values that must not appear wherever they stand, for example those of credential variables. The time is in proportion to the
    length of the value.
    """
    whole = _hide(_CONTROL.sub("", str(value)), hidden)
    text = without_credentials(_first_words(whole))
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
    return hide(text, [value for value in hidden if len(value) >= SHORTEST_HIDDEN])


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
        "original_severity": text,
    }
)

WAIVERS: Shape = objects_of({"id": text, "reason": text, "until": text, "ticket": text, "expired": flag})
# With what a run works.
VERSIONS: Shape = object_of({"collection": text, "ansible_core": text, "python": text})

NODES: Shape = objects_of(
    {"name": text, "state": text, "mode": text, "reasons": texts, "seen": text, "bad_since": text, "excused": flag},
)

_LOOK: Shape = object_of(
    {
        "counts": object_of(dict.fromkeys(("seen", "partly_seen", "not_seen", "not_applicable"), number)),
        "modes": objects_of({"mode": text, "nodes": number}),
        "leftovers": objects_of({"mode": text, "things": texts, "nodes": texts}),
        "foreign_jumps": objects_of({"rules": texts, "nodes": texts}),
        "not_seen": objects_of({"reason": text, "nodes": texts}),
    }
)
# Of the nodes' own rules.
LOOKS: Shape = object_of({"before": _LOOK, "after": _LOOK})

_STATISTICS: Shape = object_of(dict.fromkeys(("tries", "p50", "p99"), number))
_TARGET: t.Mapping[str, Shape] = {
    **dict.fromkeys(("name", "address", "from", "verdict", "reason"), text),
    **dict.fromkeys(
        ("interval", "timeout", "max_gap", "tries", "longest_gap", "sum_of_gaps", "kept_connections_broken", "availability"), number
    ),
    "failures": object_of(dict.fromkeys(("refused", "no_answer", "late", "error"), number)),
    "gaps": objects_of({**dict.fromkeys(("at", "seconds", "tries", "failed"), number), "open": flag}),
    "late_failures": object_of(dict.fromkeys(("tries", "first", "last"), number)),
    "before": _STATISTICS,
    "after": _STATISTICS,
}
INTERRUPTION: Shape = object_of(
    {
        **dict.fromkeys(("source", "changed", "action", "limit"), text),
        "dead": flag,
        # Below a target that is asked from a cluster, what each place of it has seen.
        "targets": objects_of({**_TARGET, "nodes": objects_of({**_TARGET, "node": text, "network": text})}),
        "nodes": objects_of({"name": text, "seconds": number}),
    }
)

ROLLBACK: Shape = object_of({"status": text, "message": text})
