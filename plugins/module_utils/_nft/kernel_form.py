"""A table as the kernel has it, without what nft makes of that: far cheaper to read than a listing, and the same only where the listing is the same. Pure.

The same table made twice may differ here, as sets without a name are numbered.
"""

from __future__ import annotations

import hashlib
import operator
import re
import typing as t

from .._node.netlink_messages import read_text, unpack_attributes, unpack_content
from .._node.stamp import STAMP_CHAIN

# NFT_MSG_GET* of linux/netfilter/nf_tables.h, per kind of thing: the number of the attribute with its name, and those that say nothing of what was declared
# (handles, uses, counters).
TABLE, CHAIN, RULE, SET, ELEMENTS, OBJECT, FLOWTABLE = 1, 4, 7, 10, 13, 19, 23
_NAMES = {TABLE: 1, CHAIN: 3, RULE: 2, SET: 2, OBJECT: 2, FLOWTABLE: 2}
_PASSING = {TABLE: {3, 4}, CHAIN: {2, 6, 8}, RULE: {3, 6}, SET: {16, 19, 20}, OBJECT: {5, 6}, FLOWTABLE: {4, 5}}
KINDS = tuple(_NAMES)
# An expression that counts, with what it has counted.
_COUNTER = re.compile(rb"(\x0c\x00\x01\x00counter\x00\x1c\x00\x02[\x00\x80])\x0c\x00\x01\x00.{8}\x0c\x00\x02\x00.{8}", re.DOTALL)
_NAMED_COUNTER = b"\0\0\0\1"
_EXPIRATION = 5


def things(kind: int, answers: t.Iterable[bytes], table: str) -> list[tuple[str, bytes]]:
    """Name and content of each thing of that kind in a table, rules by their chain and in order, all else sorted. answers: of the kernel."""
    found = []
    for answer in answers:
        _family, attributes = unpack_content(answer)
        name = read_text(attributes[_NAMES[kind]])
        if read_text(attributes[1]) == table and not (kind == CHAIN and name == STAMP_CHAIN):
            found.append((f"{kind} {name}", _lasting(kind, attributes)))
    return sorted(found, key=operator.itemgetter(0)) if kind == RULE else sorted(found)


def _lasting(kind: int, attributes: dict[int, bytes]) -> bytes:
    passing = _PASSING[kind]
    if kind == RULE and 4 in attributes:
        attributes[4] = _COUNTER.sub(rb"\1", attributes[4])
    elif kind == OBJECT and attributes[3] == _NAMED_COUNTER:
        passing = {*passing, 4}
    return _joined(item for item in attributes.items() if item[0] not in passing)


def _joined(attributes: t.Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(b"%d %d " % (kind, len(value)) + value for kind, value in attributes)


def elements(answers: t.Iterable[bytes], name: str) -> list[tuple[str, bytes]]:
    """The elements of one set, sorted, in the same form. name: of the set."""
    lists = (unpack_attributes(part) for part in element_lists(answers))
    found = (_joined(item for item in unpack_attributes(one) if item[0] != _EXPIRATION) for part in lists for _kind, one in part)
    return [(f"{ELEMENTS} {name}", content) for content in sorted(found)]


def element_lists(answers: t.Iterable[bytes]) -> t.Iterator[bytes]:
    """Of each answer the list of elements that it holds."""
    for content in answers:
        _family, attributes = unpack_content(content)
        if 3 in attributes:
            yield attributes[3]


def digest_of(found: t.Iterable[tuple[str, bytes]]) -> str:
    """Of all that was read of a table."""
    whole = hashlib.sha256()
    for name, content in found:
        whole.update(b"%b %d " % (name.encode("utf-8", "surrogateescape"), len(content)))
        whole.update(content)
    return whole.hexdigest()
