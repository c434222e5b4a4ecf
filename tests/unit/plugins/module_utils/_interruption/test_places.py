# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One target seen from several places of a cluster: what stands for all of them, and what each of them says by itself."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.judgement import Measured, Verdict
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.places import HOST, POD, Judged, at, judged, together, unseen
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.summary import combined
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.target import CLUSTER, CONTROLLER, Target
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.tries import Moment, Try
from ansible_collections.aks.dataplane.plugins.module_utils._record.cleaning import INTERRUPTION, clean

TARGET = Target("web", "10.0.0.1", 80, "", False, "10.0.0.1:80", place=CLUSTER)
WITHIN = Verdict("within", "", clean=True, dead=False)
MEASURED = Verdict("measured", "", clean=True, dead=False)
EXCEEDED = Verdict("exceeded", "too long", clean=True, dead=False)
DEAD = Verdict("exceeded", "too long", clean=True, dead=True)
FLAPPING = Verdict("no_verdict", "it was flapping", clean=False, dead=False)
DIED = Verdict("no_verdict", "the probe ended before the run did", clean=True, dead=False)
LETTERS = {".": "ok", "r": "refused", "n": "no_answer"}


def place(node: str, after: str = "....", verdict: Verdict = WITHIN, network: str = POD, moments: t.Sequence[Moment] = ()) -> Judged:
    """As seen from a node. after: a letter for each try since the change, ten in a second."""
    tries = tuple(Try(number / 10, 0.001, LETTERS[letter]) for number, letter in enumerate(after))
    return at(judged(TARGET, Measured(tries, tuple(moments), 0.0, len(after) / 10), verdict), node, network)


@pytest.mark.parametrize(
    ("verdicts", "verdict", "reason"),
    [
        ([MEASURED, MEASURED], "measured", ""),
        ([MEASURED, WITHIN], "within", ""),
        # A place of which nothing is known weighs more than one where all went well, and less than one where the limit was exceeded.
        ([WITHIN, FLAPPING], "no_verdict", "n1 (pod network): it was flapping"),
        ([FLAPPING, EXCEEDED, WITHIN], "exceeded", "n1 (pod network): too long"),
        ([EXCEEDED, EXCEEDED], "exceeded", "n0 (pod network): too long"),
    ],
)
def test_the_verdict_is_the_one_that_says_most(verdicts: list[Verdict], verdict: str, reason: str) -> None:
    found = together([place(f"n{number}", verdict=one) for number, one in enumerate(verdicts)]).result
    assert (found["verdict"], found["reason"]) == (verdict, reason)
    assert [row["verdict"] for row in found["nodes"]] == [one.verdict for one in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "clean", "dead"),
    [
        ([DEAD, DEAD], True, True),
        ([DEAD, EXCEEDED], True, False),
        ([DEAD, WITHIN], True, False),
        # A place without a clean baseline never reached it, and says nothing about the change.
        ([DEAD, FLAPPING], True, True),
        # One whose prober died may have seen it alive.
        ([DEAD, DIED], True, False),
        ([FLAPPING, FLAPPING], False, False),
    ],
)
def test_a_target_is_dead_when_no_place_with_a_clean_baseline_reaches_it(verdicts: list[Verdict], clean: bool, dead: bool) -> None:
    found = together([place(f"n{number}", verdict=one) for number, one in enumerate(verdicts)])
    assert (found.clean, found.dead) == (clean, dead)


def test_tries_are_those_of_all_places_and_gaps_those_of_the_worst() -> None:
    short, long, well = "..nn" + "." * 40, "..rrrrr" + "." * 37, "." * 44
    found = together([place("n0", short), place("n1", long, network=HOST), place("n2", well)]).result
    assert (found["tries"], found["failures"]) == (132, {"refused": 5, "no_answer": 2, "late": 0, "error": 0})
    assert (found["longest_gap"], found["gaps"][0]["failed"], found["availability"]) == (0.5, 5, round(1 - 7 / 132, 6))
    assert not {"node", "network"} & {*found}
    assert [(row["node"], row["network"], row["longest_gap"]) for row in found["nodes"]] == [
        ("n0", "pod", 0.2),
        ("n1", "host", 0.5),
        ("n2", "pod", 0.0),
    ]


def test_late_failures_of_all_places_stay_apart_from_the_gaps() -> None:
    """Those that meet poisoned connections, many seconds after the gap."""
    early, late = "nn" + "." * 70 + "n" + "." * 20, "nnn" + "." * 300 + "n" + "." * 50 + "n" + "." * 20
    found = together([place("n0", early), place("n1", late), place("n2", "." * 90)]).result
    assert found["late_failures"] == {"tries": 3, "first": 7.2, "last": 35.4}
    assert (found["longest_gap"], len(found["gaps"])) == (0.3, 1)


OPEN, BROKEN, CLOSES = Moment(-1.0, "open"), Moment(0.2, "broken"), Moment(-0.9, "closes")


@pytest.mark.parametrize(
    ("moments", "broken"),
    [
        ([[OPEN], [OPEN]], 0),
        ([[OPEN, BROKEN], [OPEN], [OPEN, BROKEN, Moment(1.0, "broken")]], 3),
        # What keeps no connections from one place may keep them from another one.
        ([[OPEN, CLOSES], [OPEN, BROKEN]], 1),
        ([[OPEN, CLOSES], []], None),
    ],
)
def test_kept_connections_are_added(moments: list[list[Moment]], broken: int | None) -> None:
    places = [place(f"n{number}", moments=some) for number, some in enumerate(moments)]
    assert together(places).result["kept_connections_broken"] == broken


def test_what_nobody_has_seen_has_no_verdict_and_no_share() -> None:
    found = together([at(unseen(TARGET, "the pod has printed nothing"), "n0", HOST)])
    assert (found.clean, found.dead) == (False, False)
    assert (found.result["verdict"], found.result["reason"]) == ("no_verdict", "n0 (host network): the pod has printed nothing")
    assert (found.result["tries"], found.result["availability"]) == (0, None)


def test_a_place_that_nobody_has_seen_takes_nothing_from_what_others_have() -> None:
    found = together([at(unseen(TARGET, "the pod has printed nothing"), "n0", HOST), place("n1", "nnn" + "." * 40, EXCEEDED)]).result
    assert (found["verdict"], found["longest_gap"], found["tries"]) == ("exceeded", 0.3, 43)


def test_the_run_record_keeps_all_of_it() -> None:
    here = judged(dataclasses.replace(TARGET, place=CONTROLLER), Measured((), (), 0.0, 1.0), FLAPPING)
    found = combined([here, together([place("n0", "nnn" + "." * 40), place("n1", network=HOST)])], "stop", "2026-11-29T01:00:00Z")
    assert clean(INTERRUPTION, found) == found


def test_it_comes_through_the_result_of_a_module() -> None:
    one = place("n0", verdict=DEAD)
    assert Judged(**one.to_json()) == one
