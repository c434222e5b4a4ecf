"""Asks the kernel for nf_tables' rules as well. Only reads."""

from __future__ import annotations

from .netlink_messages import NftChain
from .netlink_rules import NftRule, pack_rules_request, parse_rule
from .netlink_socket import NftKernel


class NftRuleKernel(NftKernel):
    """Lists rules, too."""

    def rules(self, of: NftChain) -> list[NftRule]:
        """Of one chain, in their order. PermissionError without the right to see them, else OSError."""
        found = [parse_rule(content) for content in self.ask(pack_rules_request(of.family, of.table, of.name))]
        return [item for item in found if item.chain == of.name]
