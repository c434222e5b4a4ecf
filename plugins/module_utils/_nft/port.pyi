"""What the engine and its decisions need of a node. Only for the type checker, so nothing of it is sent to nodes."""

import typing as t

from .._node.fragile_sets import FragileSet
from .._node.program_result import Ran
from .._node.stamp import Stamp
from .declared import DeclaredTable
from .table_model import Name, Table

# As they are listed; null where there is none.
Tables = t.Mapping[Name, Table | None]
# Whether a table that is there does what is declared, judged by its bytecode: costs two processes, so it is asked last.
HasSameBytecode = t.Callable[[DeclaredTable, Table], bool]

class Node(t.Protocol):
    """The packet filter of one network namespace, and files that outlive a reboot. All methods: DataplaneError."""

    @property
    def version(self) -> str:
        """Of nft, such as C(1.0.6)."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The same, to compare."""

    def has_host_routing(self) -> bool:
        """Whether eBPF host routing is on."""

    def tables(self) -> t.AbstractSet[Name]:
        """All tables."""

    def generation(self) -> int:
        """The number of the last transaction of anybody: traffic, and what sets learn from it, leave it as it is."""

    def stamp(self, family: str, name: str) -> Stamp | None:
        """Of a table of ours; None where there is none."""

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        """As it is listed, with state: with counters and expiry; None where there is none."""

    def try_out(self, tables: t.Iterable[DeclaredTable], stamps: t.Mapping[Name, Stamp] | None = None) -> t.ContextManager[None]:
        """Find out how these are listed, while the block does something else.

        stamps: of tables there that the block lists; what follows from these listings need not be tried out.
        """

    def expected_listing(self, declared: DeclaredTable) -> Table | None:
        """What was found out about it; None where that cannot be had."""

    def forget(self) -> bool:
        """What followed from live listings, if anything did: from now on everything is tried out."""

    def remember(self, tables: t.Iterable[DeclaredTable], there: bool) -> None:
        """What they are declared as, for the next change; not there: nothing of them any more."""

    @property
    def can_try_out(self) -> bool:
        """Whether it works; known once it was tried."""

    def fragile(self) -> list[FragileSet]:
        """What an older nft cannot read of the declared tables."""

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        """The version that kube-proxy has; None when that cannot be seen."""

    def refuse_crash(self, ran: Ran) -> None:
        """An nft that did not come to its end."""

    def has_same_bytecode(self, declared: DeclaredTable, live: Table) -> bool:
        """As what is declared."""

    def require(self) -> None:
        """That nft is not too old."""

    def check(self, text: str) -> Ran:
        """Without a change."""

    def apply(self, text: str) -> Ran:
        """In one transaction: all of it, or nothing."""

    def write_backup(self, text: str) -> str:
        """A copy of what was, in a new file; its path."""

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        """files: text by path, null for one that has to go. The paths that it was (dry: would be) done to, and whether systemd loads them."""

class Confirmation(t.Protocol):
    """The time in which a change can be confirmed, before the node undoes it by itself."""

    @property
    def state(self) -> str | None:
        """None where there is none."""

    @property
    def is_pending(self) -> bool:
        """Whether there is time left for it."""

    def arm(self, rollback: str, seconds: int) -> None:
        """Run that transaction after so long."""

    def disarm(self) -> None:
        """Nothing was changed, so there is nothing to undo."""

    def keep_result(self, result: t.Mapping[str, t.Any]) -> None:
        """For whoever confirms. OSError."""
