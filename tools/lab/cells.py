# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a node runs: a control group, and in it a process with mount, network and process namespaces of its own.

The control group knows all processes of a node, however they came about and whoever started them, and ends them together. With the
processes go the namespaces, and with these the mounts, bridges and addresses. So the folder of a control group is all that a node leaves
on the machine, and its name is known from the node alone, even when nothing else is left of it.
"""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from pathlib import Path

from .errors import LabError

# The second one is where systemd has version 2 beside version 1.
ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child=KILL")
VISITORS = "visitors"
PATIENCE = 30.0


class Group:
    """A control group by its name, whether it exists or not."""

    def __init__(self, name: str) -> None:
        self.folder = _root() / name

    @property
    def is_alive(self) -> bool:
        """Whether any process is in it."""
        events = self.folder / "cgroup.events"
        return events.exists() and "populated 1" in events.read_text(encoding="utf-8")

    def join_command(self, command: t.Sequence[str]) -> list[str]:
        """A command that runs C(command) in it. The group must be there."""
        return ["sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh", str(self.folder), *command]

    def stop(self) -> None:
        """As a machine that loses its power."""
        if not self.folder.exists():
            return
        (self.folder / "cgroup.kill").write_text("1", encoding="utf-8")
        deadline = time.monotonic() + PATIENCE
        while self.is_alive:
            if time.monotonic() > deadline:
                raise LabError(f"processes in {self.folder} do not end")
            time.sleep(0.05)
        for folder, _folders, _files in os.walk(self.folder, topdown=False):
            Path(folder).rmdir()


class Cell(Group):
    """A group with namespaces."""

    def start(self, command: t.Sequence[str], log: Path, environment: t.Mapping[str, str]) -> int:
        """The process whose network namespace is that of the cell. It outlives this program."""
        # Visitors have a part of their own, because a group cannot have processes beside parts with controllers, as nodes make them.
        (self.folder / VISITORS).mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            started = subprocess.Popen(
                self.join_command([*NAMESPACES, *command]),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        # Until then it would be taken for one that has ended.
        while not self.is_alive and started.poll() is None:
            time.sleep(0.01)
        return started.pid

    def visit(self, process: int, program: str) -> str:
        """For a shell: runs a program in the network namespace of C(process), that of the cell, so that it ends with the cell."""
        return f"sh -c 'echo $$ >{self.folder / VISITORS}/cgroup.procs && exec nsenter --net=/proc/{process}/ns/net {program}'"


def cells(prefix: str) -> list[str]:
    """Names of the cells that there are."""
    return sorted(folder.name for folder in _root().glob(f"{prefix}*"))


def _root() -> Path:
    for root in ROOTS:
        if (root / "cgroup.procs").exists() and os.access(root, os.W_OK):
            return root
    raise LabError("nodes need root, and control groups of version 2 mounted at /sys/fs/cgroup")
