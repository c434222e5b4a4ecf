"""A whole table as text: to load, and for people, in a diff."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.stamp import Stamp
from .kept_state import elements_with_state, object_with_state, rules_with_state
from .table_model import Chain, Rule, RuleTexts, Set, Table


def text_with_state(wanted: Table, live: Table | None, texts: RuleTexts, stamp: Stamp) -> str:
    """The same with what the live table (listed with state) has counted and learned, where the thing is still there."""
    wanted = wanted.without_stamp()
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
    return _loadable_text(whole.with_stamp(stamp))


def replacement_text(family: str, name: str, block: str) -> str:
    """A table as text, in place of whatever is there; without text: nothing is there afterwards."""
    return f"table {family} {name}\ndelete table {family} {name}\n{block}"


def creation_text(family: str, name: str, block: str) -> str:
    """A table as text, but only where there is none of that name: the lock of a first run."""
    return f"create {replacement_text(family, name, block)}"


def snapshot_text(live: Table | None, family: str, name: str) -> str:
    """Text that brings back what was listed, with state and stamp; nothing when that was nothing."""
    return replacement_text(family, name, "" if live is None else _loadable_text(live))


def canonical_text(table: Table) -> str:
    """The table for a diff: no handles, no stamp, blocks in order of their names, one element to a line."""

    def elements(group: Set) -> t.Iterable[str]:
        return ("elements = {", *(f"\t{element}," for element in sorted(group.elements)), "}")

    def rules(chain: Chain) -> t.Iterable[str]:
        return (line for rule in chain.rules for line in rule.text.split("\n"))

    return _text(table.without_stamp().in_name_order(), elements, rules)


def _loadable_text(table: Table) -> str:
    def elements(group: Set) -> t.Iterable[str]:
        listed = ",\n\t\t\t".join(group.elements)
        return (f"elements = {{ {listed} }}",)

    return _text(table, elements, lambda chain: (rule.text for rule in chain.rules))


def _text(table: Table, elements: t.Callable[[Set], t.Iterable[str]], rules: t.Callable[[Chain], t.Iterable[str]]) -> str:
    """elements, rules: the lines of the elements of a set that has some, and of the rules of a chain."""
    lines = [f"table {table.path} {{", *(f"\t{line}" for line in table.header)]
    for item in table.objects:
        lines += _block(item.kind, item.name, item.lines)
    for group in table.sets:
        lines += _block(group.kind, group.name, (*group.header, *(elements(group) if group.elements else ())))
    for chain in table.chains:
        policy = (f"policy {chain.policy};",) if chain.policy else ()
        lines += _block("chain", chain.name, (*chain.header, *policy, *rules(chain)))
    return "\n".join([*lines, "}", ""])


def _block(kind: str, name: str, lines: t.Iterable[str]) -> list[str]:
    return [f"\t{kind} {name} {{", *(f"\t\t{line}" for line in lines), "\t}"]
