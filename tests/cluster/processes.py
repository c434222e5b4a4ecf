# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that run in the cluster, each with a log of its own, and the first process's duty towards all others."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import typing as t
from pathlib import Path

LOOK_SECONDS = 1.0


class Processes:
    """logs: the folder of their logs."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._own: set[int] = set()
        self._starting = 0

    async def start(self, name: str, command: t.Sequence[str], **environment: str) -> asyncio.subprocess.Process:
        """name: of the log."""
        with (self._logs / f"{name}.log").open("ab") as log:
            return await self._spawn(*command, stdout=log, stderr=log, env={**os.environ, **environment})

    async def _spawn(self, *command: str, **how: t.Any) -> asyncio.subprocess.Process:
        """Known as one of our own before anybody can take its exit code."""
        self._starting += 1
        try:
            process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.DEVNULL, **how)
            self._own.add(process.pid)
        finally:
            self._starting -= 1
        return process

    async def run(self, *command: str) -> None:
        """To its end; OSError when it fails."""
        pipe = asyncio.subprocess.PIPE
        process = await self._spawn(*command, stdout=pipe, stderr=pipe)
        _out, err = await process.communicate()
        self._own.discard(process.pid)
        if process.returncode:
            raise OSError(f"{' '.join(command)}: {err.decode().strip()}")

    async def stop(self, process: asyncio.subprocess.Process) -> None:
        """At once, as when a machine loses its power."""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        self._own.discard(process.pid)

    async def reap(self) -> None:
        """Without end: what has lost its parent becomes a child of the first process, which has to take its exit code."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            # One that is being started is not known yet, and may have ended already.
            for pid in [] if self._starting else list(_dead_children()):
                if pid not in self._own:
                    with contextlib.suppress(ChildProcessError):
                        os.waitpid(pid, os.WNOHANG)


def _dead_children() -> t.Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                _name, _paren, rest = (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")
                state, parent = rest.split()[:2]
                if state == "Z" and int(parent) == os.getpid():
                    yield int(entry.name)
