# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.shared_content import (
    LIMIT,
    Entry,
    build_failure,
    describe_failure,
    is_usable,
    pack,
    seconds_of_use,
    unpack,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

TOKEN = {"token": "t", "expires": 4000}


@pytest.mark.parametrize(
    ("life", "used"),
    [(3600, 3300), (86400, 86100), (600, 300), (599, 299.5), (30, 15), (1, 0.5), (0, 0), (-5, 0)],
)
def test_a_token_is_used_until_5_minutes_before_it_expires_and_a_short_one_for_half_of_its_life(life: float, used: float) -> None:
    assert seconds_of_use(1000 + life, 1000) == used


@pytest.mark.parametrize(
    ("asked", "now", "failed", "usable"),
    [
        pytest.param(101, 149, False, True, id="in time"),
        pytest.param(90, 150, False, False, id="no longer, even for who waited"),
        pytest.param(101, 149, True, True, id="a failure, in time"),
        pytest.param(90, 151, True, True, id="a failure, for who waited"),
        pytest.param(101, 151, True, False, id="a failure, for who came later"),
        pytest.param(90, 99, False, False, id="the clock was set back"),
        pytest.param(90, 99, True, False, id="a failure, and the clock was set back"),
    ],
)
def test_who_may_use_an_answer(asked: float, now: float, failed: bool, usable: bool) -> None:
    assert is_usable(Entry(TOKEN, ended=100, until=150, failed=failed), asked, now) is usable


def test_what_is_packed_is_unpacked() -> None:
    entries = {"a": Entry(TOKEN, 100, 150), "b": Entry({"code": "X"}, 100, 100, failed=True)}
    assert unpack(pack(entries, now=120)) == entries


def test_a_token_that_is_no_longer_used_is_not_kept() -> None:
    assert b"token" not in pack({"a": Entry(TOKEN, 100, 150)}, now=150)


@pytest.mark.parametrize("cut", [0, 1, 31, 32, 40, -1])
def test_what_was_not_written_to_its_end_is_nothing(cut: int) -> None:
    assert unpack(pack({"a": Entry(TOKEN, 100, 150)}, now=120)[:cut]) == {}


def test_an_old_and_a_new_content_in_one_is_nothing() -> None:
    old, new = (pack({"a": Entry({"token": text}, 100, 150)}, now=120) for text in ("old", "new"))
    assert unpack(new[:40] + old[40:]) == {}


def test_the_oldest_answers_make_room() -> None:
    entries = {str(number): Entry("x" * 10_000, ended=number, until=10_000) for number in range(100)}
    data = pack(entries, now=200)
    kept = unpack(data)
    assert len(data) <= LIMIT
    assert sorted(map(int, kept)) == list(range(100 - len(kept), 100))
    assert len(kept) > 20


def test_what_is_too_large_is_not_kept_and_costs_no_other_answer() -> None:
    kept = unpack(pack({"a": Entry(TOKEN, 100, 150), "b": Entry("x" * LIMIT, 101, 150)}, now=120))
    assert list(kept) == ["a"]


@pytest.mark.parametrize("kind", [ArmError, DataplaneError])
def test_a_failure_is_the_same_for_all(kind: type[DataplaneError]) -> None:
    original = kind("It failed.", remedy="Mend it.", code="Broken", details={"host": "login.example"})
    built = build_failure(describe_failure(original))
    assert built.__class__ is kind
    assert (built.text, built.to_error()) == (original.text, original.to_error())
