"""What is declared, after it was read and checked on the controller: a node needs no code for that. Pure."""

from __future__ import annotations

import bisect
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
    """

    family: str
    name: str
    text: str
    line: int
    preamble: str
    chains: t.Mapping[str, tuple[str, ...]]

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

    def place(self, line: int) -> str:
        """What a line of the text is to the user: C(content line 7), or C(tables[0].chains[1].rules[3])."""
        number = bisect.bisect([segment.line for segment in self.segments], line)
        if not number:
            return f"{self.origin} line {line}"
        segment = self.segments[number - 1]
        return f"{segment.path}[{line - segment.line}]" if segment.items else segment.path


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
        DeclaredTable(family, name, part(block), line, preamble, {chain: tuple(map(part, rules)) for chain, rules in chains.items()})
        for family, name, block, line, preamble, chains in given["tables"]
    ]
    return Declaration(
        text, tuple(Segment(*item) for item in segments), given["preamble"], tuple(tables), origin, tuple(given["boot_warnings"])
    )
