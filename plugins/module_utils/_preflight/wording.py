"""What predicates share: how they name things."""

from __future__ import annotations

import typing as t

from .limits import NAMES_TOLD
from .model import Facts, NotChecked, Part

Said = t.Iterable[Part | NotChecked]
# Of the facts of its rule's area.
Predicate = t.Callable[[t.Any], Said]


def some(names: t.Iterable[str]) -> str:
    """The names, sorted; a handful of them and how many more there are."""
    known = sorted(names)
    told = ", ".join(known[:NAMES_TOLD])
    more = len(known) - NAMES_TOLD
    return f"{told} and {more} more" if more > 0 else told


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def cluster(facts: Facts) -> str:
    """The cluster as the subject of a finding."""
    return f"cluster {facts.cluster.name}"
