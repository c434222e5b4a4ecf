# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether virtual machines run on this machine's processor, or on an emulated one.

That /dev/kvm exists, and even that it makes a virtual processor, is not enough: inside some clouds it runs no kernel. So a kernel is
started on trial, once per machine and image.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path

from .. import caches
from .images import cache

# Without cmpxchg16b, which QEMU 7.2 emulates so that it spoils the flags: kernels that use it (6.12) mostly panic at boot.
EMULATED = ("-accel", "tcg,tb-size=256", "-cpu", "Nehalem,cx16=off")
REAL = ("-accel", "kvm", "-cpu", "host")
# A real processor takes less than a second to the end of a trial.
TRIAL_SECONDS = 10


def options(image: Path) -> tuple[str, ...]:
    """Those of QEMU."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return EMULATED
    result = cache() / f"processor-{_machine(image)}"
    with caches.locked(result):
        if not result.exists():
            result.write_text("real" if _trial(image) else "emulated", encoding="utf-8")
    return REAL if result.read_text(encoding="utf-8") == "real" else EMULATED


def _machine(image: Path) -> str:
    """A digest of all that the result depends on."""
    processor = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    stable = [line for line in processor.splitlines() if not line.startswith(("cpu MHz", "bogomips"))]
    emulator = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    return hashlib.sha256("\n".join([platform.release(), emulator, image.name, *stable]).encode()).hexdigest()[:16]


def _trial(image: Path) -> bool:
    """Whether the kernel comes as far as to mount the disk."""
    command = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio", "-no-reboot"]
    command += [*REAL, "-machine", "q35", "-m", "256", "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd")]
    command += ["-append", "console=ttyS0 quiet panic=-1", "-device", "virtio-blk-pci,drive=disk"]
    command += ["-drive", f"if=none,id=disk,file={image / 'disk.qcow2'},snapshot=on"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TRIAL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"lab: trial passed" in done.stdout
