# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries of a probe, and what they say of the change: gaps, late failures, limits, and when they say nothing."""

from __future__ import annotations

import dataclasses
import errno
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._interruption import summary
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.judgement import Measured, Times, Verdict, judge, result
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.target import Target
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.tries import Moment, Try, answered, failed

TARGET = Target("web", "a", 1, "", False, "a:1", max_gap=2.0)
TIMES = Times()
LETTERS = {".": "ok", "r": "refused", "n": "no_answer", "l": "late", "e": "error", "o": "own"}
CHANGED = 60.0
BASELINE = "." * 600


def measured(after: str, before: str = BASELINE, ended: bool = True, moments: t.Sequence[Moment] = ()) -> Measured:
    """A letter for each try, ten in a second, the first of C(after) when the change begins."""
    letters = before + after
    first = CHANGED - len(before) / 10
    tries = [Try(first + place / 10, 0.001 if letter == "." else 0.05, LETTERS[letter]) for place, letter in enumerate(letters)]
    return Measured(tuple(tries), tuple(moments), CHANGED, first + len(letters) / 10 if ended else None)


def seen(after: str, **further: t.Any) -> dict[str, t.Any]:
    what = measured(after, **further)
    return result(TARGET, what, judge(TARGET, what, TIMES))


@pytest.mark.parametrize(
    ("took", "status", "outcome"), [(0.1, None, "ok"), (0.6, None, "late"), (0.1, 204, "ok"), (0.1, 404, "ok"), (0.6, 503, "error")]
)
def test_what_was_answered(took: float, status: int | None, outcome: str) -> None:
    assert answered(took, 0.5, status) == outcome


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (errno.ECONNREFUSED, "refused"),
        (errno.EHOSTUNREACH, "refused"),
        (0, "refused"),
        (None, "no_answer"),
        (errno.ETIMEDOUT, "no_answer"),
        (errno.EMFILE, "own"),
        (errno.EADDRNOTAVAIL, "own"),
    ],
)
def test_what_failed(number: int | None, outcome: str) -> None:
    assert failed(number) == outcome


@pytest.mark.parametrize(
    ("after", "gaps", "late"),
    [
        ("." * 100, [], 0),
        ("...nnnnn" + "." * 100, [(0.3, 0.5, False)], 0),
        # A single one is a gap, too, where there is no other before it.
        ("..n" + "." * 100, [(0.2, 0.1, False)], 0),
        # What was poisoned in the gap fails alone, for up to 135 seconds.
        ("nnnnn" + ("." * 70 + "n") * 10 + "." * 50, [(0.0, 0.5, False)], 10),
        ("rrrrr" + "." * 300 + "nn" + "." * 100, [(0.0, 0.5, False)], 2),
        ("nnnnn" + "." * 1400 + "n" + "." * 10, [(0.0, 0.5, False), (140.5, 0.1, False)], 0),
        # A rollback, or another node, interrupts once more.
        ("nnnnn" + "." * 300 + "nnnn" + "." * 10, [(0.0, 0.5, False), (30.5, 0.4, False)], 0),
        # One of two nodes behind the address.
        ("n.n..n.n" + "." * 100, [(0.0, 0.8, False)], 0),
        ("....nnn", [(0.4, 0.25, True)], 0),
        # What the machine of the probe could not do is no try.
        ("...ooooo" + "." * 100, [], 0),
    ],
)
def test_gaps_and_late_failures(after: str, gaps: list[tuple[float, float, bool]], late: int) -> None:
    found = seen(after)
    assert [(gap["at"], gap["seconds"], gap["open"]) for gap in sorted(found["gaps"], key=lambda gap: gap["at"])] == [
        (pytest.approx(at), pytest.approx(seconds), is_open) for at, seconds, is_open in gaps
    ]
    assert found["late_failures"]["tries"] == late
    assert found["tries"] == len(after.replace("o", ""))


def test_the_classes_the_share_and_the_times() -> None:
    found = seen("nnrle" + "." * 95)
    assert found["failures"] == {"refused": 1, "no_answer": 2, "late": 1, "error": 1}
    assert (found["availability"], found["longest_gap"], found["sum_of_gaps"]) == (0.95, 0.5, 0.5)
    assert found["before"] == {"tries": 600, "p50": 1.0, "p99": 1.0}
    assert found["after"] == {"tries": 95, "p50": 1.0, "p99": 1.0}


WELL = "." * 1500


