# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of probes on this machine, by the files that they write."""

from __future__ import annotations

import os
import pathlib
import time

# Seconds that a process may take to notice that it is no longer wanted, on a machine with other work.
PATIENCE = 20.0


def probers(path: pathlib.Path) -> list[int]:
    """The processes that have the file open."""
    return [int(process.name) for process in pathlib.Path("/proc").glob("[0-9]*") if _has_open(process, path)]


def _has_open(process: pathlib.Path, path: pathlib.Path) -> bool:
    try:
        return any(os.readlink(file).startswith(str(path)) for file in (process / "fd").iterdir())
    except OSError:
        return False


def gone(path: pathlib.Path) -> bool:
    """Whether the process ends in time, and leaves no file."""
    limit = time.monotonic() + PATIENCE
    while probers(path) and time.monotonic() < limit:
        time.sleep(0.1)
    return not probers(path) and not path.exists()
