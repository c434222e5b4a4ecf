# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments and programs that know nothing of this checkout."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing as t

from .. import installer
from .problem import Problem

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "release"
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"
# Of this process's environment, all that a program gets.
KEPT = ("LANG", "LC_ALL", "TZ", "TMPDIR")


def environment(name: str, *requirements: str) -> pathlib.Path:
    """The folder of the programs of a virtual environment with these arguments of pip install; made again when they have changed."""
    folder = CACHE / name
    files = [pathlib.Path(requirement) for requirement in (*requirements, str(CONSTRAINTS)) if requirement.startswith("/")]
    content = b"".join(
        [sys.version.encode(), str(folder).encode(), " ".join(requirements).encode(), *(file.read_bytes() for file in files)]
    )
    state, stamp = hashlib.sha256(content).hexdigest(), folder / ".ready"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != state:
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        installer.install(folder / "bin" / "python", *requirements)
        stamp.write_text(state, encoding="utf-8")
    return folder / "bin"


class Bench:
    """A folder that is home and working directory of programs, and where else they look for nothing."""

    def __init__(self, folder: pathlib.Path, programs: pathlib.Path, **settings: str) -> None:
        self.folder, self._programs = folder, programs
        self._environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PATH": os.pathsep.join([str(programs), "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            **settings,
        }
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, program: str, *arguments: str) -> str:
        """What it wrote; Problem when it fails."""
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"{program} {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout


T = t.TypeVar("T")


def step(name: str, work: t.Callable[..., T], *arguments: t.Any) -> T:
    """Do the work, and print how long it took."""
    print(f"release-check: {name} ...", file=sys.stderr, flush=True)
    begun = time.monotonic()
    result = work(*arguments)
    print(f"release-check: {name}: done in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return result
