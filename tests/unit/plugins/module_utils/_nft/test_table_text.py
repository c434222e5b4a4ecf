# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole tables as text."""

from __future__ import annotations

from ansible_collections.aks.dataplane.plugins.module_utils._nft.listing import parse_table
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Object, Rule, Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_text import (
    creation_text,
    replacement_text,
    snapshot_text,
    text_with_state,
)
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

STAMP = Stamp("0" * 24, None, "1.0.6")
WANTED = Table(
    "inet",
    "ours",
    ("flags dormant",),
    (Object("counter", "hits"), Object("quota", "q", ("over 1 mbytes",))),
    (Set("set", "s", ("type ipv4_addr", "timeout 1h"), ("1.1.1.1",)), Set("map", "m", ("type mark : verdict",))),
    (
        Chain("c", ("type filter hook input priority filter;",), "drop", (Rule("tcp dport { 22, 80 } counter accept"), Rule("drop"))),
        Chain("d"),
    ),
)
DECLARED = {("c", 0): "tcp dport { 80, 22 } counter accept", ("c", 1): "drop"}
STATE = Table(
    "inet",
    "ours",
    (),
    (Object("counter", "hits", ("packets 1 bytes 2",), 8), Object("quota", "q", ("over 1 mbytes used 3 bytes",), 9)),
    (Set("set", "s", ("type ipv4_addr", "timeout 1h"), ("1.1.1.1 expires 5m", "9.9.9.9 expires 6m"), 3),),
    (
        Chain(
            "c",
            ("type filter hook input priority filter;",),
            "accept",
            (Rule("tcp dport { 22, 80 } counter packets 7 bytes 700 accept", 7),),
            2,
        ),
    ),
    1,
).with_stamp(Stamp("1" * 24, "2" * 24, "1.0.6"))


def texts(chain: str, index: int) -> str:
    return DECLARED[chain, index]


def whole(counter: str, used: str, elements: str, rule: str) -> str:
    return (
        f"table inet ours {{\n\tflags dormant\n\tcounter hits {{\n{counter}\t}}\n\tquota q {{\n\t\tover 1 mbytes{used}\n\t}}\n"
        f"\tset s {{\n\t\ttype ipv4_addr\n\t\ttimeout 1h\n\t\telements = {{ {elements} }}\n\t}}\n\tmap m {{\n\t\ttype mark : verdict\n\t}}\n"
        f"\tchain c {{\n\t\ttype filter hook input priority filter;\n\t\tpolicy drop;\n\t\t{rule}\n\t\tdrop\n\t}}\n\tchain d {{\n\t}}\n"
        f"\tchain {STAMP_CHAIN} {{\n\t\t{STAMP.header}\n\t}}\n}}\n"
    )


def test_a_table_as_declared() -> None:
    assert text_with_state(WANTED, None, texts, STAMP) == whole("", "", "1.1.1.1", "tcp dport { 80, 22 } counter accept")


def test_a_table_with_what_the_live_one_counted_and_learned() -> None:
    assert text_with_state(WANTED, STATE, texts, STAMP) == whole(
        "\t\tpackets 1 bytes 2\n",
        " used 3 bytes",
        "1.1.1.1 expires 5m,\n\t\t\t9.9.9.9 expires 6m",
        "tcp dport { 80, 22 } counter packets 7 bytes 700 accept",
    )


def test_a_snapshot_is_all_that_was_there() -> None:
    text = snapshot_text(STATE, "inet", "ours")
    assert text.startswith("table inet ours\ndelete table inet ours\ntable inet ours {\n")
    assert "counter packets 7 bytes 700 accept\n" in text
    assert "9.9.9.9 expires 6m" in text
    assert " # handle" not in text
    assert STAMP.header not in text
    assert STATE.stamp is not None
    assert parse_table(text.partition("delete table inet ours\n")[2]).stamp == STATE.stamp


def test_of_nothing_nothing_comes_back() -> None:
    assert snapshot_text(None, "ip", "x") == "table ip x\ndelete table ip x\n"


def test_in_place_of_another_and_where_there_is_none() -> None:
    assert replacement_text("ip", "x", "table ip x { }\n") == "table ip x\ndelete table ip x\ntable ip x { }\n"
    assert creation_text("ip", "x", "table ip x { }\n") == "create table ip x\ndelete table ip x\ntable ip x { }\n"
