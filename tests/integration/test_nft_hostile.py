# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations that would reach out of their own tables are refused, and the kernel does not see a single transaction of them."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.neighbours import load_neighbours, snapshot

OURS = "table inet ours {\n\tchain c {\n\t\ttcp dport 22 accept\n\t}\n}\n"

CONTENTS = {
    "flush before": "flush ruleset\n" + OURS,
    "flush after": OURS + "flush ruleset\n",
    "flush on the same line": "table inet ours { chain c { accept; }; }; flush ruleset",
    "flush after a brace": "table inet ours { } flush ruleset",
    "delete a neighbour": OURS + "delete table ip kube-proxy\n",
    "destroy a neighbour": OURS + "destroy table ip kube-proxy\n",
    "add to a neighbour": OURS + "add rule ip kube-proxy services drop\n",
    "insert into a neighbour": OURS + "insert rule inet f2b-table f2b-chain accept\n",
    "element of a neighbour": OURS + "add element inet f2b-table addr-set-sshd { 10.0.0.1 }\n",
    "reset of a neighbour": OURS + "reset counters table inet f2b-table\n",
    "rename a chain of a neighbour": OURS + "rename chain inet f2b-table f2b-chain x\n",
    "a neighbour's block": OURS + "table ip kube-proxy {\n\tchain more {\n\t\tdrop\n\t}\n}\n",
    "a neighbour's block of iptables": OURS + "table ip filter {\n\tchain INPUT {\n\t\tdrop\n\t}\n}\n",
    "a neighbour's block, not denied by name": OURS + "table inet f2b-table {\n\tchain more {\n\t\tdrop\n\t}\n}\n",
    "a neighbour with its name over two lines": OURS + "table ip \\\nkube-proxy {\n\tchain more {\n\t\tdrop\n\t}\n}\n",
    "Azure's": "table ip6 azureSLBProbe {\n\tchain more {\n\t\tdrop\n\t}\n}\n",
    "firewalld's": "table inet firewalld {\n\tchain more {\n\t\tdrop\n\t}\n}\n",
    "include at the top": 'include "EVIL"\n' + OURS,
    "include in a table": 'table inet ours {\n\tinclude "EVIL"\n}\n',
    "include in a chain": 'table inet ours {\n\tchain c {\n\t\tinclude "EVIL"\n\t}\n}\n',
    "include by a pattern": OURS + 'include "EVIL*"\n',
    "leaving the table": "table inet ours {\n\tchain c {\n\t\taccept\n\t}\n}\n}\nflush ruleset\n{\n",
    "hidden by a comment that is none": 'table inet ours {\n\tchain c {\n\t\taccept comment "#"\n\t}\n}\nflush ruleset # "\n',
    "hidden by a continued comment": "# nothing \\\nflush ruleset\n" + OURS,
    "hidden by a quote over lines": 'table inet ours {\n\tchain c {\n\t\taccept comment "a\n\t}\n}\nflush ruleset\n# "\n\t\taccept\n\t}\n}\n',
    "hidden by a carriage return": "# nothing\rflush ruleset\n" + OURS.replace("\n", "\r\n") + "flush ruleset\r\n",
    "in a define": "define evil = { accept; delete table ip kube-proxy }\n" + OURS + "delete table $evil\n",
    "the define is a command": "define evil = flush\n$evil ruleset\n" + OURS,
    "add with a block": "add " + OURS,
    "create with a block": "create " + OURS,
    "listing": OURS + "list ruleset\n",
    "monitor": "monitor\n" + OURS,
    "import": 'import ruleset json\n{"nftables": [{"flush": {"ruleset": null}}]}\n',
    "JSON": '{"nftables": [{"flush": {"ruleset": null}}]}',
    "the canary": "table inet aks-dataplane-canary {\n}\nflush ruleset\n",
    "a NUL byte": OURS + "\0flush ruleset\n",
    "command in a chain": "table inet ours {\n\tchain c {\n\t\taccept\n\t}\n\tdelete table ip kube-proxy\n}\n",
    "a table twice": OURS + OURS,
}

