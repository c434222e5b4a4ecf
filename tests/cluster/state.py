# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a running cluster, and how all that a cluster leaves on the machine is removed, also after it was killed.

Mounts, network namespaces and processes end with the cluster's first process. What is left are this folder and control groups, whose names
follow from the folder's. A cluster holds a lock on its folder for as long as it runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
import typing as t
from pathlib import Path

from tools import caches

from . import groups
from .errors import ClusterError

PREFIX = "aks-dataplane-cluster-"
# Of what control groups handed on before there was a cluster.
NOTE = "controllers"
PATIENCE = 15.0


@contextlib.contextmanager
def folder() -> t.Iterator[Path]:
    """A new one, which is gone afterwards; what others left behind is removed first."""
    running = caches.folder("cluster") / "running"
    running.mkdir(parents=True, exist_ok=True)
    with caches.locked(running):
        sweep(running)
        if not _clusters(running):
            groups.note(running / NOTE, groups.CGROUPS)
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=running))
        held = _hold(made)
    try:
        yield made
    finally:
        with caches.locked(running):
            remove(made)
            if not _clusters(running):
                groups.put_back(running / NOTE, groups.CGROUPS)
        if held is not None:
            os.close(held)


def _clusters(running: Path) -> list[Path]:
    return list(running.glob(f"{PREFIX}*"))


def sweep(running: Path) -> None:
    """Remove the clusters that nobody holds."""
    for left in _clusters(running):
        held = _hold(left)
        if held is not None:
            remove(left)
            os.close(held)
    if not _clusters(running):
        groups.put_back(running / NOTE, groups.CGROUPS)


def _hold(made: Path) -> int | None:
    """A descriptor that holds the lock; None when somebody else has it."""
    handle = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def cgroup(made: Path) -> str:
    """The control group of all containers, below the root of each hierarchy."""
    return f"/{made.name}"


def remove(made: Path) -> None:
    """The folder and its control groups, whose processes have been killed; ClusterError when they do not end."""
    roots = [groups.CGROUPS, *(entry for entry in groups.CGROUPS.iterdir() if entry.is_dir() and not entry.is_symlink())]
    for hierarchy in roots:
        group = hierarchy / made.name
        if group.is_dir():
            _remove_group(group)
    shutil.rmtree(made)


def _remove_group(group: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _is_removed(group):
        if time.monotonic() > deadline:
            raise ClusterError(f"{group} cannot be removed: processes in it do not end")
        time.sleep(0.05)


def _is_removed(group: Path) -> bool:
    """Not while processes in it are still ending."""
    with contextlib.suppress(OSError):
        for parent, _folders, _files in os.walk(group, topdown=False):
            Path(parent).rmdir()
    return not group.exists()
