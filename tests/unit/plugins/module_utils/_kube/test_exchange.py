# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers of HTTP/1.1 as they may come over the wire, in whatever pieces, and what is none."""

from __future__ import annotations

import gzip
import http.client
import io
import itertools
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.exchange import NotHttp, Received, exchange
from hypothesis import given
from hypothesis import strategies as st

REQUEST = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"


class Wire:
    """A socket that receives these bytes, at most so many at once, and is closed then."""

    def __init__(self, data: bytes, piece: int = 65536) -> None:
        self.data, self.piece, self.sent = data, piece, b""

    def sendall(self, data: bytes, /) -> None:
        self.sent += data

    def recv(self, size: int, /) -> bytes:
        taken, self.data = self.data[: min(size, self.piece)], self.data[min(size, self.piece) :]
        return taken

    def makefile(self, mode: str) -> io.BytesIO:
        """For Python's own reader."""
        return io.BytesIO(self.data)


def answer(body: bytes = b"", *fields: str, status: str = "200 OK", version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"{version} {status}", *fields, "", ""]).encode() + body


def of_length(body: bytes, *fields: str, **more: str) -> bytes:
    return answer(body, f"Content-Length: {len(body)}", *fields, **more)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return answer(body + end, "Transfer-Encoding: chunked")


def read(data: bytes, piece: int = 65536) -> Received:
    wire = Wire(data, piece)
    received = exchange(wire, REQUEST)
    assert wire.sent == REQUEST
    return received


WHOLE = {
    "length": (of_length(b"nftables"), b"nftables", True),
    "no fields but the length": (of_length(b""), b"", True),
    "chunks": (chunked(b"nft", b"ables" * 7), b"nft" + b"ables" * 7, True),
    "chunks with an extension and a trailer": (chunked(b"nft", end=b"0;x=y\r\nExpires: never\r\n\r\n"), b"nft", True),
    "gzip": (of_length(gzip.compress(b"metrics"), "Content-Encoding: gzip"), b"metrics", True),
    "gzip in two parts": (of_length(gzip.compress(b"met") + gzip.compress(b"rics"), "content-encoding: GZIP"), b"metrics", True),
    "nothing": (answer(status="204 No Content"), b"", True),
    "an interim answer before": (answer(status="103 Early Hints") + of_length(b"nftables"), b"nftables", True),
    "without a length, until the end": (answer(b"nftables"), b"nftables", False),
    "the last one": (of_length(b"nftables", "Connection: Close"), b"nftables", False),
    "of an old server": (of_length(b"nftables", version="HTTP/1.0"), b"nftables", False),
    "of an old server that stays": (of_length(b"nftables", "Connection: keep-alive", version="HTTP/1.0"), b"nftables", True),
}


@pytest.mark.parametrize("piece", [1, 7, 65536])
@pytest.mark.parametrize(("data", "body", "reusable"), WHOLE.values(), ids=WHOLE)
def test_an_answer_is_read_whole(data: bytes, body: bytes, reusable: bool, piece: int) -> None:
    received = read(data, piece)
    assert (received.body, received.reusable) == (body, reusable)


def test_a_connection_that_says_more_than_it_was_asked_for_is_not_used_again() -> None:
    received = read(of_length(b"nftables") + b"HTTP/1.1 200 OK")
    assert (received.body, received.reusable) == (b"nftables", False)


def test_status_and_fields() -> None:
    received = read(of_length(b"", "Retry-After:  2 ", "X-Kubernetes-Pf-Flowschema-Uid: a:b", "junk", status="429 Too Many Requests"))
    assert received.status == 429
    assert received.fields == {"content-length": "0", "retry-after": "2", "x-kubernetes-pf-flowschema-uid": "a:b"}
    assert read(answer(b"", "Content-Length: 0", status="503")).status == 503


BROKEN = {
    "nothing": b"",
    "a part of the head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a part of the body": of_length(b"nftables")[:-1],
    "a part of a chunk": chunked(b"nftables")[:-9],
    "no last chunk": chunked(b"nftables", end=b""),
    "no end after the last chunk": chunked(b"nftables", end=b"0\r\n"),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "another version": answer(version="HTTP/2"),
    "no status": answer(status="OK"),
    "a strange status": answer(status="20\u0662"),
    "no end of the head": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000,
    "a length that is none": answer(b"x", "Content-Length: +1"),
    "a length of thousands of digits": answer(b"x", f"Content-Length: {'9' * 5000}"),
    "two lengths": answer(b"x", "Content-Length: 1, 1"),
    "a chunk that is longer than it says": answer(b"2\r\nnft\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a chunk that says nothing": answer(b"\r\nnft\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a chunk with a sign": answer(b"-1\r\nnft\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "a chunk without an end of its size": answer(b"1" * 2000, "Transfer-Encoding: chunked"),
    "another transfer encoding": answer(b"", "Transfer-Encoding: gzip, chunked"),
    "another content encoding": of_length(b"x", "Content-Encoding: br"),
    "no gzip": of_length(b"x", "Content-Encoding: gzip"),
    "a part of gzip": of_length(gzip.compress(b"metrics")[:-3], "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_anything_else_is_no_answer(data: bytes) -> None:
    with pytest.raises(NotHttp, match=r"^(the answer|the connection was closed)"):
        read(data)


NAMES = st.sampled_from(["Audit-Id", "Cache-Control", "Content-Type", "Date"])
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@given(
    body=st.binary(max_size=300),
    cuts=st.lists(st.integers(0, 300), max_size=4),
    fields=st.dictionaries(NAMES, TEXTS),
    packed=st.booleans(),
    piece=st.integers(1, 400),
)
def test_it_reads_what_python_s_own_reader_reads(body: bytes, cuts: list[int], fields: dict[str, str], packed: bool, piece: int) -> None:
    sent = gzip.compress(body) if packed else body
    places = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    data = chunked(*(sent[start:end] for start, end in itertools.pairwise(places))) if cuts else of_length(sent)
    more = [f"{name}: {value}" for name, value in fields.items()] + (["Content-Encoding: gzip"] if packed else [])
    head, _end, rest = data.partition(b"\r\n\r\n")
    data = "\r\n".join([head.decode(), *more, "", ""]).encode() + rest

    theirs = http.client.HTTPResponse(t.cast(t.Any, Wire(data)), method="GET")
    theirs.begin()
    read_by_them = theirs.read()
    ours = read(data, piece)

    assert ours.body == (gzip.decompress(read_by_them) if packed else read_by_them) == body
    assert ours.status == theirs.status
    assert ours.fields == {name.lower(): value for name, value in theirs.getheaders()}
    assert ours.reusable
