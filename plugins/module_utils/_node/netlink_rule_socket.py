"""Asks the kernel for nf_tables' chains and rules as well. Only reads."""

from __future__ import annotations

from .netlink_chains import NftChain, parse_chain
from .netlink_messages import GET_CHAIN, pack_request
from .netlink_rules import NftRule, pack_rules_request, parse_rule
from .netlink_socket import NftKernel


class NftRuleKernel(NftKernel):
    """Lists chains and rules, too. PermissionError without the right to see them, else OSError."""

    def chains(self) -> list[NftChain]:
        """All of them, of every table."""
        return [parse_chain(content) for content in self.ask(pack_request(GET_CHAIN))]

    def rules(self, of: NftChain) -> list[NftRule]:
        """Of one chain, in their order."""
        found = [parse_rule(content) for content in self.ask(pack_rules_request(of.family, of.table, of.name))]
        return [item for item in found if item.chain == of.name]
