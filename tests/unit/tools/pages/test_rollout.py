# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a rollout is the one that is made, and nothing in it overlaps."""

from __future__ import annotations

import itertools

from tools.pages.rollout import LENGTH, PANELS, PATH, ROWS, SECOND, fill


def test_the_page_has_the_picture() -> None:
    page = PATH.read_text(encoding="utf-8")
    assert page == fill(page), "run: python -m tools.pages.rollout"


def test_bars_follow_each_other_without_a_gap_and_their_words_fit() -> None:
    for panel in PANELS:
        for row in range(len(ROWS)):
            blocks = [block for block in panel.blocks if block.row == row]
            assert (blocks[0].start, blocks[-1].end) == (0, LENGTH)
            assert all(left.end == right.start for left, right in itertools.pairwise(blocks))
            assert all(len(block.text) * 6.4 < (block.end - block.start) * SECOND for block in blocks), [block.text for block in blocks]
