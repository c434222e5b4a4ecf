# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When injected faults begin and end; times are those of a clock that only the tests turn."""

from __future__ import annotations

import pytest

from tests.simulator.faults import Fault, Faults

PATH = "/k8s/aks-a/version"


class Clock:
    """Seconds, turned by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faults(clock: Clock) -> Faults:
    return Faults(clock)


def taken(fault: Fault, clock: Clock, *seconds: float) -> list[bool]:
    """Whether it happens to requests so many seconds after the beginning."""
    found, start = [], clock.seconds
    for after in seconds:
        clock.seconds = start + after
        found.append(fault.take(PATH, "GET", clock.seconds))
    return found


def test_once_unless_stated_otherwise(faults: Faults, clock: Clock) -> None:
    assert taken(faults.add(kind="hang"), clock, 0, 1) == [True, False]
    assert taken(faults.add(kind="hang", times=2, skip=1), clock, 0, 1, 2, 3) == [False, True, True, False]


def test_for_a_time(faults: Faults, clock: Clock) -> None:
    assert taken(faults.add(kind="hang", delay=2, lasts=3), clock, 0, 1.9, 2, 4.9, 5) == [False, False, True, True, False]


def test_a_time_begins_with_the_first_event_after_those_that_are_skipped(faults: Faults, clock: Clock) -> None:
    fault = faults.add(kind="hang", skip=1, lasts=3)
    assert taken(fault, clock, 50, 60, 62.9, 63) == [False, True, True, False]


def test_from_a_moment_on(faults: Faults, clock: Clock) -> None:
    """Of its own cluster, and only the first time."""
    fault = faults.add(kind="hang", moment="accepted", cluster="AKS-a", delay=1, lasts=1)
    faults.come("accepted", "aks-b")
    faults.come("rollout", "aks-a")
    assert taken(fault, clock, 1.5) == [False]
    faults.come("accepted", "aks-a")
    clock.seconds += 0.5
    faults.come("accepted", "aks-a")
    assert taken(fault, clock, 0, 0.5, 1.5) == [False, True, False]


def test_what_happens_at_the_door(faults: Faults, clock: Clock) -> None:
    """The first that is open, each to connections to its own cluster, and counted."""
    refused = faults.add(kind="refused", path="/k8s/aks-a/", lasts=2)
    silent = faults.add(kind="handshake", path="/k8s/aks-a/", delay=2)
    assert faults.at_door("/k8s/aks-b/") is None
    assert [faults.at_door("/k8s/aks-a/") for _turn in range(2)] == [refused, refused]
    clock.seconds += 2
    assert [faults.at_door("/k8s/aks-a/") for _turn in range(2)] == [silent, None]


def test_a_lasting_fault_ends_with_its_time_or_when_it_is_cleared(faults: Faults, clock: Clock) -> None:
    short, long = faults.add(kind="no_sync", lasts=1), faults.add(kind="no_sync")
    assert faults.holds(short)
    clock.seconds += 1
    assert [faults.holds(fault) for fault in (short, long)] == [False, True]
    faults.clear()
    assert not faults.holds(long)
