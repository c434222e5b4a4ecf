# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that is reached over real ssh from another namespace, with keys and settings of its own."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time
import types
import typing as t

from ..playbooks import PlaybookRun, run_playbook
from .lab import LabNode
from .node import NftNode
from .traffic import ADDRESS, link
from .versions import sshd

# From where playbooks come.
CONTROLLER = "198.18.0.1"
_CONFIG = """
ListenAddress {address}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
UsePAM no
UseDNS no
StrictModes no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
SetEnv PATH={path}
"""


class SshNode:
    """A node with sshd, and a namespace from which playbooks run against it. As context manager it ends with the block."""

    def __init__(self, node: LabNode, folder: pathlib.Path) -> None:
        self.node = node
        self._folder = folder
        self._controller = NftNode()
        link(self._controller, node, CONTROLLER, ADDRESS)
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        config = folder / "sshd_config"
        config.write_text(_CONFIG.format(address=ADDRESS, folder=folder, path=node.path), encoding="utf-8")
        node.file("/run/sshd").mkdir(mode=0o755)
        self._user()
        program, environment = sshd_here()
        command = [*node.enter, program, "-D", "-e", "-f", str(config)]
        self._log = folder / "sshd.log"
        with open(self._log, "wb") as log:
            self._server = subprocess.Popen(command, stderr=log, env={**os.environ, **environment})
        self._answers()

    def _user(self) -> None:
        """sshd wants a user of that name, which is there only where its package is installed."""
        passwd = self.node.file("/etc/passwd")
        if "\nsshd:" not in passwd.read_text(encoding="utf-8"):
            with open(passwd, "a", encoding="utf-8") as file:
                file.write("sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin\n")

    def _answers(self) -> None:
        try_it = "import socket, sys; sys.exit(socket.socket().connect_ex((sys.argv[1], 22)))"
        until = time.monotonic() + 30
        while subprocess.run([*self._controller.enter, sys.executable, "-c", try_it, ADDRESS], check=False).returncode:
            if self._server.poll() is not None or time.monotonic() > until:
                raise AssertionError(self._log.read_text(encoding="utf-8"))
            time.sleep(0.05)

    def variables(self) -> dict[str, str]:
        """Of the host, for a playbook in the other namespace."""
        return {
            "ansible_host": ADDRESS,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self._folder / "user"),
            "ansible_ssh_common_args": "-F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=3",
            "ansible_python_interpreter": sys.executable,
        }

    def variables_from_outside(self) -> dict[str, str]:
        """The same for a playbook in this machine's namespace: only ssh goes through the other one."""
        programs = {"ansible_ssh_executable": "ssh", "ansible_sftp_executable": "sftp"}
        for variable, name in programs.items():
            script = self._folder / name
            script.write_text(f'#!/bin/sh\nexec {shlex.join(self._controller.enter)} {name} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
            programs[variable] = str(script)
        # All such nodes have the same address, so each needs a control socket of its own.
        return {**self.variables(), **programs, "ansible_control_path": str(self._folder / "socket")}

    def play(self, *tasks: t.Mapping[str, t.Any], timeout: float = 240) -> PlaybookRun:
        """Run tasks against the node, from the other namespace."""
        play = {"hosts": "all", "gather_facts": False, "tasks": list(tasks)}
        return run_playbook([play], {"all": {"hosts": {"node": self.variables()}}}, before=self._controller.enter, timeout=timeout)

    def kill_sessions(self) -> int:
        """End all sessions at once, but not the server; how many processes that were."""
        killed = 0
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                ours = (folder / "ns/net").stat().st_ino == self.node.inode
                if ours and (folder / "comm").read_text().startswith("sshd") and int(folder.name) != self._server.pid:
                    os.kill(int(folder.name), signal.SIGKILL)
                    killed += 1
        return killed

    def __enter__(self) -> SshNode:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self._server.kill()
        self._server.communicate()
        self.kill_sessions()
        self._controller.close()


def sshd_here() -> tuple[str, dict[str, str]]:
    found = sshd()
    if found is None:
        raise AssertionError("there is no sshd: tools/setup.sh could not fetch it, or did not run")
    return found
