"""JSON from outside, whoever wrote it: a value that can be worked with, or one exception."""

from __future__ import annotations

import json
import math
import re
import typing as t

# Nothing that this collection reads is nested half as deep; what is, breaks whatever walks through it.
DEEPEST = 64

# Half of a character; the other half may follow.
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class NotJson(ValueError):
    """The text is no JSON that anybody can have meant."""


def read_json(text: str | bytes, deepest: int | None = DEEPEST) -> t.Any:
    """The value of the text, whose numbers are finite and whose texts are whole characters. NotJson for anything else.

    deepest: levels of objects and lists inside of each other; None where nobody walks through all of the value, which saves the look.
    """
    try:
        whole = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value = json.loads(whole, parse_constant=_refuse, parse_float=_finite)
        if _HALF.search(whole) or not (isinstance(text, bytes) or whole.isascii()):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise NotJson("it is not JSON") from None
    if deepest is not None and is_deeper(value, deepest):
        raise NotJson(f"it is nested more than {deepest} levels deep")
    return value


def read_json_or_none(text: str | bytes) -> t.Any:
    """As C(read_json); None for what is no JSON."""
    try:
        return read_json(text)
    except NotJson:
        return None


def with_whole_characters(text: str) -> str:
    """The text of JSON with a mark in the place of each half of a character, for what is only shown."""
    return _HALF.sub(r"\\ufffd", text).encode("utf-8", "replace").decode()


def is_deeper(value: t.Any, levels: int) -> bool:
    """Whether objects and lists are in each other to more than so many levels."""
    layer = [value]
    for _level in range(levels + 1):
        layer = [item for node in layer if isinstance(node, (dict, list)) for item in (node.values() if isinstance(node, dict) else node)]
        if not layer:
            return False
    return any(isinstance(node, (dict, list)) for node in layer)


def _refuse(name: str) -> t.NoReturn:
    raise NotJson(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson(f"{text[:20]} is too large")
    return value
