# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process in the cluster's namespaces (mount, network, process): with it, everything in the cluster ends.

  python -m tests.cluster.first_process FOLDER      started by running.py; FOLDER/plan.json says what with

It takes orders, lines of JSON, at FOLDER/orders, and answers each with a line: {} or {"error": TEXT}.
  {"do": "add_node", "spec": {...}}                 fields: NodeSpec
  {"do": "remove_node", "name": NAME}
  {"do": "kubelet", "name": NAME, "runs": BOOL}
  {"do": "api_server", "state": "running" | "hung" | "stopped"}
  {"do": "pids"}                                    {NAME: holder of the node's namespaces, as seen in here}
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import signal
import socket
import sys
import typing as t
from pathlib import Path

from . import control_plane, relay
from .api import Api
from .client import short
from .credentials import ADDRESS, PORT, Credentials
from .node_files import NodeSpec
from .nodes import Materials, Nodes
from .packages import Folders
from .processes import Processes

READY_SECONDS = 120.0
NETWORK = (
    "link set lo up",
    "link add vnet type bridge",
    f"address add {ADDRESS}/16 dev vnet",
    "link set vnet up",
)
# It leads from one node's pods to another's, as Azure's network does.
SETTINGS = {"net/ipv4/ip_forward": "1", "net/ipv4/conf/all/send_redirects": "0", "net/ipv4/conf/vnet/send_redirects": "0"}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What running.py hands over. listening: the descriptor of the socket on the machine's own address."""

    programs: str
    runtime: str
    store: str
    proxy: str
    images: str
    cgroup: str
    withheld: list[str]
    listening: int


class FirstProcess:
    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        (folder / "logs").mkdir()
        self.processes = Processes(folder / "logs")
        self.credentials = Credentials(folder / "credentials")
        programs = Path(plan.programs)
        # A file system in memory: overlays can be made on it, which is not so of every disk, such as that of a container.
        nodes = folder / "nodes"
        self._images = nodes / "images"
        materials = Materials(programs, Path(plan.runtime), self._images, self.credentials, plan.cgroup, plan.withheld)
        self.nodes = Nodes(nodes, materials, self.processes)
        self._api_server: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Until the API server is ready, and orders are taken; TimeoutError, OSError."""
        for words in NETWORK:
            await self.processes.run("ip", *words.split())
        for name, value in SETTINGS.items():
            Path("/proc/sys", name).write_text(value, encoding="ascii")
        folders = Folders(Path(self.plan.runtime), Path(self.plan.store), Path(self.plan.proxy))
        await self.processes.start("etcd", control_plane.etcd(folders, self.folder / "etcd"))
        await self.set_api_server("running")
        await relay.serve(socket.socket(fileno=self.plan.listening))
        with short(self.folder) as folder:
            await asyncio.start_unix_server(self._listen, f"{folder}/orders")
        await asyncio.gather(self._api_server_ready(), self._fill_nodes())
        programs, secrets = Path(self.plan.programs), self.credentials.folder
        for name in ("kube-controller-manager", "kube-scheduler"):
            (secrets / f"{name}.kubeconfig").write_text(self.credentials.component_kubeconfig(name), encoding="ascii")
        manager = control_plane.controller_manager(programs, secrets, secrets / "kube-controller-manager.kubeconfig")
        await self.processes.start("kube-controller-manager", manager)
        await self.processes.start("kube-scheduler", control_plane.scheduler(programs, secrets / "kube-scheduler.kubeconfig"))
        ready = self.folder / "cluster.new"
        ready.touch(mode=0o600)
        ready.write_text(json.dumps({"authority": self.credentials.authority, "tokens": self.credentials.tokens}), encoding="ascii")
        ready.replace(self.folder / "cluster.json")

    async def _fill_nodes(self) -> None:
        """The folder of the nodes, with the images that they share."""
        self._images.parent.mkdir()
        await self.processes.run("mount", "--no-mtab", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(self._images.parent))
        self._images.mkdir()
        await self.processes.run("cp", "--archive", f"{self.plan.images}/.", str(self._images))

    async def _api_server_ready(self) -> None:
        api = Api(f"https://{ADDRESS}:{PORT}", self.credentials.authority, self.credentials.tokens["admin"])
        loop = asyncio.get_running_loop()
        deadline = loop.time() + READY_SECONDS
        while True:
            try:
                if (await asyncio.to_thread(api.request, "GET", "/readyz")).status == 200:
                    return
            except OSError as reason:
                if loop.time() > deadline:
                    raise TimeoutError(f"the API server does not start: {reason}") from reason
            if self._api_server is None or self._api_server.returncode is not None:
                raise OSError("the API server has ended")
            await asyncio.sleep(0.1)

    async def set_api_server(self, state: str) -> None:
        """ValueError for an unknown state."""
        running = self._api_server
        if state == "running" and running is not None:
            running.send_signal(signal.SIGCONT)
        elif state == "running":
            command = control_plane.api_server(Path(self.plan.programs), self.credentials.folder)
            self._api_server = await self.processes.start("kube-apiserver", command)
        elif state == "hung" and running is not None:
            running.send_signal(signal.SIGSTOP)
        elif state == "stopped" and running is not None:
            await self.processes.stop(running)
            self._api_server = None
        else:
            raise ValueError(f"the API server cannot become {state} now")

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for line in reader:
            try:
                answer = await self._obey(**json.loads(line))
            except (OSError, ValueError, TypeError, KeyError, TimeoutError) as error:
                answer = {"error": str(error) or repr(error)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _obey(self, do: str, **how: t.Any) -> dict[str, t.Any]:
        match do:
            case "add_node":
                await self.nodes.add(NodeSpec(**how["spec"]))
            case "remove_node":
                await self.nodes.remove(how["name"])
            case "kubelet":
                await self.nodes.set_kubelet(how["name"], how["runs"])
            case "api_server":
                await self.set_api_server(how["state"])
            case "pids":
                return dict(self.nodes.pids())
            case _:
                raise ValueError(f"unknown order {do}")
        return {}


async def main(folder: Path) -> None:
    plan = Plan(**json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    first = FirstProcess(folder, plan)
    reaping = asyncio.create_task(first.processes.reap())
    await first.start()
    await reaping


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
