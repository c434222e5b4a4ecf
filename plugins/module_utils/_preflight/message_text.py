"""How messages of findings list names and count things."""

from __future__ import annotations

import typing as t

from .limits import NAMES_LISTED


def list_names(names: t.Iterable[str]) -> str:
    """The names, sorted; a handful of them and how many more there are."""
    known = sorted(names)
    listed = ", ".join(known[:NAMES_LISTED])
    more = len(known) - NAMES_LISTED
    return f"{listed} and {more} more" if more > 0 else listed


def list_by_node(found: t.Mapping[str, t.Collection[str]]) -> str:
    """What was found on which node; nodes without anything are left out."""
    return list_names(f"{name} ({list_names(things)})" for name, things in found.items() if things)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def version_text(version: t.Iterable[int]) -> str:
    return ".".join(map(str, version))
