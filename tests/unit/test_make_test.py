# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make test fails when any of its parts does, the real cluster among them, and its last lines say how to leave that one out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = "The tests on a real Kubernetes cluster failed, or cannot run here, as said above. CLUSTER=off make test leaves them out."


def make_test(folder: Path, fails: str) -> subprocess.CompletedProcess[str]:
    """With a nox whose sessions or tags with this name fail, and set-up done."""
    nox = folder / "nox"
    nox.write_text(f'#!/bin/sh\necho "sessions $*"\ncase " $* " in *" {fails} "*) exit 1 ;; esac\n', encoding="ascii")
    nox.chmod(0o755)
    command = ["make", "--old-file=setup", "test", f"NOX={nox}"]
    # Not as a part of the make that runs this test.
    env = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_all_parts_run(tmp_path: Path) -> None:
    done = make_test(tmp_path, "none")
    assert done.returncode == 0, done.stdout
    for part in ("--tags checks", "--tags nodes", "--tags cores", "--session unit integration browser", "--session cluster"):
        assert f"sessions {part}\n" in done.stdout
    assert WORDS not in done.stdout


@pytest.mark.parametrize("part", ["checks", "nodes", "cores", "integration"])
def test_each_part_counts_and_the_others_run(tmp_path: Path, part: str) -> None:
    done = make_test(tmp_path, part)
    assert done.returncode != 0
    assert "sessions --session cluster\n" in done.stdout
    assert WORDS not in done.stdout


def test_a_real_cluster_that_cannot_run_counts_and_is_said_last(tmp_path: Path) -> None:
    done = make_test(tmp_path, "cluster")
    assert done.returncode != 0
    # make itself has the very last word: that the target failed.
    assert done.stdout.splitlines()[-2] == WORDS, done.stdout


def test_the_real_cluster_can_be_left_out() -> None:
    command = [sys.executable, "-m", "nox", "--session", "cluster"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "CLUSTER": "off"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CLUSTER=off: the tests on a real Kubernetes cluster are left out" in done.stdout + done.stderr
