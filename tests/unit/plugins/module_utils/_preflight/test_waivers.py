# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers of preflight rules: their shapes, their last day, and what an expired one comes to."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.evaluate import evaluate, passed
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.waivers import Waiver, read_waivers, waived

from tests.support.preflight import facts, view

FULL = {"id": "KP20", "reason": "No such client", "until": "2027-01-31", "ticket": "CHG-7"}


@pytest.mark.parametrize(
    ("given", "waivers"),
    [
        (None, []),
        ([], []),
        (["KP20", "KP21"], [Waiver("KP20"), Waiver("KP21")]),
        ("KP20, KP21,", [Waiver("KP20"), Waiver("KP21")]),
        ([FULL, "KP21"], [Waiver("KP20", "No such client", "2027-01-31", "CHG-7"), Waiver("KP21")]),
        ([{"id": "KP20", "ticket": 4711, "reason": None}], [Waiver("KP20", ticket="4711")]),
        ([{"id": "KP20", "until": datetime.date(2027, 1, 31)}], [Waiver("KP20", until="2027-01-31")]),
        ([{"id": "KP20", "reason": "Two\n lines"}], [Waiver("KP20", "Two lines")]),
    ],
)
def test_what_is_taken(given: t.Any, waivers: list[Waiver]) -> None:
    assert list(read_waivers(given)) == waivers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"id": "KP20"}, "ignore is {'id': 'KP20'}, but must be a list."),
        (20, "ignore is 20, but must be a list."),
        ([20], "The entry 1 of ignore is 20, but must be the id of a rule or a mapping."),
        (["KP20", ["KP21"]], "The entry 2 of ignore is ['KP21'], but must be the id of a rule or a mapping."),
        ([" "], "The entry 1 of ignore is ' ', but must be the id of a rule or a mapping."),
        ([None], "The entry 1 of ignore is None, but must be the id of a rule or a mapping."),
        ([{}], "The entry 1 of ignore has no id."),
        ([{"reason": "why"}], "The entry 1 of ignore has no id."),
        ([{"id": "KP20", "untill": "2027-01-31"}], "The entry 1 of ignore has the unknown key untill. Did you mean until?"),
        ([{"id": "KP20", "reason": ["a"]}], "The entry 1 of ignore has the reason ['a'], which is no text."),
        ([{"id": "KP20", "ticket": True}], "The entry 1 of ignore has the ticket True, which is no text."),
        ([{"id": "KP20", "until": "tomorrow"}], "The entry 1 of ignore has the until 'tomorrow', which is no day such as 2027-01-31."),
        ([{"id": "KP20", "until": "2027-02-30"}], "The entry 1 of ignore has the until '2027-02-30', which is no day such as 2027-01-31."),
        ([{"id": "KP20", "until": "20270131"}], "The entry 1 of ignore has the until '20270131', which is no day such as 2027-01-31."),
        ([{"id": "KP20", "until": 20270131}], "The entry 1 of ignore has the until 20270131, which is no text."),
        (
            [{"id": "KP20", "until": datetime.datetime(2027, 1, 31, 12)}],
            "The entry 1 of ignore has the until '2027-01-31 12:00:00', which is no day such as 2027-01-31.",
        ),
    ],
)
def test_what_is_refused_with_one_sentence(given: t.Any, message: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        read_waivers(given)
    assert (caught.value.message, caught.value.code) == (message, "WrongWaiver")
    assert caught.value.remedy.startswith("Write a waiver as {id: KP21, reason:")


def test_a_long_value_is_cut_in_the_message() -> None:
    with pytest.raises(DataplaneError) as caught:
        read_waivers([["x" * 10_000]], "aks_dataplane_ignore")
    assert caught.value.message.startswith("The entry 1 of aks_dataplane_ignore is ['xxx")
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    ("today", "expired"), [("2027-01-30", False), ("2027-01-31", False), ("2027-02-01", True), ("2028-01-01", True), ("2026-12-31", False)]
)
def test_the_last_day_still_counts(today: str, expired: bool) -> None:
    (waiver,) = read_waivers([FULL])
    assert waiver.is_expired(today) is expired
    assert waiver.to_dict(today) == {**FULL, "expired": expired}
    assert Waiver("KP20").to_dict(today) == {"id": "KP20", "reason": "", "until": None, "ticket": "", "expired": False}


def test_one_waiver_in_force_is_enough() -> None:
    found = waived(
        [Waiver("KP20", until="2026-01-01"), Waiver("KP20"), Waiver("KP21", until="2026-01-01"), Waiver("KP21", until="2026-03-01")],
        "2027-01-01",
    )
    assert found.in_force == {"KP20"}
    assert found.expired == {"KP21": "2026-03-01"}


@pytest.mark.parametrize(("today", "passes"), [("2027-01-31", True), ("2027-02-01", False)])
def test_findings_of_an_expired_waiver_count_and_say_so(today: str, passes: bool) -> None:
    automatic = facts(cluster=view(sku="Automatic"))
    rule = registry.rules()["KP13"]
    (finding,) = evaluate([rule], automatic, "preview", waived(read_waivers([{"id": "KP13", "until": "2027-01-31"}]), today))
    assert passed([finding]) is passes
    assert finding.ignored is passes
    assert finding.message.endswith(" The waiver of KP13 expired on 2027-01-31.") is not passes
