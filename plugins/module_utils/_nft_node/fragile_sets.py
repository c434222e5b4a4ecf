"""Sets and maps on which an older nft dies as soon as it reads them, and older ones read those of all tables when they change any. Only reads.

nft 1.1.2 and newer note down an expression for the type of each set and of what a map maps to. Where that is a plain type (C(type ipv4_addr),
C(ct state vmap {...}), C(map {...}), a map to counters), it is one that nft up to 1.0.6 has no function to read.
"""

from __future__ import annotations

import contextlib
import struct
import typing as t

from .._nft.fragile import FragileSet
from .._node.netlink_messages import pack_attribute, pack_request, read_text, unpack_content, unpack_userdata
from .._node.netlink_socket import NftKernel

_GET_SET = 10
# NFTNL_UDATA_SET_KEY_TYPEOF and _DATA_TYPEOF of libnftnl.
_TYPES = (3, 4)
# Of enum expr_types in nft's expression.h, what nft 1.0.6 can read there: a verdict, what is taken from packets, and a concatenation.
_READABLE = frozenset((1, *range(7, 14), *range(23, 28)))


def fragile_sets(kernel: NftKernel, family: str | None = None, table: str = "") -> list[FragileSet]:
    """Those of a table; of all tables when none is given. OSError."""
    wanted = pack_attribute(1, table.encode() + b"\0") if table else b""
    with contextlib.suppress(FileNotFoundError):
        return [found for found in map(_fragile_set, kernel.ask(pack_request(_GET_SET, family, wanted))) if found]
    return []


def _fragile_set(content: bytes) -> FragileSet | None:
    """Attributes: NFTA_SET_* of linux/netfilter/nf_tables.h."""
    family, found = unpack_content(content)
    noted = unpack_userdata(found.get(13, b""))
    if all(_is_readable(unpack_userdata(noted[kind])) for kind in _TYPES if kind in noted):
        return None
    return FragileSet(family, read_text(found[1]), read_text(found[2]))


def _is_readable(noted: t.Mapping[int, bytes]) -> bool:
    return not {0, 1} <= noted.keys() or struct.unpack("=I", noted[0])[0] in _READABLE
