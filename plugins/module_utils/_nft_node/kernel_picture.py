"""Reads a table from the kernel by itself, where nft would take long to list it."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import socket
import struct
import time
import typing as t

from .._nft.kernel_form import ELEMENTS, KINDS, SET, digest_of, element_lists, elements, things
from .._nft.listing import is_torn
from .._nft.table_model import Chain, Table
from .._node.netlink_messages import pack_request, pack_text
from .._node.netlink_socket import NftKernel
from .._node.stamp import STAMP_CHAIN
from .packet_filter import PAUSE, TRIES

# Family and size of an address, and what stands before it in a list of elements: an element with a key with a value.
_ADDRESSES = tuple(
    (family, size, struct.pack("=6H", size + 12, 1, size + 8, 1, size + 4, 1))
    for family, size in ((socket.AF_INET, 4), (socket.AF_INET6, 16))
)


class Frame(t.NamedTuple):
    """A table as declared, without the elements of its plain sets. picture: its own."""

    table: Table
    plain: tuple[str, ...]
    picture: str | None


def live_table(frame: Frame) -> Table | None:
    """The table, if it is the same but for elements of plain sets; null if not, or when it does not stop growing. OSError."""
    family, name = frame.table.family, frame.table.name
    stamp = NftKernel().note(family, name, STAMP_CHAIN)
    if stamp is None or frame.picture is None or picture(family, name, frame.plain) != frame.picture:
        return None
    for _try in range(TRIES):
        found = {plain: listed for plain in frame.plain if (listed := _addresses(family, name, plain)) is not None}
        if len(found) < len(frame.plain):
            return None
        table = frame.table.with_elements(found)
        if not is_torn(table):
            return dataclasses.replace(table, chains=(*table.chains, Chain(STAMP_CHAIN, (f'comment "{stamp[0]}"',), handle=stamp[1])))
        time.sleep(PAUSE)
    return None


def picture(family: str, table: str, without: t.Container[str] = ()) -> str | None:
    """What shows whether two tables are the same, but for elements of some sets; null when it cannot be had."""
    kernel = NftKernel()
    wanted = pack_text(1, table)
    with contextlib.suppress(OSError):
        found = {kind: things(kind, kernel.ask(pack_request(kind, family, wanted)), table) for kind in KINDS}
        sets = (name.partition(" ")[2] for name, _content in found[SET])
        contents = (elements(_elements(family, table, name), name) for name in sets if name not in without)
        return digest_of(itertools.chain([(family, b"")], *found.values(), *contents))
    return None


def _addresses(family: str, table: str, name: str) -> list[str] | None:
    """The elements of a set as nft lists them; null where they are not addresses and nothing but that."""
    found: list[str] = []
    for part in element_lists(_elements(family, table, name)):
        number, size, head = next((item for item in _ADDRESSES if part.startswith(item[2])), (0, 0, b""))
        keys = [part[at : at + size] for at in range(len(head), len(part), len(head) + size)] if head else []
        if head + head.join(keys) != part:
            return None
        found += map(socket.inet_ntop, itertools.repeat(number), keys)
    return found


def _elements(family: str, table: str, name: str) -> list[bytes]:
    return NftKernel().ask(pack_request(ELEMENTS, family, pack_text(1, table) + pack_text(2, name)))
