"""The mark on a table of ours: an empty chain whose comment says what was declared and how that was listed.

A comment of a table cannot be changed, one of a chain can: by deleting and adding the chain. It goes when the rules go.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing as t

from .model import Chain, Set, Table

CHAIN = "aks-dataplane-stamp"
_COMMENT = re.compile(r'comment "declared=([0-9a-f]{24}) listed=([0-9a-f]{24}|-) nft=([^ "]{1,40})"')


@dataclasses.dataclass(frozen=True)
class Stamp:
    """declared: digest of the declaration. listed: fingerprint of what it became; null when that cannot tell whether the table is as declared.
    nft: version of the nft that listed it, as listings differ between versions.
    """

    declared: str
    listed: str | None
    nft: str

    @property
    def header(self) -> str:
        """The line in the stamp's chain; nft takes at most 128 characters between the quotes."""
        return f'comment "declared={self.declared} listed={self.listed or "-"} nft={self.nft}"'

    @property
    def chain(self) -> Chain:
        return Chain(CHAIN, (self.header,))


def stamp_of(table: Table) -> Stamp | None:
    """The stamp on a table; null when it has none that can be read."""
    chain = table.chain_named.get(CHAIN)
    return stamp_of_line(" ".join(chain.header)) if chain else None


def stamp_of_comment(text: str) -> Stamp | None:
    """From the comment of its chain, without quotes."""
    return stamp_of_line(f'comment "{text}"')


def stamp_of_line(line: str) -> Stamp | None:
    """From the line in its chain, or in a file; null when it is none."""
    found = _COMMENT.fullmatch(line)
    return Stamp(found[1], None if found[2] == "-" else found[2], found[3]) if found else None


def without_stamp(table: Table) -> Table:
    if CHAIN not in table.chain_named:
        return table
    return dataclasses.replace(table, chains=tuple(chain for chain in table.chains if chain.name != CHAIN))


def with_stamp(table: Table, stamp: Stamp) -> Table:
    bare = without_stamp(table)
    return dataclasses.replace(bare, chains=(*bare.chains, stamp.chain))


def digest(text: str) -> str:
    """24 characters."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def fingerprint(table: Table) -> str:
    """Over all that stays as declared by itself: nothing of handles, order of blocks, the stamp, elements that were learned or have a timeout."""
    return digest("\0".join(_essence(without_stamp(table))))


def listed(wanted: Table) -> str | None:
    """What a stamp says of the form that a declaration takes: its fingerprint; null when the declaration has elements that may go by themselves."""
    if any(item.protected(element) for item in wanted.sets for element in item.elements):
        return None
    return fingerprint(wanted)


def _essence(table: Table) -> t.Iterator[str]:
    yield from (table.family, table.name, *table.header)
    for thing in sorted(table.objects, key=lambda item: (item.kind, item.name)):
        yield from (thing.kind, thing.name, *thing.lines)
    for group in sorted(table.sets, key=lambda item: item.name):
        yield from (group.kind, group.name, *group.header, *_lasting(group))
    for chain in sorted(table.chains, key=lambda item: item.name):
        yield from ("chain", chain.name, *chain.header, str(chain.policy), *(rule.text for rule in chain.rules))


def _lasting(group: Set) -> list[str]:
    """Hash tables list in any order."""
    return [] if group.learned else sorted(element for element in group.elements if not group.protected(element))
