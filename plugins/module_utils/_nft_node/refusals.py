"""Why a node, or a table on it, is left alone; and what is worth a warning."""

from __future__ import annotations

import os
import typing as t

from .._common.errors import DataplaneError
from .._nft.declaration import Declaration
from .._node.nft_socket import NftKernel
from .._node.owners import KUBE_PROXY_TABLE
from .._node.stamp import Stamp

# What Azure CNI's program that keeps rules out of nodes with eBPF host routing leaves there.
_BLOCKER = "/sys/fs/bpf/azure-block-iptables"
# Since this version, sets of the type ifname crash older ones (and kube-proxy, which has one) when they list sets of all tables.
_IFNAME_CRASHES = (1, 1)


def tables(kernel: NftKernel) -> set[tuple[str, str]]:
    """Family and name of all tables of the namespace. DataplaneError without the right to see them."""
    try:
        return {(table.family, table.name) for table in kernel.tables()}
    except PermissionError as exc:
        raise DataplaneError(
            "The packet filter of the node may not be read or changed.",
            remedy="Run the task as root, with become: true; in a container, with the capability CAP_NET_ADMIN.",
            code="NotPermitted",
        ) from exc
    except OSError as exc:
        raise DataplaneError(f"The kernel does not tell its tables: {exc}.", remedy="It needs nf_tables.", code="NoNfTables") from exc


def refuse_host_routing() -> None:
    if os.path.isdir(_BLOCKER):
        raise DataplaneError(
            f"The node has eBPF host routing ({_BLOCKER} is there): packets of pods do not pass the rules, and Azure blocks changes to them.",
            remedy="Switch eBPF host routing off for the cluster first, or use network policies instead.",
            code="EbpfHostRouting",
        )


def refuse_foreign(family: str, name: str, stamp: Stamp | None, adopt: bool) -> None:
    """stamp: on the table of that name that is there."""
    if stamp is None and not adopt:
        raise DataplaneError(
            f"Table {family} {name} is there already, and this module did not make it.",
            remedy="Choose another name; or set adopt: true, when whoever made it may lose what is in it.",
            code="ForeignTable",
            details={"family": family, "name": name},
        )


def warnings(
    declaration: Declaration, persist: bool, present: t.Container[tuple[str, str]], version: t.Callable[[], tuple[int, ...]]
) -> t.Iterator[str]:
    """present: all tables of the namespace. version: tells that of nft."""
    if persist and declaration.mentions("iif", "oif"):
        yield (
            "The rules with iif or oif want interfaces that are there when the rules are loaded. At boot they are loaded before the network is up,"
            " so their tables may be missing then. Use iifname and oifname instead."
        )
    beside = any((family, KUBE_PROXY_TABLE) in present for family in ("ip", "ip6"))
    if beside and declaration.mentions("ifname") and version() >= _IFNAME_CRASHES:
        yield (
            "A set of the type ifname made by nft 1.1 or newer crashes the nft in versions of kube-proxy that are not fixed (kubernetes/kubernetes 136786)."
            " Use typeof iifname instead."
        )
