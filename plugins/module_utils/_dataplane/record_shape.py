"""Shapes of what a run record keeps: each takes the known keys of the known types out of a value, and leaves the rest out."""

from __future__ import annotations

import typing as t

Shape = t.Callable[[t.Any], t.Any]


def text(value: t.Any) -> str | None:
    return None if value is None else str(value)


def flag(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: t.Any) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def texts(value: t.Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def object_of(keys: t.Mapping[str, Shape]) -> Shape:
    def shape(value: t.Any) -> dict[str, t.Any] | None:
        if not isinstance(value, t.Mapping):
            return None
        return {key: keys[key](value[key]) for key in keys if key in value}

    return shape


def objects_of(keys: t.Mapping[str, Shape]) -> Shape:
    one = object_of(keys)

    def shape(value: t.Any) -> list[dict[str, t.Any]]:
        if not isinstance(value, (list, tuple)):
            return []
        return [shaped for item in value if (shaped := one(item)) is not None]

    return shape
