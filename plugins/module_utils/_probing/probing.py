"""New connections to targets, and one that is kept, over and over: what the processes of probes have in common.

Also for nodes: nothing but the standard library.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import ssl
import time
import typing as t

from .._interruption.target import Target
from .._interruption.tries import LATER, Moment, Try, answered, failed
from .samples import BEGUN, ENDED, FAILED, KEPT, TRY, line

# Seconds for a name to become an address, and for an answer on the kept connection, between which one second passes.
_RESOLVE, _KEPT_ANSWER, _KEPT_PAUSE = 5.0, 5.0, 1.0
_LONGEST_ANSWER = 2**16


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a target is: what C(socket) wants to know, asked once, so that no try waits for a name server."""

    family: int
    address: tuple[t.Any, ...]


class Closed(OSError):
    """The other side closed the connection without an answer."""


class Sink(t.Protocol):
    """Where the samples go, and how long they are wanted."""

    def write(self, text: str) -> None:
        """Keep a line."""

    def flush(self) -> None:
        """Let the run see all lines so far."""

    async def wait(self) -> bool:
        """Until nobody wants more: whether the tries that are still open are wanted."""


class Prober:
    def __init__(self, targets: t.Sequence[Target], sink: Sink) -> None:
        self._targets, self._sink = targets, sink
        # Nothing that is secret is sent, and a wrong certificate is no interruption.
        self._tls = ssl.create_default_context()
        self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE
        self._open: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        found = await asyncio.gather(*map(_place, self._targets), return_exceptions=True)
        failures = [(self._targets[number], place) for number, place in enumerate(found) if not isinstance(place, Place)]
        if failures:
            target, why = failures[0]
            self._write(line(FAILED, f"{target.name}: the host of {target.shown} cannot be resolved ({why or 'no answer'})"))
            self._sink.flush()
            return
        places = [place for place in found if isinstance(place, Place)]
        self._write(line(BEGUN, time.monotonic()))
        self._sink.flush()
        loops = [asyncio.ensure_future(self._try_on(number, self._targets[number], place)) for number, place in enumerate(places)]
        loops += [asyncio.ensure_future(self._keep_on(number, self._targets[number], place)) for number, place in enumerate(places)]
        try:
            wanted = await self._sink.wait()
        finally:
            for loop in loops:
                loop.cancel()
        # The tries that are still open belong to it; no other one is due.
        ended = time.monotonic()
        if wanted and self._open:
            await asyncio.wait(self._open)
        self._write(line(ENDED, ended))
        self._sink.flush()

    def _write(self, text: str) -> None:
        self._sink.write(text)

    async def _try_on(self, number: int, target: Target, place: Place) -> None:
        due = time.monotonic()
        while True:
            task = asyncio.ensure_future(self._try(number, target, place))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
            # What a busy machine has missed is not made up for.
            due = max(due + target.interval, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _try(self, number: int, target: Target, place: Place) -> None:
        began = time.monotonic()
        status: int | None = None
        error: int | None = None
        done = False
        try:
            status = await asyncio.wait_for(self._once(target, place), target.timeout + LATER)
            done = True
        except asyncio.TimeoutError:
            pass
        except Closed:
            error = 0
        except OSError as exc:
            # A failure of TLS has no number of the system.
            error = 0 if isinstance(exc, ssl.SSLError) else exc.errno or 0
        took = time.monotonic() - began
        outcome = answered(took, target.timeout, status) if done else failed(error)
        self._write(line(TRY, number, *dataclasses.astuple(Try(round(began, 4), round(took, 5), outcome))))

    async def _once(self, target: Target, place: Place) -> int | None:
        """One new connection, from a new port: the status of the answer to a HEAD request, None where connecting is all."""
        connection = await _connect(place)
        if not target.request:
            connection.close()
            return None
        reader, writer = await self._streams(connection, target)
        try:
            return (await _ask(reader, writer, target, "close"))[0]
        finally:
            writer.close()

    async def _streams(self, connection: socket.socket, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls, name = (self._tls, target.host) if target.tls else (None, None)
        try:
            return await asyncio.open_connection(sock=connection, limit=_LONGEST_ANSWER, ssl=tls, server_hostname=name)
        except BaseException:
            connection.close()
            raise

    async def _keep_on(self, number: int, target: Target, place: Place) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                connection = await asyncio.wait_for(_connect(place), _KEPT_ANSWER)
                _watch(connection)
                reader, writer = await asyncio.wait_for(self._streams(connection, target), _KEPT_ANSWER)
                try:
                    self._moment(number, "open")
                    keeps = await (_kept_requests(reader, writer, target) if target.request else _kept_open(reader))
                    self._moment(number, "broken" if keeps else "closes")
                    if not keeps:
                        return
                finally:
                    writer.close()
            await asyncio.sleep(_KEPT_PAUSE)

    def _moment(self, number: int, what: str) -> None:
        self._write(line(KEPT, number, *dataclasses.astuple(Moment(round(time.monotonic(), 4), what))))


async def _place(target: Target) -> Place:
    asked = asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    found = await asyncio.wait_for(asked, _RESOLVE)
    return Place(found[0][0], found[0][4])


async def _connect(place: Place) -> socket.socket:
    connection = socket.socket(place.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, place.address)
    except BaseException:
        connection.close()
        raise
    return connection


def _watch(connection: socket.socket) -> None:
    """So that a connection on which nothing is sent breaks where its other side is gone, within some seconds, where the system can do that."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 1), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 5)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target, connection: str) -> tuple[int, str]:
    """The status of the answer, and its header fields in lower case."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    fields = f"Host: {host}:{target.port}\r\nUser-Agent: aks.dataplane\r\nConnection: {connection}\r\n\r\n"
    writer.write(f"HEAD {target.request} HTTP/1.1\r\n{fields}".encode("ascii"))
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        return int(head.split(None, 2)[1]), head
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, IndexError) as exc:
        raise Closed(0, "no answer of HTTP") from exc


async def _kept_requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target) -> bool:
    """Until the connection breaks; false where the other side keeps none."""
    while True:
        try:
            _status, head = await asyncio.wait_for(_ask(reader, writer, target, "keep-alive"), _KEPT_ANSWER)
        except (OSError, asyncio.TimeoutError):
            return True
        if head.startswith("http/1.0") or "\nconnection: close" in head:
            return False
        await asyncio.sleep(_KEPT_PAUSE)


async def _kept_open(reader: asyncio.StreamReader) -> bool:
    """Until the connection breaks, whatever the other side sends meanwhile."""
    with contextlib.suppress(OSError):
        while await reader.read(_LONGEST_ANSWER):
            pass
    return True
