# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AKS's run command: the command really runs in a shell, with a stand-in for kubectl that asks the simulated API server."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import pathlib
import shlex
import sys
import tempfile
import typing as t
import uuid

from aiohttp import web

from ..errors import aks, gateway
from ..kube import kubectl
from .dispatch import Names, aks_version, json_object

if t.TYPE_CHECKING:
    from ..world import World
    from .clusters import Cluster

# What AKS keeps of the output, in bytes.
OUTPUT_LIMIT = 512 * 1024


@dataclasses.dataclass
class Command:
    """properties: of the result, none while it runs."""

    id: str
    task: asyncio.Task[None] | None = None
    properties: dict[str, t.Any] | None = None


class RunCommands:
    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[str, Command] = {}

    async def start(self, request: web.Request, cluster: Cluster) -> web.Response:
        """The answer to runCommand."""
        version, body = aks_version(request), await json_object(request)
        properties = cluster.body["properties"]
        if not isinstance(body.get("command"), str) or not body["command"]:
            raise aks(400, "InvalidParameter", "Required parameter command is missing (null).", target="command")
        if (properties.get("apiServerAccessProfile") or {}).get("disableRunCommand"):
            raise aks(400, "BadRequest", "Run command is disabled in this cluster.")
        token = cluster.kube.tokens["admin"]
        if (properties.get("aadProfile") or {}).get("managed"):
            token = body.get("clusterToken") or ""
            if not token:
                raise aks(400, "BadRequest", "The clusterToken is required for clusters with managed Microsoft Entra integration.")
        command = Command(uuid.uuid4().hex)
        self._commands[command.id] = command
        command.task = asyncio.get_running_loop().create_task(self._run(command, cluster, body["command"], token))
        return web.Response(status=202, headers={"Location": self._url(cluster, command, version)})

    async def result(self, request: web.Request, names: Names, cluster: Cluster) -> web.Response:
        """The answer to commandResults."""
        version, command = aks_version(request), self._commands.get(names["command"].lower())
        if command is None:
            raise gateway(404, "NotFound", f"The command {names['command']} could not be found.")
        if command.properties is None:
            return web.Response(status=202, headers={"Location": self._url(cluster, command, version), "Retry-After": "1"})
        return web.json_response({"id": command.id, "properties": command.properties})

    def _url(self, cluster: Cluster, command: Command, version: str) -> str:
        return f"{self._world.url}{cluster.body['id']}/commandResults/{command.id}?api-version={version}"

    async def _run(self, command: Command, cluster: Cluster, text: str, token: str) -> None:
        if self._world.faults.deep("run_command_failed", cluster.name):
            reason = "KubernetesPerformanceError: Failed to run command due to cluster perf issue, container=command, podStatus=Pending"
            command.properties = {"provisioningState": "Failed", "reason": reason, "exitCode": 0, "logs": ""}
            return
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "kubectl"
            program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(kubectl.__file__))} "$@"\n')
            program.chmod(0o755)
            process = await asyncio.create_subprocess_exec(
                *("sh", "-c", text),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd=folder,
                env={
                    "PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin",
                    "TMPDIR": folder,
                    "KUBECTL_SERVER": cluster.kube.url,
                    "KUBECTL_TOKEN": token,
                    "KUBECTL_AUTHORITY": cluster.kube.authority,
                },
            )
            try:
                output, _none = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
        logs = output[:OUTPUT_LIMIT].decode("utf-8", "replace")
        command.properties = {"provisioningState": "Succeeded", "exitCode": process.returncode, "logs": logs}
