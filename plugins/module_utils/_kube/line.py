"""A connection that stands, as one of many that a single thread serves: nothing here waits."""

from __future__ import annotations

import ssl
import typing as t

from .exchange import Received, receive

_PIECE = 65536


class Line:
    """sock: connected, with nothing on its way."""

    def __init__(self, sock: t.Any) -> None:
        self._sock = sock
        self._arrived = bytearray()
        sock.setblocking(False)

    def fileno(self) -> int:
        """For a selector; it signals that C(receive) may find something."""
        return int(self._sock.fileno())

    def send(self, request: bytes) -> None:
        """A request as it goes over the wire; OSError. It is short, and so finds room."""
        self._arrived.clear()
        self._sock.sendall(request)

    def receive(self) -> Received | None:
        """The answer to the last request; None while it is not whole. OSError, NotHttp."""
        while True:
            try:
                piece = self._sock.recv(_PIECE)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                return None
            self._arrived += piece
            received = _whole(bytes(self._arrived), ended=not piece)
            if received is not None:
                return received


class _Incomplete(Exception):
    """More has to arrive."""


class _Arrived:
    """What has arrived, as a socket to read from."""

    def __init__(self, data: bytes, *, ended: bool) -> None:
        self._data, self._ended = data, ended

    def recv(self, _size: int, /) -> bytes:
        data, self._data = self._data, b""
        if not data and not self._ended:
            raise _Incomplete
        return data


def _whole(data: bytes, *, ended: bool) -> Received | None:
    try:
        return receive(_Arrived(data, ended=ended))
    except _Incomplete:
        return None
