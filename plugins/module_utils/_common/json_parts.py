"""The parts of raw JSON from outside.

What is absent and what is null are the same here: Go writes an empty list or object as null. The functions whose names end with C(_at) refuse what
takes the place of something else; those whose names end with C(_of) take it for nothing, and are for what has been checked already.
"""

from __future__ import annotations

import typing as t

# The JSON object in a file, by its path and the option that names it; DataplaneError. Cores are handed one, since they read no files themselves.
ReadJsonObject = t.Callable[[str, str], t.Mapping[str, t.Any]]


class Misshapen(ValueError):
    """Something else stands where JSON from outside must have a value of a certain type; C(str()) of it says where, the end of a sentence."""


def object_of(raw: t.Any, *keys: str) -> dict[str, t.Any]:
    """The object below these keys, one inside of the other; an empty one where there is none, be it that something else stands there."""
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def objects_of(raw: t.Any, key: str) -> list[dict[str, t.Any]]:
    """The objects of the list at a key of an object; empty where there is none, and without elements that are no objects."""
    part = raw.get(key) if isinstance(raw, dict) else None
    return [item for item in part if isinstance(item, dict)] if isinstance(part, list) else []


def object_at(raw: t.Any, *keys: str) -> dict[str, t.Any]:
    """The object below these keys, one inside of the other; an empty one where there is none. Misshapen."""
    place: t.Any = raw
    # Thousands of objects are read by this.
    for depth, key in enumerate(keys):
        if not isinstance(place, dict):
            return _object(place, keys[:depth])
        place = place.get(key)
    return place if isinstance(place, dict) else _object(place, keys)


def objects_at(raw: t.Any, *keys: str) -> list[dict[str, t.Any]]:
    """The list of objects below these keys; an empty one where there is none. Misshapen."""
    return [_object(item, (*keys, "*")) for item in _list(raw, keys)]


def texts_at(raw: t.Any, *keys: str) -> list[str]:
    """The list of texts below these keys; an empty one where there is none. Misshapen."""
    return [_of_type(item, str, "text", (*keys, "*")) or "" for item in _list(raw, keys)]


def text_at(raw: t.Any, *keys: str) -> str:
    """The text below these keys; V('') where there is none. Misshapen."""
    return _of_type(_value(raw, keys), str, "text", keys) or ""


def flag_at(raw: t.Any, *keys: str) -> bool | None:
    """The boolean below these keys; None where there is none. Misshapen."""
    return _of_type(_value(raw, keys), bool, "boolean", keys)


def count_at(raw: t.Any, *keys: str) -> int:
    """The whole number below these keys; 0 where there is none. Misshapen."""
    value = _value(raw, keys)
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) >= _FAR):
        raise Misshapen(f"{'.'.join(keys)} is no count")
    return _of_type(value, int, "whole number", keys) or 0


def text_map_at(raw: t.Any, *keys: str) -> dict[str, str]:
    """The object of texts below these keys; an empty one where there is none. Misshapen."""
    return {str(name): _of_type(value, str, "text", (*keys, str(name))) or "" for name, value in object_at(raw, *keys).items()}


# Numbers of APIs have 64 bits.
_FAR = 2**63

V = t.TypeVar("V")


def _value(raw: t.Any, keys: tuple[str, ...]) -> t.Any:
    return object_at(raw, *keys[:-1]).get(keys[-1])


def _list(raw: t.Any, keys: tuple[str, ...]) -> list[t.Any]:
    found = _of_type(_value(raw, keys), list, "list", keys)
    return [] if found is None else found


def _object(value: t.Any, keys: tuple[str, ...]) -> dict[str, t.Any]:
    found = _of_type(value, dict, "object", keys)
    return {} if found is None else found


def _of_type(value: t.Any, kind: type[V], word: str, keys: tuple[str, ...]) -> V | None:
    if value is not None and not isinstance(value, kind):
        raise Misshapen(f"{'.'.join(keys) or 'it'} is no {word}")
    return value