RULES = {
    "second command": "accept; delete table ip kube-proxy",
    "second line": "accept\nflush ruleset",
    "carriage return": "accept\rflush ruleset",
    "leaving the chain": "accept } } flush ruleset { {",
    "leaving the chain, over lines": "accept\n}\n}\ntable ip kube-proxy {\nchain more {\ndrop",
    "open brace": "tcp dport { 22",
    "closed brace": "tcp dport 22 }",
    "open quote": 'accept comment "a',
    "continued": "accept \\",
    "continued over the brace": "accept \\\n}",
    "quote that ends": 'accept comment "a"; flush ruleset; #"',
    "a define": "define x = 5",
    "include": 'include "EVIL"',
    "nothing": "",
    "blank": "  \t",
    "NUL": "accept\0",
    "vertical tab": "accept\x0b; flush ruleset",
    "line separator": "accept\u2028flush ruleset; flush ruleset",
}

NAMES = ["x; flush ruleset", "x { } ; flush ruleset", "x\nflush ruleset", "-x", "", "a b", '"x"', "$x", "x" * 300, "x#", "é", "\0", "../x"]


@pytest.fixture
def node(any_nft_node: LabNode) -> LabNode:
    load_neighbours(any_nft_node)
    return any_nft_node


def evil(folder: pathlib.Path, text: str) -> str:
    (folder / "evil.nft").write_text("flush ruleset\n", encoding="utf-8")
    return text.replace("EVIL", str(folder / "evil.nft"))


def refused(node: LabNode, **options: t.Any) -> str | None:
    """What is wrong with how the module took it; nothing when it refused and did nothing."""
    before = node.generation()
    result = node.ask(**options)
    if not result.get("failed"):
        return f"not refused: {result}"
    if "error" not in result or "exception" in result:
        return f"no reason given: {result}"
    if node.generation() != before:
        return f"something was done: {result['msg']}"
    return None


