# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a node, and what is decided from the answers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft.boot_files import table_files
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft.plan import (
    Order,
    Transaction,
    change_by_expected_listing,
    changes_by_listings,
    is_done,
    is_stamped_afterwards,
    questions,
    stamping_change,
)
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_change import TableChange, change_to_absent, change_to_present
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp

from tests.support.nft.made_up_node import HEADER, OURS, VERSION, declaration, stamped, table

DECLARED = declaration("tcp dport ssh accept")
OURS_DECLARED = DECLARED.named[OURS]
FORM = table("tcp dport 22 accept")
LIVE = stamped(FORM, DECLARED)
UNREPORTED = stamped(FORM, DECLARED, reported=False)
DIGEST = OURS_DECLARED.digest
REPORTED, SILENT = Stamp(DIGEST, FORM.fingerprint(), VERSION), Stamp(DIGEST, None, VERSION)
OLD = Stamp("0" * 24, FORM.fingerprint(), VERSION)
TWO = from_content("table inet ours { chain c { drop; }; }\ntable ip more { chain c { drop; }; }")


def order(present: bool = True, **changes: t.Any) -> Order:
    return Order(DECLARED, present, **changes)


def yes(*asked: t.Any) -> bool:
    return True


def no(*asked: t.Any) -> bool:
    return False


def never(*asked: t.Any) -> bool:
    raise AssertionError("the bytecode need not be asked for")


def transaction(live: Table | None, wanted: Table, **options: t.Any) -> Transaction:
    return Transaction(order(**options), (change_to_present(OURS_DECLARED, live, wanted, VERSION),))


@pytest.mark.parametrize(
    ("stamp", "by_stamp", "believed", "listed", "learned"),
    [
        (None, False, False, True, True),
        (OLD, False, False, True, True),
        (OLD, True, False, True, True),
        (REPORTED, False, False, True, False),
        (REPORTED, True, True, False, False),
        (SILENT, False, False, True, True),
    ],
)
def test_what_is_asked(stamp: Stamp | None, by_stamp: bool, believed: bool, listed: bool, learned: bool) -> None:
    """A set can have many elements, and a trial costs processes: neither is asked for where the stamp is enough."""
    asked = questions(order(by_stamp=by_stamp), {OURS} if stamp else set(), {OURS: stamp} if stamp else {})
    assert [change.method for change in asked.changes.values()] == ["none"] * believed
    assert asked.names == (OURS,) * listed
    assert asked.try_out == (OURS_DECLARED,) * learned


def test_to_remove_tables_nothing_is_learned() -> None:
    asked = questions(order(present=False), {OURS}, {OURS: REPORTED})
    assert (asked.changes, asked.names, asked.try_out) == ({}, (OURS,), ())


@pytest.mark.parametrize("present", [True, False])
def test_tables_of_others(present: bool) -> None:
    with pytest.raises(DataplaneError) as refused:
        questions(order(present), {OURS}, {})
    assert refused.value.code == "ForeignTable"
    assert questions(order(present, adopt=True), {OURS}, {}).names == (OURS,)
    assert questions(order(present), {("inet", "theirs")}, {}).names == (OURS,)


@pytest.mark.parametrize(("live", "known"), [(None, []), (LIVE, ["none"]), (UNREPORTED, []), (stamped(table("drop"), DECLARED), ["none"])])
def test_what_a_listing_says(live: Table | None, known: list[str]) -> None:
    asked = questions(order(), {OURS}, {OURS: REPORTED})
    assert [change.method for change in changes_by_listings(order(), asked, {OURS: live}).values()] == known


def test_a_listing_that_is_not_as_stamped_says_nothing() -> None:
    changed = Table(*OURS, chains=(*table("drop").chains, *LIVE.chains[1:]))
    asked = questions(order(), {OURS}, {OURS: REPORTED})
    assert changes_by_listings(order(), asked, {OURS: changed}) == {}


def test_what_is_believed_is_known_without_a_listing() -> None:
    asked = questions(order(by_stamp=True), {OURS}, {OURS: SILENT})
    assert {name: change.stamp for name, change in changes_by_listings(order(by_stamp=True), asked, {}).items()} == {OURS: SILENT}


@pytest.mark.parametrize(("live", "method"), [(None, "none"), (LIVE, "delete")])
def test_removal_needs_no_more_than_the_listing(live: Table | None, method: str) -> None:
    asked = questions(order(present=False), {OURS}, {OURS: REPORTED})
    assert [change.method for change in changes_by_listings(order(present=False), asked, {OURS: live}).values()] == [method]


