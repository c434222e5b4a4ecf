# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of nft that the tests run with: this machine's, and that of another Debian release, unpacked aside.

The set-up fetches the other one (tools/aside). Without network it says so, and the tests run with what is there; the head of pytest's output
names it.
"""

from __future__ import annotations

import os
import pathlib
import platform
import re
import shutil
import subprocess

from tools.aside.debian_packages import NotAvailable
from tools.aside.programs import NEWER, SSHD, machine_sshd


def machine_nft() -> str:
    found = shutil.which("nft") or shutil.which("nft", path="/usr/sbin:/sbin")
    if found is None:
        raise NotAvailable("this machine has no nft")
    return found


def version_of(program: str | pathlib.Path) -> str:
    """For example C(1.0.6)."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"v(\d+(?:\.\d+)+)", said)
    if found is None:
        raise NotAvailable(f"{program} does not report its version: {said!r}")
    return found[1]


def folders() -> dict[str, pathlib.Path]:
    """By version, the folder in which nft is that one; what the set-up left, nothing is fetched."""
    own = pathlib.Path(machine_nft())
    found = {version_of(own): own.parent}
    if NEWER.folder.exists():
        other = _wrapped()
        found.setdefault(version_of(other / "nft"), other)
    return found


def sshd() -> tuple[str, dict[str, str]] | None:
    """A program sshd, and the environment that it needs; None when there is none."""
    own = machine_sshd()
    if own:
        return own, {}
    program = SSHD.folder / "usr" / "sbin" / "sshd"
    return (str(program), {"LD_LIBRARY_PATH": _libraries(SSHD.folder)}) if program.exists() else None


def _wrapped() -> pathlib.Path:
    """A folder with a script nft that runs the unpacked one with its own loader and libraries; it must not meet this machine's."""
    root = NEWER.folder
    folder = root / "wrapped"
    script = folder / "nft"
    loader = next(path for path in sorted(root.glob("usr/lib*/**/ld-linux-*.so.*")) if path.is_file())
    # It must not load extensions of this machine's iptables either.
    text = f'#!/bin/sh\nXTABLES_LIBDIR={root}/usr/lib/xtables exec {loader} --library-path {_libraries(root)} {root}/usr/sbin/nft "$@"\n'
    if not script.exists() or script.read_text(encoding="utf-8") != text:
        folder.mkdir(exist_ok=True)
        part = folder / f"nft.part-{os.getpid()}"
        part.write_text(text, encoding="utf-8")
        part.chmod(0o755)
        part.rename(script)
    return folder


def _libraries(root: pathlib.Path) -> str:
    return f"{root}/usr/lib/{platform.machine()}-linux-gnu:{root}/lib/{platform.machine()}-linux-gnu"
