# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While rules change under load, not one packet gets through to a port that is closed before and after.

What moves from an element of a set to a rule, or back, is left out: the kernel looks up a set as it is at that moment, also for a packet that it
judges by the rules from before the change. `nft -f` is no different; the documentation of the module describes it.
"""

from __future__ import annotations

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.traffic import Traffic

OPEN, CLOSED = 4001, 4002
ROUNDS = 30
BODY = """
table inet ours {
    comment "COMMENT"
    set closed { type inet_service; elements = { ELEMENTS }; }
    chain input {
        type filter hook input priority PRIORITY; policy accept;
        RULES
    }
}
"""


def declared(priority: str = "filter", elements: str = str(CLOSED), rules: str = "udp dport @closed drop", comment: str = "one") -> str:
    return BODY.replace("COMMENT", comment).replace("PRIORITY", priority).replace("ELEMENTS", elements).replace("RULES", rules)


# What is closed by a rule becomes closed by another one, and back.
CHANGES = {
    # A comment of a table cannot be changed.
    "replace": (declared(), declared(comment="other")),
    "chain made anew": (declared(), declared(priority="filter + 1")),
    "rules": (declared(), declared(rules=f"tcp dport 9 accept\nudp dport {{ 9, {CLOSED} }} drop")),
    "elements": (declared(), declared(elements=f"7, 8, {CLOSED}")),
    "two tables": (declared(), declared(priority="raw").replace("ours", "more")),
}
METHODS = {
    "replace": {"replace"},
    "chain made anew": {"delta"},
    "rules": {"delta"},
    "elements": {"delta"},
    "two tables": {"delete", "create"},
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_leaks(nft_node: LabNode, change: str) -> None:
    one, other = CHANGES[change]
    first = one + other if change == "two tables" else one
    # With two tables, one of them always closes the port: the first goes and comes while the second stays, then the other way round.
    assert not nft_node.ask(first, persist=False).get("failed")
    with Traffic(nft_node, OPEN, CLOSED) as traffic:
        passed = 0
        for number in range(ROUNDS):
            if change == "two tables":
                result = nft_node.ask(one if number // 2 % 2 else other, persist=False, state="present" if number % 2 else "absent")
            else:
                result = nft_node.ask(one if number % 2 else other, persist=False)
            assert result.get("changed"), result
            counts = traffic.counts()
            assert counts[CLOSED] == 0, (number, counts)
            # The load is there during each change.
            assert counts[OPEN] > passed
            passed = counts[OPEN]
        # What a change in two steps does to the same packets.
        nft_node.run("nft", "flush", "ruleset")
        while not traffic.counts()[CLOSED]:
            pass
    assert {table["method"] for table in result["tables"]} <= METHODS[change]
