"""Chains of nf_tables in the kernel's own language."""

from __future__ import annotations

import dataclasses

from .netlink_messages import read_comment, read_number, read_text, unpack_attributes, unpack_content

_HOOKS = {0: "prerouting", 1: "input", 2: "forward", 3: "output", 4: "postrouting", 5: "ingress"}
_NETDEV_HOOKS = {0: "ingress", 1: "egress"}


@dataclasses.dataclass(frozen=True)
class NftChain:
    """hook, policy: null unless it is a base chain. policy: accept or drop. translates: a base chain of type nat that is not kube-proxy's."""

    family: str
    table: str
    name: str
    hook: str | None = None
    policy: str | None = None
    comment: str = ""
    translates: bool = False


def parse_chain(content: bytes) -> NftChain:
    """Attributes: NFTA_CHAIN_* and NFTA_HOOK_* of linux/netfilter/nf_tables.h."""
    family, found = unpack_content(content)
    comment = read_comment(found.get(12, b""))
    if 4 not in found:
        return NftChain(family, read_text(found[1]), read_text(found[3]), comment=comment)
    number = read_number(dict(unpack_attributes(found[4]))[1])
    hooks = _NETDEV_HOOKS if family == "netdev" else _HOOKS
    nat = 7 in found and read_text(found[7]) == "nat" and read_text(found[1]) != "kube-proxy"
    policy = "drop" if 5 in found and read_number(found[5]) == 0 else "accept"
    return NftChain(family, read_text(found[1]), read_text(found[3]), hooks.get(number, str(number)), policy, comment, nat)
