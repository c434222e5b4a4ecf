# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed at any step leaves the old rules or the new ones, nothing between; the next run does the rest."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.support.nft.killing import AFTER, BEFORE, WITHIN, killed_at_file, killed_at_nft, leftovers
from tests.support.nft.lab import LabNode
from tests.support.nft.neighbours import load_neighbours, rules

OLD = """
table inet ours {
    set ports { type inet_service; elements = { 22, 80, 443 }; }
    chain input {
        type filter hook input priority filter; policy accept;
        tcp dport @ports accept
        udp dport 53 counter accept
        counter drop
    }
}
table ip more { chain c { tcp dport 1 accept; }; }
"""
BY_DELTA = OLD.replace("80, 443", "8080").replace("udp dport 53", "udp dport 54").replace("tcp dport 1 ", "tcp dport 2 ")
ANEW = BY_DELTA.replace("priority filter", "priority filter + 1").replace("chain c {", "chain c { type filter hook output priority 5;")
# A comment of a table cannot be changed.
BY_REPLACEMENT = BY_DELTA.replace("table inet ours {", 'table inet ours {\n    comment "new"')
TABLES = ("inet ours", "ip more")
STAMP = re.compile(r"\n*\tchain aks-dataplane-stamp \{.*?\n\t\}", re.DOTALL)


def state(node: LabNode) -> tuple[str, ...]:
    return tuple(STAMP.sub("", node.listing(table, "-s")) for table in TABLES)


class Scene:
    """A node that goes from one declaration to another; what it looks like before and after."""

    def __init__(self, node: LabNode, old: str, new: str, **options: t.Any) -> None:
        self.node, self.old, self.new, self.options = node, old, new, options
        load_neighbours(node)
        self.done()
        self.after, self.files = state(node), leftovers(node)
        self.reset()
        self.before = state(node)
        assert self.before != self.after
        self.neighbours = rules(node, *TABLES)

    def reset(self) -> None:
        declared = {"content": self.old} if self.old else {"content": self.new, "state": "absent"}
        result = self.node.ask(**declared)
        assert not result.get("failed"), result

    def done(self) -> None:
        result = self.node.ask(content=self.new, **self.options)
        assert not result.get("failed"), result

    def consistent(self) -> None:
        assert state(self.node) in (self.before, self.after)
        assert rules(self.node, *TABLES) == self.neighbours

    def converges(self) -> None:
        self.done()
        assert state(self.node) == self.after
        assert leftovers(self.node) == self.files
        assert self.node.unchanged(self.new, **self.options)


CHANGES: dict[str, tuple[str, str, dict[str, t.Any]]] = {
    "delta": (OLD, BY_DELTA, {}),
    "chains made anew": (OLD, ANEW, {}),
    "replacement": (OLD, BY_REPLACEMENT, {}),
    "creation": ("", OLD, {}),
    "removal": (OLD, OLD, {"state": "absent"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", [BEFORE, WITHIN, AFTER])
@pytest.mark.parametrize("change", CHANGES)
def test_at_each_call_of_nft(nft_node: LabNode, change: str, moment: str) -> None:
    old, new, options = CHANGES[change]
    scene = Scene(nft_node, old, new, **options)
    number = 1
    while killed_at_nft(nft_node, number, moment, content=new, **options):
        scene.consistent()
        scene.converges()
        scene.reset()
        number += 1
    # Listing, version, asking whether it can be removed, removing it, and listing again, at the least.
    assert number > 4


@pytest.mark.slow
@pytest.mark.parametrize("moment", [BEFORE, AFTER])
@pytest.mark.parametrize("systemd", [False, True], ids=["no-systemd", "systemd"])
@pytest.mark.parametrize("change", ["delta", "creation", "removal"])
def test_at_each_step_with_files(nft_node: LabNode, change: str, systemd: bool, moment: str) -> None:
    if systemd:
        nft_node.pretend_systemd()
    old, new, options = CHANGES[change]
    scene = Scene(nft_node, old, new, **options)
    number = 1
    while killed_at_file(nft_node, number, moment, content=new, **options):
        scene.consistent()
        scene.converges()
        scene.reset()
        number += 1
    assert number > 2


@pytest.mark.slow
@pytest.mark.parametrize("moment", [WITHIN, AFTER])
def test_in_the_middle_of_writing_a_large_transaction(nft_node: LabNode, moment: str) -> None:
    """More than a pipe holds: what nft would get of it must not be applied."""
    elements = [f"10.{number >> 8}.{number & 255}.1" for number in range(20000)]
    content = "table inet ours {{ set s {{ type ipv4_addr; elements = {{ {} }}; }}; chain c {{ {}; }}; }}"
    rules = [f"ip saddr 10.0.0.{number % 250} tcp dport {number + 1} accept" for number in range(3000)]
    old = content.format(", ".join(elements[::2]), "; ".join(rules[::2]))
    new = content.format(", ".join(elements[1::2]), "; ".join(rules[1::2]))
    sizes = {}
    for name, text in (("new", new), ("old", old)):
        assert not nft_node.ask(text, persist=False).get("failed")
        sizes[name] = sorted(STAMP.sub("", nft_node.listing("inet ours", "-s")).split())
    number = 1
    while killed_at_nft(nft_node, number, moment, content=new, persist=False):
        assert sorted(STAMP.sub("", nft_node.listing("inet ours", "-s")).split()) in sizes.values()
        assert not nft_node.ask(old, persist=False).get("failed")
        number += 1
    assert number > 6
