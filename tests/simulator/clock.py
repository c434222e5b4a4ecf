# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated time: durations are those of the real service, shortened by one factor."""

from __future__ import annotations

import asyncio
import datetime


class Clock:
    """C(scale) is real seconds per simulated second; a change takes effect at the next sleep."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def now(self) -> float:
        """Real seconds since any moment, those of the loop that everything runs in."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.scale)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def stamp(when: datetime.datetime | None = None) -> str:
    """Kubernetes spelling, whole seconds."""
    return (when or now()).strftime("%Y-%m-%dT%H:%M:%SZ")


def fine_stamp(when: datetime.datetime | None = None) -> str:
    """ARM spelling, with fractions of a second."""
    return (when or now()).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
