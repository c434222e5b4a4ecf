"""The only place that runs programs and reads files on a node. Nothing here creates or changes anything."""

from __future__ import annotations

import dataclasses
import os
import shutil
import typing as t

_SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
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

    def __init__(self, run_command: t.Callable[..., tuple[int, str, str]]) -> None:
        """run_command: that of C(AnsibleModule)."""
        self._run_command = run_command

    def run(self, *command: str) -> Ran | None:
        """None when there is no such program."""
        program = shutil.which(command[0], path=_SEARCH)
        if program is None:
            return None
        environment = {**_NO_LOCK, "PATH": _SEARCH, "LC_ALL": "C"}
        try:
            return Ran(*self._run_command([program, *command[1:]], environ_update=environment, handle_exceptions=False))
        except OSError as exc:
            return Ran(-1, "", f"{command[0]} cannot be run: {exc}")

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
