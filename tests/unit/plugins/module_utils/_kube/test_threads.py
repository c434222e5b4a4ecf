# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.threads import Threads
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

# Longer than any test takes: a question that waits for another one which is never asked fails by it.
LONG = 60


class Meeting:
    """A question that is answered when so many are being asked at the same time; counts them."""

    def __init__(self, parties: int) -> None:
        self.peak = 0
        self._now = 0
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(parties)

    def __call__(self, item: int = 0) -> int:
        with self._lock:
            self._now += 1
            self.peak = max(self.peak, self._now)
        self._barrier.wait(LONG)
        with self._lock:
            self._now -= 1
        return item * item


@pytest.mark.parametrize(("concurrency", "at_most", "peak"), [(4, None, 4), (4, 2, 2), (2, 4, 2)])
def test_each_asks_several_at_once_and_keeps_their_order(concurrency: int, at_most: int | None, peak: int) -> None:
    meeting = Meeting(peak)
    assert Threads(concurrency).each(meeting, range(8), at_most) == [0, 1, 4, 9, 16, 25, 36, 49]
    assert meeting.peak == peak


def test_after_a_failure_no_further_item_is_begun() -> None:
    begun: list[int] = []

    def ask(item: int) -> None:
        begun.append(item)
        if item == 2:
            raise KubeError("no")

    with pytest.raises(KubeError, match="no"):
        Threads(1).each(ask, range(100))
    assert begun == [0, 1, 2]


def test_together_asks_all_at_once_whatever_the_concurrency() -> None:
    meeting = Meeting(3)
    assert Threads(1).together(meeting, lambda: meeting(2), lambda: meeting(3)) == [0, 4, 9]


def test_the_failure_of_the_first_question_is_raised() -> None:
    def fail(text: str) -> None:
        raise KubeError(text)

    with pytest.raises(KubeError, match="first"):
        Threads(4).together(lambda: 1, lambda: fail("first"), lambda: fail("second"))


def test_questions_may_ask_further_ones() -> None:
    threads = Threads(2)
    assert threads.together(lambda: threads.each(str, [1, 2]), lambda: threads.together(lambda: 3)) == [["1", "2"], [3]]


def test_a_deadline() -> None:
    moments = iter([100.0, 105.0, 110.0, 110.1])
    time_is_up = Threads(1, lambda: next(moments)).deadline(10)
    assert [time_is_up(), time_is_up(), time_is_up()] == [False, False, True]
