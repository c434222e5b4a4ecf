# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that are read from the kernel instead of being listed by nft: what others change in them is found all the same."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.support.nft.lab import LabNode

COUNT = 1200
ADDRESSES = {
    "type ipv4_addr;": [f"10.0.{number >> 8}.{number & 255}" for number in range(COUNT)],
    "typeof ip6 saddr;": [f"2001:db8::{number:x}" for number in range(1, COUNT + 1)],
}
RULES = """
chain c {
type filter hook input priority 0; policy accept;
tcp dport { 22, 443 } counter accept comment "web"
ip saddr 192.0.2.1 counter drop
}
counter named { }
"""
TIMED = f"table inet ours {{\nset s {{ type ipv4_addr; timeout 1d; elements = {{ 192.0.2.1, 192.0.2.2 }}; }}\n{RULES}}}\n"
# What somebody else does to the table.
DRIFT = (
    "add rule inet ours c tcp dport 9 drop",
    "insert rule inet ours c tcp dport 9 drop",
    "add chain inet ours c { policy drop; }",
    "add chain inet ours other",
    "add set inet ours other { type ipv4_addr; }",
    "add counter inet ours other",
    "flush chain inet ours c",
)


def with_set(header: str, elements: t.Iterable[str], rules: str = RULES) -> str:
    return f"table inet ours {{\nset s {{\n{header}\nelements = {{ {', '.join(elements)} }}\n}}\n{rules}}}\n"


def methods(result: t.Mapping[str, t.Any]) -> list[str]:
    assert not result.get("failed"), str(result)[:2000]
    return [table["method"] for table in result["tables"]]


def listed(node: LabNode) -> int:
    return len(re.findall(r"[ \t](?:10\.0\.|2001:)", node.listing()))


@pytest.mark.parametrize("header", ADDRESSES)
def test_one_element(any_nft_node: LabNode, header: str) -> None:
    node, elements = any_nft_node, ADDRESSES[header]
    assert methods(node.ask(with_set(header, elements[1:]))) == ["create"]
    again = node.ask(with_set(header, elements[1:]))
    assert (methods(again), again["before"]) == (["none"], again["after"])
    changed = node.ask(with_set(header, elements[:-1]))
    assert methods(changed) == ["delta"]
    assert [(item["path"], item["before"], item["after"]) for item in changed["plan"]] == [
        ("inet ours set s element", elements[-1], elements[0])
    ]
    assert (changed["before"], changed["before"] != changed["after"]) == (again["after"], True)
    assert listed(node) == COUNT - 1
    assert node.unchanged(with_set(header, elements[:-1]))
    # As nft lists it, the table has the same digest.
    reported = node.ask(name="node_nftables_ruleset_info")
    assert [table["drift"] for table in reported["tables"]] == [False]


@pytest.mark.parametrize("header", ADDRESSES)
def test_another_order_is_the_same(nft_node: LabNode, header: str) -> None:
    elements = ADDRESSES[header]
    node = nft_node
    assert node.ask(with_set(header, elements))["changed"]
    assert methods(node.ask(with_set(header, reversed(elements)))) == ["stamp"]


@pytest.mark.parametrize(
    "drift", [*DRIFT, "delete element inet ours s { 10.0.0.7 }", "add element inet ours s { 10.1.0.7 }", "flush set inet ours s"]
)
def test_drift_beside_a_large_set(nft_node: LabNode, drift: str) -> None:
    node = nft_node
    content = with_set("type ipv4_addr;", ADDRESSES["type ipv4_addr;"])
    assert node.ask(content)["changed"]
    node.nft(drift)
    assert node.ask(content, check=True)["changed"]
    assert node.ask(content)["changed"]
    assert listed(node) == COUNT
    assert node.listing().count("counter packets") == 2
    assert "policy accept" in node.listing()
    assert "dport 9" not in node.listing()
    assert "other" not in node.listing()
    assert node.unchanged(content)


def test_elements_with_comments_of_others(nft_node: LabNode) -> None:
    node = nft_node
    content = with_set("type ipv4_addr;", ADDRESSES["type ipv4_addr;"])
    assert node.ask(content)["changed"]
    node.nft('delete element inet ours s { 10.0.0.7 }; add element inet ours s { 10.0.0.7 comment "mine" }')
    assert methods(node.ask(content)) == ["delta"]
    assert "mine" not in node.listing()


def test_elements_and_rules_at_once(nft_node: LabNode) -> None:
    node, elements = nft_node, ADDRESSES["type ipv4_addr;"]
    assert node.ask(with_set("type ipv4_addr;", elements[1:]))["changed"]
    changed = node.ask(with_set("type ipv4_addr;", elements[:-1], RULES.replace("192.0.2.1", "192.0.2.2")))
    assert methods(changed) == ["delta"]
    assert "192.0.2.2" in node.listing()
    assert listed(node) == COUNT - 1


def test_an_error_beside_a_large_set_has_its_line(nft_node: LabNode) -> None:
    elements = ADDRESSES["type ipv4_addr;"]
    text = with_set("type ipv4_addr;", (",\n".join(elements),), "chain c {\ntcp dport nosuch accept\n}\n")
    refused = nft_node.ask(text)
    line = text[: text.index("tcp dport nosuch")].count("\n") + 1
    assert (refused["failed"], refused["error"]["code"]) == (True, "UnknownService")
    assert refused["msg"].startswith(f"content line {line}: ")


@pytest.mark.parametrize("drift", [*DRIFT, "delete element inet ours s { 192.0.2.1 }"])
def test_drift_of_a_table_that_no_stamp_can_vouch_for(any_nft_node: LabNode, drift: str) -> None:
    node = any_nft_node
    first = node.ask(TIMED)
    assert methods(first) == ["create"]
    again = node.ask(TIMED)
    assert (methods(again), again["before"], again["after"]) == (["none"], first["after"], first["after"])
    node.nft(drift)
    assert node.ask(TIMED, check=True)["changed"]
    assert node.ask(TIMED)["changed"]
    assert node.unchanged(TIMED)
    assert "dport 9" not in node.listing()
    assert "other" not in node.listing()
    assert node.listing().count("192.0.2.") == 3


def test_what_was_learned_stays(any_nft_node: LabNode) -> None:
    node = any_nft_node
    assert node.ask(TIMED)["changed"]
    node.nft("add element inet ours s { 192.0.2.99 timeout 2h }")
    assert node.unchanged(TIMED)
    assert "192.0.2.99" in node.listing()
