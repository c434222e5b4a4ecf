# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as data: what is wrong with them, and the text that they are."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.lexer import Malformed
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import check_tables, from_tables
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option_text import one_line_rule
from hypothesis import given
from hypothesis import strategies as st

from tests.support.nft.tables import COMPLETE, TABLES


def in_table(**parts: t.Any) -> list[dict[str, t.Any]]:
    return [{"family": "inet", "name": "t", **parts}]


def rules(*texts: t.Any) -> list[dict[str, t.Any]]:
    return in_table(chains=[{"name": "c", "rules": list(texts)}])


def of_set(**options: t.Any) -> list[dict[str, t.Any]]:
    return in_table(sets=[{"name": "s", "type": "ipv4_addr", **options}])


BASE = {"name": "c", "type": "filter", "hook": "input", "priority": "0"}


def test_text() -> None:
    chain = {**BASE, "priority": "filter-10", "policy": "drop", "rules": ["tcp dport 22 accept", {"rule": "drop", "comment": "rest"}]}
    declared = in_table(chains=[chain], sets=[{"name": "s", "type": "ipv4_addr", "timeout": "90", "elements": ["192.0.2.1", "192.0.2.2"]}])
    assert from_tables(declared).text.split("\n") == [
        "table inet t {",
        "    set s {",
        "        type ipv4_addr",
        "        timeout 90s",
        "        elements = {",
        "            192.0.2.1,",
        "            192.0.2.2,",
        "        }",
        "    }",
        "    chain c {",
        "        type filter hook input priority filter - 10; policy drop;",
        "        tcp dport 22 accept",
        '        drop comment "rest"',
        "    }",
        "}",
        "",
    ]


def test_options_that_ansible_sets_to_none_are_not_given() -> None:
    chain = {
        **dict.fromkeys(("comment", "type", "hook", "priority", "policy", "devices")),
        "name": "c",
        "rules": [{"rule": "drop", "comment": None}],
    }
    full = {
        **dict.fromkeys(("comment", "flags", "sets", "maps", "counters", "quotas", "limits")),
        "family": "ip",
        "name": "t",
        "chains": [chain],
    }
    assert from_tables([full]).text == from_tables([{"family": "ip", "name": "t", "chains": [{"name": "c", "rules": ["drop"]}]}]).text


def test_nothing_is_changed_in_what_was_given() -> None:
    given_tables = copy.deepcopy(COMPLETE)
    assert from_tables(given_tables).text == from_tables(COMPLETE).text
    assert given_tables == COMPLETE


@pytest.mark.parametrize(
    ("tables", "problems"),
    [
        ({}, ["tables is not a list"]),
        (["x"], ["tables[0] is not a dictionary"]),
        ([{}], ["tables[0].family is missing", "tables[0].name is missing"]),
        ([{"family": "ipx", "name": "t"}], ["tables[0].family is ipx, allowed are ip, ip6, inet, arp, bridge, netdev"]),
        (in_table(flags=["owner"]), ["tables[0].flags[0] is owner, allowed are dormant"]),
        (in_table(chains=[BASE, {**BASE, "rules": 7}]), ["tables[0].chains[1].rules is not a list"]),
        (
            in_table(chains=[{"name": "c", "hook": "input"}]),
            ["tables[0].chains[0].type is missing", "tables[0].chains[0].priority is missing"],
        ),
        (in_table(chains=[{"name": "c", "policy": "drop"}]), ["tables[0].chains[0].hook is missing"]),
        (in_table(chains=[{**BASE, "devices": ["lo"]}]), ["tables[0].chains[0].devices is only for the hooks ingress and egress"]),
        (in_table(chains=[BASE, BASE]), ["tables[0].chains[1] has the name of tables[0].chains[0]"]),
        ([*in_table(), *in_table()], ["tables[1] has the name of tables[0]"]),
        (
            in_table(sets=[{"name": "s", "type": "mark"}], maps=[{"name": "s", "type": "mark : verdict"}]),
            ["tables[0].maps[0] has the name of tables[0].sets[0]"],
        ),
        (in_table(sets=[{"name": "s"}]), ["tables[0].sets[0] needs type or typeof"]),
        (of_set(typeof="ip saddr"), ["tables[0].sets[0] has both type and typeof"]),
        (of_set(size="9"), ["tables[0].sets[0].size is not a whole number"]),
        (of_set(size=True), ["tables[0].sets[0].size is not a whole number"]),
        (of_set(auto_merge="yes"), ["tables[0].sets[0].auto_merge is not true or false"]),
        (of_set(elements=[True]), ["tables[0].sets[0].elements[0] is not text"]),
        (of_set(elements=[{"timeout": "1h"}]), ["tables[0].sets[0].elements[0].element is missing"]),
        (rules({"rule": "accept", "colour": "red"}), ["tables[0].chains[0].rules[0].colour is not known, allowed are rule, comment"]),
        (rules(7), ["tables[0].chains[0].rules[0] is not text"]),
        (rules(None), ["tables[0].chains[0].rules[0] is not text"]),
        (rules("accept", ""), ["tables[0].chains[0].rules[1]: it is empty"]),
        (
            in_table(chains=[{"name": "aks-dataplane-stamp"}]),
            ["tables[0].chains[0].name is the name of a chain that the module makes itself"],
        ),
    ],
    ids=str,
)
def test_every_problem_is_reported_with_its_path(tables: t.Any, problems: list[str]) -> None:
    with pytest.raises(DataplaneError) as caught:
        check_tables(tables)
    assert caught.value.code == "InvalidDeclaration"
    assert caught.value.details["problems"] == problems
    assert caught.value.message == f"{'; '.join(problems)}."


