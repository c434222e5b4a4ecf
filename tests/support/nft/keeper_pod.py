# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper of a ruleset as its pod runs it: on a node, in a root with nothing but the pod's mounts, with the capabilities of its container.

Its looks come every half second, so that tests need not wait. The API server is a listener in a namespace of its own, at the other end of a veth pair.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import types
import typing as t
import zipfile

from ansible_collections.aks.dataplane.plugins.module_utils._keeper import keeper_words
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_order import KeeperOrder, to_json
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked, pack
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_manifest import Probe
from ansible_collections.aks.dataplane.plugins.module_utils._work.keeper_payload import program

from ..output import check_output
from .lab import LabNode
from .node import NftNode
from .traffic import link

NODE_ADDRESS, API_SERVER, API_PORT = "198.18.1.2", "198.18.1.1", 6443
READY_PORT = 10300
_LOOK = 0.5
_WORDS = "keeper/_keeper/keeper_words.py"
_LISTENER = f"""
import socket
server = socket.create_server(("{API_SERVER}", {API_PORT}))
print("ready", flush=True)
while True:
    link, _address = server.accept()
    with link:
        link.settimeout(1)
        try:
            link.recv(100)
            link.sendall(b"HTTP/1.0 400 Bad Request\\r\\n\\r\\n")
        except OSError:
            pass
"""
# What Kubernetes sets, and what the programs that make the root need.
_ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "KUBERNETES_SERVICE_HOST": API_SERVER,
    "KUBERNETES_SERVICE_PORT": str(API_PORT),
}
# Kubernetes mounts what its manifest names, and the runtime these.
_FOLDERS = {mount["mountPath"] for mount in Probe("r", "n", "i", "", 1, b"", ("amd64",)).pod()["spec"]["containers"][0]["volumeMounts"]}
READ_ONLY = sorted(_FOLDERS - {keeper_words.FOLDER, "/sys/kernel/security"})


def order(text: str, ruleset: str = "web", **changes: t.Any) -> KeeperOrder:
    """As the controller writes it."""
    options = {"lockout_timeout": 3, "port": READY_PORT, **changes}
    return KeeperOrder(ruleset, text, pack(checked(text)), **options)


def quick_program(seconds: float = _LOOK) -> bytes:
    """The keeper with another pause between two looks."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(program())) as given, zipfile.ZipFile(held, "w") as made:
        for name in given.namelist():
            source = given.read(name).decode()
            if name == _WORDS:
                changed = source.replace("LOOK_SECONDS, HEARTBEAT_SECONDS = 30, 600", f"LOOK_SECONDS, HEARTBEAT_SECONDS = {seconds}, 600")
                assert changed != source
                source = changed
            made.writestr(name, source)
    return held.getvalue()


class ApiServer:
    """What a node opens connections to. As context manager it ends with the block."""

    def __init__(self, node: LabNode) -> None:
        self._other = NftNode()
        link(self._other, node, API_SERVER, NODE_ADDRESS)
        self._listener = subprocess.Popen([*self._other.enter, sys.executable, "-c", _LISTENER], stdout=subprocess.PIPE, text=True)
        assert self._listener.stdout is not None
        assert self._listener.stdout.readline() == "ready\n"

    def __enter__(self) -> ApiServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self._listener.kill()
        self._listener.communicate()
        self._other.close()


class KeeperPod:
    """One pod. start() after kill() is a container that is started again: what it wrote below /run is still there."""

    def __init__(
        self,
        node: LabNode,
        folder: pathlib.Path,
        given: KeeperOrder,
        task: str = keeper_words.KEEP,
        look: float = _LOOK,
        tree: pathlib.Path | None = None,
    ) -> None:
        """look: seconds between two. tree: the root folder of the node, where it is not this machine's."""
        self._node, self._folder, self._task = node, folder, task
        self._sources = {"/usr": tree / "usr", "/lib": tree / "usr/lib", "/lib64": tree / "usr/lib64"} if tree else {}
        (folder / "run").mkdir(parents=True)
        (folder / "prog").mkdir()
        (folder / "prog" / keeper_words.PROGRAM).write_bytes(quick_program(look))
        (folder / "prog" / keeper_words.ORDER).write_text(to_json(given), encoding="utf-8")
        self.lines: list[dict[str, t.Any]] = []
        self._errors = folder / "errors"
        self.start()

    def __enter__(self) -> KeeperPod:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", self._script()]
        with self._errors.open("a") as errors:
            self._process = subprocess.Popen(
                [*self._node.enter, *words], env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def _script(self) -> str:
        root = self._folder / "root"
        lines = ["set -e", f"mkdir -p {root}", f"mount -t tmpfs none {root}"]
        for path in READ_ONLY:
            source = self._sources.get(path, path)
            lines += [f"mkdir -p {root}{path}", f"mount --bind {source} {root}{path}", f"mount -o remount,bind,ro {root}{path}"]
        prog, run = f"{root}{keeper_words.FOLDER}", f"{root}{keeper_words.RUN}"
        lines += [
            f"mkdir {prog} {run} {root}/proc {root}/dev",
            f"mount --bind {self._folder}/prog {prog}",
            f"mount -o remount,bind,ro {prog}",
        ]
        lines += [f"mount --bind {self._folder}/run {run}", f"mount -t proc none {root}/proc", f"touch {root}/dev/null"]
        lines += [f"mount --bind /dev/null {root}/dev/null", f"mount -o remount,ro {root}"]
        limited = "/usr/bin/setpriv --no-new-privs --bounding-set=-all,+net_admin,+net_raw"
        lines.append(f"exec chroot {root} {limited} {' '.join(keeper_words.command(self._task))}")
        return "\n".join(lines)

    def _read(self, stream: t.IO[str]) -> None:
        for line in stream:
            self.lines.append(json.loads(line))

    @property
    def pid(self) -> int:
        """Of the keeper, from outside."""
        children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return int(children.read_text().split()[0])

    def wait(self, event: str, count: int = 1, seconds: float = 20) -> dict[str, t.Any]:
        """The line of that event, when there are so many of them."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = [line for line in [*self.lines] if line["event"] == event]
            if len(found) >= count:
                return found[count - 1]
            time.sleep(0.01)
        raise AssertionError(f"no {event} ({count}) in: {json.dumps(self.lines, indent=1)}; errors: {self._errors.read_text()}")

    @property
    def events(self) -> list[str]:
        return [line["event"] for line in self.lines]

    def is_ready(self) -> bool:
        """As the kubelet asks."""
        ask = (
            "import urllib.request as u, urllib.error as e\n"
            f"try: print(u.urlopen('http://{keeper_words.READY_HOST}:{READY_PORT}{keeper_words.READY_PATH}', timeout=5).status)\n"
            "except e.HTTPError as exc: print(exc.code)"
        )
        return {"200": True, "503": False}[self._node.run(sys.executable, "-c", ask).strip()]

    def terminate(self) -> int:
        """As the kubelet ends it; the exit status."""
        os.kill(self.pid, signal.SIGTERM)
        status = self._process.wait(20)
        self._reader.join()
        check_output(self._errors.read_text(), "the keeper")
        return status

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, IndexError, FileNotFoundError):
            os.kill(self.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait(20)
        self._reader.join()
        check_output(self._errors.read_text(), "the keeper")
