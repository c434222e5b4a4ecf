# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make test fails when any of its parts does, the real cluster among them, and its last lines say how to leave that one out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = "The tests on a real Kubernetes cluster failed, or cannot run here, as said above. CLUSTER=off make test leaves them out."
# In place of nox: it says what it was asked for. The sessions that a name of the environment lists fail, or wait until they are ended.
NOX = """#!/bin/sh
echo "sessions $*"
echo "$$ $*" >>"$0.began"
case " $* " in *" $FAILS "*) exit 1 ;; esac
case " $* " in *" cluster "*)
    until grep -q "tags cores" "$0.began"; do sleep 0.05; done
    echo "the cluster's last words" ;;
esac
case " $* " in *" $STAYS "*) exec sleep 60 ;; esac
"""


def started(folder: Path, **how: str) -> subprocess.Popen[str]:
    """make test with that nox, and set-up done."""
    nox = folder / "nox"
    nox.write_text(NOX, encoding="ascii")
    nox.chmod(0o755)
    # What a shell starts in the background ignores SIGINT.
    command = ["env", "--default-signal=INT", "make", "--old-file=setup", "test", f"NOX={nox}", f"MACHINES_LOG={folder / 'machines.log'}"]
    # Not as a part of the make that runs this test.
    env = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env={**env, "FAILS": "none", "STAYS": "none", **how},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def make_test(folder: Path, fails: str) -> subprocess.CompletedProcess[str]:
    """To its end, with sessions or tags of this name that fail."""
    process = started(folder, FAILS=fails)
    said, _nothing = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, said)


def test_all_parts_run_and_the_cluster_beside_others(tmp_path: Path) -> None:
    """The cluster's session ends only after that of the cores has begun, and is shown after all others."""
    done = make_test(tmp_path, "none")
    assert done.returncode == 0, done.stdout
    for part in ("--tags checks", "--tags nodes", "--tags cores", "--session unit integration browser", "--session cluster"):
        assert f"sessions {part}\n" in done.stdout
    assert WORDS not in done.stdout
    assert done.stdout.splitlines()[-2:] == ["sessions --session cluster", "the cluster's last words"]


@pytest.mark.parametrize("part", ["checks", "nodes", "cores", "integration"])
def test_each_part_counts_and_the_others_run(tmp_path: Path, part: str) -> None:
    done = make_test(tmp_path, part)
    assert done.returncode != 0
    assert "sessions --session cluster\n" in done.stdout
    assert WORDS not in done.stdout


def test_a_real_cluster_that_cannot_run_counts_and_is_said_last(tmp_path: Path) -> None:
    done = make_test(tmp_path, "cluster")
    assert done.returncode != 0
    assert "sessions --session unit integration browser\n" in done.stdout
    # make itself has the very last word: that the target failed.
    assert done.stdout.splitlines()[-2] == WORDS, done.stdout


@pytest.mark.parametrize("stays", ["cores", "cluster"])
def test_an_interruption_ends_what_runs_beside_each_other(tmp_path: Path, stays: str) -> None:
    process, began = started(tmp_path, STAYS=stays), tmp_path / "nox.began"
    last = "cluster" if stays == "cluster" else "cores"
    deadline = time.monotonic() + 60
    while not (began.exists() and f" {last}\n" in began.read_text(encoding="ascii")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    lines = began.read_text(encoding="ascii").splitlines()
    assert stays == "cluster" or not any("integration" in line for line in lines)
    for line in lines:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(line.split()[0]), 0)
            raise AssertionError(line)


def test_the_real_cluster_can_be_left_out() -> None:
    command = [sys.executable, "-m", "nox", "--session", "cluster"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "CLUSTER": "off"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CLUSTER=off: the tests on a real Kubernetes cluster are left out" in done.stdout + done.stderr
