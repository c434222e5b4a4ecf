"""Shapes of what a run record keeps: each takes the known keys of the known types out of a value, and leaves the rest out."""

from __future__ import annotations

import typing as t

Shape = t.Callable[[t.Any], t.Any]


def text(value: t.Any) -> str | None:
    """Any value, as text."""
    return None if value is None else str(value)


def flag(value: t.Any) -> bool | None:
    """A bool; None for anything else."""
    return value if isinstance(value, bool) else None


def number(value: t.Any) -> int | float | None:
    """An int or float; None for anything else."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def texts(value: t.Any) -> list[str]:
    """A list, its items as text; an empty one for anything else."""
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def object_of(keys: t.Mapping[str, Shape]) -> Shape:
    """Of objects with these keys; None for what is no object."""

    def shape(value: t.Any) -> dict[str, t.Any] | None:
        if not isinstance(value, t.Mapping):
            return None
        return {key: keys[key](value[key]) for key in keys if key in value}

    return shape


def objects_of(keys: t.Mapping[str, Shape]) -> Shape:
    """Of lists of such objects; without items that are none, and an empty list for what is no list."""
    one = object_of(keys)

    def shape(value: t.Any) -> list[dict[str, t.Any]]:
        if not isinstance(value, (list, tuple)):
            return []
        return [shaped for item in value if (shaped := one(item)) is not None]

    return shape
