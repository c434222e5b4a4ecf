# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No output of the whole suite holds a traceback: whatever runs the collection for tests looks for one in what came out."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.output import check_output

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
# The simulated cloud, programs of the system, and imports of AWX's own objects.
RUN_NOTHING_OF_OURS = {
    "simulator.py",
    "awx/data.py",
    "cluster_ruleset.py",
    "counted_traffic.py",
    "nft/traffic.py",
    "nft/ssh.py",
    "nft/lab.py",
    "nft/versions.py",
}


def test_whatever_runs_the_collection_checks_its_output() -> None:
    runners = {
        str(path.relative_to(SUPPORT)): path.read_text("utf-8")
        for path in SUPPORT.rglob("*.py")
        if "subprocess.run" in path.read_text("utf-8") or "Popen" in path.read_text("utf-8")
    }
    assert {name for name, text in runners.items() if "check_output(" not in text} == RUN_NOTHING_OF_OURS


def test_a_traceback_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="the playbook ended in a traceback"):
        check_output('fatal: [aks-a]: FAILED!\nTraceback (most recent call last):\n  File "x"', "the playbook")
    check_output("aks-a: switched", "the playbook")
