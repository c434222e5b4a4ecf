"""What is declared, as read and checked on the controller. Pure."""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

from .._node.stamp import digest

CONTENT = "content"


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
    """

    family: str
    name: str
    text: str
    line: int
    preamble: str
    chains: t.Mapping[str, tuple[str, ...]]
    plain: t.Mapping[str, tuple[int, int]] = dataclasses.field(default_factory=dict)

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

    @functools.cached_property
    def frame(self) -> str:
        """The text without the elements of plain sets, line by line the same."""
        parts, at = [], 0
        for start, end in sorted(place for table in self.tables for place in table.plain.values()):
            parts += [self.text[at:start], "\n" * self.text.count("\n", start, end)]
            at = end
        return "".join([*parts, self.text[at:]])

    def elements(self, table: DeclaredTable, name: str) -> tuple[str, ...]:
        """Of a plain set."""
        start, end = table.plain[name]
        return tuple(self.text[self.text.index("{", start) + 1 : end - 1].replace(",", " ").split())


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
        )
        for family, name, block, line, preamble, chains, plain in given["tables"]
    ]
    return Declaration(
        text, tuple(Segment(*item) for item in segments), given["preamble"], tuple(tables), origin, tuple(given["boot_warnings"])
    )
