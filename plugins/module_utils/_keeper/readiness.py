"""Answers the kubelet's probe over HTTP on the loopback address, by a thread: a probe costs no process, and waits for nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
import typing as t

from .keeper_words import READY_HOST

# Seconds that one who asks may take; bytes of a request.
_PATIENCE, _SIZE = 1.0, 4096
_WAITING = 8


class Readiness:
    """The listener. is_ready: asked for each probe."""

    def __init__(self, port: int, is_ready: t.Callable[[], bool]) -> None:
        self._port, self._is_ready = port, is_ready
        self._listens = not port

    def listen(self) -> None:
        """From now on, if it does not yet. OSError while somebody else has the port."""
        if self._listens:
            return
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((READY_HOST, self._port))
            listener.listen(_WAITING)
        except OSError:
            listener.close()
            raise
        self._listens = True
        threading.Thread(target=self._serve, args=(listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            # One who breaks off is no reason to end.
            with contextlib.suppress(OSError):
                link, _address = listener.accept()
                with link:
                    link.settimeout(_PATIENCE)
                    link.recv(_SIZE)
                    link.sendall(_answer(self._is_ready()))


def _answer(ready: bool) -> bytes:
    status, body = ("200 OK", b"ready\n") if ready else ("503 Service Unavailable", b"not ready\n")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode("ascii") + body
