"""A whole table as text to load: for what a delta cannot say, for creation, and to bring back what was."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.stamp import Stamp
from .model import Chain, Object, Rule, RuleTexts, Set, Table
from .stamp import with_stamp, without_stamp
from .state import elements_with_state, object_with_state, rules_with_state


def with_state(wanted: Table, live: Table | None, texts: RuleTexts, stamp: Stamp) -> str:
    """The same with what the live table (listed with state) has counted and learned, where the thing is still there."""
    wanted = without_stamp(wanted)
    old = live or Table(wanted.family, wanted.name)
    whole = dataclasses.replace(
        wanted,
        objects=tuple(
            dataclasses.replace(item, lines=object_with_state(item, old.object_named.get((item.kind, item.name))))
            for item in wanted.objects
        ),
        sets=tuple(
            dataclasses.replace(item, elements=elements_with_state(item, old.set_named.get(item.name), wanted)) for item in wanted.sets
        ),
        chains=tuple(
            dataclasses.replace(item, rules=tuple(map(Rule, rules_with_state(item, old.chain_named.get(item.name), texts))))
            for item in wanted.chains
        ),
    )
    return _text(with_stamp(whole, stamp))


def replacement(family: str, name: str, block: str) -> str:
    """A table as text, in place of whatever is there; without text: nothing is there afterwards."""
    return f"table {family} {name}\ndelete table {family} {name}\n{block}"


def creation(family: str, name: str, block: str) -> str:
    """A table as text, but only where there is none of that name: the lock of a first run."""
    return f"create {replacement(family, name, block)}"


def snapshot(live: Table | None, family: str, name: str) -> str:
    """Text that brings back what was listed, with state and stamp; nothing when that was nothing."""
    return replacement(family, name, "" if live is None else _text(live))


def _text(table: Table) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Table) -> t.Iterator[str]:
    yield f"table {table.path} {{"
    yield from (f"\t{line}" for line in table.header)
    for item in table.objects:
        yield from _block(item, item.lines)
    for group in table.sets:
        elements = ",\n\t\t\t".join(group.elements)
        yield from _block(group, (*group.header, *((f"elements = {{ {elements} }}",) if elements else ())))
    for chain in table.chains:
        policy = (f"policy {chain.policy};",) if chain.policy else ()
        yield from _block(chain, (*chain.header, *policy, *(rule.text for rule in chain.rules)))
    yield "}"


def _block(item: Object | Set | Chain, lines: t.Iterable[str]) -> t.Iterator[str]:
    kind = "chain" if isinstance(item, Chain) else item.kind
    yield f"\t{kind} {item.name} {{"
    yield from (f"\t\t{line}" for line in lines)
    yield "\t}"
