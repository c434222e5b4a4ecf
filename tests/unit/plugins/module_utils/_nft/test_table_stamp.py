# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stamp says what was declared and what it became; the fingerprint sees every change but those that happen by themselves."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Object, Rule, Set, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp, digest

STAMP = Stamp(digest("declared"), digest("listed"), "1.0.6")
TABLE = Table(
    "inet",
    "ours",
    (),
    (Object("counter", "hits", (), 3), Object("quota", "q", ("over 1 mbytes",), 4)),
    (Set("set", "s", ("type ipv4_addr",), ("10.0.0.1", "10.0.0.2"), 5), Set("set", "seen", ("type ipv4_addr", "timeout 1h"), (), 6)),
    (Chain("a", (), None, (Rule("drop", 8),), 1), Chain("b", ("type filter hook input priority filter;",), "accept", (), 2)),
    1,
)


@pytest.mark.parametrize("stamp", [STAMP, Stamp(digest("x"), None, "1.1.3"), Stamp("0" * 24, "f" * 24, "1" * 40)])
def test_a_stamp_comes_back(stamp: Stamp) -> None:
    stamped = TABLE.with_stamp(STAMP).with_stamp(stamp)
    assert stamped.stamp == stamp
    assert stamped.without_stamp() == TABLE
    assert len(stamp.header) <= len('comment ""') + 128


def test_a_stamp_that_cannot_vouch_for_a_table_holds_its_digest() -> None:
    stamp = Stamp(digest("x"), None, "1.0.6", digest("seen"))
    found = TABLE.with_stamp(stamp).stamp
    assert found is not None
    assert (found.nft, found.seen) == ("1.0.6", digest("seen"))
    # It decides nothing: one without it needs no new one.
    assert found == Stamp(digest("x"), None, "1.0.6")
    assert len(stamp.header) <= len('comment ""') + 128


def test_no_stamp() -> None:
    assert TABLE.stamp is None
    assert TABLE.without_stamp() is TABLE


@pytest.mark.parametrize(
    "header", [(), ('comment "by hand"',), (STAMP.header, "type filter hook input priority filter;"), (STAMP.header[:-2] + ' x"',)]
)
def test_a_chain_of_that_name_that_says_something_else(header: tuple[str, ...]) -> None:
    assert dataclasses.replace(TABLE, chains=(Chain(STAMP_CHAIN, header),)).stamp is None


def changed(**changes: t.Any) -> Table:
    return dataclasses.replace(TABLE, **changes)


SEEN = dataclasses.replace(TABLE.sets[1], elements=("10.9.9.9 timeout 5m",))


@pytest.mark.parametrize(
    "table",
    [
        TABLE.with_stamp(STAMP),
        changed(handle=99, chains=TABLE.chains[::-1], sets=TABLE.sets[::-1], objects=TABLE.objects[::-1]),
        changed(sets=(TABLE.sets[0], SEEN)),
        changed(sets=(dataclasses.replace(TABLE.sets[0], elements=("10.0.0.2", "10.0.0.1")), TABLE.sets[1])),
        changed(chains=(Chain("a", (), None, (Rule("drop", 77),), 70), TABLE.chains[1])),
    ],
)
def test_what_does_not_matter(table: Table) -> None:
    assert table.fingerprint() == TABLE.fingerprint()


@pytest.mark.parametrize(
    "table",
    [
        changed(header=("flags dormant",)),
        changed(family="ip"),
        changed(objects=TABLE.objects[:1]),
        changed(sets=TABLE.sets[:1]),
        changed(sets=(dataclasses.replace(TABLE.sets[0], elements=("10.0.0.1",)), TABLE.sets[1])),
        changed(sets=(TABLE.sets[0], dataclasses.replace(SEEN, header=("type ipv4_addr", "timeout 2h")))),
        changed(chains=(Chain("a", (), None, (Rule("accept", 8),), 1), TABLE.chains[1])),
        changed(chains=(Chain("a", (), None, (Rule("drop", 8), Rule("drop", 9)), 1), TABLE.chains[1])),
        changed(chains=(TABLE.chains[0], dataclasses.replace(TABLE.chains[1], policy="drop"))),
        changed(chains=(TABLE.chains[0], dataclasses.replace(TABLE.chains[1], header=("type filter hook output priority filter;",)))),
    ],
)
def test_what_matters(table: Table) -> None:
    assert table.fingerprint() != TABLE.fingerprint()


def test_elements_that_may_go_forbid_the_fast_way() -> None:
    assert TABLE.lasting_fingerprint() == TABLE.fingerprint()
    assert changed(sets=(TABLE.sets[0], SEEN)).lasting_fingerprint() is None
    timed = Set("set", "t", ("type ipv4_addr", "flags timeout"), ("10.0.0.1", "10.0.0.2 timeout 5m"))
    assert changed(sets=(timed,)).lasting_fingerprint() is None
    assert changed(sets=(dataclasses.replace(timed, elements=("10.0.0.1",)),)).lasting_fingerprint() is not None
