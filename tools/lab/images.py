# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of nodes: built once per recipe, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

from .. import caches
from .errors import LabError

HERE = Path(__file__).resolve().parent
SUITES = ("bookworm", "trixie")
# All that an image is made from. A change of any of these makes another image.
RECIPE = ("build.sh", "packages.sh", "system.sh", "init.sh")
# Images of other recipes may belong to other checkouts, which will say so by using them.
KEEP_UNUSED = 7 * 24 * 3600.0
# A build ends with this program, however that ends, and no mount or process of the new system is left of it.
CONFINED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL")


def cache() -> Path:
    """The folder of all images, which checkouts share."""
    return caches.folder("lab")


def digest() -> str:
    """Of the recipe."""
    recipe = hashlib.sha256()
    for name in RECIPE:
        content = (HERE / name).read_bytes()
        recipe.update(f"{name} {len(content)}\n".encode() + content)
    return recipe.hexdigest()[:16]


def ensure(suite: str, say: t.Callable[[str], None]) -> Path:
    """The folder of an image, which is built when there is none: root/, disk.qcow2, vmlinuz, initrd and known_hosts."""
    folder = cache() / f"{suite}-{digest()}"
    with caches.locked(folder):
        if not folder.exists():
            say(f"building the image of {suite}")
            began = time.monotonic()
            _build(suite, folder)
            say(f"built the image of {suite} in {time.monotonic() - began:.0f} s")
        os.utime(folder)
    for other in folder.parent.glob(f"{suite}-????????????????"):
        if is_unused(other):
            with caches.locked(other):
                if is_unused(other):
                    _remove(other)
    return folder


def is_unused(folder: Path) -> bool:
    """For so long that it may go."""
    return folder.exists() and time.time() - folder.stat().st_mtime > KEEP_UNUSED


def _build(suite: str, folder: Path) -> None:
    """Only a finished image gets its name."""
    part = folder.with_suffix(".part")
    _remove(part)
    part.mkdir()
    log = folder.with_suffix(".log")
    with log.open("w", encoding="utf-8") as output:
        command = [*CONFINED, str(HERE / "build.sh"), suite, mirror(), str(part)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        _remove(part)
        raise LabError(f"the image of {suite} cannot be built; the end of {log}:\n{tail(log)}")
    log.unlink()
    part.rename(folder)


def mirror() -> str:
    """The Debian mirror that apt uses on this machine."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    if not listed:
        raise LabError("apt knows no mirror of Debian, from which the nodes are made. Run: apt-get update")
    return listed[0]


def tail(path: Path, lines: int = 20) -> str:
    """The end of a log file."""
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
