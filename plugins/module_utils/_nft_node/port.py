"""What the engine needs of a node."""

from __future__ import annotations

import typing as t

from .._nft.declaration import DeclaredTable
from .._nft.model import Name, Table
from .._node.programs import Ran
from .._node.stamp import Stamp

# The state of a confirmation for which there is time left.
PENDING = "pending"


class Node(t.Protocol):
    """The packet filter of one network namespace, and the files that outlive a reboot. All methods: DataplaneError when it cannot be done."""

    @property
    def version(self) -> str:
        """Of nft, such as C(1.0.6)."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The same, to compare."""

    def has_host_routing(self) -> bool:
        """Whether eBPF host routing is on."""

    def tables(self) -> t.AbstractSet[Name]:
        """All of them."""

    def stamp(self, family: str, name: str) -> Stamp | None:
        """That on a table, without a look at its sets."""

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        """As listed; state: with counters and expiry. None when there is no such table."""

    def learning(self, tables: t.Iterable[DeclaredTable]) -> t.ContextManager[None]:
        """Find out how these are listed once they are made, while the block does something else."""

    def form(self, declared: DeclaredTable) -> Table | None:
        """What was found out about it; None where that cannot be had."""

    def is_coded(self, declared: DeclaredTable, live: Table) -> bool:
        """Whether a table that is there has the bytecode of what is declared."""

    def require(self) -> None:
        """Refuse a node with an nft that is too old to change anything."""

    def check(self, text: str) -> Ran:
        """What the kernel would say to a transaction."""

    def apply(self, text: str) -> Ran:
        """One transaction: all of it, or nothing."""

    def keep(self, text: str) -> str:
        """A copy of what was, in a new file; its path."""

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        """Text by path, null for a file that has to go. The paths that it was (dry: would be) done to, and whether systemd loads the files."""


class Confirmation(t.Protocol):
    """The time in which a change can be confirmed, before the node undoes it by itself."""

    @property
    def state(self) -> str | None:
        """Of the confirmation that was asked for; None where there is none."""

    def arm(self, rollback: str, seconds: int) -> None:
        """The transaction that undoes the change, and when it is run."""

    def disarm(self) -> None:
        """Nothing was changed, so there is nothing to undo."""

    def keep_result(self, result: t.Mapping[str, t.Any]) -> None:
        """For whoever confirms, in case that this result gets lost."""
