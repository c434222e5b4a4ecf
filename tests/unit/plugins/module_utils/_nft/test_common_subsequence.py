# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The common subsequence is one, and the longest where texts do not repeat a lot."""

from __future__ import annotations

import itertools
import random

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft.common_subsequence import common_subsequence
from hypothesis import given
from hypothesis import strategies as st


def longest(old: str, new: str) -> int:
    row = [0] * (len(new) + 1)
    for text in old:
        above = row[:]
        for index, other in enumerate(new):
            row[index + 1] = above[index] + 1 if text == other else max(above[index + 1], row[index])
    return row[-1]


def assert_common(old: list[str], new: list[str], pairs: list[tuple[int, int]]) -> None:
    assert all(old[left] == new[right] for left, right in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in itertools.pairwise(pairs))


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ("", "", []),
        ("abc", "", []),
        ("", "abc", []),
        ("abc", "abc", [(0, 0), (1, 1), (2, 2)]),
        ("abc", "axc", [(0, 0), (2, 2)]),
        ("abc", "xabc", [(0, 1), (1, 2), (2, 3)]),
        ("aa", "aaa", [(0, 0), (1, 1)]),
        ("xaby", "yabx", [(1, 1), (2, 2)]),
    ],
)
def test_small_ones(old: str, new: str, pairs: list[tuple[int, int]]) -> None:
    assert common_subsequence(list(old), list(new)) == pairs


@given(st.text("abcdef", max_size=30), st.text("abcdef", max_size=30))
def test_it_is_the_longest(old: str, new: str) -> None:
    pairs = common_subsequence(list(old), list(new))
    assert_common(list(old), list(new), pairs)
    assert len(pairs) == longest(old, new)


def test_much_repetition_ends_soon_and_is_still_common() -> None:
    order = random.Random(4)
    old = [order.choice(("same", "same", "other", str(index))) for index in range(20_000)]
    new = order.sample(old, len(old))
    pairs = common_subsequence(old, new)
    assert_common(old, new, pairs)
    assert len(pairs) > 5_000
