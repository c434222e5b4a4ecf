# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the namespace of a node: the backend of a Service, and what hands connections of an inherited socket to the Service.

  python service.py NUMBER

NUMBER is the descriptor of a listening socket, which stays in the namespace that it was made in.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys

# As in the rules of real kube-proxy that the simulated nodes have, tests/fixtures/kube-proxy.
SERVICE, BACKEND, NETWORK = ("10.0.62.10", 80), ("10.244.1.2", 8080), "10.0.0.0/16"
# The load balancer gives up later than any client.
PATIENCE = 10


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The backend: 200 for each request, until the client ends the connection."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
    writer.close()


async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The load balancer: each connection becomes one to the Service, from the node, and is reset where that fails."""
    try:
        there = await asyncio.wait_for(asyncio.open_connection(*SERVICE), PATIENCE)
    except (OSError, asyncio.TimeoutError):
        writer.transport.abort()
        return
    await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main(number: int) -> None:
    for words in (
        ("link", "set", "lo", "up"),
        ("address", "add", f"{BACKEND[0]}/32", "dev", "lo"),
        # Without a rule of kube-proxy nobody answers there, as in a cluster.
        ("route", "add", NETWORK, "dev", "lo"),
    ):
        subprocess.run(["ip", *words], check=True)
    servers = [await asyncio.start_server(answer, *BACKEND), await asyncio.start_server(forward, sock=socket.socket(fileno=number))]
    print("ready", flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
