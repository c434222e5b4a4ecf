"""What decides whether kube-proxy's nft can live with our tables: their sets, as the kernel has them, and its version. Only reads.

nft 1.1.2 and newer note down an expression for the type of each set, and of what a map maps to. Where that is a plain type (C(type ipv4_addr),
C(ct state vmap {...}), C(map {...}), a map to counters), it is one that nft up to 1.0.6 has no function for: it dies. And it reads the sets of all tables
when it changes one of them.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
import stat
import struct
import typing as t

from .._nft.fragile import FragileSet
from .._node.netlink_messages import pack_attribute, pack_request, read_text, unpack_content, unpack_userdata
from .._node.netlink_socket import NftKernel
from .lock import network_namespace

_GET_SET = 10
# NFTNL_UDATA_SET_KEY_TYPEOF and _DATA_TYPEOF of libnftnl.
_TYPES = (3, 4)
# Of enum expr_types in nft's expression.h, what nft 1.0.6 can read there: a verdict, what is taken from packets, and a concatenation.
_READABLE = frozenset((1, *range(7, 14), *range(23, 28)))
# As it stands in the program, from which C(nft --version) prints it.
_VERSION = re.compile(rb"\0(\d+\.\d+\.\d+(?:\.\d+)?)\0")
# Bytes; the real one has 27,000.
_LARGEST = 1 << 23


def fragile_sets(kernel: NftKernel, family: str | None = None, table: str = "") -> list[FragileSet]:
    """Those of a table that an older nft cannot read; of all tables when none is given. OSError."""
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


def kube_proxy_nft() -> tuple[int, ...] | None:
    """The version of the nft that a kube-proxy in our network namespace has; null when it cannot be seen. It is not run: others made it."""
    for path in glob.iglob("/proc/[0-9]*/comm"):
        process = os.path.dirname(path)
        with contextlib.suppress(OSError):
            if _read(path) == b"kube-proxy\n" and os.stat(f"{process}/ns/net").st_ino == network_namespace():
                return _version(process)
    return None


def _version(process: str) -> tuple[int, ...] | None:
    """Of the first nft on the search path of the process, whose folder in /proc that is."""
    search = next((item[5:] for item in _read(f"{process}/environ").split(b"\0") if item.startswith(b"PATH=")), b"/usr/sbin:/usr/bin:/sbin")
    for folder in os.fsdecode(search).split(":"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = _VERSION.search(_read(f"{process}/root/{folder}/nft"))
            return tuple(map(int, found[1].split(b"."))) if found else None
    return None


def _read(path: str) -> bytes:
    """OSError when it is no file."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path} is no file")
        return file.read(_LARGEST)
