# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's messages about nf_tables, put together by hand; the integration tests have the real ones."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import netlink_chains, netlink_rules
from ansible_collections.aks.dataplane.plugins.module_utils._node import netlink_messages as nft
from hypothesis import given
from hypothesis import strategies as st

NETDEV, INET = 5, 1


def content(family: int, *parts: bytes) -> bytes:
    return struct.pack(">BBH", family, 0, 0) + b"".join(parts)


def number(kind: int, value: int) -> bytes:
    return nft.pack_attribute(kind, struct.pack(">I", value & 0xFFFFFFFF))


def text(kind: int, value: str) -> bytes:
    return nft.pack_attribute(kind, value.encode() + b"\0")


def nested(kind: int, *parts: bytes) -> bytes:
    return nft.pack_attribute(kind | 0x8000, b"".join(parts))


def expression(name: str, *data: bytes) -> bytes:
    return nested(1, text(1, name), nested(2, *data))


def verdict(code: int, chain: str = "") -> bytes:
    return expression("immediate", number(1, 0), nested(2, nested(2, number(1, code), *([text(2, chain)] if chain else []))))


def rule(*expressions: bytes, userdata: bytes = b"") -> netlink_rules.NftRule:
    handle = nft.pack_attribute(3, (7).to_bytes(8, "big"))
    return netlink_rules.parse_rule(
        content(INET, text(1, "fw"), text(2, "in"), handle, nested(4, *expressions), nft.pack_attribute(7, userdata))
    )


def test_table() -> None:
    assert nft.parse_table(content(2, text(1, "kube-proxy"), number(2, 0))) == nft.NftTable("ip", "kube-proxy")
    assert nft.parse_table(content(INET, text(1, "fw"), number(2, 3))) == nft.NftTable("inet", "fw", dormant=True)


@pytest.mark.parametrize(
    ("family", "hook", "policy", "found"),
    [
        (INET, 1, 0, ("input", "drop")),
        (INET, 5, 1, ("ingress", "accept")),
        (NETDEV, 0, 0, ("ingress", "drop")),
        (INET, 9, 1, ("9", "accept")),
    ],
)
def test_base_chain(family: int, hook: int, policy: int, found: tuple[str, str]) -> None:
    chain = netlink_chains.parse_chain(
        content(family, text(1, "fw"), text(3, "in"), nested(4, number(1, hook), number(2, -5)), number(5, policy))
    )
    assert (chain.table, chain.name, chain.hook, chain.policy) == ("fw", "in", *found)


@pytest.mark.parametrize(
    ("table", "kind", "translates"), [("nat", "nat", True), ("mine", "nat", True), ("kube-proxy", "nat", False), ("nat", "filter", False)]
)
def test_a_chain_that_translates_addresses_and_is_not_kube_proxys(table: str, kind: str, translates: bool) -> None:
    hook = nested(4, number(1, 4), number(2, 100))
    assert (
        netlink_chains.parse_chain(content(INET, text(1, table), text(3, "post"), hook, number(5, 1), text(7, kind))).translates
        is translates
    )


def test_other_chain() -> None:
    assert netlink_chains.parse_chain(content(INET, text(1, "fw"), text(3, "sub"))) == netlink_chains.NftChain("inet", "fw", "sub")


def test_comment_of_a_chain() -> None:
    mine = nft.pack_attribute(12, b"\x00\x05mine\x00")
    assert netlink_chains.parse_chain(content(INET, text(1, "fw"), text(3, "sub"), mine)).comment == "mine"
    assert (
        netlink_chains.parse_chain(content(INET, text(1, "fw"), text(3, "in"), nested(4, number(1, 1), number(2, 0)), mine)).comment
        == "mine"
    )


@pytest.mark.parametrize(
    ("expressions", "drops", "target", "verdict_map"),
    [
        ((verdict(0),), True, None, False),
        ((verdict(1),), False, None, False),
        ((verdict(-3, "sub"),), False, "sub", False),
        ((expression("counter"), verdict(-4, "sub")), False, "sub", False),
        ((expression("reject", number(1, 0)),), True, None, False),
        ((expression("target", text(1, "REJECT")),), True, None, False),
        ((expression("target", text(1, "MASQUERADE")),), False, None, False),
        ((expression("lookup", text(1, "map"), number(2, 1), number(3, 0)),), False, None, True),
        ((expression("lookup", text(1, "map"), number(2, 1), number(3, 1)),), False, None, False),
        ((expression("lookup", text(1, "set"), number(2, 1)), verdict(0)), True, None, False),
        # Data that is no verdict: a mark of 0.
        ((expression("immediate", number(1, 1), nested(2, number(1, 0))),), False, None, False),
    ],
)
def test_rule(expressions: tuple[bytes, ...], drops: bool, target: str | None, verdict_map: bool) -> None:
    assert rule(*expressions) == netlink_rules.NftRule("in", 7, drops, target, verdict_map)


def test_comment() -> None:
    assert rule(userdata=b"\x01\x02ab\x00\x05mine\x00").comment == "mine"
    assert rule(userdata=b"\x01\x02ab").comment == ""


def test_question_asks_for_one_chain() -> None:
    asked = netlink_rules.pack_rules_request("ip6", "filter", "mine")
    ((kind, flags, inside),) = nft.unpack_messages(asked)
    assert (kind, flags) == (10 << 8 | netlink_rules.GET_RULE, 0x301)
    assert inside[0] == 10
    assert dict(nft.unpack_attributes(inside[4:])) == {1: b"filter\0", 2: b"mine\0"}


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40))))
def test_attributes_come_back_as_they_were_written(written: list[tuple[int, bytes]]) -> None:
    assert list(nft.unpack_attributes(b"".join(nft.pack_attribute(kind, value) for kind, value in written))) == written


@given(st.binary(max_size=200))
def test_garbage_ends(data: bytes) -> None:
    list(nft.unpack_attributes(data))
    list(nft.unpack_messages(data))
