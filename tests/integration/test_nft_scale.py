# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of 100,000 elements, and chains of 10,000 rules."""

from __future__ import annotations

import re

import pytest

from tests.support.nft.lab import LabNode

ELEMENTS = 100_000
RULES = 10_000
# An element of each kind from a number below a million, no two of them adjacent or equal.
KINDS = {
    "plain": ("type ipv4_addr;", lambda number: f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"),
    "interval": ("type ipv4_addr; flags interval;", lambda number: f"10.{number >> 13}.{number >> 5 & 255}.{(number & 31) << 3}/30"),
    "concatenation": ("type ipv4_addr . inet_service;", lambda number: f"10.0.{number >> 16}.{number >> 8 & 255} . {number & 255}"),
    "comments": ("type ipv4_addr;", lambda number: f'10.{number >> 16}.{number >> 8 & 255}.{number & 255} comment "n{number}, {{ }}"'),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_large_set(nft_node: LabNode, kind: str) -> None:
    header, element = KINDS[kind]

    def content(*numbers: int) -> str:
        return f"table inet ours {{\nset s {{\n{header}\nelements = {{ {', '.join(element(number) for number in numbers)} }}\n}}\n}}\n"

    first = nft_node.ask(content(*range(ELEMENTS)))
    assert first["changed"], str(first)[:2000]
    assert nft_node.unchanged(content(*range(ELEMENTS)))
    # Another text of the same, so that it has to be compared.
    compared = nft_node.ask(content(*reversed(range(ELEMENTS))))
    assert ([table["method"] for table in compared["tables"]], len(compared["plan"])) == (["stamp"], 1)
    changed = nft_node.ask(content(*range(1, ELEMENTS + 1)))
    assert changed["changed"], str(changed)[:2000]
    assert [table["method"] for table in changed["tables"]] == ["delta"]
    assert len(changed["plan"]) == 1
    # But for the arguments, which Ansible adds.
    assert len(str({key: value for key, value in changed.items() if key != "invocation"})) < 20_000
    assert nft_node.unchanged(content(*range(1, ELEMENTS + 1)))
    assert len(re.findall(r"[ \t]10\.", nft_node.listing())) == ELEMENTS


@pytest.mark.slow
def test_many_rules(nft_node: LabNode) -> None:
    # Without sets of their own: nft itself takes minutes to list 10,000 of those.
    def content(*numbers: int) -> str:
        rules = "\n".join(f"ip saddr 10.0.{number >> 8}.{number & 255} tcp dport 443-444 counter accept" for number in numbers)
        return f"table inet ours {{\nchain c {{\n{rules}\n}}\n}}\n"

    assert nft_node.ask(content(*range(RULES)))["changed"]
    assert nft_node.unchanged(content(*range(RULES)))
    changed = nft_node.ask(content(*range(5), *range(6, RULES), 5, RULES))
    assert [table["method"] for table in changed["tables"]] == ["delta"]
    assert 2 <= len(changed["plan"]) <= 3
    assert nft_node.unchanged(content(*range(5), *range(6, RULES), 5, RULES))


@pytest.mark.slow
def test_the_same_rule_thousands_of_times(nft_node: LabNode) -> None:
    def content(*rules: str) -> str:
        return "table inet ours {{\nchain c {{\n{}\n}}\n}}\n".format("\n".join(rules))

    half = ["counter"] * (RULES // 2)
    assert nft_node.ask(content(*half, *half))["changed"]
    assert nft_node.ask(content(*half, "accept", *half[1:], "drop"))["changed"]
    assert nft_node.unchanged(content(*half, "accept", *half[1:], "drop"))
