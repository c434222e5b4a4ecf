# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A temporary folder of a run's own: what lies there, and which processes were started with it."""

from __future__ import annotations

import contextlib
import pathlib
import time


class TemporaryFolder:
    """Set as C(environment) of a run, it is that of all that the run starts."""

    def __init__(self, path: pathlib.Path) -> None:
        path.mkdir()
        self.path = path
        self.environment = {"TMPDIR": str(path)}

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*"))

    def processes(self) -> set[int]:
        """Those that have it in their environment, whoever started them, and have not ended."""
        return {int(folder.name) for folder in pathlib.Path("/proc").glob("[0-9]*") if self._has(folder)}

    def _has(self, process: pathlib.Path) -> bool:
        # That of one that has ended is empty.
        with contextlib.suppress(OSError):
            return f"TMPDIR={self.path}".encode() in (process / "environ").read_bytes().split(b"\0")
        return False

    def wait_for_the_end(self) -> None:
        """Until no process is left."""
        while self.processes():
            time.sleep(0.5)
