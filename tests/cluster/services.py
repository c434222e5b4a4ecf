# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd does on a node of AKS for containerd and kubelet (C(Restart=always)): one that ends by itself is started again."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

from .processes import Processes

Start = t.Callable[[], t.Awaitable[asyncio.subprocess.Process]]


class Service:
    """pause: seconds between an end and the next start."""

    def __init__(self, processes: Processes, start: Start, pause: float) -> None:
        self._processes, self._start, self._pause = processes, start, pause
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        # A process that was started, but is not known yet, could not be stopped.
        self._starting = asyncio.Lock()

    async def begin(self) -> None:
        self._process = await self._start()
        self._watch = asyncio.create_task(self._start_again(self._process))

    async def _start_again(self, process: asyncio.subprocess.Process) -> None:
        while True:
            await process.wait()
            await self._processes.stop(process)
            await asyncio.sleep(self._pause)
            async with self._starting:
                process = self._process = await self._start()

    async def end(self) -> None:
        """At once, and for good."""
        if self._watch is None or self._process is None:
            return
        async with self._starting:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            await self._processes.stop(self._process)
        self._watch = self._process = None
