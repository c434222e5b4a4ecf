# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble with the API server, at random moments of a run on a cluster whose nodes are healthy, rolls nothing back and verifies nothing.

A seed that fails is tried alone with: pytest 'tests/integration/test_random_trouble.py::test_trouble[SEED]'
"""

from __future__ import annotations

import pathlib

import pytest

from tests.support.random_runs import MODE, Trouble, run_with

RUNS = 200


@pytest.mark.parametrize("seed", range(RUNS))
def test_trouble(seed: int, tmp_path: pathlib.Path) -> None:
    """No rollback; green only when every node was seen in the wanted mode; and what passes in time is waited out."""
    trouble = Trouble.at_random(seed)
    run = run_with(trouble, tmp_path)
    reported = f"seed {seed}: {trouble}\n{run}"
    assert not run.rolled_back, reported
    assert run.puts in ([], [MODE.upper()]), reported
    assert run.mode == (MODE.upper() if run.puts else None), reported
    assert run.verified or not run.green, reported
    assert run.green or not trouble.passes, reported
