"""Rules and elements of a table as the instructions that they become, from C(nft --debug=netlink). Pure.

It says nothing of policies, types and flags of sets, and other objects. So it only shows whether a table that was made from the same declaration is
still what it was.
"""

from __future__ import annotations

import re
import typing as t

_RULE = re.compile(r"(\S+) (\S+) ([^@\s]\S*)(?: \d+)*\s*")
_LIVE_SET = re.compile(r"(\S+) (\S+) @(\S+)\s*")
_NEW_SET = re.compile(r"(\S+) (\S+) [0-9a-f]+(?: .*)?")
_ANONYMOUS = re.compile(r"__(?:set|map)(?:%d|\d+)")
# What changes while a rule is in use, and what only one of the two outputs shows.
_STATE = (
    (re.compile(r"counter pkts \d+ bytes \d+"), "counter"),
    (re.compile(r"(quota bytes \d+) consumed \d+"), r"\1"),
    (re.compile(r"\[ last [^\]]*\]"), "[ last ]"),
    (re.compile(r"(\[ lookup [^\]]*?) 0x0 \]"), r"\1 ]"),
)


class Bytecode(t.NamedTuple):
    """rules: per chain, each as one text, elements of anonymous sets included. sets: per named set its elements, sorted."""

    rules: dict[str, list[str]]
    sets: dict[str, list[str]]

    def equals(self, other: Bytecode, learned: t.Container[str]) -> bool:
        """learned: sets whose elements come and go."""
        names = {name for code in (self, other) for name, elements in code.sets.items() if elements and name not in learned}
        return self.rules == other.rules and all(self.sets.get(name) == other.sets.get(name) for name in names)


def parse_bytecode(text: str, family: str, table: str) -> Bytecode:
    """Of one table; text: the output of nft, which may list others too."""
    reader = _Reader(family, table)
    for line in text.split("\n"):
        reader.read(line)
    return Bytecode(reader.rules, {name: sorted(elements) for name, elements in reader.sets.items()})


class _Reader:
    def __init__(self, family: str, table: str) -> None:
        self._table = family, table
        self.rules: dict[str, list[str]] = {}
        self.sets: dict[str, list[str]] = {}
        # By name in a live table. In a declaration none has a name yet, so there it is those that no rule has used yet.
        self._anonymous: dict[str, list[str]] = {}
        self._unused: list[list[str]] = []
        self._rule: list[str] | None = None
        self._elements: list[str] | None = None

    def read(self, line: str) -> None:
        if line.startswith("  "):
            if self._rule is not None:
                self._rule[-1] += self._instruction(line)
        elif line.startswith("\t"):
            if self._elements is not None and line.startswith("\telement "):
                self._elements += [part.strip() for part in line.split("[end]") if part.strip()]
        else:
            self._start(line)

    def _start(self, line: str) -> None:
        self._rule = self._elements = None
        family, table = self._table
        if (live := _LIVE_SET.fullmatch(line)) and live.groups()[:2] == self._table:
            self._set(live[3])
        elif (rule := _RULE.fullmatch(line)) and rule.groups()[:2] == self._table:
            self._rule = self.rules.setdefault(rule[3], [])
            self._rule.append("")
        elif (new := _NEW_SET.fullmatch(line)) and new[2] == table and new[1] != family:
            self._set(new[1])

    def _set(self, name: str) -> None:
        if not _ANONYMOUS.fullmatch(name):
            self._elements = self.sets.setdefault(name, [])
        elif not name.endswith("%d"):
            self._elements = self._anonymous.setdefault(name, [])
        elif self._unused and not self._unused[-1]:
            # Reported twice: when it is made, and when it is filled.
            self._elements = self._unused[-1]
        else:
            self._elements = []
            self._unused.append(self._elements)

    def _instruction(self, line: str) -> str:
        for pattern, text in _STATE:
            line = pattern.sub(text, line)
        return _ANONYMOUS.sub(self._content, line)

    def _content(self, found: re.Match[str]) -> str:
        name = found[0]
        if name.endswith("%d"):
            return str(sorted(self._unused.pop(0))) if self._unused else name
        return str(sorted(self._anonymous[name])) if name in self._anonymous else name
