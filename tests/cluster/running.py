# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's life as its owner sees it: with started() as cluster. It ends with the context, or with the owner, however that ends."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tools import caches

from . import image_store, machine, packages, programs, state
from .client import ClusterClient
from .errors import ClusterError

ROOT = Path(__file__).resolve().parents[2]
# setpriv: ended with the owner. The rest: what the cluster makes is in namespaces that end with their first process.
CONFINED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child=KILL")
# Of a machine that does much else.
START_SECONDS = 180.0
END_SECONDS = 20.0
# As klog, zap, logrus and Python write them.
ERROR = re.compile(r'^[EF]\d{4} |level=(error|fatal)|"level":"(error|fatal|panic)"|^(\w+\.)*\w*(Error|Exception)\b')


@dataclasses.dataclass(frozen=True)
class Cached:
    """What a cluster is made from, all of it in the cache."""

    programs: Path
    folders: packages.Folders
    images: Path


def prepare(say: programs.Say) -> Cached:
    """Check the machine, and fetch and build what is not there yet; ClusterError."""
    machine.check()
    folders = packages.ensure()
    built = programs.ensure(say)
    return Cached(built, folders, image_store.ensure(built, folders, say))


@contextlib.contextmanager
def started(cached: Cached, port: int = 0) -> t.Iterator[ClusterClient]:
    """A control plane that is ready, without nodes. port: of the API server on the loopback address; 0: any. ClusterError."""
    with _listening(port) as listening, state.folder() as folder, caches.in_use(cached.programs):
        plan = {
            "programs": str(cached.programs),
            "runtime": str(cached.folders.runtime),
            "store": str(cached.folders.store),
            "proxy": str(cached.folders.proxy),
            "images": str(cached.images),
            "cgroup": state.cgroup(folder),
            "withheld": machine.withheld(),
            "listening": listening.fileno(),
        }
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        log = folder / "first_process.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*CONFINED, sys.executable, "-m", "tests.cluster.first_process", str(folder)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PATH": machine.PATH},
                pass_fds=[listening.fileno()],
                # Ctrl-C is for the owner, who ends it in order.
                start_new_session=True,
            )
        address = f"https://127.0.0.1:{listening.getsockname()[1]}"
        listening.close()
        try:
            _wait(process, folder)
            (folder / "owner.json").write_text(json.dumps({"address": address, "pid": process.pid}), encoding="ascii")
            yield ClusterClient(folder, address, process.pid)
        finally:
            _end(process)


@contextlib.contextmanager
def _listening(port: int) -> t.Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(("127.0.0.1", port))
            made.listen()
        except OSError as reason:
            raise ClusterError(f"port {port} of 127.0.0.1 cannot be had: {reason.strerror}. Choose another one, or 0 for any") from reason
        yield made


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (folder / "cluster.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ClusterError(f"these were the last errors:\n{last_words(folder)}\nThe control plane does not start")
        time.sleep(0.05)


def last_words(folder: Path) -> str:
    """What the programs of a cluster have said last of errors, a line of each program."""
    words = []
    for log in [folder / "first_process.log", *sorted((folder / "logs").glob("*.log"))]:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        bad = [line for line in lines if ERROR.search(line)]
        words += [f"  {log.stem}: {line[:300]}" for line in bad[-1:]]
    return "\n".join(words)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The first process goes last, when the kernel has ended all others."""
    first = _children(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + END_SECONDS
    while any(Path(f"/proc/{pid}").exists() for pid in first):
        if time.monotonic() > deadline:
            raise ClusterError(f"processes of the cluster do not end: {first}")
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []
