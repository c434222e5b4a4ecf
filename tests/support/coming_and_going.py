# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP server on loopback that goes away and comes back, as a Service does while the rules of kube-proxy are replaced."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import typing as t

from .simulator import Simulator

# Of runs that measure, in place of one minute before the change and 150 seconds after the verdict.
TIMES = {"baseline": 3, "after": 2, "dead": 1}

Answer = t.Callable[[socket.socket], None]


class Server:
    """Takes connections and keeps them; ports: from which they came, in their order. answer: what is done with each, nothing by default."""

    def __init__(self, answer: Answer = lambda _connection: None) -> None:
        self._answer = answer
        self.ports: list[int] = []
        self._kept: list[socket.socket] = []
        self._listening: socket.socket | None = None
        self.port = 0
        self.come_back()

    def come_back(self) -> None:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(256)
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._take, args=(listening,), daemon=True).start()

    def go_away(self) -> None:
        """Connections are refused, and those that were kept break."""
        if self._listening:
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for connection in self._kept:
            connection.close()
        self._kept.clear()

    def _take(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, address = listening.accept()
            except OSError:
                return
            self.ports.append(address[1])
            self._kept.append(connection)
            with contextlib.suppress(OSError):
                self._answer(connection)


class Watch:
    """An independent count of when nobody is let in: a plain loop, each try a connection."""

    def __init__(self, port: int, interval: float) -> None:
        self._port, self._interval = port, interval
        self._ended = threading.Event()
        self._seen: list[tuple[float, bool]] = []
        self._thread = threading.Thread(target=self._count, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join(10)

    @property
    def longest_gap(self) -> float:
        """Seconds from the first refused try to the next that was let in, of the longest such time."""
        longest, began = 0.0, None
        for when, let_in in self._seen:
            if let_in and began is not None:
                longest, began = max(longest, when - began), None
            elif not let_in and began is None:
                began = when
        return longest

    def _count(self) -> None:
        while not self._ended.wait(self._interval):
            when = time.monotonic()
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                self._seen.append((when, False))
            else:
                self._seen.append((when, True))


@contextlib.contextmanager
def away_during_the_change(simulator: Simulator, seconds: float | None) -> t.Iterator[int]:
    """A server that goes away when Azure is asked for the first change, and comes back after so many seconds, or never; its port."""
    server, over = Server(), threading.Event()

    def watch() -> None:
        while not simulator.log(kind="arm", method="PUT"):
            if over.wait(0.05):
                return
        server.go_away()
        if seconds is not None:
            time.sleep(seconds)
            server.come_back()

    simulator.clear_log()
    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield server.port
    finally:
        over.set()
        watching.join(30)
        server.go_away()


def probed(port: int, **further: t.Any) -> dict[str, t.Any]:
    """Variables of a run that measures how long such a server is away, which exceeds the limit after half a second."""
    target = {"name": "web", "tcp": f"127.0.0.1:{port}", "interval": 0.05, "max_gap": 0.5}
    return {"aks_dataplane_probe": [target], "__aks_dataplane_probe_times": TIMES, "aks_dataplane_serial": 1, **further}