@pytest.mark.parametrize(
    ("live", "has_same_bytecode", "method", "reported"),
    [
        (None, never, "create", None),
        (FORM, never, "replace", None),
        (stamped(FORM, declaration("drop")), never, "replace", None),
        (UNREPORTED, no, "replace", None),
        (UNREPORTED, yes, "stamp", FORM.fingerprint()),
        (LIVE, yes, "none", FORM.fingerprint()),
        (Table(*OURS, chains=(*table("drop").chains, *LIVE.chains[1:])), yes, "replace", None),
    ],
)
def test_without_a_form_the_bytecode_decides(live: Table | None, has_same_bytecode: t.Any, method: str, reported: str | None) -> None:
    change = change_by_expected_listing(OURS_DECLARED, live, None, VERSION, has_same_bytecode)
    assert (change.method, change.stamp) == (method, Stamp(DIGEST, reported, VERSION))
    assert bool(change.difference.items) is (method in ("create", "replace"))


def test_with_a_form_the_bytecode_does_not_matter() -> None:
    assert change_by_expected_listing(OURS_DECLARED, LIVE, table("drop"), VERSION, never).method == "delta"


def test_the_state_is_listed_only_where_it_matters() -> None:
    dropped, otherwise = table("drop"), table("drop", header=("type filter hook input priority 5;",))
    assert transaction(LIVE, dropped).names_with_state == []
    assert transaction(LIVE, otherwise).names_with_state == [OURS]
    for wants in ({"backup": True}, {"seconds": 30}):
        assert transaction(LIVE, dropped, **wants).names_with_state == [OURS]
        assert transaction(LIVE, dropped, dry=True, **wants).names_with_state == []
        assert transaction(None, dropped, **wants).names_with_state == []
    assert transaction(LIVE, FORM, backup=True).names_with_state == []


def test_only_deltas_are_replaced() -> None:
    replaced = transaction(LIVE, table("drop")).without_deltas()
    assert replaced is not None
    assert ([change.method for change in replaced.changes], replaced.names_replaced) == (["replace"], [OURS])
    assert replaced.without_deltas() is None
    assert transaction(None, FORM).without_deltas() is None


def test_a_transaction_has_all_changes_and_nothing_else() -> None:
    tables = TWO.tables
    changes = (TableChange(tables[0], None), change_by_expected_listing(tables[1], None, None, VERSION, never))
    whole = Transaction(Order(TWO, present=True), changes)
    assert [change.name for change in whole.effective] == [("ip", "more")]
    assert "inet ours" not in whole.text({}) + whole.rollback_text({})
    assert whole.text({}).startswith("create table ip more\n")
    assert whole.rollback_text({}) == "table ip more\ndelete table ip more\n"


def test_what_was_there_is_brought_back() -> None:
    counted = table("tcp dport 22 counter packets 7 bytes 420 accept")
    deleted = Transaction(order(present=False, backup=True), (change_to_absent(OURS_DECLARED, LIVE),))
    assert deleted.takes_backup
    assert "packets 7 bytes 420" in deleted.rollback_text({OURS: counted})
    assert "tcp dport 22 accept" in deleted.undo_text({OURS: None})
    assert not transaction(None, FORM, backup=True).takes_backup


def test_only_what_is_wrong_is_made_again() -> None:
    both = tuple(change_by_expected_listing(item, None, None, VERSION, never) for item in TWO.tables)
    again = Transaction(Order(TWO, present=True), both).retry_text({("ip", "more"): None})
    assert again.startswith("table ip more\ndelete table ip more\n")
    assert "inet ours" not in again


@pytest.mark.parametrize(
    ("change", "live", "has_same_bytecode", "done"),
    [
        (change_to_absent(OURS_DECLARED, LIVE), None, never, True),
        (change_to_absent(OURS_DECLARED, LIVE), LIVE, never, False),
        (change_to_present(OURS_DECLARED, None, FORM, VERSION), None, never, False),
        (change_to_present(OURS_DECLARED, None, FORM, VERSION), LIVE, never, True),
        (change_to_present(OURS_DECLARED, None, FORM, VERSION), table("drop", header=HEADER), never, False),
        (change_by_expected_listing(OURS_DECLARED, None, None, VERSION, never), FORM, yes, True),
        (change_by_expected_listing(OURS_DECLARED, None, None, VERSION, never), FORM, no, False),
    ],
)
def test_whether_it_is_done(change: TableChange, live: Table | None, has_same_bytecode: t.Any, done: bool) -> None:
    assert is_done(change, live, has_same_bytecode) is done


def test_the_last_stamp_says_how_the_table_is_listed() -> None:
    made = change_by_expected_listing(OURS_DECLARED, None, None, VERSION, never)
    assert is_stamped_afterwards(made)
    assert not is_stamped_afterwards(change_to_present(OURS_DECLARED, None, FORM, VERSION))
    assert not is_stamped_afterwards(change_to_absent(OURS_DECLARED, LIVE))
    last = stamping_change(made, UNREPORTED, VERSION)
    assert (last.method, last.stamp) == ("stamp", LIVE.stamp)
    assert "tcp dport" not in last.text(None)


def test_files_of_tables() -> None:
    path = "/etc/aks-dataplane/nftables.d/inet.ours.nft"
    assert table_files(DECLARED.tables, {}) == {path: None}
    (text,) = table_files(DECLARED.tables, {OURS: REPORTED}).values()
    assert (text or "").splitlines()[0] == f"# aks.dataplane inet ours {REPORTED.header}"
