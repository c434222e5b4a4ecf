"""The only place that runs programs and reads files on a node. Nothing here creates or changes anything."""

from __future__ import annotations

import os

from .kube_proxy_nft import kube_proxy_nft
from .program_result import Ran
from .programs import RunCommand, find_program, run_program


class Host:
    """The node that the process runs on."""

    def __init__(self, run_command: RunCommand) -> None:
        """run_command: that of C(AnsibleModule)."""
        self._run_command = run_command

    def run(self, *command: str) -> Ran | None:
        """None when there is no such program."""
        program = find_program(command[0])
        if program is None:
            return None
        try:
            # iptables-legacy would create its lock file, and wait for whoever holds it, though the kernel hands out a table in one piece.
            return run_program(self._run_command, program, *command[1:], XTABLES_LOCKFILE=os.devnull)
        except OSError as exc:
            return Ran(-1, "", f"{command[0]} cannot be run: {exc}")

    def has(self, program: str) -> bool:
        """Whether there is such a program."""
        return find_program(program) is not None

    def read(self, path: str) -> str | None:
        """None when there is no such file; PermissionError when it may not be read."""
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder that may be looked up."""
        return os.path.exists(path)

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        """The version of the nft of this node's kube-proxy; None when it cannot be seen."""
        return kube_proxy_nft()

    def uname(self) -> tuple[str, str]:
        """Release of the kernel, and the machine's architecture."""
        names = os.uname()
        return names.release, names.machine
