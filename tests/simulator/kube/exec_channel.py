# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(pods/NAME/exec) over a WebSocket with the subprotocol C(v4.channel.k8s.io), for C(cilium-dbg status) in an agent.

Each binary message begins with its channel's number: 1 standard output, 2 standard error, 3 the result as a Status object. Images have no shell.
"""

from __future__ import annotations

import json
import typing as t

from aiohttp import web

from ..cilium.manifest import AGENT
from ..cilium.pods import CiliumPod
from ..cilium.status import status
from ..errors import kubernetes
from . import pods
from .cluster import KubeCluster

PROTOCOL = "v4.channel.k8s.io"
STDOUT, STDERR, RESULT = 1, 2, 3
# The kubelet sends what its buffer holds; smaller here, so that a client has to put parts together.
PART = 256

SUCCESS: dict[str, t.Any] = {"metadata": {}, "status": "Success"}


async def run(kube: KubeCluster, request: web.Request, name: str) -> web.StreamResponse:
    """ApiError for what the API server refuses before it changes the protocol."""
    pod = pods.find(kube, name)
    if not isinstance(pod, CiliumPod):
        raise kubernetes(500, "InternalError", "only pods of cilium can be entered here")
    container = pods.container(pod, request.query)
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise kubernetes(400, "BadRequest", "Upgrade request required")
    if "running" not in pod.container_state(container):
        raise kubernetes(500, "InternalError", f'container not found ("{container}")')
    socket = web.WebSocketResponse(protocols=(PROTOCOL,))
    if PROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
        raise kubernetes(403, "Forbidden", f"unable to upgrade: only {PROTOCOL} is spoken here")
    await socket.prepare(request)
    wanted = {STDOUT: request.query.get("stdout") in ("true", "1"), STDERR: request.query.get("stderr") in ("true", "1")}
    # An empty message signals that the streams are open.
    await socket.send_bytes(bytes([next((channel for channel, open_ in wanted.items() if open_), RESULT)]))
    out, err, result = _outcome(pod, container, request.query.getall("command", []))
    for channel, text in ((STDOUT, out), (STDERR, err)):
        data = text.encode() if wanted[channel] else b""
        for start in range(0, len(data), PART):
            await socket.send_bytes(bytes([channel]) + data[start : start + PART])
    await socket.send_bytes(bytes([RESULT]) + json.dumps(result).encode())
    await socket.close()
    return socket


def _outcome(pod: CiliumPod, container: str, command: t.Sequence[str]) -> tuple[str, str, dict[str, t.Any]]:
    """Standard output, standard error, result."""
    if container != AGENT or command[:1] != ["cilium-dbg"]:
        program = command[0] if command else ""
        cause = f'unable to start container process: exec: "{program}": executable file not found in $PATH'
        message = f"Internal error occurred: error executing command in container: OCI runtime exec failed: exec failed: {cause}"
        return "", "", {"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}
    if command[1:2] != ["status"]:
        return "", f'Error: unknown command "{" ".join(command[1:])}" for "cilium-dbg"\n', _exit_code(1)
    if command[2:] not in (["-o", "json"], ["--output", "json"], ["-o=json"], ["--output=json"]):
        return "Routing: Network: Native   Host: see -o json\n", "", SUCCESS
    return json.dumps(status(pod), indent=2) + "\n", "", SUCCESS


def _exit_code(number: int) -> dict[str, t.Any]:
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {number}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(number)}]},
    }
