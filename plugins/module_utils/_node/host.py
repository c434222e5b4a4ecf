# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The only place that runs programs and reads files on a node. Nothing here creates or changes anything."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess

_SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
_TIMEOUT = 60.0
# iptables-legacy would create its lock file, and wait for whoever holds it, though the kernel hands out a table in one piece.
_NO_LOCK = {"XTABLES_LOCKFILE": os.devnull}


@dataclasses.dataclass(frozen=True)
class Ran:
    """What became of a program."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """What it said last, for a message."""
        lines = [line for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1].strip() if lines else f"exit status {self.status}"


class Host:
    """The node that the process runs on."""

    def run(self, *command: str) -> Ran | None:
        """None when there is no such program."""
        program = shutil.which(command[0], path=_SEARCH)
        if program is None:
            return None
        environment = {**os.environ, **_NO_LOCK, "PATH": _SEARCH, "LC_ALL": "C"}
        try:
            done = subprocess.run(  # noqa: S603 - the commands are fixed ones
                [program, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            return Ran(-1, "", f"{command[0]} did not end within {_TIMEOUT:.0f} seconds")
        except OSError as exc:
            return Ran(-1, "", f"{command[0]} cannot be run: {exc}")
        return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))

    def has(self, program: str) -> bool:
        return shutil.which(program, path=_SEARCH) is not None

    def read(self, path: str) -> str | None:
        """None when there is no such file; PermissionError when it may not be read."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def uname(self) -> tuple[str, str]:
        """Release of the kernel, and the machine's architecture."""
        names = os.uname()
        return names.release, names.machine
