# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations against the real nft: what is made of data is taken, rules are split as nft splits them, and what nft says is understood."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import Declaration
from ansible_collections.aks.dataplane.plugins.module_utils._nft.nft_errors import explain_refusal
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import from_tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.nft.lab import LabNode
from tests.support.nft.tables import COMPLETE


def load(node: LabNode, text: str) -> str:
    """The listing of what the text makes of an empty namespace, without counters."""
    node.run("nft", "-f", "-", stdin=f"flush ruleset\n{text}")
    return node.run("nft", "-s", "list", "ruleset")


def refusal(node: LabNode, declaration: Declaration) -> DataplaneError:
    with pytest.raises(AssertionError) as caught:
        node.run("nft", "-f", "-", stdin=f"flush ruleset\n{declaration.text}")
    return explain_refusal(str(caught.value).partition(" ended with 1: ")[2], declaration, skipped=1)


def rule_counts(node: LabNode) -> dict[str, int]:
    """Per chain, from the handles of the listing."""
    found: dict[str, int] = {}
    chain = ""
    for line in node.run("nft", "-s", "-a", "list", "ruleset").split("\n"):
        if named := re.fullmatch(r"\tchain (\S+) \{ # handle \d+", line):
            chain = named[1]
            found[chain] = 0
        elif re.fullmatch(r"\t\t.* # handle \d+", line):
            found[chain] += 1
    return found


def rule_by_rule(declaration: Declaration) -> str:
    """The same tables, with each rule as a command of its own."""
    lines = []
    for table in declaration.tables:
        blocks = re.sub(r"(?m)^( *chain \S+ \{\n(?: +comment .*\n)?(?: +type .*\n)?)(?: {8}.*\n)*", r"\1", table.text)
        lines += [table.preamble, blocks]
        lines += [f"add rule {table.family} {table.name} {chain} {rule}" for chain, rules in table.chains.items() for rule in rules]
    return "".join(f"{line}\n" for line in lines)


def test_every_option_is_taken(any_nft_node: LabNode) -> None:
    listing = load(any_nft_node, from_tables(COMPLETE).text)
    for text in (
        "flags dormant",
        "auto-merge",
        "gc-interval 1m30s",
        "typeof ip daddr : meta mark",
        "priority filter - 10; policy drop;",
        "size 1000",
    ):
        assert text in listing
    comments = re.findall(r'comment "([^"]*)"', str(COMPLETE).replace("'comment': '", 'comment "').replace("'", '"'))
    assert comments
    assert [comment for comment in comments if f'comment "{comment}"' not in listing] == []


def test_each_option_is_taken_alone(nft_node: LabNode) -> None:
    """An option that works only beside another one has to say so, as auto_merge and gc_interval do."""
    complete = COMPLETE[0]
    needed = {"name", "type", "typeof", "hook", "priority", "quota", "rate"}
    for part in ("sets", "maps", "chains", "counters", "quotas", "limits"):
        for item in complete[part]:
            bare = {key: value for key, value in item.items() if key in needed}
            for option in set(item) - needed - {"rules", "elements", "devices"}:
                beside = "flags" if option in ("auto_merge", "gc_interval") else "devices"
                more = {beside: item[beside]} if beside in item else {}
                table = {"family": "inet", "name": "t", part: [{**bare, **more, option: item[option]}]}
                assert f" {item['name']} {{" in load(nft_node, from_tables([table]).text)


def test_rules_one_by_one_are_the_same(any_nft_node: LabNode) -> None:
    declaration = from_tables(COMPLETE)
    whole = load(any_nft_node, declaration.text)
    assert load(any_nft_node, rule_by_rule(declaration)) == whole


RULES = [
    "tcp dport 22 accept",
    "counter",
    'accept comment "a; # { \\"',
    'ct state new counter drop comment "}"',
    "tcp dport {{{n} 22,{n} 80{n}}} accept",
    "tcp dport {{{n} 22,{c} 80{n}}} accept",
    "ip saddr . tcp dport {{ 192.0.2.1 . 22,{n} 192.0.2.2 . 80 }} drop",
    "tcp dport vmap {{{n} 1 : accept,{n} 2 : jump other{n}}}",
    "ip saddr 192.0.2.1{b}tcp dport 80{b}accept",
    "ip daddr 192.0.2.7 jump {{{n} counter{s}tcp dport {{ 1,{n} 2 }} accept{s}}}",
    "tcp dport $ports accept",
    "tcp dport {{ $ports, 9 }} accept",
    'iifname "eth;0" accept',
    "iifname eth\\* accept",
    "limit rate 10/second burst 5 packets accept",
    'log prefix "x # y; " level info',
]
ENDS = ["\n", ";", " ;\n", " # done; } {\n", ' # "\n', "\n\n\t", ";;", "\n# between \\\n"]
HEADS = [
    "",
    "type filter hook input priority 0;",
    'type filter hook input priority filter + 3; policy accept; comment "x; y"\n',
    "comment 'x'\n".replace("'", '"'),
    "type filter hook forward priority 0 # ;\n policy drop\n",
    "define inner = 5;",
]


