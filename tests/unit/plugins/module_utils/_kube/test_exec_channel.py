# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a command's end, and of connections that do not become or do not stay one; the good way runs against the simulator."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
import time
import types
import typing as t

import pytest
import websocket
from ansible_collections.aks.dataplane.plugins.module_utils._kube import exec_channel
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import BrokenConnection
from ansible_collections.aks.dataplane.plugins.module_utils._kube.exec_channel import Target, execute
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import PooledTransport
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Execution, KubeError, NoAnswer

BINARY, CLOSE = websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_CLOSE


class Socket:
    """The connection under a WebSocket."""

    closed = False

    def settimeout(self, _seconds: float) -> None: ...

    def setsockopt(self, *_option: int) -> None: ...

    def close(self) -> None:
        self.closed = True


class Stream:
    """As the library's C(WebSocket). result: what comes on its channel, in two messages. breaks: comes in the place of its end."""

    def __init__(
        self, result: str = "", breaks: Exception | None = None, status: int = 101, more: t.Sequence[tuple[int, bytes]] = ()
    ) -> None:
        parts = [b"\x01", b"\x01o", b"\x01ut", b"\x02err", b"\x03" + result[:5].encode(), b"\x03" + result[5:].encode()]
        self.messages, self.breaks, self.status, self.closed = [*((BINARY, part) for part in parts), *more], breaks, status, False

    def connect(self, url: str, **options: t.Any) -> None:
        assert url == "wss://cluster.example/pods/p/exec?container=c&stdout=true&stderr=true&command=cilium-dbg&command=status"
        assert options["header"] == ["authorization: Bearer x", "Impersonate-Group: a", "Impersonate-Group: b"]
        # Another address would get the token.
        assert options["redirect_limit"] == 0
        self.sock = options["socket"]

    def getstatus(self) -> int:
        return self.status

    def recv_data_frame(self, control: bool) -> tuple[int, t.Any]:
        assert control
        if self.messages:
            opcode, data = self.messages.pop(0)
            return opcode, types.SimpleNamespace(data=data)
        if self.breaks:
            raise self.breaks
        return CLOSE, types.SimpleNamespace(data=b"\x03\xe8")


def run(monkeypatch: pytest.MonkeyPatch, stream: Stream | Exception, sock: Socket | None = None, at_most: int | None = None) -> Execution:
    sock = sock or Socket()

    def connect(_stream: t.Any, url: str, **options: t.Any) -> None:
        raise t.cast(Exception, stream)

    def make(skip_utf8_validation: bool) -> t.Any:
        assert skip_utf8_validation
        return stream if isinstance(stream, Stream) else types.SimpleNamespace(connect=lambda url, **options: connect(None, url, **options))

    monkeypatch.setattr("websocket.WebSocket", make)
    fields = (("authorization", "Bearer x"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b"))
    try:
        target = Target("https://cluster.example", "k", fields, lambda: sock)
        return execute(target, "/pods/p", "c", ("cilium-dbg", "status"), 5.0, at_most=at_most)
    finally:
        assert sock.closed


def test_no_more_is_read_than_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [(BINARY, b"\x01" + b"x" * 50) for _part in range(10)]
    stream = Stream(more=more)
    assert run(monkeypatch, stream, at_most=60) == Execution("out" + "x" * 57, "err", "", cut=True)
    # The rest is not waited for.
    assert stream.messages


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (json.dumps({"status": "Success"}), ""),
        (json.dumps({"status": "Failure", "message": "exit status 1"}), "exit status 1"),
        (json.dumps({"status": "Failure"}), "the command failed"),
        ("", "the connection ended before the command did"),
        ("[]", "the connection ended before the command did"),
        ("null", "the connection ended before the command did"),
        ("[" * 100_000, "the connection ended before the command did"),
        ('{"message": ' + "9" * 5000 + "}", "the connection ended before the command did"),
        (json.dumps({"status": "Failure", "message": ["x"]}), "['x']"),
        (
            json.dumps({"status": "Failure", "message": "GET https://u:hunter2@x failed: Bearer abcdef"}),
            "GET https://[hidden]@x failed: Bearer [hidden]",
        ),
    ],
)
def test_how_a_command_ended(monkeypatch: pytest.MonkeyPatch, result: str, error: str) -> None:
    assert run(monkeypatch, Stream(result)) == Execution("out", "err", error)


@pytest.mark.parametrize(
    ("stream", "kind", "reported"),
    [
        (Stream(breaks=websocket.WebSocketTimeoutException("timed out")), NoAnswer, "took too long"),
        (Stream(breaks=websocket.WebSocketConnectionClosedException("gone away")), BrokenConnection, "gone away"),
        (Stream(breaks=TimeoutError()), BrokenConnection, "TimeoutError"),
    ],
)
def test_connections_that_do_not_last(monkeypatch: pytest.MonkeyPatch, stream: Stream, kind: type[KubeError], reported: str) -> None:
    with pytest.raises(kind, match=reported):
        run(monkeypatch, stream)


