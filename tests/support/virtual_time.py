# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event loop whose time passes only where everything in it waits, and then at once: hours of a simulated system in milliseconds."""

from __future__ import annotations

import asyncio
import selectors
import typing as t

T = t.TypeVar("T")

# What rounding may leave of a time that is up.
SMALLEST = 1e-6


class _Selector(selectors.SelectSelector):
    """Instead of waiting for a time, lets it pass."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits for something that cannot come")
        self.passed += max(timeout, SMALLEST) if timeout > 0 else 0.0
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed


class VirtualTime:
    """The loop, from outside: the programs around it are ordinary ones that call and wait."""

    def __init__(self) -> None:
        self.loop = _Loop()

    def clock(self) -> float:
        """Seconds since the beginning."""
        return self.loop.time()

    def sleep(self, seconds: float) -> None:
        """Let everything in the loop go on for so long, and never for nothing."""
        self.run(asyncio.sleep(max(seconds, SMALLEST)))

    def run(self, work: t.Coroutine[t.Any, t.Any, T]) -> T:
        """The work's value; everything else goes on meanwhile."""
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.loop.close()
