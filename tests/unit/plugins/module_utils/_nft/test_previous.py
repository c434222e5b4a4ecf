# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of a large table, rules that stay are not tried out again, and only what nft listed of exactly them is believed."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import read_and_check
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import (
    Declaration,
    DeclaredTable,
    Previous,
    note_of,
    previous,
    unpack,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Rule, Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

RULES = tuple(f"tcp dport {number} accept" for number in range(1, 1202))
SET = "set s { type ipv4_addr; elements = { 192.0.2.1 }; }"
HEADER = "type filter hook input priority 0"


def declaration(rules: t.Sequence[str] = RULES, frame: str = SET, header: str = HEADER) -> Declaration:
    lines = "\n".join(rules)
    text = f"table inet ours {{\n{frame}\nchain c {{\n{header}\n{lines}\n}}\nchain d {{\nip saddr @s drop\n}}\n}}\n"
    return unpack(text, read_and_check(text), "content", ())


def declared(*args: t.Any, **kwargs: t.Any) -> DeclaredTable:
    (table,) = declaration(*args, **kwargs).tables
    return table


def listing(rules: t.Sequence[str] = RULES, start: int = 100, last: t.Sequence[str] = ("ip saddr @s drop",)) -> Table:
    """Rules as a made-up nft lists them."""
    chains = (
        Chain(name, (), None, tuple(Rule(f"listed {text}", number) for number, text in enumerate(found, start)))
        for name, found in (("c", rules), ("d", last))
    )
    return Table("inet", "ours", sets=(Set("set", "s", ("type ipv4_addr",), ("192.0.2.1",)),), chains=tuple(chains))


def stamp(table: Table, of: DeclaredTable, seen: bool = False) -> Stamp:
    return Stamp(of.digest, None if seen else table.fingerprint(), "1.0.6", table.fingerprint() if seen else None)


BEFORE, LIVE = declared(), listing()
STAMP = stamp(LIVE, BEFORE)
NEW = (*RULES[:600], "tcp dport 7777 drop", *RULES[601:], "tcp dport 8888 drop")
NEW_RULES = ("tcp dport 7777 drop", "tcp dport 8888 drop")


def known(table: DeclaredTable, note: str | None = None, mark: Stamp = STAMP) -> Previous | None:
    return previous(table, mark, note_of(BEFORE) if note is None else note)


def must(found: Previous | None) -> Previous:
    assert found is not None
    return found


def test_new_rules_alone_are_tried_out() -> None:
    whole = declaration(NEW)
    text = whole.without(must(known(whole.tables[0])).places(whole.tables[0]))
    assert text.count("\n") == whole.text.count("\n")
    assert [line for line in text.split("\n") if "dport" in line] == list(NEW_RULES)
    assert HEADER in text
    assert SET in text


@pytest.mark.parametrize("seen", [False, True])
def test_the_whole_listing(seen: bool) -> None:
    table, mark = declared(NEW), stamp(LIVE, BEFORE, seen)
    part = listing(NEW_RULES, 5, ())
    found = must(known(table, mark=mark)).whole_listing(part, LIVE.with_stamp(mark), table)
    assert found is not None
    assert [rule.text for rule in found.chain_named["c"].rules] == [f"listed {text}" for text in NEW]
    assert [rule.text for rule in found.chain_named["d"].rules] == ["listed ip saddr @s drop"]
    assert found.fingerprint() == listing(NEW).fingerprint()


def test_the_same_declaration_needs_no_note() -> None:
    mark = stamp(LIVE, BEFORE, seen=True)
    found = must(known(BEFORE, "", mark)).whole_listing(listing((), last=()), LIVE.with_stamp(mark), BEFORE)
    assert found is not None
    assert found.fingerprint() == LIVE.fingerprint()


@pytest.mark.parametrize(
    ("part", "live"),
    [
        (listing(NEW_RULES, last=()), None),
        (listing(NEW_RULES, last=()), LIVE),
        (listing(NEW_RULES, last=()), LIVE.with_stamp(dataclasses.replace(STAMP, listed="0" * 24))),
        (listing(NEW_RULES, last=()), listing((*RULES, "drop")).with_stamp(STAMP)),
        # More or fewer rules than were asked for.
        (listing(NEW_RULES[:1], last=()), LIVE.with_stamp(STAMP)),
        (listing((*NEW_RULES, "drop"), last=()), LIVE.with_stamp(STAMP)),
        (listing(NEW_RULES), LIVE.with_stamp(STAMP)),
    ],
)
def test_another_table_is_there(part: Table, live: Table | None) -> None:
    table = declared(NEW)
    assert must(known(table)).whole_listing(part, live, table) is None


def test_what_was_one_rule_and_is_listed_as_two() -> None:
    live = listing((*RULES, "drop"))
    mark = stamp(live, BEFORE)
    table = declared(NEW)
    assert must(known(table, mark=mark)).whole_listing(listing(NEW_RULES, last=()), live.with_stamp(mark), table) is None


@pytest.mark.parametrize(
    "table",
    [
        declared(NEW, frame=SET.replace("ipv4", "ipv6").replace("192.0.2.1", "::1")),
        declared(NEW, frame=f"{SET}\ncounter more {{ }}"),
        declared(NEW, frame=f"define x = 5\n{SET}"),
    ],
)
def test_nothing_follows_for_other_sets_objects_and_definitions(table: DeclaredTable) -> None:
    assert known(table) is None


@pytest.mark.parametrize(
    "table",
    [
        declared(NEW, frame=SET.replace("192.0.2.1", "192.0.2.2, 192.0.2.3")),
        declared(NEW, frame=SET.replace("192.0.2.1", '192.0.2.2 comment "}"')),
        declared(NEW, header="type filter hook input priority 5"),
        declared(NEW, header="# a comment; of a user {"),
    ],
)
def test_rules_do_not_depend_on_elements_and_chains(table: DeclaredTable) -> None:
    assert must(known(table)).kept["c"]


@pytest.mark.parametrize("note", ["", "x", note_of(BEFORE)[:-1], note_of(BEFORE).replace("accept", "drop", 1), note_of(declared(NEW))])
def test_a_note_that_is_no_good(note: str) -> None:
    assert known(declared((*NEW, "drop")), note) is None


@pytest.mark.parametrize(
    "rule", ["add @s { ip saddr }", "update @s { ip saddr }", "delete @s { ip saddr }", "meter m { ip saddr limit rate 1/second }"]
)
def test_rules_that_can_change_a_set_are_always_tried_out(rule: str) -> None:
    before, after = declared((*RULES, rule)), declaration((rule, *RULES, rule))
    mark = stamp(LIVE, before)
    found = must(previous(after.tables[0], mark, note_of(before)))
    assert after.without(found.places(after.tables[0])).count(rule) == 2


def test_rules_that_are_not_in_the_text_as_they_are() -> None:
    split = "tcp dport \\\n1 drop"
    assert known(declared((*RULES, split))) is None


def test_a_small_table_leaves_no_note() -> None:
    assert note_of(declared(RULES[:50])) == ""


def test_a_table_without_chains() -> None:
    text = "table inet ours"
    (table,) = unpack(text, read_and_check(text), "content", ()).tables
    assert previous(table, Stamp(table.digest, None, "1.0.6"), "") is None