def test_a_connection_that_ends_after_the_result_was_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Stream(json.dumps({"status": "Success"}), breaks=websocket.WebSocketConnectionClosedException("gone away"))
    assert run(monkeypatch, stream) == Execution("out", "err", "")


def test_a_command_that_prints_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exec_channel, "LONGEST_OUTPUT", 1000)
    with pytest.raises(NoAnswer, match="printed too much"):
        run(monkeypatch, Stream(more=[(BINARY, b"\x01" + b"x" * 2000)]))


def test_a_redirect_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KubeError, match="with 302"):
        run(monkeypatch, Stream(status=302))


@pytest.mark.parametrize(
    ("problem", "status", "reported"),
    [
        (
            websocket.WebSocketBadStatusException("Handshake status", 403, None, {}, b'{"kind":"Status","message":"not you"}'),
            403,
            "not you",
        ),
        (websocket.WebSocketBadStatusException("Handshake status", 401), 401, "does not accept the credentials"),
        (websocket.WebSocketBadStatusException("Handshake status", 404, None, {}, b"gone"), 404, "gone"),
        (OSError("no route"), None, "no route"),
    ],
)
def test_connections_that_do_not_come_about(monkeypatch: pytest.MonkeyPatch, problem: Exception, status: int | None, reported: str) -> None:
    with pytest.raises(KubeError, match=reported) as raised:
        run(monkeypatch, problem)
    assert raised.value.status == status


def frame(opcode: int, data: bytes) -> bytes:
    """As a server sends it (RFC 6455): without a mask."""
    length = bytes([len(data)]) if len(data) < 126 else b"\x7e" + len(data).to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + data


def serve(listener: socket.socket, asked: list[str], send: t.Callable[[socket.socket], None]) -> None:
    """One exchange: asked becomes what the client sends first; send: what follows the server's consent."""
    connection, _address = listener.accept()
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        asked.append(head.decode())
        key = re.search(r"Sec-WebSocket-Key: (\S+)", asked[0])
        assert key is not None
        accept = base64.b64encode(hashlib.sha1(f"{key[1]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
        fields = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io"
        connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n\r\n".encode())
        with contextlib.suppress(OSError):
            send(connection)


def over_a_connection(send: t.Callable[[socket.socket], None], seconds: float) -> tuple[Execution, list[str]]:
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener, asked, send))
        thread.start()
        text = f"""
current-context: x
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{listener.getsockname()[1]}/k"}}}}]
users: [{{name: u, user: {{token: t, as: jane, as-groups: [a, b]}}}}]
"""
        transport = PooledTransport(configuration(Kubeconfig(text, "/k"), None), "/k", 1)
        try:
            return transport.execute("/pods/p", "c", ["cilium-dbg", "status"], seconds), asked
        finally:
            thread.join()


def test_a_command_over_a_real_connection() -> None:
    """With the fields of an impersonation, each of its own."""
    answers = [b"\x01", b"\x01" + b"o" * 300, b"\x02err", b'\x03{"status": "Success"}']

    def send(connection: socket.socket) -> None:
        connection.sendall(b"".join(frame(2, answer) for answer in answers) + frame(8, b"\x03\xe8"))
        connection.recv(65536)

    execution, asked = over_a_connection(send, 10.0)
    assert execution == Execution("o" * 300, "err", "")
    lines = asked[0].split("\r\n")
    assert lines[0] == "GET /k/pods/p/exec?container=c&stdout=true&stderr=true&command=cilium-dbg&command=status HTTP/1.1"
    assert {"authorization: Bearer t", "Impersonate-User: jane", "Impersonate-Group: a", "Impersonate-Group: b"} <= set(lines)
    assert "Sec-WebSocket-Protocol: v4.channel.k8s.io" in lines


def drips(connection: socket.socket) -> None:
    for _byte in range(281):
        connection.sendall(b"o")
        time.sleep(0.02)


def hangs(connection: socket.socket) -> None:
    connection.recv(1)


@pytest.mark.parametrize("other_half", [drips, hangs])
def test_an_answer_that_stops_half_way_keeps_nobody_waiting(other_half: t.Callable[[socket.socket], None]) -> None:
    def send(connection: socket.socket) -> None:
        connection.sendall(frame(2, b"\x01" + b"o" * 300)[:23])
        other_half(connection)

    with pytest.raises(NoAnswer, match="took too long"):
        over_a_connection(send, 0.3)
