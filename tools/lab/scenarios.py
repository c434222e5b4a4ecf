# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Molecule's scenarios, and leave nothing of them."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import typing as t

from .cells import Group
from .nodes import FOLDER, PREFIX, ROOT, sweep

# What Molecule remembers of a run.
EPHEMERAL = FOLDER.parent / "molecule"


def test(scenarios: t.Sequence[str]) -> int:
    """All when none is named. Returns the status of Molecule."""
    FOLDER.parent.mkdir(exist_ok=True)
    with (FOLDER.parent / "molecule.lock").open("w", encoding="utf-8") as lock:
        # Two runs would take each other's nodes for their own.
        fcntl.flock(lock, fcntl.LOCK_EX)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # Of a run that was killed.
        sweep()
        shutil.rmtree(EPHEMERAL, ignore_errors=True)
        try:
            return _molecule(scenarios)
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sweep()


def _molecule(scenarios: t.Sequence[str]) -> int:
    # All that a run starts ends with it, also what an interrupted Ansible leaves behind.
    group = Group(f"{PREFIX}molecule")
    group.folder.mkdir()
    chosen = [argument for name in scenarios for argument in ("--scenario-name", name)] or ["--all"]
    return subprocess.call(
        group.join_command(["molecule", "test", *chosen]),
        cwd=ROOT,
        env={
            **os.environ,
            "LAB_HOSTS": ":".join(scenarios) or "all",
            # What these two write would otherwise stay in the home folder.
            "ANSIBLE_HOME": str(FOLDER.parent / "ansible"),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(EPHEMERAL),
        },
    )
