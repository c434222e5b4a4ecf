# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(pods/NAME/exec) over a WebSocket with the subprotocol C(v4.channel.k8s.io): C(cilium-dbg status) in an agent, and what shows the packet filter.

Each binary message begins with its channel's number: 1 standard output, 2 standard error, 3 the result as a Status object. Images have no shell.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

from aiohttp import web

from ..cilium.manifest import AGENT
from ..cilium.pods import CiliumPod
from ..cilium.status import status
from ..errors import kubernetes
from . import pods
from .cluster import KubeCluster
from .proxy_pods import Pod

KUBE_PROXY = "kube-proxy"
PROTOCOL = "v4.channel.k8s.io"
STDOUT, STDERR, RESULT = 1, 2, 3
# The kubelet sends what its buffer holds; the first ones are smaller here, so that a client has to put parts together.
PART, BUFFER = 256, 32768
SMALL_PARTS = 4

SUCCESS: dict[str, t.Any] = {"metadata": {}, "status": "Success"}


async def run(kube: KubeCluster, request: web.Request, name: str) -> web.StreamResponse:
    """ApiError for what the API server refuses before it changes the protocol."""
    pod = pods.find(kube, name)
    container = pods.container(pod, request.query) if isinstance(pod, CiliumPod) else KUBE_PROXY
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise kubernetes(400, "BadRequest", "Upgrade request required")
    running = "running" in pod.container_state(container) if isinstance(pod, CiliumPod) else pod.state == "running"
    if not running:
        raise kubernetes(500, "InternalError", f'container not found ("{container}")')
    socket = web.WebSocketResponse(protocols=(PROTOCOL,))
    if PROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
        raise kubernetes(403, "Forbidden", f"unable to upgrade: only {PROTOCOL} is spoken here")
    await socket.prepare(request)
    wanted = {STDOUT: request.query.get("stdout") in ("true", "1"), STDERR: request.query.get("stderr") in ("true", "1")}
    # An empty message signals that the streams are open.
    await socket.send_bytes(bytes([next((channel for channel, open_ in wanted.items() if open_), RESULT)]))
    command = request.query.getall("command", [])
    asks_agent = isinstance(pod, CiliumPod) and command[:1] == ["cilium-dbg"]
    out, err, result = _outcome(pod, container, command) if asks_agent else await _packet_filter(kube, pod, command)
    for channel, text in ((STDOUT, out), (STDERR, err)):
        data = text.encode() if wanted[channel] else b""
        # One that has read enough goes away.
        with contextlib.suppress(ConnectionError):
            for part in _parts(data):
                await socket.send_bytes(bytes([channel]) + part)
    with contextlib.suppress(ConnectionError):
        await socket.send_bytes(bytes([RESULT]) + json.dumps(result).encode())
    await socket.close()
    return socket


def _parts(data: bytes) -> t.Iterator[bytes]:
    small = min(len(data), PART * SMALL_PARTS)
    yield from (data[start : min(start + PART, small)] for start in range(0, small, PART))
    yield from (data[start : start + BUFFER] for start in range(small, len(data), BUFFER))


async def _packet_filter(kube: KubeCluster, pod: Pod | CiliumPod, command: t.Sequence[str]) -> tuple[str, str, dict[str, t.Any]]:
    """Standard output, standard error, result. Cilium's images have iptables only."""
    node = kube.node(pod.node)
    program = command[0] if command else ""
    there = node is not None and (not isinstance(pod, CiliumPod) or program in ("iptables", "ip6tables"))
    fault = kube.world.faults.deep("program", f"{kube.name}/{pod.node}/{program}")
    if node is None or not there or (fault and not fault.status):
        return _absent(program)
    if fault:
        return "", "", _exit_code(fault.status)
    out, err, status = await node.rules.run(command)
    if status is None:
        return _absent(program)
    return out, err, _exit_code(status) if status else SUCCESS


def _absent(program: str) -> tuple[str, str, dict[str, t.Any]]:
    cause = f'unable to start container process: exec: "{program}": executable file not found in $PATH'
    message = f"Internal error occurred: error executing command in container: OCI runtime exec failed: exec failed: {cause}"
    return "", "", {"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}


def _outcome(pod: Pod | CiliumPod, container: str, command: t.Sequence[str]) -> tuple[str, str, dict[str, t.Any]]:
    """Of C(cilium-dbg): standard output, standard error, result."""
    if container != AGENT or not isinstance(pod, CiliumPod):
        return _absent(command[0])
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
