"""The stamp on a whole table, and the fingerprint that it holds."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from .._node.stamp import CHAIN, Stamp, stamp_of_line
from .model import Chain, Set, Table


def stamp_of(table: Table) -> Stamp | None:
    """The stamp on a table; null when it has none that can be read."""
    chain = table.chain_named.get(CHAIN)
    return stamp_of_line(" ".join(chain.header)) if chain else None


def without_stamp(table: Table) -> Table:
    if CHAIN not in table.chain_named:
        return table
    return dataclasses.replace(table, chains=tuple(chain for chain in table.chains if chain.name != CHAIN))


def with_stamp(table: Table, stamp: Stamp) -> Table:
    bare = without_stamp(table)
    return dataclasses.replace(bare, chains=(*bare.chains, Chain(CHAIN, (stamp.header,))))


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
