# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator without a socket, in virtual time: a C(product.Network) that is called."""

from __future__ import annotations

import asyncio
import pathlib
import types
import typing as t

from aiohttp import http, streams, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_parser import RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from tests.simulator.app import make_app
from tests.simulator.settings import Settings
from tests.simulator.world import World

from .product import Reply
from .virtual_time import VirtualTime

# Seconds that any answer takes.
LATENCY = 0.005
TOKEN = "eyJ0b2tlbiBvZiB0aGUgcnVu.token-of-the-run"
RESET = ConnectionResetError(104, "Connection reset by peer")
REFUSED = ConnectionRefusedError(111, "Connection refused")

T = t.TypeVar("T")


class CloudInProcess:
    """world: only to be touched in C(run), or while nothing is asked. As a context manager it ends with its nodes and its time."""

    def __init__(self, directory: pathlib.Path, clusters: tuple[str, ...], nodes: int, features: t.Mapping[str, str]) -> None:
        self._time = VirtualTime()
        self.world = World(Settings(directory, clusters=clusters, nodes=nodes, scale=1.0))
        self.world.url = self.url = "https://cloud.invalid"
        self.subscription_id = self.world.settings.subscription_id
        self.token = TOKEN
        self._app = make_app(self.world)
        self._app.freeze()
        self.run(self.world.reset(features))
        self.world.tokens[TOKEN] = float("inf")

    def __enter__(self) -> CloudInProcess:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.run(self.world.close())
        self._time.close()

    def run(self, work: t.Coroutine[t.Any, t.Any, T]) -> T:
        """The work's value; everything else goes on meanwhile."""
        return self._time.run(work)

    def fault(self, kind: str, **details: t.Any) -> None:
        async def add() -> None:
            self.world.faults.add(kind=kind, **details)

        self.run(add())

    def clock(self) -> float:
        return self._time.clock()

    def sleep(self, seconds: float) -> None:
        self._time.sleep(seconds)

    def ask(self, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None, seconds: float) -> Reply:
        connection = _Connection()
        response = self.run(asyncio.wait_for(self._answer(connection, method, target, headers, body), seconds))
        if connection.cut:
            raise RESET
        return Reply(response.status, dict(response.headers), bytes(t.cast(bytes, response.body or b"")))

    async def _answer(
        self, connection: _Connection, method: str, target: str, headers: t.Mapping[str, str], body: bytes | None
    ) -> web.Response:
        await asyncio.sleep(LATENCY)
        loop = self._time.loop
        named = CIMultiDictProxy(CIMultiDict(headers))
        payload = streams.EMPTY_PAYLOAD
        if body is not None:
            payload = streams.StreamReader(BaseProtocol(loop), 2**20, loop=loop)
            payload.feed_data(body)
            payload.feed_eof()
        message = RawRequestMessage(method, target, http.HttpVersion11, named, (), False, None, False, False, URL(target, encoded=True))
        protocol = types.SimpleNamespace(transport=connection, ssl_context=None, peername=None, sockname=None)
        request = web.Request(message, payload, t.cast(t.Any, protocol), t.cast(t.Any, None), t.cast(t.Any, None), loop)
        return t.cast(web.Response, await self._app._handle(request))

    def reach(self, target: str, seconds: float) -> None:
        async def meet() -> None:
            cluster = target.split("/")[2]
            fault = self.world.faults.at_door(f"/k8s/{cluster}/")
            if fault is not None and fault.kind == "refused":
                raise REFUSED
            if fault is not None:
                await self.world.faults.wait_out(fault)

        self.run(asyncio.wait_for(meet(), seconds))


class _Connection:
    """What the simulator cuts."""

    cut = False

    def abort(self) -> None:
        self.cut = True
