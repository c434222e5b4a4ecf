"""What of a declaration is refused whatever the node is like, and what is worth a warning. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .._node.netlink_messages import NftTable
from .._node.table_owners import IPTABLES_NFT, UNKNOWN, owner_of
from .declared import Declaration, DeclaredTable
from .lexer import words

_OWNERS = {"aks": "AKS"}
# As the canary in the scratch namespace.
RESERVED = "aks-dataplane-"
# Besides those in ip and ip6 tables, which _node.table_owners knows.
_ARP_AND_BRIDGE = {"arp": ("filter",), "bridge": ("filter", "nat", "broute")}
# nft makes a table of such a name, but takes the word for a keyword in C(nft list table).
_UNLISTABLE = (
    *("chains", "counters", "flowtables", "hooks", "limits", "maps"),
    *("meters", "quotas", "secmarks", "sets", "synproxys", "tables"),
)


def check_names(tables: t.Iterable[DeclaredTable]) -> None:
    """Raises DataplaneError when a table has a name that another program uses, or that cannot be used."""
    for table in tables:
        if table.name.startswith(RESERVED):
            raise DataplaneError(
                f"Table {table.family} {table.name} has a name that begins with {RESERVED}, as those that the module uses itself.",
                remedy="Nothing was changed. Choose another name.",
                code="DeniedTable",
                details={"family": table.family, "name": table.name, "owner": "aks.dataplane"},
            )
        if table.name in _UNLISTABLE:
            raise DataplaneError(
                f"nft cannot list a table named {table.name}, because that is a keyword of nft.",
                remedy="Nothing was changed. Choose another name.",
                code="InvalidDeclaration",
                details={"family": table.family, "name": table.name},
            )
        owner = owner_of(NftTable(table.family, table.name), [])
        if table.name in _ARP_AND_BRIDGE.get(table.family, ()):
            owner = IPTABLES_NFT
        if owner != UNKNOWN:
            raise DataplaneError(
                f"Table {table.family} {table.name} belongs to {_OWNERS.get(owner, owner)}.",
                remedy="Nothing was changed. Choose another name: at a hook the chains of all tables run, in the order of their priorities.",
                code="DeniedTable",
                details={"family": table.family, "name": table.name, "owner": owner},
            )


def mentions(declaration: Declaration, *wanted: str) -> bool:
    """Whether one of these words stands outside quotes and comments."""
    return next(words(declaration.text, wanted), None) is not None


def boot_warnings(declaration: Declaration) -> t.Iterator[str]:
    """What may go wrong when it is loaded at boot."""
    if mentions(declaration, "iif", "oif"):
        yield (
            "The rules with iif or oif need interfaces that exist when the rules are loaded. At boot they are loaded before the network is up,"
            " so their tables may be missing then. Use iifname and oifname instead."
        )
