# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was counted and learned is put back where it belongs, and nowhere else."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.kept_state import (
    elements_with_state,
    object_with_state,
    rule_with_state,
    rules_with_state,
    without_state,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Object, Rule, Set, Table

SEVEN = "counter packets 7 bytes 700"


@pytest.mark.parametrize(
    ("listed", "plain"),
    [
        ("tcp dport 22 accept", "tcp dport 22 accept"),
        (f"{SEVEN} accept", "counter accept"),
        (f'{SEVEN} comment "{SEVEN}"', f'counter comment "{SEVEN}"'),
        ("quota over 5 mbytes used 4 bytes drop", "quota over 5 mbytes drop"),
        ("quota 5 mbytes used 4 kbytes drop", "quota 5 mbytes drop"),
        ("last used 5m3s accept", "last accept"),
        ("last used never", "last"),
        ('counter name "c" quota name "q"', 'counter name "c" quota name "q"'),
        (f"add @s {{ ip saddr {SEVEN} }}", "add @s { ip saddr counter }"),
        ("jump {\n\tcounter packets 1 bytes 2 accept\n}", "jump {\n\tcounter accept\n}"),
    ],
)
def test_a_rule_without_state(listed: str, plain: str) -> None:
    assert without_state(listed) == plain


@pytest.mark.parametrize(
    ("declared", "listed", "expected"),
    [
        ("tcp dport { 80, 22 } counter accept", f"tcp dport {{ 22, 80 }} {SEVEN} accept", f"tcp dport {{ 80, 22 }} {SEVEN} accept"),
        ("counter packets 1 bytes 2 accept", f"{SEVEN} accept", f"{SEVEN} accept"),
        ("counter", SEVEN, SEVEN),
        ('counter comment "a counter"', f'{SEVEN} comment "a counter"', f'{SEVEN} comment "a counter"'),
        ("counter name c counter", f'counter name "c" {SEVEN}', f"counter name c {SEVEN}"),
        ("counter accept", "accept", "counter accept"),
        ("add @s { ip saddr counter } counter", f"add @s {{ ip saddr counter }} {SEVEN}", f"add @s {{ ip saddr counter }} {SEVEN}"),
        ("quota until 1024 kbytes drop", "quota 1 mbytes used 9 bytes drop", "quota until 1024 kbytes used 9 bytes drop"),
        ("quota over 1 mbytes used 3 bytes", "quota over 1 mbytes used 9 kbytes", "quota over 1 mbytes used 9 kbytes"),
        ("quota 1 mbytes", "quota 1 mbytes", "quota 1 mbytes"),
        ("quota 1mbytes", "quota 1 mbytes used 9 bytes", "quota 1mbytes"),
        ("last accept", "last used 5m3s accept", "last used 5m3s accept"),
        ("last used never", "last used 1s", "last used 1s"),
        (
            "counter last counter drop",
            f"{SEVEN} last used 1s counter packets 1 bytes 2 drop",
            f"{SEVEN} last used 1s counter packets 1 bytes 2 drop",
        ),
        (
            "jump { counter accept; } counter",
            f"jump {{\n\tcounter packets 1 bytes 2 accept\n}} {SEVEN}",
            f"jump {{ counter accept; }} {SEVEN}",
        ),
    ],
)
def test_a_declared_rule_gets_the_state_of_the_listed_one(declared: str, listed: str, expected: str) -> None:
    assert rule_with_state(declared, listed) == expected


def test_rules_that_stay_keep_their_state_and_new_ones_have_none() -> None:
    wanted = Chain("c", rules=(Rule("accept"), Rule("counter drop"), Rule("counter accept")))
    live = Chain("c", rules=(Rule(f"{SEVEN} drop"), Rule("log")))
    declared = ("accept", "counter packets 0 bytes 0 drop", "counter accept")
    assert rules_with_state(wanted, live, lambda _chain, index: declared[index]) == ["accept", f"{SEVEN} drop", "counter accept"]
    assert rules_with_state(wanted, None, lambda _chain, index: declared[index]) == list(declared)


@pytest.mark.parametrize(
    ("kind", "wanted", "live", "lines"),
    [
        ("counter", ('comment "x"',), ("packets 3 bytes 4",), ('comment "x"', "packets 3 bytes 4")),
        (
            "quota",
            ('comment "used 1 bytes"', "over 20 mbytes"),
            ("over 10 mbytes used 5 bytes",),
            ('comment "used 1 bytes"', "over 20 mbytes used 5 bytes"),
        ),
        ("quota", ("over 20 mbytes",), ("over 10 mbytes",), ("over 20 mbytes",)),
        ("limit", ("rate 1/second",), ("rate 2/second",), ("rate 1/second",)),
        ("counter", (), None, ()),
    ],
)
def test_objects(kind: str, wanted: tuple[str, ...], live: tuple[str, ...] | None, lines: tuple[str, ...]) -> None:
    assert object_with_state(Object(kind, "o", wanted), Object(kind, "o", live) if live is not None else None) == lines


