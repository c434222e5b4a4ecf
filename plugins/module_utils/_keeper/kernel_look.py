"""Whether anybody has changed tables since they were found as declared: asked of the kernel, without a process. Only reads."""

from __future__ import annotations

import typing as t

from .._nft.kernel_form import SET
from .._nft.table_model import Name
from .._nft_node.kernel_picture import picture
from .._node.netlink_messages import pack_attribute, pack_request, read_number, read_text, unpack_content
from .._node.netlink_socket import NftKernel
from .._node.stamp import STAMP_CHAIN

# NFTA_SET_NAME and NFTA_SET_FLAGS, and of these NFT_SET_TIMEOUT and NFT_SET_EVAL, of linux/netfilter/nf_tables.h.
_SET_NAME, _SET_FLAGS, _COMES_AND_GOES = 2, 3, 0x30


class Seen(t.NamedTuple):
    """picture: of a table. stamp: its comment. Each null where it is not there."""

    picture: str | None
    stamp: str | None


Pictures = t.Mapping[Name, Seen]


def pictures(names: t.Iterable[Name]) -> Pictures:
    """Elements that packets add, or that go by themselves, are not looked at. OSError."""
    return {name: Seen(picture(*name, _busy_sets(*name)), _stamp(*name)) for name in names}


def _stamp(family: str, table: str) -> str | None:
    note = NftKernel().note(family, table, STAMP_CHAIN)
    return note[0] if note else None


def _busy_sets(family: str, table: str) -> frozenset[str]:
    try:
        answers = NftKernel().ask(pack_request(SET, family, pack_attribute(1, table.encode() + b"\0")))
    except FileNotFoundError:
        return frozenset()
    found = (unpack_content(answer)[1] for answer in answers)
    flagged = ((read_text(item[_SET_NAME]), read_number(item[_SET_FLAGS])) for item in found if _SET_FLAGS in item)
    return frozenset(name for name, flags in flagged if flags & _COMES_AND_GOES)
