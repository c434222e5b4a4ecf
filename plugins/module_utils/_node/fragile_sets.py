"""Which nft dies of which sets and maps. Pure.

nft 1.1.2 and newer note down an expression for the type of each set, and of what a map maps to. Where that is a plain type (C(type ipv4_addr),
C(ct state vmap {...}), C(map {...}), a map to counters), it is one that nft up to 1.0.6 has no function for: it dies. And it reads the sets of all tables
when it changes one of them.
"""

from __future__ import annotations

import contextlib
import struct
import typing as t

from .netlink_messages import pack_request, pack_text, read_text, unpack_content, unpack_userdata

Version = tuple[int, ...]
# The first nft that makes such sets, and reads them; the last one that dies of them, which 1.0.6.1 does not.
MAKES_THEM, LAST_TO_DIE = (1, 1, 2), (1, 0, 6)

_GET_SET = 10
# NFTNL_UDATA_SET_KEY_TYPEOF and _DATA_TYPEOF of libnftnl.
_TYPES = (3, 4)
# Of enum expr_types in nft's expression.h, what nft 1.0.6 can read there: a verdict, what is taken from packets, and a concatenation.
_READABLE = frozenset((1, *range(7, 14), *range(23, 28)))


class FragileSet(t.NamedTuple):
    """One that an older nft cannot read. name: begins with __ where it has none in the declaration."""

    family: str
    table: str
    name: str

    @property
    def text(self) -> str:
        """For a message."""
        return f"{self.name} of {self.family} {self.table}" if self.name[:2] != "__" else f"a map in a rule of {self.family} {self.table}"


def dies(nft: Version | None) -> bool | None:
    """Whether that version dies of them; null when that is not known. nft: of kube-proxy, null when that is not known."""
    if nft is None or (nft[:3] > LAST_TO_DIE and nft < MAKES_THEM):
        return None
    return nft <= LAST_TO_DIE


def fragile_sets(ask: t.Callable[[bytes], list[bytes]], family: str | None = None, table: str = "") -> list[FragileSet]:
    """Those of a table that an older nft cannot read; of all tables when none is given. ask: the kernel. OSError."""
    wanted = pack_text(1, table) if table else b""
    with contextlib.suppress(FileNotFoundError):
        return [found for found in map(_fragile_set, ask(pack_request(_GET_SET, family, wanted))) if found]
    return []


def _fragile_set(content: bytes) -> FragileSet | None:
    """Attributes: NFTA_SET_* of linux/netfilter/nf_tables.h."""
    family, found = unpack_content(content)
    noted = unpack_userdata(found.get(13, b""))
    if all(_is_readable(unpack_userdata(noted[kind])) for kind in _TYPES if kind in noted):
        return None
    return FragileSet(family, read_text(found.get(1, b"")), read_text(found.get(2, b"")))


def _is_readable(noted: t.Mapping[int, bytes]) -> bool:
    # Whoever makes a set may note down anything: nft reads 4 bytes, whatever is there.
    return not {0, 1} <= noted.keys() or struct.unpack("=I", noted[0][:4].ljust(4, b"\0"))[0] in _READABLE
