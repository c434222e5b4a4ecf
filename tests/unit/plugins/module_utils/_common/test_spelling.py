# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far two words are from each other, and which known one is meant."""

from __future__ import annotations

import functools
import itertools

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.spelling import did_you_mean, distance, nearest
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text("abc_", max_size=9)


def plain_distance(one: str, other: str) -> int:
    """By its definition, slowly."""

    @functools.cache
    def between(at: int, there: int) -> int:
        if not at or not there:
            return at + there
        costs = [between(at - 1, there) + 1, between(at, there - 1) + 1, between(at - 1, there - 1) + (one[at - 1] != other[there - 1])]
        if at > 1 and there > 1 and one[at - 2 : at] == other[there - 1] + other[there - 2]:
            costs.append(between(at - 2, there - 2) + 1)
        return min(costs)

    return between(len(one), len(other))


@given(WORDS, WORDS, st.integers(0, 9))
def test_the_distance_is_exact_up_to_the_limit(one: str, other: str, limit: int) -> None:
    assert distance(one, other, limit) == min(plain_distance(one, other), limit + 1)
    assert len({distance(*pair, limit) for pair in itertools.permutations((one, other))}) == 1


@given(WORDS, st.data())
def test_every_single_mistake_is_near(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word)))
    wrong = data.draw(
        st.sampled_from(
            [
                word[:at] + "x" + word[at:],
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at + 1 :],
                word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
            ]
        )
    )
    assert distance(wrong, word) <= 1


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("rolback", ["rollback", "records"], "rollback"),
        ("ROLLBACK", ["rollback"], "rollback"),
        ("modes", ["node", "mode"], "mode"),
        ("bb", ["ab", "ba"], "ab"),
        ("something", ["mode"], ""),
        ("mode", [], ""),
    ],
)
def test_which_one_is_meant(word: str, known: list[str], meant: str) -> None:
    assert nearest(word, known) == meant


@pytest.mark.parametrize(
    ("word", "known", "question"),
    [
        ("NFTABLE", ["IPTABLES", "IPVS", "NFTABLES"], " Did you mean NFTABLES?"),
        ("enable", ["disabled", "enabled"], " Did you mean enabled?"),
        # Two letters of a short word are all of it.
        ("xy", ["on"], ""),
        ("", ["on"], ""),
        (" nftabels ", ["IPTABLES", "NFTABLES"], " Did you mean NFTABLES?"),
    ],
)
def test_the_question_behind_a_message(word: str, known: list[str], question: str) -> None:
    assert did_you_mean(word, known) == question
