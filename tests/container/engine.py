# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""podman, unpacked from Debian into the cache, with settings and a storage of its own: nothing is installed, and nothing else is touched."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from pathlib import Path

from tools import caches
from tools.aside.debian_packages import Packages

# Those of one suite fit each other.
PROGRAMS = Packages("podman", ("conmon", "podman", "runc"), suite="bookworm", whole=True)

# crun of that suite fails on the number of open files, and there is no network but the machine's.
_CONTAINERS = """
[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
conmon_path = ["{root}/usr/bin/conmon"]
[engine.runtimes]
runc = ["{root}/usr/sbin/runc"]
"""
_STORAGE = """
[storage]
driver = "overlay"
graphroot = "{folder}/images"
runroot = "{folder}/running"
"""


@dataclasses.dataclass(frozen=True)
class Podman:
    """folder: its settings, images and containers. root: where its packages are unpacked."""

    folder: Path
    root: Path

    @classmethod
    def ready(cls) -> Podman:
        """NotAvailable, of tools.aside, when the packages cannot be had."""
        root = PROGRAMS.fetch()
        podman = cls(caches.folder("container"), root)
        podman.folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("containers.conf", _CONTAINERS), ("storage.conf", _STORAGE)):
            (podman.folder / name).write_text(text.format(root=root, folder=podman.folder), encoding="utf-8")
        policy = {"default": [{"type": "insecureAcceptAnything"}]}
        (podman.folder / "policy.json").write_text(json.dumps(policy), encoding="utf-8")
        return podman

    def __call__(self, *arguments: str | Path, timeout: int = 60) -> str:
        """What it prints; RuntimeError with the end of its output when it fails."""
        libraries = [f"{self.root}{folder}/x86_64-linux-gnu" for folder in ("/usr/lib", "/lib")]
        environment = {
            "CONTAINERS_CONF": f"{self.folder}/containers.conf",
            "CONTAINERS_STORAGE_CONF": f"{self.folder}/storage.conf",
            "HOME": str(self.folder),
            "LD_LIBRARY_PATH": os.pathsep.join(libraries),
            "PATH": os.pathsep.join([f"{self.root}/usr/bin", f"{self.root}/usr/sbin", os.environ["PATH"]]),
        }
        command = [f"{self.root}/usr/bin/podman", *map(str, arguments)]
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=timeout
        )
        if done.returncode:
            raise RuntimeError(f"podman {arguments[0]} failed: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def build(self, tag: str, context: Path, *options: str | Path, timeout: int) -> None:
        """An image of the Containerfile in the context. Steps that are the same as in an earlier build are taken from there."""
        self(
            "build",
            "--quiet",
            "--layers",
            "--network=host",
            f"--signature-policy={self.folder}/policy.json",
            *options,
            f"--tag={tag}",
            context,
            timeout=timeout,
        )

    def has(self, tag: str) -> bool:
        return tag in self("images", "--format={{.Repository}}:{{.Tag}}").split()
