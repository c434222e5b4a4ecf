# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as a difference, how it is shown, and what a delta cannot say."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.compare import PlanItem, compare
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Object, Rule, Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

PRIORITY = "type filter hook input priority {};"
STAMP = Stamp("0" * 24, None, "1.0.6")


def base(*rules: str, policy: str = "accept", priority: str = "filter") -> Chain:
    return Chain("input", (PRIORITY.format(priority),), policy, tuple(map(Rule, rules)))


def chain(name: str, *header: str, rules: t.Iterable[str] = ()) -> Chain:
    return Chain(name, header, None, tuple(map(Rule, rules)))


def table(*items: Object | Set | Chain, header: tuple[str, ...] = ()) -> Table:
    def those(kind: type) -> tuple[t.Any, ...]:
        return tuple(item for item in items if isinstance(item, kind))

    return Table("inet", "ours", header, those(Object), those(Set), those(Chain))


def addresses(*elements: str, header: tuple[str, ...] = ("type ipv4_addr",)) -> Set:
    return Set("set", "s", header, elements)


def ways(*elements: str, header: tuple[str, ...] = ("type ipv4_addr : verdict",)) -> Set:
    return Set("map", "m", header, elements)


TIMED = ("type ipv4_addr", "flags timeout")
LEARNED = ("type ipv4_addr", "flags dynamic,timeout", "timeout 1h")
DEFAULT = ("type ipv4_addr", "timeout 1h")


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        (table(), table()),
        (table(chain("a"), chain("b")), table(chain("b"), chain("a"))),
        (table(base("drop")).with_stamp(STAMP), table(base("drop"))),
        (table(addresses("10.0.0.2", "10.0.0.1")), table(addresses("10.0.0.1", "10.0.0.2"))),
        # Learned ones may be there; how old they are does not matter.
        (table(addresses("9.9.9.9", "9.9.9.8 timeout 5m", header=LEARNED)), table(addresses(header=LEARNED))),
        (table(addresses("10.0.0.1", "9.9.9.8 timeout 5m", header=TIMED)), table(addresses("10.0.0.1", header=TIMED))),
        (table(addresses("9.9.9.9", header=DEFAULT)), table(addresses(header=DEFAULT))),
        # Declared, and since then written by packets.
        (table(addresses("10.0.0.1 timeout 5m", header=LEARNED)), table(addresses('10.0.0.1 timeout 1m comment "x"', header=LEARNED))),
    ],
)
def test_no_difference(live: Table, wanted: Table) -> None:
    difference = compare(live, wanted)
    assert difference.equal
    assert difference.replace_reason is None


P = "inet ours "


