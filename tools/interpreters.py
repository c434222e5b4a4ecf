# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python versions this machine really has."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

# Minor versions of Python 3: the oldest that nodes may have, and the first that nothing is known of.
NODE, NEXT = 9, 15


def _pyenv_root() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def _patch_level(folder: Path) -> int:
    """The last number of C(versions/3.12.1/bin), so that the newest of a line can be taken."""
    return int(folder.parent.name.rpartition(".")[2])


def search_path(oldest: int = 10) -> list[str]:
    """PATH with the real version folders of pyenv instead of its shims. oldest: the minor version from which on those are of interest.

    A shim stands on PATH for every version that is installed, but fails for those that are not switched on; and programs that clean their
    environment, as ansible-test does, drop the variable that would switch them on.
    """
    root = _pyenv_root()
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if not folder.startswith(f"{root}{os.sep}")]
    for minor in range(oldest, NEXT):
        found = [folder for folder in root.glob(f"versions/3.{minor}.*/bin") if folder.parent.name.rpartition(".")[2].isdigit()]
        if found:
            folders.append(str(max(found, key=_patch_level)))
    return folders


@functools.cache
def find(version: str) -> str | None:
    """Path of a Python of this version (for example V(3.12)) that runs and can make virtual environments; None when there is none."""
    for folder in search_path():
        candidate = Path(folder) / f"python{version}"
        if not candidate.exists():
            continue
        probe = subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False)
        if probe.returncode == 0:
            return str(candidate)
    return None


@functools.cache
def for_nodes() -> dict[str, str]:
    """Every Python of this machine that a node may have, the oldest first: its path by version, for example C({"3.9": "/usr/bin/python3.9"})."""
    found: dict[str, str] = {}
    for version in (f"3.{minor}" for minor in range(NODE, NEXT)):
        for folder in [*search_path(NODE), str(Path(sys.executable).parent)]:
            candidate = Path(folder) / f"python{version}"
            # Debian's Python has venv only when another package is installed, but needs no more than this to make one without pip.
            if candidate.exists() and subprocess.run([candidate, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
                found.setdefault(version, str(candidate))
    return found
