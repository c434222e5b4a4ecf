"""What may stand in a run record: known keys of known types, and text without anything that looks like a credential.

A record outlives its run and is mailed around, so it is made by choosing what goes in, never by leaving things out.
"""

from __future__ import annotations

import re
import typing as t

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
    text = _without(text, hidden)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + " (cut)"
    return _without(text, hidden)


def _without(text: str, hidden: t.Sequence[str]) -> str:
    for value in sorted(hidden, key=len, reverse=True):
        if len(value) >= SHORTEST_HIDDEN:
            text = text.replace(value, MASK)
    return text


Shape = t.Callable[[t.Any], t.Any]


def _text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def _flag(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: t.Any) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _texts(value: t.Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _object(keys: t.Mapping[str, Shape]) -> Shape:
    def shape(value: t.Any) -> dict[str, t.Any] | None:
        if not isinstance(value, t.Mapping):
            return None
        return {key: keys[key](value[key]) for key in keys if key in value}

    return shape


def _objects(keys: t.Mapping[str, Shape]) -> Shape:
    one = _object(keys)

    def shape(value: t.Any) -> list[dict[str, t.Any]]:
        if not isinstance(value, (list, tuple)):
            return []
        return [shaped for item in value if (shaped := one(item)) is not None]

    return shape


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


KUBE_PROXY: Shape = _object(
    {
        "enabled": _flag,
        "mode": _text,
        "ipvs_config": _object(
            {
                "scheduler": _text,
                "tcp_timeout_seconds": _number,
                "tcp_fin_timeout_seconds": _number,
                "udp_timeout_seconds": _number,
            }
        ),
        "state": _text,
    }
)

HOST_ROUTING: Shape = _object(
    {
        "state": _text,
        "enable_acns": _flag,
        "acceleration_mode": _text,
        "acns": _object({"enabled": _flag, "observability": _flag, "security": _flag}),
    }
)

# By what a run is about; for the declaration and for the configurations before and after.
CONFIGS: t.Mapping[str, Shape] = {"kube_proxy": KUBE_PROXY, "host_routing": HOST_ROUTING}

FINDINGS: Shape = _objects(
    {
        "id": _text,
        "severity": _text,
        "title": _text,
        "subject": _text,
        "message": _text,
        "remedy": _text,
        "reference": _text,
        "not_checked": _flag,
        "ignored": _flag,
    }
)

NODES: Shape = _objects({"name": _text, "state": _text, "mode": _text, "reasons": _texts})

ROLLBACK: Shape = _object({"status": _text, "message": _text})
