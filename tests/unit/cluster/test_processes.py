# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a cluster takes the exit codes of orphans, and never those that somebody waits for."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.cluster import processes


def test_no_exit_code_is_lost_to_the_reaper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOOK_SECONDS", 0.0)

    async def many() -> None:
        made = processes.Processes(tmp_path)
        reaping = asyncio.create_task(made.reap())
        await asyncio.gather(*(made.run("true") for _number in range(50)))
        with pytest.raises(OSError, match="sh -c echo why"):
            await made.run("sh", "-c", "echo why >&2; exit 3")
        reaping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reaping

    asyncio.run(many())
