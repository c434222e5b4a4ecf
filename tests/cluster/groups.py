# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups of this machine, of version 1 or 2: whether containers can have theirs, and how what they changed is put back.

Version 1 is a folder of hierarchies. In version 2, a group hands on the controllers of its C(cgroup.subtree_control); runc switches on all that
there are, from the root down. The kernel refuses that to a group that is not the machine's root and has processes of its own.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
# Needed by containers that ask for limits; without one, runc refuses them.
CONTROLLERS = ("cpu", "memory", "pids")
HANDED_ON = "cgroup.subtree_control"


def trouble(root: Path) -> str:
    """Why containers cannot have control groups, and what would help; empty when they can."""
    if not os.access(root, os.W_OK):
        return f"{root} cannot be written to; containers need control groups. A container needs --privileged"
    present = _words(root / "cgroup.controllers")
    return _trouble_of_hierarchies(root) if present is None else _trouble_of_version_2(root, present)


def _trouble_of_hierarchies(root: Path) -> str:
    missing = [name for name in CONTROLLERS if not os.access(root / name, os.W_OK)]
    return f"{root} (cgroup v1) has no controllers {', '.join(missing)} that can be written to; containers need them" if missing else ""


def _trouble_of_version_2(root: Path, present: list[str]) -> str:
    missing = [name for name in CONTROLLERS if name not in present]
    if missing:
        return f"{root} (cgroup v2) has no controllers {', '.join(missing)}; whoever made this container must hand them on"
    off = [name for name in CONTROLLERS if name not in (_words(root / HANDED_ON) or [])]
    # Only groups below the machine's root have this file.
    kind = _words(root / "cgroup.type")
    if kind is None or not off:
        return ""
    if kind != ["domain"]:
        return f"{root} (cgroup v2) is of the type {' '.join(kind)}, which has no groups of containers below it"
    if _words(root / "cgroup.procs"):
        return (
            f"{root} (cgroup v2) cannot hand on the controllers {', '.join(off)}, since processes run in it. Start this container with "
            "--cgroupns=host, or move its processes to a group below it"
        )
    return ""


def note(where: Path, root: Path) -> None:
    """Keep in a file what is handed on now; nothing to do in version 1."""
    handed_on = _words(root / HANDED_ON)
    if handed_on is not None:
        where.write_text(" ".join(handed_on), encoding="ascii")


def put_back(where: Path, root: Path) -> None:
    """What is handed on becomes what it was, but for controllers that somebody else uses by now."""
    noted = _words(where)
    if noted is not None:
        for name in _words(root / HANDED_ON) or []:
            if name not in noted:
                with contextlib.suppress(OSError):
                    (root / HANDED_ON).write_text(f"-{name}", encoding="ascii")
        where.unlink()


def _words(file: Path) -> list[str] | None:
    """None: there is no such file."""
    try:
        return file.read_text(encoding="ascii").split()
    except FileNotFoundError:
        return None
