# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network namespace held open by a process that cannot outlive the simulator."""

from __future__ import annotations

import asyncio
import os
import pathlib
import typing as t


class NamespaceError(Exception):
    """A command in a namespace failed, or there cannot be one."""


# As root a plain network namespace; without the right to that, one inside a user namespace of its own.
_WAYS = (("--net",), ("--user", "--map-root-user", "--net"))


class Namespace:
    """Made by the first way that this machine allows."""

    def __init__(self) -> None:
        self._holder: asyncio.subprocess.Process | None = None
        self._enter: tuple[str, ...] = ()

    @property
    def pid(self) -> int:
        """The process whose namespace it is, for C(nsenter --target)."""
        if self._holder is None:
            raise NamespaceError("the namespace was not started")
        return self._holder.pid

    @property
    def enter(self) -> tuple[str, ...]:
        """The words that go before a command to run it in the namespace."""
        return ("nsenter", "--target", str(self.pid), *self._enter, "--net")

    async def start(self) -> None:
        reasons = []
        for flags in _WAYS:
            # unshare and setpriv replace themselves, so the process ends as sleep, and with its parent.
            command = ("unshare", *flags, "setpriv", "--pdeathsig", "KILL", "sleep", "infinity")
            holder = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
            while holder.returncode is None and _program(holder.pid) != "sleep":
                await asyncio.sleep(0.005)
            if holder.returncode is None:
                self._holder = holder
                self._enter = ("--user", "--preserve-credentials") if "--user" in flags else ()
                return
            reasons.append((await holder.stderr.read()).decode().strip() if holder.stderr else "")
        raise NamespaceError(f"a network namespace needs root or unprivileged user namespaces: {'; '.join(reasons)}")

    async def run(self, *command: str, stdin: str = "") -> str:
        """Standard output of a command in the namespace; NamespaceError when it fails."""
        return await run_in(self.enter, *command, stdin=stdin)

    async def outcome(self, *command: str, stdin: str = "") -> tuple[str, str, int]:
        """See C(outcome_in)."""
        return await outcome_in(self.enter, *command, stdin=stdin)

    async def close(self) -> None:
        if self._holder is not None and self._holder.returncode is None:
            self._holder.kill()
            await self._holder.wait()


async def run_in(enter: t.Sequence[str], *command: str, stdin: str = "") -> str:
    """Standard output of a command behind the words that lead into a namespace; NamespaceError when it fails."""
    out, err, status = await outcome_in(enter, *command, stdin=stdin)
    if status:
        raise NamespaceError(f"{' '.join(command)} failed with {status}: {err.strip()}")
    return out


async def outcome_in(enter: t.Sequence[str], *command: str, stdin: str = "") -> tuple[str, str, int]:
    """Standard output, standard error and exit status of a command in the namespace; 128 and the signal where one ended it."""
    pipe = asyncio.subprocess.PIPE
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    process = await asyncio.create_subprocess_exec(*enter, *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    out, err = await process.communicate(stdin.encode())
    status = process.returncode or 0
    return out.decode(), err.decode(), 128 - status if status < 0 else status


def _program(pid: int) -> str:
    """Name of the program a process runs; empty when it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()
    except OSError:
        return ""
