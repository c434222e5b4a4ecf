# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine can run a cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .errors import ClusterError

# Capabilities by their number (linux/capability.h): without one of these, nodes cannot be made.
CAPABILITIES = {12: "CAP_NET_ADMIN", 13: "CAP_NET_RAW", 18: "CAP_SYS_CHROOT", 21: "CAP_SYS_ADMIN", 27: "CAP_MKNOD"}
COMMANDS = ("cp", "ip", "iptables", "mount", "nsenter", "setpriv", "unshare")
# Needed by containers that ask for limits; without one, runc refuses them.
CONTROLLERS = ("cpu", "memory", "pids")
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
    missing = sorted(name for number, name in CAPABILITIES.items() if not _effective() >> number & 1)
    if missing:
        raise ClusterError(f"root has not {', '.join(missing)} here; a container needs --privileged to run it")
    for command in COMMANDS:
        if shutil.which(command, path=PATH) is None:
            raise ClusterError(f"the command {command} is missing; make setup installs it")
    _check_groups()
    _try([*TRIAL, "true"], "there can be no namespaces")
    _try([*TRIAL, "sh", "-ec", OVERLAY], "the kernel has no overlay file system")


def _effective() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))


def _check_groups() -> None:
    root = Path("/sys/fs/cgroup")
    if not os.access(root, os.W_OK):
        raise ClusterError(f"{root} cannot be written to; containers need control groups")
    unified = root / "cgroup.controllers"
    present = unified.read_text(encoding="ascii").split() if unified.exists() else [entry.name for entry in root.iterdir()]
    missing = [name for name in CONTROLLERS if name not in present]
    if missing:
        raise ClusterError(f"{root} has no controllers {', '.join(missing)}; containers need them")


def missing_capabilities() -> list[str]:
    """Of those that AKS gives to kube-proxy, what this machine's root has not, and so cannot give."""
    return [] if _effective() >> 24 & 1 else ["CAP_SYS_RESOURCE"]


def _try(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": PATH})
    if done.returncode:
        raise ClusterError(f"{what}: {done.stderr.strip()}")
