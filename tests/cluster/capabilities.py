# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this machine's root may, as sets of bits: which of it a cluster cannot do without, and what it cannot give to its containers."""

from __future__ import annotations

import re

# By their numbers (linux/capability.h).
NAMES = (
    *("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE"),
    *("NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT"),
    *("SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE"),
    *("AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ"),
    *("PERFMON", "BPF", "CHECKPOINT_RESTORE"),
)
# Without these there are no nodes; the kubelet reads the kernel's log.
OF_NODES = ("NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE", "SYSLOG")
# What containerd gives to every container.
OF_CONTAINERS = (
    *("CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE"),
    *("SYS_CHROOT", "KILL", "AUDIT_WRITE"),
)


def held(status: str) -> int:
    """Of a process that can also hand them on. status: as /proc/PID/status has it."""
    found = {name: int(value, 16) for name, value in re.findall(r"^(CapEff|CapBnd):\s*([0-9a-f]+)$", status, re.MULTILINE)}
    return found["CapEff"] & found["CapBnd"]


def needed(bits: int) -> list[str]:
    """What a cluster cannot do without, and is not there."""
    return [name for name in absent(bits) if name.removeprefix("CAP_") in OF_NODES + OF_CONTAINERS]


def absent(bits: int) -> list[str]:
    """All that are not there; runc refuses a container that is to have one of them."""
    return [f"CAP_{name}" for number, name in enumerate(NAMES) if not bits >> number & 1]
