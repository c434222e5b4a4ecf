"""What is declared, as read and checked on the controller, and what is known of its rules from the last time. Pure."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import typing as t

from .._node.stamp import Stamp, digest
from .common_subsequence import common_subsequence
from .table_model import Table

CONTENT = "content"
# Fewer rules are tried out in no time.
_LARGE = 1000
# Rules that can change how a set is listed are always tried out.
_CHANGES_SET = re.compile(r"\b(?:add|update|delete|meter|flow)\b")


class Segment(t.NamedTuple):
    """Lines of the rendered text, from line on, and what they are made of; of a list, each line is one item."""

    line: int
    path: str
    items: bool = False


@dataclasses.dataclass(frozen=True)
class DeclaredTable:
    """A table as declared.

    text: its whole block, as it was written. line: where that begins in the text of the declaration.
    preamble: the definitions that it uses, a line each. chains: per chain the text of its rules in order, each on one line and without comments.
    plain: of large sets of addresses that are written as nft lists them, from where to where the text of the declaration has their elements.
    frame: digest of what the listing of a rule can depend on besides the rule. places: per chain where in the text of the declaration its rules are, start and
    length; empty where not all are known.
    """

    family: str
    name: str
    text: str
    line: int
    preamble: str
    chains: t.Mapping[str, tuple[str, ...]]
    plain: t.Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)
    frame: str = ""
    places: t.Mapping[str, t.Sequence[t.Sequence[int]]] = dataclasses.field(default_factory=dict, compare=False)
    owner: str = ""

    @functools.cached_property
    def digest(self) -> str:
        """Of what was written: 24 characters, for the stamp."""
        return digest(f"{self.preamble}{self.text}")


@dataclasses.dataclass(frozen=True)
class Declaration:
    """Everything that one call declares.

    text: what nft is to load; its line n is line n of what the user wrote. preamble: all definitions, a line each. origin: C(content), C(src PATH) or
    C(tables). segments: with C(tables), what the lines of the text are made of. boot_warnings: what may go wrong when it is loaded at boot.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    preamble: str = ""
    tables: tuple[DeclaredTable, ...] = ()
    origin: str = CONTENT
    boot_warnings: tuple[str, ...] = ()

    @functools.cached_property
    def named(self) -> dict[tuple[str, str], DeclaredTable]:
        """The tables by family and name, in order."""
        return {(table.family, table.name): table for table in self.tables}

    def without(self, places: t.Iterable[tuple[int, int]]) -> str:
        """The text without the elements of plain sets, and without what is from one place to another; line by line the same."""
        parts, at = [], 0
        for start, end in sorted([*places, *(place for table in self.tables for place in table.plain.values())]):
            parts += [self.text[at:start], "\n" * self.text.count("\n", start, end)]
            at = end
        return "".join([*parts, self.text[at:]])

    def elements(self, table: DeclaredTable, name: str) -> tuple[str, ...]:
        """Of a plain set."""
        start, end = table.plain[name]
        return tuple(self.text[self.text.index("{", start) + 1 : end - 1].replace(",", " ").split())


@dataclasses.dataclass(frozen=True)
class Previous:
    """stamp: of the table as it was declared last. sizes: the number of rules that each of its chains had.
    kept: of each chain the rules that stay, index now -> index then.
    """

    stamp: Stamp
    sizes: t.Mapping[str, int]
    kept: t.Mapping[str, t.Mapping[int, int]]

    def places(self, table: DeclaredTable) -> list[tuple[int, int]]:
        """From where to where the text of the declaration has the rules that stay."""
        found = (table.places[chain][index] for chain, rules in self.kept.items() for index in rules)
        return [(start, start + length) for start, length in found]

    def whole_listing(self, part: Table, live: Table | None, table: DeclaredTable) -> Table | None:
        """part: as the table is listed without the rules that stay. live: as it is listed now. Null where that is not what was declared last."""
        if live is None or live.stamp != self.stamp or live.fingerprint() != (self.stamp.listed or self.stamp.seen):
            return None
        chains = []
        for chain in part.chains:
            kept, count = self.kept.get(chain.name, {}), len(table.chains.get(chain.name, ()))
            old = live.chain_named[chain.name].rules if kept else ()
            # One declared rule is one listed rule.
            if (kept and len(old) != self.sizes[chain.name]) or len(kept) + len(chain.rules) != count:
                return None
            new = iter(chain.rules)
            rules = tuple(old[kept[index]] if index in kept else next(new) for index in range(count))
            chains.append(dataclasses.replace(chain, rules=rules))
        return dataclasses.replace(part, chains=tuple(chains))


def plain_text(text: str) -> str:
    """As nft takes it: without what editors of Windows write."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def unpack(text: str, packed: str, origin: str, segments: t.Iterable[t.Sequence[t.Any]]) -> Declaration:
    """packed: what was read of the text, as _nft.declaration_pack makes it, so that rules are not sent twice."""
    text = plain_text(text)
    given = json.loads(packed)

    def part(item: t.Any) -> str:
        return item if isinstance(item, str) else text[item[0] : item[0] + item[1]]

    tables = [
        DeclaredTable(
            family,
            name,
            part(block),
            line,
            preamble,
            {chain: tuple(map(part, rules)) for chain, rules in chains.items()},
            {name: (start, end) for name, (start, end) in plain.items()},
            frame,
            {} if any(isinstance(rule, str) for rules in chains.values() for rule in rules) else chains,
        )
        for family, name, block, line, preamble, chains, plain, frame in given["tables"]
    ]
    return Declaration(
        text, tuple(Segment(*item) for item in segments), given["preamble"], tuple(tables), origin, tuple(given["boot_warnings"])
    )


def note_of(table: DeclaredTable) -> str:
    """What to keep until it is declared again; empty where that is not worth it."""
    if sum(map(len, table.chains.values())) < _LARGE:
        return ""
    text = json.dumps([table.digest, table.frame, table.chains])
    return f"{digest(text)}\n{text}"


def previous(table: DeclaredTable, stamp: Stamp, note: str) -> Previous | None:
    """table: as it is declared now. stamp: of the live one. note: the last one, empty without one. Null where nothing of it is known."""
    known, _line, text = note.partition("\n")
    chains = table.chains
    if stamp.declared != table.digest:
        declared, frame, chains = json.loads(text) if known == digest(text) else ("", "", {})
        if (declared, frame) != (stamp.declared, table.frame):
            return None
    kept = {
        name: {new: old for old, new in common_subsequence(chains.get(name, ()), rules) if not _CHANGES_SET.search(rules[new])}
        for name, rules in table.chains.items()
        if name in table.places
    }
    return Previous(stamp, {name: len(rules) for name, rules in chains.items()}, kept) if any(kept.values()) else None
