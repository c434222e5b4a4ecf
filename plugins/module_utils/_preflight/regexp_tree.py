"""What a regular expression consists of, whatever syntax it was written in."""

from __future__ import annotations

import dataclasses
import typing as t

LAST_CODE = 0x10FFFF

# First and last code of a range of characters, both in it.
Range = tuple[int, int]
AssertionKind = t.Literal["begin", "end", "word boundary", "no word boundary"]


@dataclasses.dataclass(frozen=True)
class Characters:
    """One character of these ranges, which are in order and apart from each other."""

    ranges: tuple[Range, ...]


@dataclasses.dataclass(frozen=True)
class Assertion:
    """A place in the text, without a character. Words consist of ASCII letters, digits and underscores."""

    kind: AssertionKind


@dataclasses.dataclass(frozen=True)
class Sequence:
    """One after the other; an empty one matches everywhere."""

    items: tuple[Node, ...]


@dataclasses.dataclass(frozen=True)
class Choice:
    """Any of these."""

    items: tuple[Node, ...]


@dataclasses.dataclass(frozen=True)
class Repeat:
    """The item so many times. most: None for no limit."""

    item: Node
    least: int
    most: int | None


# pylint of ansible-core 2.21 does not know the other way to write it.
Node = t.Union[Characters, Assertion, Sequence, Choice, Repeat]  # noqa: UP007


def characters(ranges: t.Iterable[Range], negated: bool = False) -> Characters:
    """One character of these ranges, in any order; negated: one of no range."""
    joined: list[Range] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return Characters(tuple(_gaps(joined) if negated else joined))


def _gaps(ranges: t.Iterable[Range]) -> t.Iterator[Range]:
    free = 0
    for first, last in ranges:
        if first > free:
            yield free, first - 1
        free = last + 1
    if free <= LAST_CODE:
        yield free, LAST_CODE


def size(node: Node) -> int:
    """How many states an automaton for it has: repetitions with counts are written out."""
    if isinstance(node, (Sequence, Choice)):
        return isinstance(node, Choice) + sum(size(item) for item in node.items)
    if isinstance(node, Repeat):
        inner = size(node.item)
        return node.least * inner + (1 + inner if node.most is None else (node.most - node.least) * (1 + inner))
    return 1
