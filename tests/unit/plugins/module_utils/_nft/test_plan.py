# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a node, and what is decided from the answers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.model import Table
from ansible_collections.aks.dataplane.plugins.module_utils._nft.plan import (
    Change,
    Order,
    by_form,
    by_listings,
    is_done,
    is_stamped_later,
    last_stamp,
    questions,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.stamp import fingerprint, stamp_of
from ansible_collections.aks.dataplane.plugins.module_utils._nft.unit import files
from ansible_collections.aks.dataplane.plugins.module_utils._nft.work import Work, absent, present
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

from tests.support.nft.made_up_node import HEADER, OURS, VERSION, declaration, stamped, table

DECLARED = declaration("tcp dport ssh accept")
OURS_DECLARED = DECLARED.named[OURS]
FORM = table("tcp dport 22 accept")
LIVE = stamped(FORM, DECLARED)
UNTOLD = stamped(FORM, DECLARED, told=False)
DIGEST = OURS_DECLARED.digest
TOLD, SILENT = Stamp(DIGEST, fingerprint(FORM), VERSION), Stamp(DIGEST, None, VERSION)
OLD = Stamp("0" * 24, fingerprint(FORM), VERSION)
TWO = from_content("table inet ours { chain c { drop; }; }\ntable ip more { chain c { drop; }; }")


def order(present: bool = True, **changes: t.Any) -> Order:
    return Order(DECLARED, present, **changes)


def yes(*asked: t.Any) -> bool:
    return True


def no(*asked: t.Any) -> bool:
    return False


def never(*asked: t.Any) -> bool:
    raise AssertionError("the bytecode need not be asked for")


def change(live: Table | None, wanted: Table, **options: t.Any) -> Change:
    return Change(order(**options), (present(OURS_DECLARED, live, wanted, VERSION),))


@pytest.mark.parametrize(
    ("stamp", "by_stamp", "believed", "listed", "learned"),
    [
        (None, False, False, True, True),
        (OLD, False, False, True, True),
        (OLD, True, False, True, True),
        (TOLD, False, False, True, False),
        (TOLD, True, True, False, False),
        (SILENT, False, False, True, True),
    ],
)
def test_what_is_asked(stamp: Stamp | None, by_stamp: bool, believed: bool, listed: bool, learned: bool) -> None:
    """A set can have many elements, and a trial costs processes: neither is asked for where the stamp is enough."""
    asked = questions(order(by_stamp=by_stamp), {OURS} if stamp else set(), {OURS: stamp} if stamp else {})
    assert [work.method for work in asked.works.values()] == ["none"] * believed
    assert asked.names == (OURS,) * listed
    assert asked.learn == (OURS_DECLARED,) * learned


def test_to_remove_tables_nothing_is_learned() -> None:
    asked = questions(order(present=False), {OURS}, {OURS: TOLD})
    assert (asked.works, asked.names, asked.learn) == ({}, (OURS,), ())


@pytest.mark.parametrize("present", [True, False])
def test_tables_of_others(present: bool) -> None:
    with pytest.raises(DataplaneError) as refused:
        questions(order(present), {OURS}, {})
    assert refused.value.code == "ForeignTable"
    assert questions(order(present, adopt=True), {OURS}, {}).names == (OURS,)
    assert questions(order(present), {("inet", "theirs")}, {}).names == (OURS,)


@pytest.mark.parametrize(("live", "known"), [(None, []), (LIVE, ["none"]), (UNTOLD, []), (stamped(table("drop"), DECLARED), ["none"])])
def test_what_a_listing_says(live: Table | None, known: list[str]) -> None:
    asked = questions(order(), {OURS}, {OURS: TOLD})
    assert [work.method for work in by_listings(order(), asked, {OURS: live}).values()] == known


def test_a_listing_that_is_not_as_stamped_says_nothing() -> None:
    changed = Table(*OURS, chains=(*table("drop").chains, *LIVE.chains[1:]))
    asked = questions(order(), {OURS}, {OURS: TOLD})
    assert by_listings(order(), asked, {OURS: changed}) == {}


def test_what_is_believed_is_known_without_a_listing() -> None:
    asked = questions(order(by_stamp=True), {OURS}, {OURS: SILENT})
    assert {name: work.stamp for name, work in by_listings(order(by_stamp=True), asked, {}).items()} == {OURS: SILENT}


@pytest.mark.parametrize(("live", "method"), [(None, "none"), (LIVE, "delete")])
def test_removal_needs_no_more_than_the_listing(live: Table | None, method: str) -> None:
    asked = questions(order(present=False), {OURS}, {OURS: TOLD})
    assert [work.method for work in by_listings(order(present=False), asked, {OURS: live}).values()] == [method]


@pytest.mark.parametrize(
    ("live", "is_coded", "method", "told"),
    [
        (None, never, "create", None),
        (FORM, never, "replace", None),
        (stamped(FORM, declaration("drop")), never, "replace", None),
        (UNTOLD, no, "replace", None),
        (UNTOLD, yes, "stamp", fingerprint(FORM)),
        (LIVE, yes, "none", fingerprint(FORM)),
        (Table(*OURS, chains=(*table("drop").chains, *LIVE.chains[1:])), yes, "replace", None),
    ],
)
def test_without_a_form_the_bytecode_decides(live: Table | None, is_coded: t.Any, method: str, told: str | None) -> None:
    work = by_form(OURS_DECLARED, live, None, VERSION, is_coded)
    assert (work.method, work.stamp) == (method, Stamp(DIGEST, told, VERSION))
    assert bool(work.difference.items) is (method in ("create", "replace"))


def test_with_a_form_the_bytecode_does_not_matter() -> None:
    assert by_form(OURS_DECLARED, LIVE, table("drop"), VERSION, never).method == "delta"


def test_the_state_is_listed_only_where_it_matters() -> None:
    dropped, otherwise = table("drop"), table("drop", header=("type filter hook input priority 5;",))
    assert change(LIVE, dropped).with_state == []
    assert change(LIVE, otherwise).with_state == [OURS]
    for wants in ({"backup": True}, {"seconds": 30}):
        assert change(LIVE, dropped, **wants).with_state == [OURS]
        assert change(LIVE, dropped, dry=True, **wants).with_state == []
        assert change(None, dropped, **wants).with_state == []
    assert change(LIVE, FORM, backup=True).with_state == []


def test_only_deltas_are_replaced() -> None:
    replaced = change(LIVE, table("drop")).replaced()
    assert replaced is not None
    assert ([work.method for work in replaced.works], replaced.replacements) == (["replace"], [OURS])
    assert replaced.replaced() is None
    assert change(None, FORM).replaced() is None


def test_a_transaction_has_all_changes_and_nothing_else() -> None:
    tables = TWO.tables
    works = (Work(tables[0], None), by_form(tables[1], None, None, VERSION, never))
    whole = Change(Order(TWO, present=True), works)
    assert [work.name for work in whole.changes] == [("ip", "more")]
    assert "inet ours" not in whole.text({}) + whole.rollback({})
    assert whole.text({}).startswith("create table ip more\n")
    assert whole.rollback({}) == "table ip more\ndelete table ip more\n"


def test_what_was_there_is_brought_back() -> None:
    counted = table("tcp dport 22 counter packets 7 bytes 420 accept")
    deleted = Change(order(present=False, backup=True), (absent(OURS_DECLARED, LIVE),))
    assert deleted.takes_backup
    assert "packets 7 bytes 420" in deleted.rollback({OURS: counted})
    assert "tcp dport 22 accept" in deleted.undone({OURS: None})
    assert not change(None, FORM, backup=True).takes_backup


def test_only_what_is_wrong_is_made_again() -> None:
    both = tuple(by_form(item, None, None, VERSION, never) for item in TWO.tables)
    again = Change(Order(TWO, present=True), both).again({("ip", "more"): None})
    assert again.startswith("table ip more\ndelete table ip more\n")
    assert "inet ours" not in again


@pytest.mark.parametrize(
    ("work", "live", "is_coded", "done"),
    [
        (absent(OURS_DECLARED, LIVE), None, never, True),
        (absent(OURS_DECLARED, LIVE), LIVE, never, False),
        (present(OURS_DECLARED, None, FORM, VERSION), None, never, False),
        (present(OURS_DECLARED, None, FORM, VERSION), LIVE, never, True),
        (present(OURS_DECLARED, None, FORM, VERSION), table("drop", header=HEADER), never, False),
        (by_form(OURS_DECLARED, None, None, VERSION, never), FORM, yes, True),
        (by_form(OURS_DECLARED, None, None, VERSION, never), FORM, no, False),
    ],
)
def test_whether_it_is_done(work: Work, live: Table | None, is_coded: t.Any, done: bool) -> None:
    assert is_done(work, live, is_coded) is done


def test_the_last_stamp_says_how_the_table_is_listed() -> None:
    made = by_form(OURS_DECLARED, None, None, VERSION, never)
    assert is_stamped_later(made)
    assert not is_stamped_later(present(OURS_DECLARED, None, FORM, VERSION))
    assert not is_stamped_later(absent(OURS_DECLARED, LIVE))
    last = last_stamp(made, UNTOLD, VERSION)
    assert (last.method, last.stamp) == ("stamp", stamp_of(LIVE))
    assert "tcp dport" not in last.text(None)


def test_files_of_tables() -> None:
    path = "/etc/aks-dataplane/nftables.d/inet.ours.nft"
    assert files(DECLARED.tables, {}) == {path: None}
    (text,) = files(DECLARED.tables, {OURS: TOLD}).values()
    assert (text or "").splitlines()[0] == f"# aks.dataplane inet ours {TOLD.header}"
