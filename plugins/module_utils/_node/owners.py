"""Who made a table of the packet filter, as far as it shows."""

from __future__ import annotations

import typing as t

from .built_in import BUILT_IN
from .nft_messages import NftChain, NftTable
from .stamp import CHAIN, Stamp, stamp_of_comment

# OURS: declared with node_nftables_ruleset.
KUBE_PROXY, AKS, OURS, UNKNOWN = "kube-proxy", "aks", "aks-dataplane", "unknown"
KUBE_PROXY_TABLE = "kube-proxy"

_IP = ("ip", "ip6")
_BY_NAME = {"firewalld": "firewalld", "f2b-table": "fail2ban", "calico": "calico"}


def built_in(chain: NftChain) -> bool:
    """Whether it is a base chain of iptables-nft."""
    return (
        chain.family in _IP and chain.hook is not None and chain.name in BUILT_IN.get(chain.table, ()) and chain.name == chain.hook.upper()
    )


def stamp_among(chains: t.Iterable[NftChain]) -> Stamp | None:
    """The stamp that one of a table's chains is; null when none is, or it cannot be read."""
    return next((stamp_of_comment(chain.comment) for chain in chains if chain.name == CHAIN), None)


def of_table(table: NftTable, chains: t.Collection[NftChain]) -> str:
    """chains: those of this table. A stamp counts only where the name is nobody else's, as the module declares no other tables."""
    if table.family in _IP and table.name == KUBE_PROXY_TABLE:
        return KUBE_PROXY
    if table.family in _IP and table.name in BUILT_IN:
        base = [chain for chain in chains if chain.hook is not None]
        # iptables-nft leaves tables without any chain behind, and other programs use the names of its tables, but other names for their base chains.
        return "iptables-nft" if all(built_in(chain) for chain in base) else UNKNOWN
    if table.name == "azureSLBProbe":
        return AKS
    return _BY_NAME.get(table.name) or (OURS if stamp_among(chains) else UNKNOWN)
