# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import email.utils

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.retry_after import retry_after_seconds
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime.datetime(2026, 10, 24, 12, 0, 0, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        (" 2.5 ", 2.5),
        ("-3", 0),
        ("Sat, 24 Oct 2026 12:00:45 GMT", 45),
        ("Sat, 24 Oct 2026 12:00:45 -0000", 45),
        ("Sat, 24 Oct 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Sat, 99 Oct 2026 12:00:45 GMT", None),
    ],
)
def test_values(text: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": text}, NOW) == seconds


def test_no_header() -> None:
    assert retry_after_seconds({}) is None


def test_the_clock_is_read_when_no_time_is_given() -> None:
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    seconds = retry_after_seconds({"retry-after": email.utils.format_datetime(later, usegmt=True)})
    assert seconds is not None
    assert 290 < seconds <= 300


@given(st.text())
def test_never_negative_and_never_raises(text: str) -> None:
    seconds = retry_after_seconds({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0
