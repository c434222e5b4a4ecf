"""One HTTP/1.1 request over a connection that stands, and its answer; no more of HTTP than an API server speaks.

A look at a large cluster is made of tens of thousands of short answers. Python's own reader spends several times as long on the header fields of each
(RFC 9112 and 9110 describe them) as on all that is done with it.
"""

from __future__ import annotations

import dataclasses
import gzip
import typing as t
import zlib

# Of a status line with its fields, and of a line with the size of a chunk.
HEAD_LIMIT = 65536
LINE_LIMIT = 1024
# Of a body, in bytes.
LENGTH_DIGITS = 18
_PIECE = 65536
_GONE = "the connection was closed in the middle of the answer"


class Source(t.Protocol):
    """Where an answer comes from, for example a connected socket."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes; none at the end."""


class Socket(Source, t.Protocol):
    """A connected socket, whatever its timeout."""

    def sendall(self, data: bytes, /) -> t.Any:
        """All of it."""


class NotHttp(Exception):
    """What came is no answer of HTTP/1.1, or not all of one; the text says why."""


@dataclasses.dataclass(frozen=True)
class Received:
    """fields: of the header, their names in lower case, the last one of each name. reusable: whether the connection takes another request."""

    status: int
    fields: t.Mapping[str, str]
    body: bytes
    reusable: bool


def exchange(sock: Socket, request: bytes) -> Received:
    """Send the request, a GET or POST as it goes over the wire, and read its final answer; OSError, NotHttp."""
    sock.sendall(request)
    return receive(sock)


def receive(source: Source) -> Received:
    """The final answer to a request that was sent; NotHttp, and what the source raises."""
    reader = _Reader(source)
    while True:
        version, status, fields = _head(reader.until(b"\r\n\r\n", HEAD_LIMIT))
        # An interim answer: the final one follows.
        if not 100 <= status < 200 or status == 101:
            break
    body, framed = _body(reader, status, fields)
    tokens = {token.strip() for token in fields.get("connection", "").lower().split(",")}
    reusable = framed and reader.is_empty and "close" not in tokens and (version == "HTTP/1.1" or "keep-alive" in tokens)
    return Received(status, fields, _decoded(body, fields), reusable)


class _Reader:
    """What comes from a source, in the pieces that are asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer = bytearray()

    @property
    def is_empty(self) -> bool:
        return not self._buffer

    def until(self, end: bytes, limit: int) -> bytes:
        """All before the end, which is taken too."""
        searched = 0
        while True:
            place = self._buffer.find(end, searched)
            if place >= 0:
                return self._take(place, len(end))
            if len(self._buffer) > limit:
                raise NotHttp("the answer is not HTTP")
            searched = max(0, len(self._buffer) - len(end) + 1)
            self._more()

    def exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        return self._take(size, 0)

    def rest(self) -> bytes:
        """Until the server closes."""
        while piece := self._source.recv(_PIECE):
            self._buffer += piece
        return self._take(len(self._buffer), 0)

    def _take(self, size: int, further: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[: size + further]
        return taken

    def _more(self) -> None:
        piece = self._source.recv(_PIECE)
        if not piece:
            raise NotHttp(_GONE)
        self._buffer += piece


def _head(head: bytes) -> tuple[str, int, dict[str, str]]:
    """Version, status, fields."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _space, rest = first.partition(" ")
    code = rest[:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (code.isascii() and code.isdigit() and len(code) == 3):
        raise NotHttp("the answer is not HTTP")
    return version, int(code), {name.lower(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}


def _body(reader: _Reader, status: int, fields: t.Mapping[str, str]) -> tuple[bytes, bool]:
    """The body, and whether its end was marked, so that the connection continues after it."""
    if status in (204, 304):
        return b"", True
    if "transfer-encoding" in fields:
        if fields["transfer-encoding"].lower() != "chunked":
            raise NotHttp(f"the answer's transfer encoding {fields['transfer-encoding'][:50]!r} is unknown")
        return b"".join(_chunks(reader)), True
    if "content-length" not in fields:
        return reader.rest(), False
    length = fields["content-length"]
    if not (length.isascii() and length.isdigit() and len(length) <= LENGTH_DIGITS):
        raise NotHttp("the answer has no length")
    return reader.exactly(int(length)), True


def _chunks(reader: _Reader) -> t.Iterator[bytes]:
    while True:
        line = reader.until(b"\r\n", LINE_LIMIT).partition(b";")[0].strip()
        try:
            # int() takes more than digits.
            size = int(line, 16) if line.isalnum() else -1
        except ValueError:
            size = -1
        if size < 0:
            raise NotHttp("the answer's chunks have no length")
        if not size:
            break
        yield reader.exactly(size)
        if reader.exactly(2) != b"\r\n":
            raise NotHttp("the answer's chunks do not have their length")
    while reader.until(b"\r\n", HEAD_LIMIT):
        """A trailer says nothing that matters here."""


def _decoded(body: bytes, fields: t.Mapping[str, str]) -> bytes:
    encoding = fields.get("content-encoding", "identity").lower()
    if encoding == "identity" or not body:
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise NotHttp(f"the answer is encoded as {encoding[:50]!r}, which was not asked for")
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as exc:
        raise NotHttp("the answer is no gzip, though it says so") from exc
