# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of each cluster's API server: a port of its own, so that there can be trouble with its connections and with nobody else's."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import typing as t

from ..faults import LOOK_SECONDS, Fault, Faults

Serve = t.Callable[[socket.socket], t.Awaitable[t.Any]]

HOST = "127.0.0.1"
BACKLOG = 128


@dataclasses.dataclass
class Door:
    """path: of the API server, which is what faults are for. place: keeps the port while nobody listens."""

    path: str
    place: socket.socket
    listener: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        return int(self.place.getsockname()[1])


class Doors:
    """serve: takes over an accepted connection, TLS first. Doors outlive a reset, so that kubeconfig files stay valid."""

    def __init__(self, faults: Faults, serve: Serve) -> None:
        self._faults = faults
        self._serve = serve
        self._doors: dict[str, Door] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        faults.added = self._watch

    def url(self, name: str) -> str:
        """Of the API server of a cluster, whose door is made when it is first asked for."""
        door = self._doors.get(name.lower())
        if door is None:
            door = self._doors[name.lower()] = Door(f"/k8s/{name}/", _bound(0))
            self._open(door)
        return f"https://{HOST}:{door.port}/k8s/{name}"

    def close(self) -> None:
        for task in [*self._tasks, *(door.listener for door in self._doors.values() if door.listener is not None)]:
            task.cancel()
        for door in self._doors.values():
            door.place.close()

    def _spawn(self, work: t.Coroutine[t.Any, t.Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _open(self, door: Door) -> None:
        listening = _bound(door.port)
        listening.listen(BACKLOG)
        door.listener = asyncio.get_running_loop().create_task(self._listen(door, listening))

    async def _listen(self, door: Door, listening: socket.socket) -> None:
        with listening:
            while True:
                connection, _address = await asyncio.get_running_loop().sock_accept(listening)
                self._spawn(self._meet(door, connection))

    async def _meet(self, door: Door, connection: socket.socket) -> None:
        fault = self._faults.at_door(door.path)
        if fault is not None and fault.kind == "refused":
            connection.close()
            return
        if fault is not None:
            await self._faults.wait_out(fault)
        # Clients that went away before they were served are nobody's business.
        with contextlib.suppress(OSError):
            await self._serve(connection)

    def _watch(self, fault: Fault) -> None:
        if fault.kind == "refused":
            self._spawn(self._refuse(fault))

    async def _refuse(self, fault: Fault) -> None:
        """Nobody listens from the fault's beginning to its end."""
        loop, shut = asyncio.get_running_loop(), list[Door]()
        while self._faults.holds(fault) and not fault.is_open(loop.time()):
            await asyncio.sleep(LOOK_SECONDS / 10)
        for door in self._doors.values():
            if self._faults.holds(fault) and fault.matches(door.path) and door.listener is not None:
                door.listener.cancel()
                door.listener = None
                shut.append(door)
        while self._faults.holds(fault):
            await asyncio.sleep(LOOK_SECONDS / 10)
        for door in shut:
            self._open(door)


def _bound(port: int) -> socket.socket:
    """Several sockets may be bound to a port as long as only one listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    bound.bind((HOST, port))
    return bound
