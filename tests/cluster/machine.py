# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine can run a cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from . import capabilities, groups
from .errors import ClusterError

COMMANDS = ("cp", "ip", "iptables", "mount", "nsenter", "setpriv", "unshare")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
# What is made in there ends with the command.
TRIAL = ("unshare", "--mount", "--net", "--pid", "--uts", "--fork", "--mount-proc")
OVERLAY = """
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/all
mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/all
"""


def check() -> None:
    """ClusterError for the first thing that is missing, in words that say what would help."""
    if os.geteuid() != 0:
        raise ClusterError("it needs root, for namespaces, mounts and containers")
    if not _is_of_the_machine(Path("/proc/self/uid_map").read_text(encoding="ascii")):
        raise ClusterError(
            "root is that of a user namespace here (a container without root), and may not make nodes; it needs the machine's"
        )
    missing = capabilities.needed(_held())
    if missing:
        raise ClusterError(f"root has not {', '.join(missing)} here; a container needs --privileged to run it")
    for command in COMMANDS:
        if shutil.which(command, path=PATH) is None:
            raise ClusterError(f"the command {command} is missing; make setup installs it")
    reason = groups.trouble(groups.CGROUPS)
    if reason:
        raise ClusterError(reason)
    _try([*TRIAL, "true"], "there can be no namespaces")
    _try([*TRIAL, "sh", "-ec", OVERLAY], "the kernel has no overlay file system")


def _is_of_the_machine(users: str) -> bool:
    """users: as /proc/PID/uid_map has them, lines of first user here, first user there, and how many."""
    return users.split() == ["0", "0", str(2**32 - 1)]


def withheld() -> list[str]:
    """Capabilities that this machine's root has not, and so cannot give to containers."""
    return capabilities.absent(_held())


def _held() -> int:
    return capabilities.held(Path("/proc/self/status").read_text(encoding="ascii"))


def _try(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": PATH})
    if done.returncode:
        raise ClusterError(f"{what}: {done.stderr.strip()}")