@st.composite
def written(draw: st.DrawFn) -> tuple[str, int]:
    """A chain's block as people write them, and how many rules it has."""
    rules = draw(st.lists(st.sampled_from(RULES), max_size=6))
    text = draw(st.sampled_from(HEADS))
    for rule in rules:
        parts = {
            "n": draw(st.sampled_from(["", "\n", " \n\t", " "])),
            "s": draw(st.sampled_from([";", "\n", " ;\n"])),
            "b": draw(st.sampled_from([" ", " \\\n", "\t\\\n  "])),
            "c": draw(st.sampled_from(["# 7 }\n", "\n"])),
        }
        text += rule.format(**parts) if "{{" in rule or "{b}" in rule else rule
        text += draw(st.sampled_from(ENDS))
    return text, len(rules)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(block=written())
def test_rules_are_split_as_nft_splits_them(nft_node: LabNode, block: tuple[str, int]) -> None:
    text, count = block
    other = "chain other { };"
    whole = f"define ports = {{ 1,\n 2 }}\ntable inet t {{ {other} chain c {{ {text} }};\n}}\n"
    declaration = from_content(whole)
    (table,) = declaration.tables
    listing = load(nft_node, whole)
    assert rule_counts(nft_node) == {"other": 0, "c": len(table.chains["c"])}
    assert len(table.chains["c"]) == count
    nft_node.run("nft", "flush", "chain", "inet", "t", "c")
    single = table.preamble + "".join(f"add rule inet t c {rule}\n" for rule in table.chains["c"])
    nft_node.run("nft", "-f", "-", stdin=single)
    assert nft_node.run("nft", "-s", "list", "ruleset") == listing


RULE_ERRORS = [
    ("iif nosuch0 accept", "UnknownInterface", "no interface nosuch0"),
    ("iif { lo,\n nosuch0 } accept", "UnknownInterface", "no interface nosuch0"),
    ("meta skuid nosuchuser accept", "UnknownUser", "no user nosuchuser"),
    ("meta skgid nosuchgroup accept", "UnknownGroup", "no group nosuchgroup"),
    ("tcp dport nosuchservice accept", "UnknownService", "no service nosuchservice"),
    ("ip saddr $nosuch accept", "UnknownVariable", "nosuch is not defined"),
    ("jump nosuch", "NotFound", "nosuch"),
    ("ip saddr @nosuch accept", "NotFound", "nosuch"),
    ("tcp dport 22 acept", "InvalidDeclaration", "syntax error"),
    ("tcp dport 70000 accept", "InvalidDeclaration", "out of range"),
    ("chain x { accept }", "InvalidDeclaration", "syntax error"),
    ("ct state nosuch accept", "InvalidDeclaration", "conntrack state"),
]


@pytest.mark.parametrize(("rule", "code", "reported"), RULE_ERRORS, ids=[rule for rule, *_more in RULE_ERRORS])
def test_errors_have_the_path_of_the_rule(any_nft_node: LabNode, rule: str, code: str, reported: str) -> None:
    chain = {"name": "c", "rules": ["counter", {"rule": rule, "comment": "wrong"}, "accept"]}
    error = refusal(any_nft_node, from_tables([{"family": "inet", "name": "t", "chains": [{"name": "a"}, chain]}]))
    assert error.message.startswith("tables[0].chains[1].rules[1]: ")
    assert reported in error.message.partition("\n")[0]
    assert "^" in error.message
    assert error.code == code


CONTENT_ERRORS: list[tuple[str, int, str, str]] = [
    ("table inet t {\n set s {\n  type nosuch\n }\n}\n", 3, "UnknownType", "no type nosuch"),
    ("table inet t {\n chain c {\n  type filter hook nosuch priority 0;\n }\n}\n", 3, "InvalidDeclaration", "hook"),
    ("table inet t {\n chain accept {\n }\n}\n", 2, "InvalidDeclaration", "syntax error"),
    ("table inet t {\n\n # a comment\n chain c {\n\t\ttcp dport 22 accept foo\n }\n}\n", 5, "InvalidDeclaration", "syntax error"),
    ("table inet t {\n delete table ip kube-proxy\n}\n", 2, "InvalidDeclaration", "syntax error"),
]


@pytest.mark.parametrize(("text", "line", "code", "reported"), CONTENT_ERRORS)
def test_errors_have_the_line_of_the_content(any_nft_node: LabNode, text: str, line: int, code: str, reported: str) -> None:
    error = refusal(any_nft_node, from_content(text))
    assert error.message.startswith(f"content line {line}: ")
    assert reported in error.message
    assert error.code == code


def test_an_element_has_a_path(any_nft_node: LabNode) -> None:
    tables: list[dict[str, t.Any]] = [
        {"family": "ip", "name": "t", "sets": [{"name": "s", "type": "inet_service", "elements": [22, "nosuch", 80]}]}
    ]
    assert refusal(any_nft_node, from_tables(tables)).message.startswith("tables[0].sets[0].elements[1]: this node knows no service nosuch")


@pytest.mark.parametrize("text", ['table inet t {\n include "/dev/null"\n}\n', "table inet t { chain c { accept; }; };\nflush ruleset\n"])
def test_what_nft_would_take_is_refused(nft_node: LabNode, text: str) -> None:
    load(nft_node, text)
    with pytest.raises(DataplaneError):
        from_content(text)
