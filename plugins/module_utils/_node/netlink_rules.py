"""The kernel's own language for rules of nf_tables."""

from __future__ import annotations

import dataclasses

from .netlink_messages import pack_request, pack_text, read_comment, read_number, read_text, unpack_attributes, unpack_content

GET_RULE = 7
_JUMP, _GOTO = -3 & 0xFFFFFFFF, -4 & 0xFFFFFFFF
# In a lookup, the register that holds the verdict: the set is a verdict map.
_VERDICT_REGISTER = 0


@dataclasses.dataclass(frozen=True)
class NftRule:
    """What matters of a rule. drops: it can drop or reject. target: the chain it jumps to. verdict_map: a map that was not read says what it does."""

    chain: str
    handle: int
    drops: bool = False
    target: str | None = None
    verdict_map: bool = False
    comment: str = ""


def pack_rules_request(family: str, table: str, chain: str) -> bytes:
    """A request for the rules of one chain."""
    return pack_request(GET_RULE, family, pack_text(1, table) + pack_text(2, chain))


def parse_rule(content: bytes) -> NftRule:
    """Attributes: NFTA_RULE_*, NFTA_EXPR_* and those of the expressions in linux/netfilter/nf_tables.h."""
    _family, found = unpack_content(content)
    drops, verdict_map = False, False
    target = None
    for _kind, element in unpack_attributes(found.get(4, b"")):
        expression = dict(unpack_attributes(element))
        name, data = read_text(expression.get(1, b"")), dict(unpack_attributes(expression.get(2, b"")))
        if name == "immediate":
            code, jump = _verdict(data)
            drops, target = drops or code == 0, jump or target
        elif name == "reject" or (name == "target" and read_text(data.get(1, b"")) == "REJECT"):
            drops = True
        elif name == "lookup" and 3 in data and read_number(data[3]) == _VERDICT_REGISTER:
            verdict_map = True
    return NftRule(read_text(found[2]), int.from_bytes(found[3], "big"), drops, target, verdict_map, read_comment(found.get(7, b"")))


def _verdict(data: dict[int, bytes]) -> tuple[int | None, str | None]:
    """Code, and chain of a jump, when the value that is loaded is a verdict."""
    verdict = dict(unpack_attributes(data.get(2, b""))).get(2)
    if verdict is None:
        return None, None
    parts = dict(unpack_attributes(verdict))
    code = read_number(parts[1])
    return code, read_text(parts[2]) if code in (_JUMP, _GOTO) and 2 in parts else None