@pytest.mark.parametrize(
    ("after", "further", "verdict"),
    [
        (WELL, {}, Verdict("within", "", True, False)),
        ("n" * 15 + WELL, {}, Verdict("within", "", True, False)),
        ("n" * 25 + WELL, {}, Verdict("exceeded", "new connections failed for 2.5 s, and max_gap is 2 s", True, False)),
        # Late failures do not count, however many there are.
        ("nnn" + ("." * 9 + "n") * 100 + WELL, {}, Verdict("within", "", True, False)),
        (WELL, {"before": "." * 19}, Verdict("no_verdict", "there were only 19 tries before the change, and 20 are needed", False, False)),
        (WELL, {"before": "n" * 600}, Verdict("no_verdict", "it did not answer before the change either", False, False)),
        (
            "n" * 50 + WELL,
            {"before": ("." * 40 + "n") * 14},
            Verdict("no_verdict", "it was flapping before the change: 14 of 574 tries failed", False, False),
        ),
        (WELL, {"before": "n" + BASELINE}, Verdict("within", "", True, False)),
        (WELL, {"ended": False}, Verdict("no_verdict", "the probe ended before the run did", True, False)),
        # What was exceeded before it died was exceeded.
        ("n" * 25 + WELL, {"ended": False}, Verdict("exceeded", "new connections failed for 2.5 s, and max_gap is 2 s", True, False)),
        ("." * 19, {}, Verdict("no_verdict", "there were only 19 tries after the change began", True, False)),
        # Where the machine of the probe stood still, nobody knows.
        ("." * 20 + "o" * 40 + WELL, {}, Verdict("no_verdict", "the controller was too busy: there was no try for 4.1 s", True, False)),
        ("n" + "o" * 30 + "n" + WELL, {}, Verdict("no_verdict", "the controller was too busy: there was no try for 3.1 s", True, False)),
        ("n" * 1600, {}, Verdict("exceeded", "new connections failed for 160.0 s, and max_gap is 2 s", True, True)),
        ("n.." + "n" * 1600, {}, Verdict("exceeded", "new connections failed for 160.2 s, and max_gap is 2 s", True, True)),
        # Once more before the end: it is not dead.
        ("n" * 1600 + "." + "n" * 40, {}, Verdict("exceeded", "new connections failed for 164.1 s, and max_gap is 2 s", True, False)),
        ("n" * 1600 + WELL, {}, Verdict("exceeded", "new connections failed for 160.0 s, and max_gap is 2 s", True, False)),
    ],
)
def test_the_limit(after: str, further: dict[str, t.Any], verdict: Verdict) -> None:
    assert judge(TARGET, measured(after, **further), TIMES) == verdict


def test_without_a_limit_it_is_measured_alone() -> None:
    unlimited = dataclasses.replace(TARGET, max_gap=None)
    assert judge(unlimited, measured("n" * 100 + WELL), TIMES).verdict == "measured"


@pytest.mark.parametrize(
    ("moments", "broken"),
    [
        ([], None),
        ([Moment(1.0, "open")], 0),
        ([Moment(1.0, "open"), Moment(61.0, "broken"), Moment(63.0, "open")], 1),
        # It does not keep connections, whatever the run does.
        ([Moment(1.0, "open"), Moment(31.0, "broken"), Moment(32.0, "open"), Moment(62.0, "broken")], None),
        ([Moment(1.0, "open"), Moment(1.1, "closes")], None),
    ],
)
def test_kept_connections(moments: list[Moment], broken: int | None) -> None:
    assert seen(WELL, moments=moments)["kept_connections_broken"] == broken


DEAD, ALIVE, NEVER = measured("n" * 1600), measured(WELL), measured("n" * 1600, before="n" * 600)


@pytest.mark.parametrize(
    ("each", "dead", "limit"),
    [
        ([DEAD], True, "exceeded"),
        ([DEAD, DEAD], True, "exceeded"),
        # One of several may have its own trouble; one that never answered says nothing.
        ([DEAD, ALIVE], False, "exceeded"),
        ([DEAD, NEVER], True, "exceeded"),
        ([NEVER], False, "no_verdict"),
        ([ALIVE, NEVER], False, "no_verdict"),
        ([ALIVE], False, "within"),
    ],
)
def test_all_targets_together(each: list[Measured], dead: bool, limit: str) -> None:
    targets = [dataclasses.replace(TARGET, name=f"n{number}") for number in range(len(each))]
    found = summary.interruption(targets, each, TIMES, "stop", "2026-11-29T01:00:00Z")
    assert (found["dead"], found["limit"]) == (dead, limit)
    assert bool(summary.dead(found)) == dead
    assert bool(summary.exceeded(found)) == (limit == "exceeded")


def test_the_lines() -> None:
    moments = [Moment(1.0, "open")]
    found = summary.interruption([TARGET], [measured("n" * 25 + "." * 70 + "n" + WELL, moments=moments)], TIMES, "stop", "")
    assert summary.lines(found) == [
        "web: longest gap 2.5 s (26 of 1596 tries failed: 26 no answer), 1 late failure until 10 s after the change, from connections begun in the gap, "
        "no kept connection broken, p99 1 ms before and 1 ms after",
        "web: exceeds the limit: new connections failed for 2.5 s, and max_gap is 2 s",
    ]
    assert summary.exceeded(found) == "The interruption exceeded the limit (web: new connections failed for 2.5 s, and max_gap is 2 s)."
    flapping = summary.interruption([TARGET], [measured(WELL, before="n" * 600)], TIMES, "stop", "")
    assert summary.lines(flapping)[1:] == ["web: no verdict, because it did not answer before the change either"]
