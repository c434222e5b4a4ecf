# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.simulator.cilium import monitor
from tests.simulator.cilium.objects import PATTERNS


def test_only_what_no_pattern_allows() -> None:
    lines = {
        "nat": ["-P PREROUTING ACCEPT", "-N SWIFT", "-A SWIFT -s 10.0.0.0/8 -j RETURN", "-A POSTROUTING -j MASQUERADE"],
        "filter": ["-P INPUT ACCEPT", "-A CILIUM_INPUT -j ACCEPT", '-A INPUT -m comment --comment "cilium: x" -j DROP', "-A INPUT -j DROP"],
        "raw": ["-P OUTPUT ACCEPT"],
    }
    found = monitor.unexpected(lines, PATTERNS)
    assert found == {"nat": ["-A POSTROUTING -j MASQUERADE"], "filter": ["-A INPUT -j DROP"]}
    assert monitor.report(found) == [
        "Unexpected rule: -A POSTROUTING -j MASQUERADE",
        "Unexpected rules detected in table nat",
        "Unexpected rule: -A INPUT -j DROP",
        "Unexpected rules detected in table filter",
        "Above user iptables rules detected in IPv4 iptables",
    ]


def test_nothing_to_report() -> None:
    assert monitor.report(monitor.unexpected({"filter": ["-P INPUT ACCEPT"]}, PATTERNS)) == []


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ({}, {"filter": ["-P INPUT ACCEPT"]}),
        ({"nat": "^-P"}, {"filter": ["-P INPUT ACCEPT"]}),
        ({"global": "(\n^-P"}, {}),
        ({"filter": " "}, {}),
        ({"global": "\n\n"}, {"filter": ["-P INPUT ACCEPT"]}),
    ],
    ids=["no files", "of another table", "one that cannot be compiled", "a blank matches", "empty lines do not"],
)
def test_pattern_files(patterns: dict[str, str], found: dict[str, list[str]]) -> None:
    assert monitor.unexpected({"filter": ["-P INPUT ACCEPT"]}, patterns) == found


@pytest.mark.parametrize(
    ("rule", "table", "words"), [("-t nat -A X -j Y", "nat", ["-A", "X", "-j", "Y"]), ('-A X --comment "a b"', "filter", None)]
)
def test_split_rule(rule: str, table: str, words: list[str] | None) -> None:
    assert monitor.split_rule(rule) == (table, words or ["-A", "X", "--comment", "a b"])
