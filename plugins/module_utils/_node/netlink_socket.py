"""Asks the kernel for nf_tables. Only reads."""

from __future__ import annotations

import contextlib
import socket
import struct

from .netlink_messages import (
    GET_TABLE,
    NftTable,
    pack_chain_request,
    pack_request,
    parse_table,
    read_comment,
    unpack_content,
    unpack_messages,
)

_NETLINK_NETFILTER = 12
_ERROR, _DONE, _INTERRUPTED = 2, 3, 0x10
_SIZE = 1 << 17
_TIMEOUT = 30.0
# Somebody who writes in the middle of a dump makes the kernel say so: then it is asked again, this often.
_TRIES = 10


class NftKernel:
    """That of the process's network namespace. PermissionError without the right to see it, else OSError."""

    def tables(self) -> list[NftTable]:
        """All of them, of every family."""
        return [parse_table(content) for content in self.ask(pack_request(GET_TABLE))]

    def note(self, family: str, table_name: str, chain: str) -> tuple[str, int] | None:
        """Comment and handle of a chain, without a look at the others, of which a node can have tens of thousands; None when there is none."""
        with contextlib.suppress(FileNotFoundError):
            _family, found = unpack_content(self.ask(pack_chain_request(family, table_name, chain))[0])
            return read_comment(found.get(12, b"")), int.from_bytes(found.get(2, b""), "big")
        return None

    def ask(self, request: bytes) -> list[bytes]:
        """The contents of the answers."""
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as link:
            link.settimeout(_TIMEOUT)
            link.bind((0, 0))
            for _attempt in range(_TRIES):
                link.sendto(request, (0, 0))
                answers, whole = _receive(link)
                if whole:
                    return answers
        raise InterruptedError("the rules of nf_tables did not stop changing while they were read")


def _receive(link: socket.socket) -> tuple[list[bytes], bool]:
    """The answers, and whether they belong together."""
    answers: list[bytes] = []
    whole = True
    while True:
        for kind, flags, content in unpack_messages(link.recv(_SIZE)):
            whole = whole and not flags & _INTERRUPTED
            if kind == _ERROR and (code := -struct.unpack_from("=i", content)[0]):
                raise OSError(code, f"the kernel refused to list nf_tables: error {code}")
            if kind in (_DONE, _ERROR):
                return answers, whole
            answers.append(content)
