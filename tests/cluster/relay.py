# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from this machine's loopback address to the API server, which listens in the network of the cluster."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from .credentials import ADDRESS, PORT

CHUNK = 65536


async def serve(listening: socket.socket) -> asyncio.Server:
    """listening: bound to the machine's own address, and taken into the cluster by its first process."""
    return await asyncio.start_server(_connect, sock=listening)


async def _connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        server_reader, server_writer = await asyncio.open_connection(ADDRESS, PORT)
    except OSError:
        # A client of the API server itself would be refused; here the connection is there already, and is cut.
        writer.transport.abort()
        return
    await asyncio.gather(_pump(reader, server_writer), _pump(server_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
