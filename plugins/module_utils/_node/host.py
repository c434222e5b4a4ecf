"""The only place that runs programs and reads files on a node. Nothing here creates or changes anything."""

from __future__ import annotations

import os
import typing as t

from .program_search import SEARCH, find
from .programs import Ran

# iptables-legacy would create its lock file, and wait for whoever holds it, though the kernel hands out a table in one piece.
_NO_LOCK = {"XTABLES_LOCKFILE": os.devnull}


class Host:
    """The node that the process runs on."""

    def __init__(self, run_command: t.Callable[..., tuple[int, str, str]]) -> None:
        """run_command: that of C(AnsibleModule)."""
        self._run_command = run_command

    def run(self, *command: str) -> Ran | None:
        """None when there is no such program."""
        program = find(command[0])
        if program is None:
            return None
        environment = {**_NO_LOCK, "PATH": SEARCH, "LC_ALL": "C"}
        try:
            return Ran(*self._run_command([program, *command[1:]], environ_update=environment, handle_exceptions=False))
        except OSError as exc:
            return Ran(-1, "", f"{command[0]} cannot be run: {exc}")

    def has(self, program: str) -> bool:
        return find(program) is not None

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
