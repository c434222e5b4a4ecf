"""Search for any of several regular expressions, in time that is in proportion to the length of the text whatever they are.

All ways in which a text may match are followed at the same time, as RE2 and Go do, instead of one after the other, as Python does. What is found out
on the way is kept: sets of states, and where each character leads from there. So ordinary texts cost one look into a dictionary for each character.
"""

from __future__ import annotations

import bisect
import dataclasses
import typing as t

from .regexp_tree import Assertion, Characters, Choice, Node, Repeat, Sequence

# How much is kept: states of the automaton in all sets, and ways from set to set. Then all is forgotten.
MOST_KEPT = 100_000

_Kind = t.Literal["edge", "word", "other"]
_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
# The one state in which an expression has matched.
_MATCH = 0


@dataclasses.dataclass(slots=True)
class _State:
    """A state of the automaton: where it leads, for a character or for none at all, and what must be so then.

    bounds: where the ranges of its characters begin, and where they have ended, in turns.
    """

    then: tuple[int, ...] = ()
    bounds: tuple[int, ...] = ()
    assertion: str = ""


class _Set:
    """The states that may be next after what was read, and the kind of the last character. ways: what each next character leads to.

    ended: whether there is a match if nothing follows; None when that was not asked yet.
    """

    def __init__(self, states: frozenset[int], last: _Kind) -> None:
        self.states = states
        self.last = last
        self.ways: dict[str, _Set | None] = {}
        self.ended: bool | None = None


class LinearSearch:
    """Finds out whether any of the expressions matches anywhere in a text."""

    def __init__(self, expressions: t.Iterable[Node]) -> None:
        self._states = [_State()]
        self._start = frozenset(self._add(one, _MATCH) for one in expressions)
        self._reading = frozenset(number for number, state in enumerate(self._states) if state.bounds)
        self._forget()

    def search(self, text: str) -> t.Literal[True] | None:
        """True when there is a match, else None, so that it can be asked as re.Pattern.search can."""
        here = self._first
        for char in text:
            following = here.ways[char] if char in here.ways else self._way(here, char)
            if following is None:
                return True
            here = following
        if here.ended is None:
            here.ended = _MATCH in self._reachable(here, "edge")
        return True if here.ended else None

    def _forget(self) -> None:
        self._kept = 0
        self._sets: dict[tuple[frozenset[int], _Kind], _Set] = {}
        self._takers: dict[str, frozenset[int]] = {}
        self._first = self._set(frozenset(), "edge")

    def _set(self, states: frozenset[int], last: _Kind) -> _Set:
        key = (states, last)
        if key not in self._sets:
            self._kept += 1 + len(states)
            self._sets[key] = _Set(states, last)
        return self._sets[key]

    def _way(self, here: _Set, char: str) -> _Set | None:
        """What a character leads to; None when there is a match before it."""
        if self._kept > MOST_KEPT:
            self._forget()
        kind: _Kind = "word" if char in _WORD else "other"
        reachable = self._reachable(here, kind)
        following = None
        if _MATCH not in reachable:
            taken = reachable & self._taking(char)
            following = self._set(frozenset([self._states[number].then[0] for number in taken]), kind)
        self._kept += 1
        here.ways[char] = following
        return following

    def _taking(self, char: str) -> frozenset[int]:
        """The states with this character."""
        if char not in self._takers:
            code = ord(char)
            takers = frozenset(number for number in self._reading if bisect.bisect_right(self._states[number].bounds, code) % 2)
            self._kept += 1 + len(takers)
            self._takers[char] = takers
        return self._takers[char]

    def _reachable(self, here: _Set, following: _Kind) -> set[int]:
        """The states that read a character, and the match, that can be reached without reading one. A match may begin at every place."""
        states = here.states | self._start
        reachable = set(states & self._reading)
        passed: set[int] = set()
        left = list(states - self._reading)
        while left:
            number = left.pop()
            if number in passed:
                continue
            passed.add(number)
            state = self._states[number]
            if not state.assertion or _holds(state.assertion, here.last, following):
                for then in state.then:
                    (reachable.add if then in self._reading else left.append)(then)
        if _MATCH in passed:
            reachable.add(_MATCH)
        return reachable

    def _new(self, state: _State) -> int:
        self._states.append(state)
        return len(self._states) - 1

    def _add(self, node: Node, then: int) -> int:
        """The state that an expression begins in, which goes on to another one."""
        if isinstance(node, Characters):
            return self._new(_State((then,), tuple(code for first, last in node.ranges for code in (first, last + 1)) or (0, 0)))
        if isinstance(node, Assertion):
            return self._new(_State((then,), assertion=node.kind))
        if isinstance(node, Choice):
            return self._new(_State(tuple(self._add(item, then) for item in node.items)))
        if isinstance(node, Sequence):
            for item in reversed(node.items):
                then = self._add(item, then)
            return then
        return self._add_repeat(node, then)

    def _add_repeat(self, node: Repeat, then: int) -> int:
        if node.most is None:
            loop = self._new(_State())
            self._states[loop].then = (self._add(node.item, loop), then)
            begin = loop
        else:
            begin = then
            for _more in range(node.most - node.least):
                begin = self._new(_State((self._add(node.item, begin), then)))
        for _needed in range(node.least):
            begin = self._add(node.item, begin)
        return begin


def _holds(assertion: str, last: _Kind, following: _Kind) -> bool:
    if assertion == "begin":
        return last == "edge"
    if assertion == "end":
        return following == "edge"
    return ((last == "word") != (following == "word")) == (assertion == "word boundary")