HOSTILE = [
    "accept \\",
    "accept \\ \n",
    "accept; delete table ip kube-proxy",
    "accept\nflush ruleset",
    "accept }",
    "accept } ; flush ruleset ; table ip x { chain y {",
    "tcp dport { 22",
    'accept comment "a',
    'accept comment "a\\"; flush ruleset; "',
    'accept comment "a\nb"',
    'accept # "\nflush ruleset',
    "accept # \\\nflush ruleset",
    "tcp dport { 22 } }; delete table ip x; table ip y { chain z { accept",
    "jump { accept; } ; drop",
    "accept\r\ndrop",
    "accept\0; drop",
    "accept\x0bdrop",
    "accept\u2028drop",
    "",
    "  # only a comment",
    "policy drop",
    "type filter hook input priority 0",
    'comment "x"',
    "flags offload",
    'include "/etc/nftables.conf"',
    "define x = 1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_rule_keeps_to_itself(text: str) -> None:
    with pytest.raises(Malformed):
        one_line_rule(text)
    for item in (text, {"rule": text}):
        with pytest.raises(DataplaneError) as caught:
            from_tables(rules("accept", item))
        assert caught.value.message.startswith("tables[0].chains[0].rules[1]")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("accept\n", "accept"),
        ("\n  tcp dport 22\taccept ;", "tcp dport 22 accept"),
        ("tcp dport {\n 22,\n # ssh }\n 80 } accept # open", "tcp dport { 22, 80 } accept"),
        ("tcp dport 22 \\\n accept", "tcp dport 22 accept"),
        ('accept comment "a; flush ruleset # { } \\"', 'accept comment "a; flush ruleset # { } \\"'),
        ("jump {\n  a\n  b\n}", "jump { a; b; }"),
        ('ip saddr @x comment "\u20ac"', 'ip saddr @x comment "\u20ac"'),
    ],
)
def test_a_rule_on_one_line(text: str, found: str) -> None:
    assert one_line_rule(text) == found


UNSAFE = ["x;y", "x\ny", "x{", "x}", "x#y", "x\\", 'x"y', "x\0", "x\n"]


@pytest.mark.parametrize("text", UNSAFE, ids=ascii)
def test_no_value_ends_its_statement(text: str) -> None:
    element = {"key": "1", "value": "accept"}
    for tables in (
        [{"family": "ip", "name": text}],
        in_table(chains=[{"name": text}]),
        in_table(chains=[{**BASE, "priority": text}]),
        in_table(
            chains=[{**BASE, "hook": "ingress", "devices": [text if text != "x;y" else "x y"]}]
            if '"' in text or "\n" in text
            else [{"name": text}]
        ),
        in_table(counters=[{"name": text}]),
        in_table(quotas=[{"name": "q", "quota": text}]),
        in_table(limits=[{"name": "l", "rate": text}]),
        in_table(sets=[{"name": "s", "type": text}]),
        in_table(sets=[{"name": "s", "typeof": text}]),
        of_set(timeout=text),
        of_set(gc_interval=text),
        of_set(elements=[text]),
        of_set(elements=[{"element": text}]),
        of_set(elements=[{"element": "1", "timeout": text}]),
        in_table(maps=[{"name": "m", "type": "mark : verdict", "elements": [{**element, "key": text}]}]),
        in_table(maps=[{"name": "m", "type": "mark : verdict", "elements": [{**element, "value": text}]}]),
    ):
        with pytest.raises(DataplaneError):
            from_tables(tables)


@pytest.mark.parametrize("text", ['a"b', "a\nb", "a\0", "", "x" * 129, "a\n"], ids=ascii)
def test_no_comment_ends_its_quotes(text: str) -> None:
    for tables in (
        in_table(comment=text),
        in_table(chains=[{"name": "c", "comment": text}]),
        rules({"rule": "accept", "comment": text}),
        of_set(comment=text),
        of_set(elements=[{"element": "1", "comment": text}]),
        in_table(counters=[{"name": "c", "comment": text}]),
    ):
        with pytest.raises(DataplaneError):
            from_tables(tables)


def test_one_element_is_one() -> None:
    with pytest.raises(DataplaneError, match=r"elements\[0\] has to be one element"):
        from_tables(of_set(elements=["192.0.2.1, 192.0.2.2"]))
    assert '"a,b",' in from_tables(in_table(sets=[{"name": "s", "type": "ifname", "elements": ['"a,b"']}])).text


@given(st.text(st.sampled_from('a {}";#\\\n,\r\0'), max_size=25))
def test_whatever_is_taken_stays_one_rule(text: str) -> None:
    try:
        declaration = from_tables(rules("accept", text, "drop"))
    except DataplaneError:
        return
    (table,) = declaration.tables
    assert table.chains["c"][0] == "accept"
    assert table.chains["c"][2:] == ("drop",)


@given(TABLES)
def test_data_gives_the_chains_and_rules_that_it_has(tables: list[dict[str, t.Any]]) -> None:
    try:
        declaration = from_tables(tables)
    except DataplaneError:
        return
    assert [(table.family, table.name) for table in declaration.tables] == [(table["family"], table["name"]) for table in tables]
    for declared, table in zip(declaration.tables, tables, strict=True):
        assert {name: len(found) for name, found in declared.chains.items()} == {
            chain["name"]: len(chain.get("rules") or []) for chain in table.get("chains") or []
        }
