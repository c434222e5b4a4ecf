# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file between controller and keeper, and whose tables are whose."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._keeper import kept_tables
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_order import KeeperOrder, from_json, to_json
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked, pack
from ansible_collections.aks.dataplane.plugins.module_utils._nft.failures import foreign
from ansible_collections.aks.dataplane.plugins.module_utils._nft.plan import Order, questions
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_change import change_to_present, no_change_by_stamp
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp, digest, stamp_of_comment, stamp_of_line

from tests.support.nft.made_up_node import OURS, VERSION, declaration, stamped, table

TEXT = "define p = 22\ntable inet ours { chain c { tcp dport $p accept; }; }\ntable ip more { chain c { drop; }; }\n"
ORDER = KeeperOrder("web", TEXT, pack(checked(TEXT)), port=10300)


def test_the_order_comes_through_and_its_tables_are_owned() -> None:
    order = from_json(to_json(ORDER))
    assert (order, order.digest) == (ORDER, ORDER.digest)
    assert {name: (found.owner, found.digest) for name, found in order.declared.named.items()} == {
        name: ("web", found.digest) for name, found in checked(TEXT).named.items()
    }


@pytest.mark.parametrize("change", [{"ruleset": "db"}, {"text": f"{TEXT}#"}, {"adopt": True}, {"lockout_timeout": 5}])
def test_the_digest_is_of_all_that_matters_to_tables(change: dict[str, t.Any]) -> None:
    assert dataclasses.replace(ORDER, **change).digest != ORDER.digest
    assert dataclasses.replace(ORDER, port=10301).digest == ORDER.digest


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"digest": "x"}', json.dumps({**json.loads(to_json(ORDER)), "ruleset": "db"})])
def test_what_is_no_order_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"order|Expecting"):
        from_json(text)


@pytest.mark.parametrize("listed", ["f" * 24, None])
def test_the_longest_stamp_has_room_for_the_owner(listed: str | None) -> None:
    stamp = Stamp(digest("x"), listed, "1.10.16", None if listed else digest("y"), "w" * 30)
    assert stamp_of_line(stamp.header) == stamp
    comment = stamp.header.partition('"')[2].rstrip('"')
    assert stamp_of_comment(comment) == stamp
    assert len(comment) <= 128


def test_another_owner_is_refused_and_another_stamp_of_nobody_is_replaced() -> None:
    declared = declaration("tcp dport ssh accept").named[OURS]
    form = table("tcp dport 22 accept")
    live = stamped(form, declaration("tcp dport ssh accept"))
    owned = dataclasses.replace(declared, owner="web")
    assert no_change_by_stamp(declared, live)
    assert no_change_by_stamp(owned, live) is None
    change = change_to_present(owned, live, form, VERSION)
    assert (change.method, change.stamp and change.stamp.owner) == ("stamp", "web")
    order = Order(dataclasses.replace(declaration("x"), tables=(owned,)), present=True)
    assert live.stamp
    for owner in ("", "web"):
        questions(order, {OURS}, {OURS: dataclasses.replace(live.stamp, owner=owner)})
    with pytest.raises(DataplaneError, match="did not create it"):
        questions(order, {OURS}, {OURS: dataclasses.replace(live.stamp, owner="db")})


def test_owners() -> None:
    stamps = {
        ("inet", "ours"): Stamp("a", "b", "1", owner="db"),
        ("ip", "more"): Stamp("a", "b", "1"),
        ("ip", "old"): Stamp("a", "b", "1", owner="web"),
    }
    with pytest.raises(DataplaneError, match=r"ruleset web declares: inet ours \(ruleset db\)") as caught:
        kept_tables.refuse_owned_by_others("web", ORDER.declared, stamps)
    assert kept_tables.states_after_refusal(caught.value.details) == [{"family": "inet", "name": "ours", "state": "foreign"}]
    assert kept_tables.states_after_refusal(foreign("ip", "x").details) == [{"family": "ip", "name": "x", "state": "foreign"}]
    assert kept_tables.states_after_refusal({"said": "no"}) == []
    assert [(item.family, item.name) for item in kept_tables.left_over("web", ORDER.declared, stamps)] == [("ip", "old")]
    kept_tables.refuse_owned_by_others("db", ORDER.declared, stamps)


def test_what_was_done_in_two_looks() -> None:
    def tables(*states: str) -> kept_tables.Tables:
        return [{"family": "ip", "name": name, "state": state} for name, state in zip("abc", states, strict=False)]

    assert kept_tables.merged([], tables("created", "changed")) == tables("created", "changed")
    assert kept_tables.merged(tables("created", "as declared", "removed"), tables("as declared", "changed")) == [
        tables("created")[0],
        tables("", "", "removed")[2],
        tables("", "changed")[1],
    ]
