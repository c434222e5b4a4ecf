"""One command in one container, over a WebSocket on a connection of the transport; nothing is sent to the command.

https://kubernetes.io/docs/reference/using-api/api-concepts/ and the streams of C(pods/exec): each message begins with the number of its channel.
"""

from __future__ import annotations

import dataclasses
import socket
import time
import typing as t
import urllib.parse

from .._common.foreign_text import foreign
from .._common.json_text import read_json_or_none
from .._observe.kubernetes import Execution, KubeError, NoAnswer
from .errors import BrokenConnection, from_status
from .sign_in import Fields

PROTOCOL = "v4.channel.k8s.io"
_STDOUT, _STDERR, _RESULT = 1, 2, 3
# A status is some hundred kilobytes at most.
LONGEST_OUTPUT = 32 * 2**20
_SMALL_BUFFER = 65536
TOO_LONG = "the command took too long"


@dataclasses.dataclass(frozen=True)
class Target:
    """An API server. connect: gives a connection to it that is signed in at no level above TLS, and raises KubeError. fields: of each request."""

    server: str
    origin: str
    fields: Fields
    connect: t.Callable[[], t.Any]


def execute(
    target: Target,
    pod: str,
    container: str,
    command: t.Sequence[str],
    seconds: float,
    clock: t.Callable[[], float] = time.monotonic,
    at_most: int | None = None,
) -> Execution:
    """pod: its path. at_most: see the port. Raises KubeError when there was no execution: for a refusal, and for no answer in time."""
    import websocket

    path, until = f"{pod}/exec", clock() + seconds
    query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", part) for part in command)]
    sock = _InTime(target.connect(), lambda: until - clock())
    if at_most is not None:
        # What nobody reads is not to be sent either.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    stream: t.Any = websocket.WebSocket(skip_utf8_validation=True)
    try:
        stream.connect(
            # The connection is there, with its TLS; the scheme and the host are in the request only.
            f"{target.server.replace('http', 'ws', 1).rstrip('/')}{path}?{urllib.parse.urlencode(query)}",
            socket=sock,
            header=[f"{name}: {value}" for name, value in target.fields],
            subprotocols=[PROTOCOL],
            # Another address would get our credentials.
            redirect_limit=0,
        )
        if stream.getstatus() != 101:
            raise from_status(target.server, target.origin, "GET", path, stream.getstatus(), "")
        return _outcome(*_channels(stream, at_most))
    except websocket.WebSocketBadStatusException as exc:
        raise _refusal(target, path, exc) from exc
    except websocket.WebSocketTimeoutException as exc:
        raise NoAnswer(target.server, f"GET {path}", TOO_LONG) from exc
    except _TooMuch as exc:
        raise NoAnswer(target.server, f"GET {path}", "the command printed too much") from exc
    except (websocket.WebSocketException, OSError, ValueError) as exc:
        raise BrokenConnection(target.server, f"GET {path}", foreign(exc) or type(exc).__name__) from exc
    finally:
        sock.close()


class _InTime:
    """A connection on which nothing is waited for beyond a moment, in however many pieces it comes. left: seconds until then."""

    def __init__(self, sock: t.Any, left: t.Callable[[], float]) -> None:
        self._sock, self._left = sock, left

    def recv(self, size: int) -> bytes:
        self._set_timeout()
        received: bytes = self._sock.recv(size)
        return received

    def send(self, data: bytes) -> int:
        self._set_timeout()
        sent: int = self._sock.send(data)
        return sent

    def _set_timeout(self) -> None:
        left = self._left()
        if left <= 0:
            raise TimeoutError(TOO_LONG)
        self._sock.settimeout(left)

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._sock, name)


class _TooMuch(Exception):
    """More than anybody reads."""


def _channels(stream: t.Any, at_most: int | None) -> tuple[dict[int, bytes], bool]:
    """What came on each channel until the end, and whether that was more than wanted."""
    import websocket

    received: dict[int, bytearray] = {}
    while True:
        try:
            opcode, frame = stream.recv_data_frame(True)
        except websocket.WebSocketConnectionClosedException:
            if not received.get(_RESULT):
                raise
            break
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
        if opcode in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT) and frame.data:
            received.setdefault(frame.data[0], bytearray()).extend(frame.data[1:])
        size = sum(map(len, received.values()))
        if at_most is not None and size > at_most:
            return {channel: bytes(data[:at_most]) for channel, data in received.items()}, True
        if size > LONGEST_OUTPUT:
            raise _TooMuch
    return {channel: bytes(data) for channel, data in received.items()}, False


def _outcome(channels: t.Mapping[int, bytes], cut: bool) -> Execution:
    output, errors = (channels.get(channel, b"").decode("utf-8", "replace") for channel in (_STDOUT, _STDERR))
    return Execution(output, errors, "" if cut else _error(channels.get(_RESULT, b"")), cut)


def _error(result: bytes) -> str:
    """The words for the failure in the result, a C(Status) object. Without a result the connection broke before the command's end."""
    status = read_json_or_none(result)
    if not isinstance(status, dict):
        return "the connection ended before the command did"
    if status.get("status") == "Success":
        return ""
    return foreign(status.get("message") or "the command failed")


def _refusal(target: Target, path: str, exc: t.Any) -> KubeError:
    """The error for a connection that did not become a WebSocket."""
    body = getattr(exc, "resp_body", None)
    return from_status(
        target.server, target.origin, "GET", path, exc.status_code, body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    )
