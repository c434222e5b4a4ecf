"""What AKS's iptables monitor says of a node, predicted.

The monitor (azure-iptables-monitor) holds the Cilium agent of a node back for as long as the node has iptables rules that match none of
the patterns in its ConfigMap. This follows its algorithm, its odd corners included: it skips a table that cannot be listed, and takes a
missing pattern file for an empty one.
"""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .go_regexp import MOST_STATES, InvalidInGo, NotSure, parse
from .linear_search import LinearSearch
from .regexp_tree import Node, size

# In the monitor's order.
TABLES = ("nat", "mangle", "filter", "raw", "security")
GLOBAL = "global"

# Go's bufio.Scanner gives up on a file with a line of this many bytes.
LONGEST_LINE = 64 * 1024

MonitorVerdict = t.Literal["clean", "unexpected", "unknown"]

# Lines by table, as C(iptables -S CHAIN) prints them; none for a table that cannot be listed.
Lines = t.Mapping[str, "t.Sequence[str] | None"]
# Contents by file name.
Files = t.Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class RuleLine:
    """A rule, and the table it is in."""

    table: str
    line: str


@dataclasses.dataclass(frozen=True)
class Pattern:
    """A pattern that could not be used, the file it is in, and why."""

    file: str
    pattern: str
    reason: str


@dataclasses.dataclass(frozen=True)
class Prediction:
    """unexpected: rules that no pattern matches. doubtful: rules that only patterns in C(unsure) might match.

    skipped: tables that could not be listed, which the monitor passes over. invalid: patterns that Go refuses, which it ignores.
    """

    verdict: MonitorVerdict
    unexpected: tuple[RuleLine, ...] = ()
    doubtful: tuple[RuleLine, ...] = ()
    skipped: tuple[str, ...] = ()
    invalid: tuple[Pattern, ...] = ()
    unsure: tuple[Pattern, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        fields = dataclasses.asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}


@dataclasses.dataclass(frozen=True)
class _Patterns:
    usable: tuple[Node, ...] = ()
    invalid: tuple[Pattern, ...] = ()
    unsure: tuple[Pattern, ...] = ()

    def plus(self, other: _Patterns) -> _Patterns:
        return _Patterns(self.usable + other.usable, self.invalid + other.invalid, self.unsure + other.unsure)


def predict(lines: Lines, files: Files) -> Prediction:
    """The monitor's verdict on one node and one family; a table that is not in C(lines) counts as one that cannot be listed."""
    unexpected: list[RuleLine] = []
    doubtful: list[RuleLine] = []
    everywhere = _compile_file(GLOBAL, files.get(GLOBAL, ""))
    every = everywhere
    for table in TABLES:
        rules = lines.get(table)
        if rules is None:
            continue
        own = _compile_file(table, files.get(table, ""))
        every = every.plus(own)
        search = _search(table, files.get(table, ""), files.get(GLOBAL, "")).search
        missed = [RuleLine(table, rule) for rule in rules if not search(rule)]
        (doubtful if own.unsure or everywhere.unsure else unexpected).extend(missed)
    return Prediction(
        verdict="unexpected" if unexpected else "unknown" if doubtful else "clean",
        unexpected=tuple(unexpected),
        doubtful=tuple(doubtful),
        skipped=tuple(table for table in TABLES if lines.get(table) is None),
        invalid=every.invalid,
        unsure=every.unsure,
    )


def combine(first: Prediction, second: Prediction) -> Prediction:
    """The verdict on a node of both families, of which one that is bad is enough."""
    verdicts = (first.verdict, second.verdict)
    worst: MonitorVerdict = "unexpected" if "unexpected" in verdicts else "unknown" if "unknown" in verdicts else "clean"
    return Prediction(
        worst,
        *(
            tuple(dict.fromkeys(getattr(first, field) + getattr(second, field)))
            for field in ("unexpected", "doubtful", "skipped", "invalid", "unsure")
        ),
    )


# The same few files serve every node.
@functools.lru_cache(maxsize=64)
def _compile_file(file: str, content: str) -> _Patterns:
    compiled: list[_Patterns] = []
    left = MOST_STATES
    for pattern in _pattern_lines(content):
        one = _compile(file, pattern, left)
        left -= sum(size(tree) for tree in one.usable)
        compiled.append(one)
    return _Patterns(
        usable=tuple(tree for one in compiled for tree in one.usable),
        invalid=tuple(pattern for one in compiled for pattern in one.invalid),
        unsure=tuple(pattern for one in compiled for pattern in one.unsure),
    )


def _compile(file: str, pattern: str, most_states: int) -> _Patterns:
    try:
        tree = parse(pattern)
    except InvalidInGo as exc:
        return _Patterns(invalid=(Pattern(file, pattern, str(exc)),))
    except NotSure as exc:
        return _Patterns(unsure=(Pattern(file, pattern, str(exc)),))
    if size(tree) > most_states:
        return _Patterns(unsure=(Pattern(file, pattern, "with the patterns before it, it is too large to be followed here"),))
    return _Patterns(usable=(tree,))


@functools.lru_cache(maxsize=32)
def _search(table: str, content: str, everywhere: str) -> LinearSearch:
    return LinearSearch((*_compile_file(table, content).usable, *_compile_file(GLOBAL, everywhere).usable))


def _pattern_lines(content: str) -> list[str]:
    """As Go's bufio.Scanner reads lines: nothing is trimmed but one carriage return, and only what is then empty is skipped."""
    lines = content.split("\n")
    if any(len(line.encode("utf-8", "surrogatepass")) >= LONGEST_LINE for line in lines):
        # The monitor cannot read such a file, and goes on without it.
        return []
    return [line for line in (line.removesuffix("\r") for line in lines) if line]
