# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which elements of a declaration overlap."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.plugin_utils._nft_conflicts import conflicting


@pytest.mark.parametrize(
    ("elements", "pairs"),
    [
        ("10.0.0.0/8, 192.0.2.1, 10.1.0.0/16", [("10.0.0.0/8", "10.1.0.0/16")]),
        ("10.0.0.0/8,\n  # 10.2.0.0/16,\n  10.1.0.0/16,\n", [("10.0.0.0/8", "10.1.0.0/16")]),
        ("1-5, 7, 3-9", [("1-5", "3-9"), ("3-9", "7")]),
        ("0x10, 15-17", [("15-17", "0x10")]),
        ("10.0.0.0/8 : accept, 10.1.0.0/16 : drop", [("10.0.0.0/8", "10.1.0.0/16")]),
        ("2001:db8::/32, 2001:db8:1::1", [("2001:db8::/32", "2001:db8:1::1")]),
        ('10.0.0.1-10.0.0.9 comment "a, b", 10.0.0.5 timeout 1h', [("10.0.0.1-10.0.0.9", "10.0.0.5")]),
        ("10.0.0.1, 10.0.0.2, ssh, $office, 10.0.0.3-x, 10.0.0.4/99, 1-10.0.0.1", []),
        ("", []),
    ],
)
def test_overlapping_elements(elements: str, pairs: list[tuple[str, str]]) -> None:
    text = f"table inet x {{\nset s {{\ntype ipv4_addr\nflags interval\nelements = {{ {elements} }}\n}}\n}}\n"
    assert conflicting(text) == pairs


def test_each_set_for_itself() -> None:
    assert conflicting("set a { elements = { 1-5 } }\nset b { elements = { 3 } }") == []
