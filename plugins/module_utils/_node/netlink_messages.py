"""The kernel's own language for nf_tables (netlink messages): what is asked, and what the answers say.

The nft program is not asked: version 1.0.6 reads the sets of every table even with C(list tables), and crashes on those of newer versions.
"""

from __future__ import annotations

import dataclasses
import struct
import typing as t

NFT = 10  # subsystem number of nf_tables
GET_TABLE, GET_CHAIN = 1, 4
REQUEST, ACKNOWLEDGE, DUMP = 0x1, 0x4, 0x300

FAMILIES = {2: "ip", 10: "ip6", 1: "inet", 3: "arp", 7: "bridge", 5: "netdev"}
IP_FAMILIES = ("ip", "ip6")
_FAMILY_NUMBERS = {name: number for number, name in FAMILIES.items()}
_DORMANT = 0x1

_HEADER = struct.Struct("=IHHII")
_GENERIC = struct.Struct(">BBH")
_ATTRIBUTE = struct.Struct("=HH")
_BE32 = struct.Struct(">I")


@dataclasses.dataclass(frozen=True)
class NftTable:
    """family, name: as nft spells them. dormant: its chains see no packets."""

    family: str
    name: str
    dormant: bool = False


def pack_attribute(kind: int, value: bytes) -> bytes:
    """As struct nlattr of linux/netlink.h, padded to 4 bytes."""
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value + b"\0" * (-len(value) % 4)


def pack_text(kind: int, text: str) -> bytes:
    """Of a text, with its zero byte."""
    return pack_attribute(kind, text.encode() + b"\0")


def pack_request(message: int, family: str | None = None, attributes: bytes = b"", flags: int = DUMP) -> bytes:
    """A request for a dump; all families when none is given."""
    content = _GENERIC.pack(_FAMILY_NUMBERS[family] if family else 0, 0, 0) + attributes
    return _HEADER.pack(_HEADER.size + len(content), NFT << 8 | message, REQUEST | flags, 1, 0) + content


def pack_chain_request(family: str, table: str, chain: str) -> bytes:
    """Not for a dump, but for this one."""
    return pack_request(GET_CHAIN, family, pack_text(1, table) + pack_text(3, chain), ACKNOWLEDGE)


def unpack_attributes(data: bytes, at: int = 0) -> list[tuple[int, bytes]]:
    """Type and value of each, from a place on. For speed: there can be tens of thousands of chains."""
    found = []
    unpack, last = _ATTRIBUTE.unpack_from, len(data) - 4
    while at <= last:
        size, kind = unpack(data, at)
        if size < 4:
            break
        found.append((kind & 0x3FFF, data[at + 4 : at + size]))
        at += (size + 3) & ~3
    return found


def unpack_messages(data: bytes) -> t.Iterator[tuple[int, int, bytes]]:
    """Type, flags and content of each message in what was received."""
    at = 0
    while at + _HEADER.size <= len(data):
        size, kind, flags, _sequence, _port = _HEADER.unpack_from(data, at)
        if size < _HEADER.size:
            return
        yield kind, flags, data[at + _HEADER.size : at + size]
        at += (size + 3) & ~3


def unpack_content(content: bytes) -> tuple[str, dict[int, bytes]]:
    """Family, and attributes by their number, of what follows struct nlmsghdr."""
    return FAMILIES.get(content[0], str(content[0])), dict(unpack_attributes(content, _GENERIC.size))


def read_text(value: bytes) -> str:
    """Text up to its zero byte."""
    return value.partition(b"\0")[0].decode("utf-8", "replace")


def read_number(value: bytes) -> int:
    """Of 4 bytes, in network order."""
    return int(_BE32.unpack(value)[0])


def parse_table(content: bytes) -> NftTable:
    """Attributes: NFTA_TABLE_* of linux/netfilter/nf_tables.h."""
    family, found = unpack_content(content)
    return NftTable(family, read_text(found[1]), dormant=bool(read_number(found[2]) & _DORMANT) if 2 in found else False)


def read_comment(userdata: bytes) -> str:
    """The comment of a rule or chain, which is type 0."""
    return read_text(unpack_userdata(userdata).get(0, b""))


def unpack_userdata(userdata: bytes) -> dict[int, bytes]:
    """nft's own notes: type, length, value."""
    found = {}
    at = 0
    while at + 2 <= len(userdata):
        end = at + 2 + userdata[at + 1]
        found[userdata[at]] = userdata[at + 2 : end]
        at = end
    return found