def all_refused(node: LabNode, cases: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
    before = snapshot(node)
    wrong = {name: said for name, options in cases.items() if (said := refused(node, **options))}
    assert wrong == {}
    assert snapshot(node) == before
    assert not node.file("/etc/aks-dataplane").exists()


@pytest.mark.parametrize("mode", [{}, {"check": True}, {"validate_only": True}], ids=["run", "check", "validate"])
def test_contents(node: LabNode, tmp_path: pathlib.Path, mode: dict[str, bool]) -> None:
    all_refused(node, {name: {"content": evil(tmp_path, text), **mode} for name, text in CONTENTS.items()})


def test_contents_of_adopted_tables(node: LabNode, tmp_path: pathlib.Path) -> None:
    """Permission to take over a table of the declared name is none to touch another one, or one whose name is denied."""
    cases = {name: text for name, text in CONTENTS.items() if name != "a neighbour's block, not denied by name"}
    all_refused(node, {name: {"content": evil(tmp_path, text), "adopt": True} for name, text in cases.items()})


def structured(**chain: t.Any) -> list[dict[str, t.Any]]:
    return [{"family": "inet", "name": "ours", "chains": [{"name": "c", **chain}]}]


def test_rules(node: LabNode, tmp_path: pathlib.Path) -> None:
    texts = {name: evil(tmp_path, rule) for name, rule in RULES.items()}
    plain = {name: {"tables": structured(rules=["accept", rule])} for name, rule in texts.items()}
    longer = {f"{name} (with a comment)": {"tables": structured(rules=[{"rule": rule, "comment": "c"}])} for name, rule in texts.items()}
    all_refused(node, {**plain, **longer})


def test_names_and_values(node: LabNode) -> None:
    def table(**parts: t.Any) -> dict[str, t.Any]:
        return {"tables": [{"family": "inet", "name": "ours", **parts}]}

    cases: dict[str, dict[str, t.Any]] = {}
    for name in NAMES:
        cases |= {
            f"table {name!r}": {"tables": [{"family": "inet", "name": name}]},
            f"chain {name!r}": table(chains=[{"name": name}]),
            f"set {name!r}": table(sets=[{"name": name, "type": "ipv4_addr"}]),
            f"map {name!r}": table(maps=[{"name": name, "type": "ipv4_addr : verdict"}]),
            f"counter {name!r}": table(counters=[{"name": name}]),
        }
    for value in (
        "ipv4_addr; }; flush ruleset",
        "ipv4_addr }",
        "ipv4_addr\n}\n}\ntable ip kube-proxy { chain x { drop; }",
        "ipv4_addr #",
        '"',
        "{",
    ):
        cases |= {
            f"type {value!r}": table(sets=[{"name": "s", "type": value}]),
            f"type of a map {value!r}": table(maps=[{"name": "s", "type": value}]),
            f"typeof {value!r}": table(sets=[{"name": "s", "typeof": value}]),
            f"element {value!r}": table(sets=[{"name": "s", "type": "ipv4_addr", "elements": ["10.0.0.1", value]}]),
            f"value {value!r}": table(
                maps=[{"name": "s", "type": "ipv4_addr : verdict", "elements": [{"key": "10.0.0.1", "value": value}]}]
            ),
            f"quota {value!r}": table(quotas=[{"name": "q", "quota": value}]),
            f"limit {value!r}": table(limits=[{"name": "l", "rate": value}]),
            f"timeout {value!r}": table(sets=[{"name": "s", "type": "ipv4_addr", "timeout": value}]),
            f"priority {value!r}": table(chains=[{"name": "c", "type": "filter", "hook": "input", "priority": value}]),
        }
    # What else is in quotes can be the name of an interface.
    for name in ("eth0; flush ruleset", 'eth0", "', "eth0\nflush ruleset", '"', "a/b", "x" * 16):
        cases[f"device {name!r}"] = table(chains=[{"name": "c", "type": "filter", "hook": "ingress", "priority": 0, "devices": [name]}])
    for comment in ('a"; flush ruleset; "', "a\nflush ruleset", '"', "x" * 200, "a\0b"):
        cases |= {
            f"comment {comment!r}": table(comment=comment),
            f"comment of a rule {comment!r}": table(chains=[{"name": "c", "rules": [{"rule": "accept", "comment": comment}]}]),
            f"comment of a set {comment!r}": table(sets=[{"name": "s", "type": "ipv4_addr", "comment": comment}]),
        }
    all_refused(node, cases)


def test_quoted_text_is_only_text(node: LabNode) -> None:
    """What looks hostile but is quoted, or a comment, is declared as it is."""
    before = snapshot(node)
    content = """# flush ruleset; delete table ip kube-proxy
table inet ours { # }
    comment "a; flush ruleset"
    chain c {
        accept comment "a; flush ruleset"  # ; flush ruleset
        drop comment "} } include delete # handle 7"
    }
}
"""
    result = node.ask(content)
    assert result["changed"], result
    assert snapshot(node, "inet ours") == before
    assert '"a; flush ruleset"' in node.listing("inet ours")
    assert node.unchanged(content)


@pytest.mark.parametrize("name", ["ip kube-proxy", "ip6 kube-proxy", "ip filter", "inet f2b-table"])
def test_nobody_elses_table_is_removed(node: LabNode, name: str) -> None:
    before = (snapshot(node), node.generation())
    result = node.ask(f"table {name} {{\n}}\n", state="absent")
    assert result["failed"], result
    assert result["error"]["code"]
    assert (snapshot(node), node.generation()) == before


def test_denied_names_are_not_adopted_nor_removed(node: LabNode) -> None:
    before = (snapshot(node), node.generation())
    for state in ("present", "absent"):
        assert node.ask("table ip kube-proxy {\n}\n", state=state, adopt=True)["failed"]
    assert (snapshot(node), node.generation()) == before
