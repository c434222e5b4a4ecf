# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked of a running cluster, from any process that may read its folder."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import typing as t
from pathlib import Path

from .api import Api
from .errors import ClusterError
from .node_files import NodeSpec

ORDER_SECONDS = 300.0


@contextlib.contextmanager
def short(folder: Path) -> t.Iterator[str]:
    """A short path of the folder, for sockets, whose paths have 107 bytes at most."""
    handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


class ClusterClient:
    """folder: of the cluster; address: of the API server on this machine; pid: of the program that holds the cluster's first process."""

    def __init__(self, folder: Path, address: str, pid: int) -> None:
        self.folder = folder
        self.address = address
        self.pid = pid
        known = json.loads((folder / "cluster.json").read_text(encoding="ascii"))
        self.authority: str = known["authority"]
        self.tokens: dict[str, str] = known["tokens"]
        self.api = Api(address, self.authority, self.tokens["admin"])

    @classmethod
    def of(cls, folder: Path) -> ClusterClient:
        """The one that runs in the folder."""
        known = json.loads((folder / "owner.json").read_text(encoding="ascii"))
        return cls(folder, known["address"], known["pid"])

    def is_alive(self) -> bool:
        return Path(f"/proc/{self.pid}/ns/pid_for_children").exists()

    def add_node(self, spec: NodeSpec) -> None:
        """Its kubelet has been started then."""
        self._order("add_node", spec=dataclasses.asdict(spec))

    def remove_node(self, name: str) -> None:
        """The machine; its Node stays."""
        self._order("remove_node", name=name)

    def set_kubelet(self, name: str, runs: bool) -> None:
        self._order("kubelet", name=name, runs=runs)

    def set_api_server(self, state: t.Literal["running", "hung", "stopped"]) -> None:
        self._order("api_server", state=state)

    def pids(self) -> dict[str, int]:
        """By node, the process whose namespaces are the node's, as this machine sees it."""
        inside = {number: name for name, number in self._order("pids").items()}
        found = {}
        for pid, inner in self._processes():
            if inner in inside:
                found[inside[inner]] = pid
        return found

    def _processes(self) -> t.Iterator[tuple[int, int]]:
        """Those of the cluster: as this machine sees them, and as the cluster does."""
        namespace = os.readlink(f"/proc/{self.pid}/ns/pid_for_children")
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.readlink(entry / "ns/pid") != namespace:
                        continue
                    status = (entry / "status").read_text(encoding="utf-8", errors="replace")
                except OSError:
                    continue
                numbers = [number for line in status.splitlines() if line.startswith("NSpid:") for number in line.split()]
                yield int(entry.name), int(numbers[-1])

    def _order(self, do: str, **how: t.Any) -> dict[str, t.Any]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, short(self.folder) as folder:
            connection.settimeout(ORDER_SECONDS)
            connection.connect(f"{folder}/orders")
            connection.sendall(json.dumps({"do": do, **how}).encode() + b"\n")
            with connection.makefile("r", encoding="utf-8") as answers:
                answer: dict[str, t.Any] = json.loads(answers.readline() or '{"error": "the cluster has ended"}')
        if "error" in answer:
            raise ClusterError(f"{do}: {answer['error']}")
        return answer
