# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""node_nftables_ruleset has nothing to do where the kernel holds what was declared, however differently nft writes it."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml

from tests.support.nft.lab import LabNode

PAIRS = yaml.safe_load((pathlib.Path(__file__).parents[1] / "fixtures" / "nft" / "canonical_pairs.yml").read_text(encoding="utf-8"))
STAMP = re.compile(r'comment "declared=.*"')


def one_table_each(group: t.Mapping[str, str]) -> str:
    """So that the result shows which rule differs."""
    chain = f"chain c {{ {group['chain']}\n"
    return "".join(
        f"table {group['family']} t{number} {{\n{chain}{rule}\n}}\n}}\n" for number, rule in enumerate(group["rules"].splitlines())
    )


def one_chain(group: t.Mapping[str, str]) -> str:
    rules = [rule for rule in group["rules"].splitlines() if not rule.startswith("meter ")]
    return "\n".join([f"table {group['family']} ours {{", "chain c {", group["chain"], *rules, "}", "}", ""])


def converges(node: LabNode, content: str) -> None:
    """Changed once. Then unchanged, by the stamp; and by a comparison, which another text of the same makes necessary and which only the stamp shows."""
    first = node.ask(content, persist=False)
    assert first.get("failed") is None, first
    assert first["changed"]
    before = (node.ruleset("-s"), node.generation())
    again = node.ask(content, persist=False)
    assert (again.get("failed"), again.get("changed"), again.get("plan")) == (None, False, []), again
    assert (node.ruleset("-s"), node.generation()) == before
    said_again = re.sub(r"^(table .*?\{)", r"\1 # said again\n", content, flags=re.MULTILINE)
    compared = node.ask(said_again, persist=False)
    assert compared.get("failed") is None, compared
    assert [item for item in compared["plan"] if not item["path"].endswith(" stamp")] == []
    assert {table["method"] for table in compared["tables"]} == {"stamp"}
    assert STAMP.sub("", node.ruleset("-s")) == STAMP.sub("", before[0])
    assert node.unchanged(said_again, persist=False)


@pytest.mark.parametrize("group", PAIRS["rules"], ids=lambda group: f"{group['family']}-{group['chain'].split()[3]}")
def test_rules(any_nft_node: LabNode, group: t.Mapping[str, str]) -> None:
    converges(any_nft_node, one_table_each(group))


@pytest.mark.parametrize("group", PAIRS["rules"], ids=lambda group: f"{group['family']}-{group['chain'].split()[3]}")
def test_rules_in_one_chain(any_nft_node: LabNode, group: t.Mapping[str, str]) -> None:
    converges(any_nft_node, one_chain(group))


@pytest.mark.parametrize("table", PAIRS["tables"], ids=lambda table: table["name"].replace(" ", "-"))
def test_table(any_nft_node: LabNode, table: t.Mapping[str, str]) -> None:
    converges(any_nft_node, f"table {table['family']} ours {{\n{table['body']}\n}}\n")


def test_there_are_as_many_as_promised() -> None:
    assert sum(len(group["rules"].splitlines()) for group in PAIRS["rules"]) >= 117
    assert len(PAIRS["tables"]) >= 20
