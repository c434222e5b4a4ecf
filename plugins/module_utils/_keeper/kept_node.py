"""A node as a pod sees it, for the engine: without files of the node, which is what survives a reboot of it: the pod comes again, and brings the tables."""

from __future__ import annotations

import typing as t

from .._nft.declared import DeclaredTable
from .._nft.table_model import Name
from .._nft_node.local_node import LocalNode
from .._node.fragile_sets import FragileSet
from .._node.stamp import Stamp
from .fragile_text import fragile_by_text


class KeptNode(LocalNode):
    """What each answer means is said in _nft.port.Node.

    A pod may not make namespaces, so how a declaration is listed is known only afterwards: a changed table is replaced as a whole, in one transaction, and its
    counters and learned elements begin anew. Files that C(node_nftables_ruleset) wrote in ssh days stay: its service loads them at boot, before the pod runs,
    and the keeper then changes the tables.
    """

    def stamps(self) -> dict[Name, Stamp]:
        """Of all tables that have one."""
        found = {name: self.stamp(*name) for name in self.tables()}
        return {name: stamp for name, stamp in found.items() if stamp}

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        """A pod sees no other processes: the oldest is assumed, as the cure costs nothing, and nobody reads a warning on each of a thousand nodes."""
        return super().kube_proxy_nft() or (0,)

    def fragile(self) -> list[FragileSet]:
        return super().fragile() or ([] if self.can_try_out else fragile_by_text(self._declaration.tables))

    def remember(self, tables: t.Iterable[DeclaredTable], there: bool) -> None:
        """Changes are rare here, so nothing is kept that would only make them faster."""

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        return [], False
