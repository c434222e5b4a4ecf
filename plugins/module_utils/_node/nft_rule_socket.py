"""Asks the kernel for nf_tables' rules as well. Only reads."""

from __future__ import annotations

from .nft_messages import NftChain
from .nft_rules import NftRule, rule, rules_question
from .nft_socket import NftKernel


class NftRuleKernel(NftKernel):
    """Tells of rules, too."""

    def rules(self, of: NftChain) -> list[NftRule]:
        found = [rule(content) for content in self.ask(rules_question(of.family, of.table, of.name))]
        return [item for item in found if item.chain == of.name]
