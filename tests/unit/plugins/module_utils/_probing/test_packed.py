# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a prober pod: what was printed comes back, whatever else is in it, and however it ends."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.tries import Try
from ansible_collections.aks.dataplane.plugins.module_utils._probing.packed import beat, last_beat, pack, unpack
from ansible_collections.aks.dataplane.plugins.module_utils._probing.samples import BEGUN, ENDED, TRY, line, read

BEGINS = line(BEGUN, 1.0)
FIRST, SECOND = (line(TRY, 0, at, 0.01, "ok") for at in (1.1, 1.2))


@pytest.mark.parametrize(
    ("log", "text"),
    [
        ("", ""),
        (f"{pack(BEGINS)}\n", BEGINS),
        (f"{pack(BEGINS + FIRST)}\n{pack(SECOND)}\n", BEGINS + FIRST + SECOND),
        # A line that the pod was killed in, or of which the kubelet has rotated the beginning away.
        (f"{pack(BEGINS)}\n{pack(FIRST)[:-9]}", BEGINS),
        (f"{pack(BEGINS)[9:]}\n{pack(FIRST)}\n", FIRST),
        # What python3 itself has to say.
        (f"Traceback (most recent call last):\n{pack(FIRST)}\r\nOSError: [Errno 5]\n", FIRST),
        # Base64 of something else.
        ("bm90aGluZw==\n", ""),
    ],
)
def test_whole_lines_come_back(log: str, text: str) -> None:
    assert unpack(log) == text


def test_a_second_with_many_tries_is_one_line_and_small() -> None:
    second = "".join(line(TRY, number % 5, 1000 + number / 100, 0.00123, "ok") for number in range(100))
    packed = pack(second)
    assert "\n" not in packed
    assert len(packed) < len(second) / 3
    assert unpack(f"{packed}\n") == second


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", None),
        (BEGINS + FIRST, None),
        (BEGINS + beat(2.0) + FIRST, 2.0),
        (beat(2.0) + FIRST + beat(3.5), 3.5),
        (beat(2.0) + "no JSON\n", 2.0),
    ],
)
def test_the_last_line_says_when_it_was_printed(text: str, at: float | None) -> None:
    assert last_beat(text) == at


def test_a_beat_is_no_try() -> None:
    found = read(BEGINS + FIRST + beat(2.0) + SECOND + beat(3.0))
    assert (found.begun, found.failed, found.ended) == (1.0, "", None)
    assert found.tries == {0: (Try(1.1, 0.01, "ok"), Try(1.2, 0.01, "ok"))}
    assert read(line(ENDED, 4.0)).ended == 4.0
