# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a running cluster, as its first process sees them: made, and taken away like machines that lose their power."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import signal
import typing as t
from pathlib import Path

from . import image_store, node_files
from .credentials import Credentials
from .node_files import NodeSpec
from .processes import Processes
from .services import Service

HERE = Path(__file__).resolve().parent
PATIENCE = 90.0
LOOK_SECONDS = 0.05
# Seconds between the end of a program and its next start, as long as the unit of containerd says on AKS's nodes; the kubelet's is shorter.
CONTAINERD_PAUSE, KUBELET_PAUSE = 5.0, 1.0


@dataclasses.dataclass
class Node:
    """holder: the process whose namespaces are the node's."""

    spec: NodeSpec
    folder: Path
    holder: asyncio.subprocess.Process
    containerd: Service
    kubelet: Service


@dataclasses.dataclass(frozen=True)
class Materials:
    """What nodes are made from. cgroup: of all containers; withheld: capabilities that no container can get."""

    programs: Path
    runtime: Path
    images: Path
    credentials: Credentials
    cgroup: str
    withheld: t.Sequence[str]


class Nodes:
    def __init__(self, folder: Path, materials: Materials, processes: Processes) -> None:
        self._folder = folder
        self._materials = materials
        self._processes = processes
        self._known: dict[str, Node] = {}
        self._links = 0

    def pids(self) -> dict[str, int]:
        """The holder of each node's namespaces."""
        return {name: node.holder.pid for name, node in self._known.items()}

    async def add(self, spec: NodeSpec) -> None:
        """Until its kubelet has been started; TimeoutError, OSError."""
        made, folder = self._materials, self._folder / spec.name
        await asyncio.to_thread(self._prepare, spec, folder)
        command = [str(HERE / "node.sh"), spec.name, spec.address, str(folder), str(made.programs), str(made.runtime)]
        holder = await self._processes.start(f"{spec.name}.node", ["unshare", "--mount", "--uts", "--net", "sh", *command])
        own = os.readlink("/proc/self/ns/net")
        await _until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own, f"{spec.name} has no network")
        self._links += 1
        link = f"node{self._links}"
        await self._processes.run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(holder.pid))
        await self._processes.run("ip", "link", "set", link, "master", "vnet", "up")
        await self._processes.run("ip", "route", "replace", spec.pods, "via", spec.address)
        await _until((folder / "ready").exists, f"{spec.name} has not started")
        containerd = self._service(spec, holder, "containerd", node_files.containerd_command(), CONTAINERD_PAUSE)
        await containerd.begin()
        await _until(Path(f"/proc/{holder.pid}/root{node_files.SOCKET}").exists, f"containerd of {spec.name} has not started")
        kubelet = self._service(spec, holder, "kubelet", node_files.kubelet_command(spec), KUBELET_PAUSE)
        await kubelet.begin()
        self._known[spec.name] = Node(spec, folder, holder, containerd, kubelet)

    def _prepare(self, spec: NodeSpec, folder: Path) -> None:
        made = self._materials
        folder.mkdir(parents=True)
        image_store.link(made.images, folder / "containerd")
        kubeconfig = made.credentials.node_kubeconfig(spec.name)
        cgroup = f"{made.cgroup}/{spec.name}"
        node_files.write(spec, folder, kubeconfig, made.credentials.folder / "ca.pem", cgroup, made.withheld)

    def _service(self, spec: NodeSpec, holder: asyncio.subprocess.Process, name: str, command: t.Sequence[str], pause: float) -> Service:
        enter = ["nsenter", "--target", str(holder.pid), "--mount", "--uts", "--net"]
        return Service(
            self._processes, lambda: self._processes.start(f"{spec.name}.{name}", [*enter, *command], PATH=node_files.PATH), pause
        )

    async def set_kubelet(self, name: str, runs: bool) -> None:
        """Without its kubelet, a node gets NotReady while its pods go on. KeyError."""
        node = self._known[name]
        await (node.kubelet.begin() if runs else node.kubelet.end())

    async def remove(self, name: str) -> None:
        """The machine is gone, and all that ran on it. KeyError."""
        node = self._known.pop(name)
        namespace, group = os.readlink(f"/proc/{node.holder.pid}/ns/mnt"), f"{self._materials.cgroup}/{name}/"
        for service in (node.kubelet, node.containerd):
            await service.end()

        def nothing_runs() -> bool:
            left = [pid for pid in _pids() if pid != node.holder.pid and _belongs(pid, namespace, group)]
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        await _until(nothing_runs, f"processes of {name} do not end")
        await self._processes.stop(node.holder)
        await self._processes.run("ip", "route", "delete", node.spec.pods)
        await asyncio.to_thread(shutil.rmtree, node.folder)


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _belongs(pid: int, namespace: str, group: str) -> bool:
    """Whether a process runs on the node, or in one of its containers."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
        return group in groups or os.readlink(f"/proc/{pid}/ns/mnt") == namespace
    except OSError:
        return False


async def _until(holds: t.Callable[[], bool], otherwise: str) -> None:
    """TimeoutError with the words."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    while not holds():
        if loop.time() > deadline:
            raise TimeoutError(otherwise)
        await asyncio.sleep(LOOK_SECONDS)
