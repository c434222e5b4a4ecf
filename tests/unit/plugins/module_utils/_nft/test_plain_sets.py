# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which sets are listed as they are declared, so that nobody has to ask nft."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import pack
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import unpack

FOUR = [f"10.0.{number >> 8}.{number & 255}" for number in range(1000)]
SIX = [f"2001:db8::{number:x}" for number in range(1, 1001)]


def text(elements: list[str], header: str = "type ipv4_addr;", rest: str = "", joint: str = ", ") -> str:
    return f"table inet ours {{\nset s {{ {header} elements = {{ {joint.join(elements)} }}; }}\n{rest}}}\n"


@pytest.mark.parametrize(
    "declared",
    [
        text(FOUR),
        text(FOUR, joint=",\n"),
        text(FOUR, "\ntypeof ip saddr\n"),
        text(FOUR, "typeof ip daddr;"),
        text(SIX, "type ipv6_addr;"),
        text(SIX, "typeof ip6 saddr;"),
        text([*FOUR, ""]).replace(", ,", ","),
        text(FOUR, rest="chain c { ip saddr @s drop; }\nset t { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }\n"),
    ],
)
def test_plain(declared: str) -> None:
    given = from_content(declared)
    (table,) = given.tables
    assert list(table.plain) == ["s"]
    assert given.elements(table, "s") in (tuple(FOUR), tuple(SIX))
    # Line by line the same, but for the elements.
    assert FOUR[7] not in given.without(())
    assert SIX[7] not in given.without(())
    assert given.without(()).count("\n") == declared.count("\n")
    assert "set s {" in given.without(())
    assert unpack(given.text, pack(given), "content", ()) == given


@pytest.mark.parametrize(
    "declared",
    [
        pytest.param(text(FOUR[:999]), id="small"),
        pytest.param(text([*FOUR, FOUR[0]]), id="twice"),
        pytest.param(text([*FOUR, "10.9.0.0/16"]), id="prefix"),
        pytest.param(text([*FOUR, "10.9.0.01"]), id="leading zero"),
        pytest.param(text([*FOUR, "10.9.0.256"]), id="no address"),
        pytest.param(text([*FOUR, "10.9.0.1-10.9.0.2"]), id="range"),
        pytest.param(text([*FOUR, "localhost"]), id="name"),
        pytest.param(text([*FOUR, "$more"]), id="variable"),
        pytest.param(text([*FOUR, "10.9.0.1 timeout 1h"]), id="timeout"),
        pytest.param(text([*FOUR, "10.9.0.1 10.9.0.2"]), id="no comma"),
        pytest.param(text(FOUR, "type ipv4_addr; flags interval;"), id="interval"),
        pytest.param(text(FOUR, "type ipv4_addr; flags dynamic;"), id="dynamic"),
        pytest.param(text(FOUR, "type ipv4_addr; timeout 1d;"), id="times out"),
        pytest.param(text(FOUR, "type ipv4_addr; size 2000;"), id="size"),
        pytest.param(text(FOUR, "type ipv4_addr; counter;"), id="counts"),
        pytest.param(text(FOUR, 'type ipv4_addr; comment "x";'), id="comment"),
        pytest.param(text(FOUR, "type inet_service;"), id="type"),
        pytest.param(text(FOUR, "type ipv6_addr;"), id="family"),
        pytest.param(text(SIX), id="other family"),
        pytest.param(text([*SIX, "2001:DB8::ffff"], "type ipv6_addr;"), id="capitals"),
        pytest.param(text([*SIX, "2001:db8:0::ffff"], "type ipv6_addr;"), id="long"),
        pytest.param(text([*SIX, "::ffff:102:304"], "type ipv6_addr;"), id="with dots"),
        pytest.param(text(FOUR, rest="chain c { tcp dport 9 update @s { ip saddr }; }\n"), id="filled by a rule"),
        pytest.param(text(FOUR, rest="set s { type ipv4_addr; elements = { 192.0.2.1 }; }\n"), id="in two parts"),
        pytest.param(text(FOUR).replace("set s", "map s"), id="map"),
    ],
)
def test_not_plain(declared: str) -> None:
    given = from_content(declared)
    assert [dict(table.plain) for table in given.tables] == [{}]
    assert given.without(()) == given.text
