"""Who made a table of the packet filter, as far as it shows."""

from __future__ import annotations

import typing as t

from .netlink_chains import NftChain
from .netlink_messages import IP_FAMILIES, NftTable
from .stamp import STAMP_CHAIN, Stamp, stamp_of_comment

# OURS: declared with node_nftables_ruleset.
KUBE_PROXY, IPTABLES_NFT, AKS, OURS, UNKNOWN = "kube-proxy", "iptables-nft", "aks", "aks-dataplane", "unknown"
KUBE_PROXY_TABLE = "kube-proxy"

# The tables of iptables as the AKS iptables monitor reads them, with the chains that every table has as iptables lists them.
BUILT_IN = {
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
_BY_NAME = {"firewalld": "firewalld", "f2b-table": "fail2ban", "calico": "calico"}


def is_built_in(chain: NftChain) -> bool:
    """Whether it is a base chain of iptables-nft."""
    return (
        chain.family in IP_FAMILIES
        and chain.hook is not None
        and chain.name in BUILT_IN.get(chain.table, ())
        and chain.name == chain.hook.upper()
    )


def stamp_among(chains: t.Iterable[NftChain]) -> Stamp | None:
    """The stamp that one of a table's chains is; null when none is, or it cannot be read."""
    return next((stamp_of_comment(chain.comment) for chain in chains if chain.name == STAMP_CHAIN), None)


def owner_of(table: NftTable, chains: t.Collection[NftChain]) -> str:
    """chains: those of this table. A stamp counts only where the name is nobody else's, as the module declares no other tables."""
    if table.family in IP_FAMILIES and table.name == KUBE_PROXY_TABLE:
        return KUBE_PROXY
    if table.family in IP_FAMILIES and table.name in BUILT_IN:
        base = [chain for chain in chains if chain.hook is not None]
        # iptables-nft leaves tables without any chain behind, and other programs use the names of its tables, but other names for their base chains.
        return IPTABLES_NFT if all(is_built_in(chain) for chain in base) else UNKNOWN
    if table.name == "azureSLBProbe":
        return AKS
    return _BY_NAME.get(table.name) or (OURS if stamp_among(chains) else UNKNOWN)


def describe(table: NftTable, chains: t.Iterable[NftChain]) -> dict[str, str]:
    """For C(nft_tables)."""
    own = [chain for chain in chains if (chain.family, chain.table) == (table.family, table.name)]
    owner = owner_of(table, own)
    stamp = stamp_among(own) if owner == OURS else None
    return {"family": table.family, "name": table.name, "owner": owner, **({"nft": stamp.nft} if stamp else {})}
