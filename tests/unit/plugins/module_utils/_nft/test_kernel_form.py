# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the kernel that mean the same table, and such that do not."""

from __future__ import annotations

import struct

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import kernel_form as form
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_messages import pack_attribute as attribute

GENERIC = b"\x01\0\0\7"


def text(kind: int, value: str) -> bytes:
    return attribute(kind, value.encode() + b"\0")


def number(kind: int, value: int) -> bytes:
    return attribute(kind, struct.pack(">Q", value))


def counter(packets: int, size: int) -> bytes:
    return attribute(1, text(1, "counter") + attribute(2, number(1, size) + number(2, packets)))


def rule(handle: int, *expressions: bytes, chain: str = "input", before: int | None = None, table: str = "ours") -> bytes:
    place = number(6, before) if before else b""
    return (
        GENERIC + text(1, table) + text(2, chain) + number(3, handle) + place + attribute(4, b"".join(expressions)) + attribute(7, b"\0\1x")
    )


COMPARE = attribute(1, text(1, "cmp") + attribute(2, b"\1\2\3\4"))


def test_what_rules_count_and_where_they_are_kept_does_not_matter() -> None:
    one = [rule(4, COMPARE, counter(0, 0)), rule(5, counter(1, 2), before=4)]
    other = [rule(14, COMPARE, counter(7, 420)), rule(5, counter(3, 4), before=14)]
    assert form.things(form.RULE, one, "ours") == form.things(form.RULE, other, "ours")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([rule(5, counter(0, 0)), rule(4, COMPARE, counter(0, 0))], id="order"),
        pytest.param([rule(4, COMPARE, counter(0, 0))], id="fewer"),
        pytest.param([rule(4, COMPARE), rule(5, counter(0, 0))], id="no counter"),
        pytest.param([rule(4, COMPARE, counter(0, 0)), rule(5, counter(0, 0), chain="output")], id="chain"),
    ],
)
def test_other_rules(other: list[bytes]) -> None:
    one = [rule(4, COMPARE, counter(0, 0)), rule(5, counter(0, 0))]
    assert form.things(form.RULE, one, "ours") != form.things(form.RULE, other, "ours")


def test_rules_are_in_the_order_of_their_chains() -> None:
    a, b, c = rule(4, COMPARE, chain="b"), rule(5, counter(0, 0), chain="b"), rule(6, chain="a")
    assert form.things(form.RULE, [a, b, c], "ours") == form.things(form.RULE, [c, a, b], "ours")


@pytest.mark.parametrize("kind", [form.TABLE, form.CHAIN, form.RULE, form.SET, form.OBJECT, form.FLOWTABLE])
def test_other_tables_are_left_out(kind: int) -> None:
    content = GENERIC + text(1, "theirs") + text(2, "x") + text(3, "x")
    assert form.things(kind, [content], "ours") == []


def test_the_stamp_is_no_part_of_it() -> None:
    stamp = GENERIC + text(1, "ours") + number(2, 3) + text(3, "aks-dataplane-stamp")
    assert form.things(form.CHAIN, [stamp], "ours") == []


@pytest.mark.parametrize(("kind", "same"), [(b"\0\0\0\1", True), (b"\0\0\0\2", False)], ids=["counter", "quota"])
def test_what_named_counters_have_counted(kind: bytes, same: bool) -> None:
    one, other = ([GENERIC + text(1, "ours") + text(2, "x") + attribute(3, kind) + attribute(4, data)] for data in (b"1234", b"5678"))
    assert (form.things(form.OBJECT, one, "ours") == form.things(form.OBJECT, other, "ours")) is same


def elements(*keys: bytes, more: bytes = b"") -> bytes:
    return GENERIC + text(1, "ours") + text(2, "s") + attribute(3, b"".join(attribute(1, attribute(1, key) + more) for key in keys))


def test_elements_in_any_order_and_with_any_time_left() -> None:
    one = form.elements([elements(b"\1\1\1\1", b"\2\2\2\2", more=number(5, 9))], "s")
    assert one == form.elements([elements(b"\2\2\2\2", more=number(5, 7)), elements(b"\1\1\1\1")], "s")
    assert one != form.elements([elements(b"\1\1\1\1")], "s")
    assert one != form.elements([elements(b"\1\1\1\1", b"\2\2\2\2", more=number(4, 9))], "s")


def test_elements_belong_to_their_set() -> None:
    one, other = form.elements([elements(b"\1\1\1\1")], "a"), form.elements([elements(b"\1\1\1\1")], "b")
    assert form.digest_of(one) != form.digest_of(other)


def test_a_digest_knows_where_a_part_ends() -> None:
    assert form.digest_of([("a", b"1"), ("b", b"2")]) != form.digest_of([("a", b"1b 1 2")])
