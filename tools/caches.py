# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what takes long to make is kept: outside the tree, so that checkouts share it and a clean one starts quickly.

Each entry has a name that changes with what it is made from, so nothing in there is ever out of date, and all of it may be removed at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import typing as t
from pathlib import Path


def folder(name: str) -> Path:
    """Of one kind of things; it may not be there yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "aks.dataplane", name)


@contextlib.contextmanager
def locked(entry: Path) -> t.Iterator[None]:
    """One at a time, also of processes that know nothing of each other. The lock is a file next to the entry."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with entry.with_name(f"{entry.name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
