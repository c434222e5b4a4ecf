# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a transaction, in an order that the kernel takes."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft import delta
from ansible_collections.aks.dataplane.plugins.module_utils._nft.compare import compare
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Object, Rule, Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

STAMP = Stamp("0" * 24, None, "1.0.6")
STAMP_LINE = f"add chain inet ours {STAMP_CHAIN} {{ {STAMP.header}; }}"
HOOK = "type filter hook input priority filter;"


def texts(chain: str, index: int) -> str:
    return f"<{chain} {index}>"


def lines(live: Table, wanted: Table, state: Table | None = None) -> list[str]:
    return delta.delta_commands(live, wanted, compare(live, wanted), texts, STAMP, state)


def table(**parts: tuple[object, ...]) -> Table:
    return dataclasses.replace(Table("inet", "ours"), **parts)


def rules(*found: str, first: int = 10) -> tuple[Rule, ...]:
    return tuple(Rule(text, first + index) for index, text in enumerate(found))


def test_the_lock_comes_first_and_the_stamp_last() -> None:
    live = table(chains=(Chain("a", handle=1),)).with_stamp(STAMP)
    stamped = dataclasses.replace(live.chains[-1], handle=7)
    assert lines(dataclasses.replace(live, chains=(live.chains[0], stamped)), table(chains=(Chain("a"),))) == [
        "delete chain inet ours handle 7",
        STAMP_LINE,
    ]
    assert lines(table(), table()) == [STAMP_LINE]


def test_rules() -> None:
    live = table(chains=(Chain("c", (HOOK,), "accept", rules("a", "b", "c", "d")),))
    wanted = table(chains=(Chain("c", (HOOK,), "accept", rules("x", "y", "a", "z", "c", "e", "f")),))
    assert lines(live, wanted) == [
        "delete rule inet ours c handle 11",
        "delete rule inet ours c handle 13",
        "insert rule inet ours c position 10 <c 0>",
        "insert rule inet ours c position 10 <c 1>",
        "insert rule inet ours c position 12 <c 3>",
        "add rule inet ours c <c 5>",
        "add rule inet ours c <c 6>",
        STAMP_LINE,
    ]


def test_when_no_rule_stays() -> None:
    live, wanted = table(chains=(Chain("c", rules=rules("a", "b")),)), table(chains=(Chain("c", rules=rules("x")),))
    assert lines(live, wanted) == ["flush chain inet ours c", "add rule inet ours c <c 0>", STAMP_LINE]


def test_everything_in_order() -> None:
    live = table(
        objects=(Object("counter", "old"),),
        sets=(
            Set("map", "gone", ("type mark : verdict",), ("1 : jump leaving",)),
            Set("map", "m", ("type mark : verdict",), ("1 : drop", '2 comment "x" : accept')),
        ),
        chains=(
            Chain("leaving", rules=rules("counter name old")),
            Chain("c", (HOOK,), "accept", rules("jump leaving", "accept", first=20)),
        ),
    )
    wanted = table(
        objects=(Object("counter", "new", ('comment "x"',)),),
        sets=(
            Set("map", "m", ("type mark : verdict",), ("1 : jump coming",)),
            Set("set", "s", ("type mark", "flags interval"), ("1", "2")),
        ),
        chains=(Chain("coming", ('comment "y"',), rules=rules("drop")), Chain("c", (HOOK,), "drop", rules("accept", "mark @s"))),
    )
    assert lines(live, wanted) == [
        'add counter inet ours new { comment "x"; }',
        'add chain inet ours coming { comment "y"; }',
        "add set inet ours s { type mark; flags interval; }",
        "add element inet ours s { 1, 2 }",
        "flush chain inet ours leaving",
        "delete rule inet ours c handle 20",
        "delete element inet ours m { 1 : drop, 2 : accept }",
        "add element inet ours m { 1 : jump coming }",
        "add rule inet ours coming <coming 0>",
        "add rule inet ours c <c 1>",
        "add chain inet ours c { policy drop; }",
        "delete map inet ours gone",
        "delete chain inet ours leaving",
        "delete counter inet ours old",
        STAMP_LINE,
    ]


def test_a_base_chain_made_anew_keeps_what_it_counted() -> None:
    live = table(chains=(Chain("c", (HOOK,), "accept", rules("counter drop", "accept")),))
    state = table(chains=(Chain("c", (HOOK,), "accept", rules("counter packets 7 bytes 700 drop", "accept")),))
    wanted = table(chains=(Chain("c", ("type filter hook input priority mangle;",), "drop", rules("counter drop")),))
    made = [
        "flush chain inet ours c",
        "delete chain inet ours c",
        "add chain inet ours c { type filter hook input priority mangle; policy drop; }",
    ]
    assert lines(live, wanted) == [*made, "add rule inet ours c <c 0>", STAMP_LINE]
    counting = delta.delta_commands(live, wanted, compare(live, wanted), lambda _chain, _index: "counter drop", STAMP, state)
    assert counting == [*made, "add rule inet ours c counter packets 7 bytes 700 drop", STAMP_LINE]


def test_many_elements_are_several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "_CHUNK", 2)
    live, wanted = table(sets=(Set("set", "s", ("type mark",), ("9",)),)), table(sets=(Set("set", "s", ("type mark",), ("1", "2", "3")),))
    assert lines(live, wanted) == [
        "delete element inet ours s { 9 }",
        "add element inet ours s { 1, 2 }",
        "add element inet ours s { 3 }",
        STAMP_LINE,
    ]