PLAIN = ("type ipv4_addr",)
COUNTED = ("type ipv4_addr", "counter")
TIMED = ("type ipv4_addr", "flags timeout")
HOUR = ("type ipv4_addr", "timeout 1h")
TWO_HOURS = ("type ipv4_addr", "timeout 2h")
DYNAMIC = ("type ipv4_addr", "flags dynamic,timeout", "timeout 1h")
WITHOUT_TIME = ("type ipv4_addr", "flags dynamic")


@pytest.mark.parametrize(
    ("wanted_header", "wanted", "live_header", "live", "expected"),
    [
        (PLAIN, ["1.1.1.1"], PLAIN, ["1.1.1.2"], ["1.1.1.1"]),
        (COUNTED, ["1.1.1.1 counter", "1.1.1.2 counter"], COUNTED, [f"1.1.1.1 {SEVEN}"], [f"1.1.1.1 {SEVEN}", "1.1.1.2 counter"]),
        (COUNTED, ["1.1.1.1 counter"], PLAIN, ["1.1.1.1"], ["1.1.1.1 counter"]),
        (COUNTED, ['1.1.1.1 counter comment "new"'], COUNTED, [f'1.1.1.1 {SEVEN} comment "old"'], [f'1.1.1.1 {SEVEN} comment "new"']),
        # Those that were learned stay, with their time; those that were declared and are not any more go, unless they have a time.
        (
            HOUR,
            [],
            HOUR,
            ["9.9.9.9 expires 5m", "9.9.9.8 timeout 2h expires 90m"],
            ["9.9.9.9 expires 5m", "9.9.9.8 timeout 2h expires 90m"],
        ),
        (TIMED, [], TIMED, ["9.9.9.9", "9.9.9.8 timeout 2h expires 90m"], ["9.9.9.8 timeout 2h expires 90m"]),
        (WITHOUT_TIME, [], WITHOUT_TIME, ["9.9.9.9"], ["9.9.9.9"]),
        # A declared element keeps its time when the declared time is the same.
        (HOUR, ["1.1.1.1"], HOUR, ["1.1.1.1 expires 5m"], ["1.1.1.1 expires 5m"]),
        (TIMED, ["1.1.1.1 timeout 1h"], TIMED, ["1.1.1.1 timeout 1h expires 5m"], ["1.1.1.1 timeout 1h expires 5m"]),
        (TIMED, ["1.1.1.1 timeout 2h"], TIMED, ["1.1.1.1 timeout 1h expires 5m"], ["1.1.1.1 timeout 2h"]),
        (DYNAMIC, ["1.1.1.1"], DYNAMIC, ["1.1.1.1 timeout 2h expires 90m"], ["1.1.1.1 timeout 2h expires 90m"]),
        # With another default, the old one is said.
        (TWO_HOURS, ["1.1.1.1"], HOUR, ["1.1.1.1 expires 5m", "9.9.9.9 expires 6m"], ["1.1.1.1", "9.9.9.9 timeout 1h expires 6m"]),
        (TIMED, ["1.1.1.1 timeout 1h"], HOUR, ["1.1.1.1 expires 5m"], ["1.1.1.1 timeout 1h expires 5m"]),
        # What the set does not take any more.
        (PLAIN, ["1.1.1.1"], HOUR, ["1.1.1.1 expires 5m", "9.9.9.9 expires 5m"], ["1.1.1.1"]),
        (WITHOUT_TIME, ["1.1.1.1"], HOUR, ["1.1.1.1 expires 5m", "9.9.9.9 expires 5m"], ["1.1.1.1"]),
        (TIMED, [], WITHOUT_TIME, ["9.9.9.9"], []),
        (HOUR, [], ("type ipv6_addr", "timeout 1h"), ["fe80::1 expires 5m"], []),
        (HOUR, [], ("type ipv4_addr", "flags interval", "timeout 1h"), ["10.0.0.0/8 expires 5m"], []),
        (HOUR, [], (*HOUR, "counter"), [f"9.9.9.9 {SEVEN} expires 5m"], ["9.9.9.9 expires 5m"]),
    ],
)
def test_elements(
    wanted_header: tuple[str, ...], wanted: list[str], live_header: tuple[str, ...], live: list[str], expected: list[str]
) -> None:
    found = elements_with_state(Set("set", "s", wanted_header, tuple(wanted)), Set("set", "s", live_header, tuple(live)), Table("ip", "t"))
    assert list(found) == expected


def test_elements_of_a_new_set() -> None:
    assert elements_with_state(Set("set", "s", HOUR, ("1.1.1.1",)), None, Table("ip", "t")) == ("1.1.1.1",)
    assert elements_with_state(Set("set", "s", HOUR, ()), Set("map", "s", HOUR, ("1.1.1.1 : drop",)), Table("ip", "t")) == ()


def test_learned_elements_whose_target_is_gone() -> None:
    header = ("type ipv4_addr : verdict", "timeout 1h")
    live = Set("map", "m", header, ("1.1.1.1 expires 5m : jump gone", "1.1.1.2 expires 5m : goto there", "1.1.1.3 expires 5m : drop"))
    table = Table("ip", "t", chains=(Chain("there"),))
    assert elements_with_state(Set("map", "m", header), live, table) == live.elements[1:]
