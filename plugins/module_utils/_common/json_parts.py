"""The parts of raw JSON from outside, whose shapes nobody promises."""

from __future__ import annotations

import typing as t

# The JSON object in a file, by its path and the option that names it; DataplaneError. Cores are handed one, since they read no files themselves.
ReadJsonObject = t.Callable[[str, str], t.Mapping[str, t.Any]]


def object_of(raw: t.Any, *keys: str) -> dict[str, t.Any]:
    """The object below these keys, one inside of the other; an empty one where there is none, be it that something else stands there."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def objects_of(raw: t.Any, key: str) -> list[dict[str, t.Any]]:
    """The objects of the list at a key of an object; empty where there is none, and without elements that are no objects."""
    part = raw.get(key) if isinstance(raw, dict) else None
    return [item for item in part if isinstance(item, dict)] if isinstance(part, list) else []
