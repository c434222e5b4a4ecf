# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image of execution-environment/, built of the definition as it is, on a stand-in for CentOS that is made of Debian."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.support.simulator import ROOT
from tools import caches

from .engine import Podman

# The name that the definition has, so that it is used unchanged.
BASE = "quay.io/centos/centos:stream9"
PACKAGES = "python3,python3-pip,python3-venv,openssh-client,ca-certificates"
# What the definition calls and Debian has under another name, or not at all.
_BASE_FILE = """FROM scratch
ADD base.tar /
RUN echo 'raise SystemExit(0)' > /usr/lib/python3.13/ensurepip/__main__.py \\
 && ln -sf python3.13 /usr/bin/python3.12 && rm -f /usr/lib/python3.13/EXTERNALLY-MANAGED \\
 && printf '#!/bin/sh\\nexit 0\\n' > /usr/bin/dnf && chmod 755 /usr/bin/dnf
"""
# How this machine reaches PyPI is no part of the image.
_REACH = ("/etc/ssl/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/etc/pip.conf")


def build(podman: Podman, folder: Path) -> str:
    """Its name. folder: for what it is built of. Without an image, this took most of 5:39 on 2 busy cores."""
    with caches.locked(podman.folder / "build"):
        tag = f"localhost/aks-dataplane-ee:{_digest()}"
        if podman.has(tag):
            return tag
        _make_base(podman, folder / "base")
        work = folder / "execution-environment"
        shutil.copytree(ROOT / "execution-environment", work, ignore=shutil.ignore_patterns("context"))
        _run("ansible-galaxy", "collection", "build", "--output-path", folder / "dist", ROOT, where=ROOT)
        _run("ansible-builder", "create", where=work)
        mounts = [f"--volume={path}:{path}:ro" for path in _REACH if Path(path).exists()]
        podman.build(tag, work / "context", "--pull=never", *mounts, timeout=600)
        return tag


def _digest() -> str:
    """Of all that goes into the image."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shipped = ("awx/", "examples/", "execution-environment/", "meta/", "playbooks/", "plugins/", "roles/", "galaxy.yml")
    files = sorted(name for name in listed.split("\0") if name.startswith(shipped) and (ROOT / name).is_file())
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in files:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return digest.hexdigest()[:12]


def _make_base(podman: Podman, folder: Path) -> None:
    if podman.has(BASE):
        return
    folder.mkdir()
    _run(
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        "--format=tar",
        f"--include={PACKAGES}",
        "trixie",
        folder / "base.tar",
        where=folder,
    )
    (folder / "Containerfile").write_text(_BASE_FILE, encoding="utf-8")
    podman.build(BASE, folder, timeout=200)


def _run(program: str, *arguments: str | Path, where: Path) -> None:
    own = Path(sys.executable).parent / program
    command: t.Sequence[str | Path] = [own if own.exists() else program, *arguments]
    done = subprocess.run(command, cwd=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=400)
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
