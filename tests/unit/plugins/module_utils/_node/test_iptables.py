# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What iptables prints, and which of it the iptables monitor of AKS matches."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import iptables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("iptables v1.8.9 (nf_tables)\n", {"version": "1.8.9", "backend": "nf_tables"}),
        ("ip6tables v1.8.10 (legacy)\n", {"version": "1.8.10", "backend": "legacy"}),
        ("iptables v1.6.1\n", {"version": "1.6.1", "backend": "legacy"}),
        ("", None),
    ],
)
def test_version(text: str, found: dict[str, str] | None) -> None:
    assert iptables.parse_version(text) == found


def test_version_of_nft() -> None:
    assert iptables.parse_nft_version("nftables v1.0.6 (Lester Gooch #5)\n") == "1.0.6"
    assert iptables.parse_nft_version("") is None


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("-A INPUT -j DROP", "DROP"),
        ("-A INPUT -g MINE", "MINE"),
        ("-A X -p tcp -j DNAT --to-destination 10.0.0.1:80", "DNAT"),
        ('-A X -m comment --comment "a -j DROP \\" -j REJECT" -j ACCEPT', "ACCEPT"),
        ('-A X -m comment --comment "only -j DROP"', None),
        ("-A X -m comment --comment -j -j RETURN", "RETURN"),
        ("-P INPUT DROP", None),
    ],
)
def test_target(line: str, found: str | None) -> None:
    assert iptables.rule_target(line) == found


def test_monitor_reads_chain_by_chain() -> None:
    listing = "-P INPUT ACCEPT\n-P OUTPUT DROP\n-N A\n-N Z\n-A INPUT -j Z\n-A OUTPUT -j A\n-A A -j RETURN\n-A Z -j A\n-A Z -j DROP\n"
    assert iptables.monitor_lines(listing) == [
        *("-P INPUT ACCEPT", "-A INPUT -j Z", "-P OUTPUT DROP", "-A OUTPUT -j A"),
        *("-N A", "-A A -j RETURN", "-N Z", "-A Z -j A", "-A Z -j DROP"),
    ]


def test_counters_in_front_go_to_the_end() -> None:
    listing = "-P INPUT ACCEPT\n[12:3456] -A INPUT -s 192.0.2.1/32 -j DROP\n"
    assert iptables.monitor_lines(listing) == ["-P INPUT ACCEPT", "-A INPUT -s 192.0.2.1/32 -j DROP -c 12 3456"]


def test_a_warning_in_front_hides_the_table_from_the_monitor() -> None:
    listing = "# Table `filter' contains incompatible base-chains, use 'nft' tool to list them.\n-P INPUT ACCEPT\n-A INPUT -j DROP\n"
    assert iptables.monitor_lines(listing) == []
    assert iptables.monitor_lines("") == []


def test_absent_table() -> None:
    assert iptables.absent_table_lines("raw") == ("-P PREROUTING ACCEPT", "-P OUTPUT ACCEPT")
