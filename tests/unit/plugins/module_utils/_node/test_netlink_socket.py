# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talking with the kernel, of whom a part is played here: dumps that come in pieces, are interrupted, or refused."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._node import netlink_chains, netlink_rule_socket, netlink_socket
from ansible_collections.aks.dataplane.plugins.module_utils._node import netlink_messages as nft

ERROR, DONE, INTERRUPTED = 2, 3, 0x10


def message(kind: int, content: bytes, flags: int = 2) -> bytes:
    return struct.pack("=IHHII", 16 + len(content), kind, flags, 1, 0) + content


def table(name: str, flags: int = 2) -> bytes:
    return message(nft.NFT << 8, struct.pack(">BBH", 2, 0, 0) + nft.pack_attribute(1, name.encode() + b"\0"), flags)


class Link:
    """A socket whose other end was scripted: one list of pieces for each request."""

    def __init__(self, *answers: t.Sequence[bytes]) -> None:
        self._answers = list(answers)
        self._pieces: list[bytes] = []
        self.asked: list[bytes] = []

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def settimeout(self, seconds: float) -> None:
        assert seconds > 0

    def bind(self, address: tuple[int, int]) -> None:
        assert address == (0, 0)

    def sendto(self, request: bytes, address: tuple[int, int]) -> None:
        self.asked.append(request)
        self._pieces = list(self._answers.pop(0))

    def recv(self, size: int) -> bytes:
        return self._pieces.pop(0)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Link]:
    def make(*answers: t.Sequence[bytes]) -> Link:
        link = Link(*answers)
        monkeypatch.setattr(socket, "socket", lambda *args: link)
        return link

    return make


END = message(DONE, struct.pack("=i", 0))


def test_a_dump_in_pieces(play: t.Callable[..., Link]) -> None:
    play([table("a") + table("b"), table("c"), END])
    assert [found.name for found in netlink_socket.NftKernel().tables()] == ["a", "b", "c"]


def test_an_interrupted_dump_is_asked_for_again(play: t.Callable[..., Link]) -> None:
    link = play([table("a", flags=2 | INTERRUPTED), END], [table("a") + table("b") + END])
    assert [found.name for found in netlink_socket.NftKernel().tables()] == ["a", "b"]
    assert link.asked[0] == link.asked[1]


def test_a_dump_that_is_always_interrupted(play: t.Callable[..., Link]) -> None:
    play(*[[table("a", flags=2 | INTERRUPTED) + END]] * 20)
    with pytest.raises(OSError, match="did not stop changing"):
        netlink_socket.NftKernel().tables()


@pytest.mark.parametrize(("code", "error"), [(errno.EPERM, PermissionError), (errno.EINVAL, OSError)])
def test_refused(play: t.Callable[..., Link], code: int, error: type[OSError]) -> None:
    play([message(ERROR, struct.pack("=i", -code) + bytes(16))])
    with pytest.raises(error) as caught:
        netlink_socket.NftKernel().tables()
    assert caught.value.errno == code


def test_only_tables_chains_and_rules_are_asked_for(play: t.Callable[..., Link]) -> None:
    """And every pack_request is one for a dump."""
    link = play([END], [END], [END])
    kernel = netlink_rule_socket.NftRuleKernel()
    assert (kernel.tables(), kernel.chains(), kernel.rules(netlink_chains.NftChain("inet", "fw", "in"))) == ([], [], [])
    kinds = [(kind, flags) for request in link.asked for kind, flags, _content in nft.unpack_messages(request)]
    assert kinds == [(10 << 8 | number, 0x301) for number in (1, 4, 7)]