@pytest.mark.parametrize(
    ("live", "wanted", "items"),
    [
        (
            table(base("a", "b", "c", "d")),
            table(base("a", "x", "c", "d", "e")),
            [(P + "chain input rule", "b", "x"), (P + "chain input rule", None, "e")],
        ),
        (table(base("a", "b", "c")), table(base("c")), [(P + "chain input rule", "a", None), (P + "chain input rule", "b", None)]),
        (table(base(policy="accept")), table(base(policy="drop")), [(P + "chain input policy", "accept", "drop")]),
        (
            table(),
            table(chain("x", 'comment "a"', rules=["drop"])),
            [(P + "chain x", None, '{ comment "a"; }'), (P + "chain x rule", None, "drop")],
        ),
        (table(chain("x", rules=["drop"])), table(), [(P + "chain x", "{ }", None), (P + "chain x rule", "drop", None)]),
        (
            table(base("drop")),
            table(),
            [
                (P + "chain input", "{ type filter hook input priority filter; }", None),
                (P + "chain input policy", "accept", None),
                (P + "chain input rule", "drop", None),
            ],
        ),
        (
            table(base("drop")),
            table(base("drop", priority="mangle")),
            [(P + "chain input", "{ type filter hook input priority filter; }", "{ type filter hook input priority mangle; }")],
        ),
        (table(addresses("1.1.1.1", "1.1.1.2")), table(addresses("1.1.1.2", "1.1.1.3")), [(P + "set s element", "1.1.1.1", "1.1.1.3")]),
        (table(addresses('1.1.1.1 comment "x"')), table(addresses("1.1.1.1")), [(P + "set s element", '1.1.1.1 comment "x"', "1.1.1.1")]),
        (table(), table(addresses("1.1.1.1")), [(P + "set s", None, "set { type ipv4_addr; }"), (P + "set s element", None, "1.1.1.1")]),
        (table(ways("1.1.1.1 : drop")), table(ways("1.1.1.1 : accept")), [(P + "map m element", "1.1.1.1 : drop", "1.1.1.1 : accept")]),
        (
            table(Object("counter", "c")),
            table(Object("quota", "c", ("1 mbytes",))),
            [(P + "quota c", None, "{ 1 mbytes; }"), (P + "counter c", "{ }", None)],
        ),
        # A declared element that is not there comes, one that nobody declares stays, another time is another element.
        (
            table(addresses("9.9.9.9", header=LEARNED)),
            table(addresses("1.1.1.1", header=LEARNED)),
            [(P + "set s element", None, "1.1.1.1")],
        ),
        (
            table(addresses("1.1.1.1 timeout 5m", "1.1.1.2 timeout 5m", "1.1.1.3", header=TIMED)),
            table(addresses("1.1.1.1 timeout 6m", header=TIMED)),
            [(P + "set s element", "1.1.1.1 timeout 5m", "1.1.1.1 timeout 6m"), (P + "set s element", "1.1.1.3", None)],
        ),
        (
            table(ways("1.1.1.1 timeout 5m : drop", header=("type ipv4_addr : verdict", "flags dynamic,timeout"))),
            table(ways("1.1.1.1 : accept", header=("type ipv4_addr : verdict", "flags dynamic,timeout"))),
            [(P + "map m element", "1.1.1.1 timeout 5m : drop", "1.1.1.1 : accept")],
        ),
        # A learned element must go with the chain that it leads to.
        (
            table(ways("1.1.1.1 : jump x", "1.1.1.2 : jump y", header=("type ipv4_addr : verdict", "timeout 1h")), chain("x"), chain("y")),
            table(ways(header=("type ipv4_addr : verdict", "timeout 1h")), chain("y")),
            [(P + "map m element", "1.1.1.1 : jump x", None), (P + "chain x", "{ }", None)],
        ),
        (
            table(
                ways('1.1.1.1 : "c"', '1.1.1.2 : "d"', header=("type ipv4_addr : counter", "timeout 1h")),
                Object("counter", "c"),
                Object("counter", "d"),
            ),
            table(ways(header=("type ipv4_addr : counter", "timeout 1h")), Object("counter", "d")),
            [(P + "counter c", "{ }", None), (P + "map m element", '1.1.1.1 : "c"', None)],
        ),
    ],
)
def test_what_a_delta_can_say(live: Table, wanted: Table, items: list[tuple[str, str | None, str | None]]) -> None:
    difference = compare(live, wanted)
    assert list(difference.items) == [PlanItem(*item) for item in items]
    assert difference.replace_reason is None
    assert not difference.equal


@pytest.mark.parametrize(
    ("live", "wanted", "reported"),
    [
        (table(), table(header=("flags dormant",)), "flags and comment"),
        (table(header=('comment "a"',)), table(header=('comment "b"',)), "flags and comment"),
        (table(addresses()), table(addresses(header=TIMED)), "set s cannot"),
        (table(addresses(header=LEARNED)), table(addresses(header=(*LEARNED[:2], "timeout 2h"))), "set s cannot"),
        (table(Set("set", "m", ("type mark",))), table(Set("map", "m", ("type mark : verdict",))), "map m cannot"),
        (table(Object("quota", "q", ("over 1 mbytes",))), table(Object("quota", "q", ("over 2 mbytes",))), "quota q cannot"),
        (table(chain("x")), table(chain("x", 'comment "a"')), "chain x cannot"),
        (table(chain("input")), table(base()), "chain input cannot"),
        (table(base()), table(chain("input")), "chain input cannot"),
        (table(base("drop")), table(base("drop", "jump {\n\taccept\n}")), "holds an anonymous chain"),
        (table(), table(chain("x", rules=["jump {\n\taccept\n}"])), "holds an anonymous chain"),
    ],
)
def test_what_a_delta_cannot_say(live: Table, wanted: Table, reported: str) -> None:
    difference = compare(live, wanted)
    assert difference.items
    assert difference.replace_reason is not None
    assert reported in difference.replace_reason


def test_a_table_that_comes_and_one_that_goes() -> None:
    whole = table(base("drop"), header=("flags dormant",))
    come, go = compare(None, whole), compare(whole, None)
    assert come.items[0] == PlanItem("inet ours table", None, "{ flags dormant; }")
    assert come.items[-1] == PlanItem("inet ours chain input rule", None, "drop")
    assert list(go.items) == [PlanItem(item.path, item.after, None) for item in come.items]
    assert come.replace_reason is None
    assert go.replace_reason is None
    assert compare(None, None).equal


def test_all_reasons_are_reported() -> None:
    reason = compare(table(addresses(), chain("x")), table(addresses(header=TIMED), chain("x", 'comment "a"'))).replace_reason
    assert reason == "set s cannot be changed in place; chain x cannot be changed in place"
