"""What a call is to do with the declared tables. Pure: it says what to ask and what to run, and does neither."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.netlink_messages import IP_FAMILIES
from .._node.stamp import Stamp
from . import failures
from .compare import Difference, PlanItem, compare
from .declared import Declaration, DeclaredTable
from .table_change import (
    CREATE,
    DELETE,
    DELTA,
    NONE,
    REPLACE,
    STAMP,
    TableChange,
    change_to_absent,
    change_to_present,
    no_change_by_stamp,
    stamp_of,
)
from .table_model import Name, Table
from .table_text import snapshot_text

if t.TYPE_CHECKING:
    from .port import HasSameBytecode, Tables


@dataclasses.dataclass(frozen=True)
class Order:
    """What one call wants. seconds: the time for a confirmation; null without one."""

    declaration: Declaration
    present: bool
    adopt: bool = False
    backup: bool = False
    persist: bool = True
    by_stamp: bool = False
    dry: bool = False
    show_diff: bool = False
    seconds: int | None = None

    @property
    def keeps_rollback(self) -> bool:
        """Whether what was there has to be known as text before it is changed."""
        return not self.dry and (self.seconds is not None or self.backup)


@dataclasses.dataclass(frozen=True)
class Questions:
    """What to ask for first.

    changes: of tables whose stamp is believed. names: the others, to be listed where they are there. try_out: those of them whose expected listing is
    likely to be needed.
    """

    changes: t.Mapping[Name, TableChange]
    names: tuple[Name, ...]
    try_out: tuple[DeclaredTable, ...] = ()


def questions(order: Order, there: t.Container[Name], stamps: t.Mapping[Name, Stamp]) -> Questions:
    """there: all tables of the node. stamps: those on the declared ones. DataplaneError when one of these was made by others."""
    declared = order.declaration.named
    for name, table in declared.items():
        if name in there and not order.adopt and (name not in stamps or stamps[name].owner not in ("", table.owner)):
            raise failures.foreign(*name)
    if not order.present:
        return Questions({}, tuple(declared))
    same = {name for name, stamp in stamps.items() if stamp.declared == declared[name].digest}
    changes = {name: TableChange(declared[name], None, stamp=stamps[name]) for name in same if order.by_stamp}
    # A stamp of the same declaration is likely to be enough; but where sets are plain, most of the live table need not be listed then.
    try_out = tuple(
        table for name, table in declared.items() if name not in changes and (table.plain or name not in same or not stamps[name].listed)
    )
    return Questions(changes, tuple(name for name in declared if name not in changes), try_out)


def is_beside_kube_proxy(there: t.Container[Name]) -> bool:
    """there: all tables of the node."""
    return any((family, "kube-proxy") in there for family in IP_FAMILIES)


def changes_by_listings(order: Order, asked: Questions, lives: Tables) -> dict[Name, TableChange]:
    """Those that need no expected listing. lives: what was asked for, null where nothing is."""
    declared = order.declaration.named
    if not order.present:
        return {name: change_to_absent(table, lives[name]) for name, table in declared.items()}
    known = {name: no_change_by_stamp(declared[name], live) for name, live in lives.items() if live}
    return {**asked.changes, **{name: change for name, change in known.items() if change}}


def change_by_expected_listing(
    declared: DeclaredTable, live: Table | None, wanted: Table | None, version: str, has_same_bytecode: HasSameBytecode
) -> TableChange:
    """wanted: the expected listing; null where that cannot be had. version: of nft."""
    if wanted is not None:
        return change_to_present(declared, live, wanted, version)
    new = Stamp(declared.digest, None, version, owner=declared.owner)
    path = f"{declared.family} {declared.name} table"
    if live is None:
        return TableChange(declared, None, CREATE, new, difference=Difference((PlanItem(path, None, "as declared"),)))
    old = live.stamp
    is_same = old is not None and old.declared == declared.digest and has_same_bytecode(declared, live)
    if not is_same or (old and old.nft == version and old.listed not in (None, live.fingerprint())):
        return TableChange(declared, live, REPLACE, new, difference=Difference((PlanItem(path, "as listed", "as declared"),)))
    stamp = stamp_of(declared, live, version)
    return TableChange(declared, live, NONE if old == stamp else STAMP, stamp, live, compare(live, live))


@dataclasses.dataclass(frozen=True)
class Transaction:
    """The changes of a call, in the order of the declaration, and the texts for nft that do and undo them."""

    order: Order
    changes: tuple[TableChange, ...]

    @property
    def effective(self) -> tuple[TableChange, ...]:
        """Those that do something."""
        return tuple(change for change in self.changes if change.method != NONE)

    @property
    def is_simple(self) -> bool:
        """Whether its outcome follows from what was there."""
        return all(change.is_simple for change in self.effective)

    @property
    def names_with_state(self) -> list[Name]:
        """The tables to list with state before the first text is asked for."""
        return [change.name for change in self.effective if change.live is not None and (self.order.keeps_rollback or change.makes_anew)]

    @property
    def takes_backup(self) -> bool:
        """Whether one was asked for, and there is something to keep."""
        return self.order.backup and any(change.live for change in self.effective)

    def text(self, states: Tables) -> str:
        """The transaction. states: the tables listed with state, where that was wanted."""
        return "".join([self.order.declaration.preamble, *(change.text(states.get(change.name)) for change in self.effective)])

    def without_deltas(self) -> Transaction | None:
        """The same without deltas; null when there are none.

        Older kernels refuse some, such as to delete a chain together with the map's element that leads to it.
        """
        if not any(change.method == DELTA for change in self.changes):
            return None
        return dataclasses.replace(self, changes=tuple(change.as_replacement() for change in self.changes))

    @property
    def names_replaced(self) -> list[Name]:
        """The tables to list with state before such a text is asked for."""
        return [change.name for change in self.changes if change.method == REPLACE]

    def rollback_text(self, states: Tables) -> str:
        """What brings back the tables as they were."""
        return "".join(snapshot_text(states.get(change.name), *change.name) for change in self.effective)

    def retry_text(self, states: Tables) -> str:
        """The whole tables in place of what became of them. states: those that are wrong, listed with state now."""
        wrong = [change for change in self.effective if change.name in states]
        return "".join([self.order.declaration.preamble, *(change.replacement_text(states[change.name]) for change in wrong)])

    def undo_text(self, states: Tables) -> str:
        """The tables as they were, with what has been counted and learned since. states: all that changed, listed with state now."""
        return "".join(change.undo_text(states[change.name]) for change in self.effective)


def is_done(change: TableChange, live: Table | None, has_same_bytecode: HasSameBytecode) -> bool:
    """Whether that is what the change was to make."""
    if change.method == DELETE or live is None:
        return change.method == DELETE and live is None
    return compare(live, change.wanted).equal if change.wanted else has_same_bytecode(change.declared, live)


def is_stamped_afterwards(change: TableChange) -> bool:
    """Whether it is known only after the change how the table is listed, so that its stamp is not the last one."""
    return change.wanted is None and change.method in (CREATE, REPLACE)


def stamping_change(change: TableChange, live: Table, version: str) -> TableChange:
    """The change that puts it on. live: what the first change made."""
    stamp = stamp_of(change.declared, live, version)
    return dataclasses.replace(change, live=live, wanted=live, method=STAMP, stamp=stamp, difference=compare(live, live))
