# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Runs nft. It is never asked for more than one table, because a listing of everything can crash on sets that a newer version made."""

from __future__ import annotations

import os
import re
import shutil
import typing as t

from .._common.errors import DataplaneError

SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
OLDEST = (1, 0, 1)
# nft writes each word of a listing by itself. Into memory that is fast; through a pipe the reader would wake up for each of them.
_TO_MEMORY = 'exec "$@" >/dev/fd/{}'
_GONE = "No such file or directory"


class Ran(t.NamedTuple):
    status: int
    out: str
    err: str


class Nft:
    """nft in the network namespace that the process is in."""

    def __init__(self, run_command: t.Callable[..., tuple[int, str, str]]) -> None:
        """run_command: that of C(AnsibleModule). DataplaneError when there is no nft, or none that will do."""
        self._run_command = run_command
        found = shutil.which("nft", path=SEARCH)
        if found is None:
            raise DataplaneError("There is no nft on the node.", remedy="Install the package nftables.", code="NftMissing")
        self.path = found
        said = self._run("--version").out
        number = re.search(r"v(\d+(?:\.\d+)+)", said)
        # Kept in each stamp: listings of different versions cannot be compared.
        self.version = number[1] if number else said.strip()
        self.numbers = tuple(int(part) for part in self.version.split(".")) if number else ()
        if self.numbers < OLDEST:
            raise DataplaneError(
                f"nft on the node is version {self.version}; it has to be 1.0.1 or newer.",
                remedy="Upgrade the package nftables. Older versions crash on sets of others.",
                code="NftTooOld",
            )

    def list_table(self, family: str, name: str, state: bool = False) -> str | None:
        """The listing with handles; state: with counters and expiry. None when there is no such table."""
        ran = self._listed(*(() if state else ("-s",)), "-a", "list", "table", family, name)
        if ran.status == 0:
            return ran.out
        if _GONE in ran.err:
            return None
        raise DataplaneError(f"nft cannot list table {family} {name}: {complaint(ran)}", code="NftFailed")

    def check(self, text: str) -> Ran:
        """What the kernel would say to a transaction; nothing is changed."""
        return self._with(text, self._run, "-c")

    def check_file(self, path: str) -> Ran:
        return self._run("-c", "-f", path)

    def apply(self, text: str) -> Ran:
        """One transaction: all of it, or nothing."""
        return self._with(text, self._run)

    def bytecode(self, *arguments: str) -> str:
        """What nft reads from the kernel for a listing."""
        return self._listed("--debug=netlink", *arguments).out

    def bytecode_of(self, text: str) -> str:
        """What nft would send to the kernel."""
        return self._with(text, self._listed, "--debug=netlink", "-c").out

    def _with(self, text: str, run: t.Callable[..., Ran], *arguments: str) -> Ran:
        """Not through a pipe: should this process be killed in the middle, nft would take what it got for the whole."""
        with _memory() as file:
            file.write(text)
            file.flush()
            return run(*arguments, "-f", f"/dev/fd/{file.fileno()}", pass_fds=(file.fileno(),))

    def _run(self, *arguments: str, pass_fds: tuple[int, ...] = ()) -> Ran:
        return self._command([self.path, *arguments], pass_fds)

    def _listed(self, *arguments: str, pass_fds: tuple[int, ...] = ()) -> Ran:
        with _memory() as file:
            words = ["/bin/sh", "-c", _TO_MEMORY.format(file.fileno()), "sh", self.path, *arguments]
            ran = self._command(words, (*pass_fds, file.fileno()))
            file.seek(0)
            return ran._replace(out=file.read())

    def _command(self, words: list[str], pass_fds: tuple[int, ...]) -> Ran:
        try:
            return Ran(*self._run_command(words, pass_fds=pass_fds, environ_update={"LC_ALL": "C"}, handle_exceptions=False))
        except OSError as exc:
            raise DataplaneError(f"nft cannot be run: {exc}.", code="NftFailed") from exc


def _memory() -> t.TextIO:
    return os.fdopen(os.memfd_create("nft"), "w+", encoding="utf-8", errors="surrogateescape")


def complaint(ran: Ran) -> str:
    """What a program said, for a message."""
    return (ran.err or ran.out).strip() or f"exit status {ran.status}"
