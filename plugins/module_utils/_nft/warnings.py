"""What of a declaration is worth a warning. Pure."""

from __future__ import annotations

import typing as t

from .._node.owners import KUBE_PROXY_TABLE
from .declaration import Declaration

# Since this version, sets of the type ifname crash older ones (and kube-proxy, which has one) when they list sets of all tables.
_IFNAME_CRASHES = (1, 1)


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
