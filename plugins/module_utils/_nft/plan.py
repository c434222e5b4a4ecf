"""What a call is to do with the declared tables, out of what is known of them. Pure: it says what to ask and what to run, and does neither."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.stamp import Stamp
from . import failures
from .compare import Difference, PlanItem, compare
from .declaration import Declaration, DeclaredTable
from .model import Name, Table
from .replace import snapshot
from .stamp import fingerprint, listed, stamp_of
from .work import CREATE, DELETE, DELTA, NONE, REPLACE, STAMP, Work, absent, present, unchanged

# As text: Python 3.9 cannot evaluate it.
Tables = t.Mapping[Name, "Table | None"]
# Whether a table that is there does what is declared, judged by its bytecode: costs two processes, so it is asked last.
IsCoded = t.Callable[[DeclaredTable, Table], bool]


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
    """What to ask for before it can be said what is to be done.

    works: of the tables whose stamp is believed. names: the other tables, to be listed where they are there.
    learn: those of them whose listed form is likely to be needed, too.
    """

    works: t.Mapping[Name, Work]
    names: tuple[Name, ...]
    learn: tuple[DeclaredTable, ...] = ()


def questions(order: Order, there: t.Container[Name], stamps: t.Mapping[Name, Stamp]) -> Questions:
    """there: all tables of the node. stamps: those on the declared ones. DataplaneError when one of these was made by others."""
    declared = order.declaration.named
    for name in declared:
        if name in there and name not in stamps and not order.adopt:
            raise failures.foreign(*name)
    if not order.present:
        return Questions({}, tuple(declared))
    same = {name for name, stamp in stamps.items() if stamp.declared == declared[name].digest}
    works = {name: Work(declared[name], None, stamp=stamps[name]) for name in same if order.by_stamp}
    # A stamp of the same declaration is likely to be enough.
    learn = tuple(table for name, table in declared.items() if name not in same or not stamps[name].listed)
    return Questions(works, tuple(name for name in declared if name not in works), learn)


def by_listings(order: Order, asked: Questions, lives: Tables) -> dict[Name, Work]:
    """The works that can be said without the form that a declaration takes. lives: the tables that were asked for, null for one that is not there."""
    declared = order.declaration.named
    if not order.present:
        return {name: absent(table, lives[name]) for name, table in declared.items()}
    known = {name: unchanged(declared[name], live) for name, live in lives.items() if live}
    return {**asked.works, **{name: work for name, work in known.items() if work}}


def by_form(declared: DeclaredTable, live: Table | None, wanted: Table | None, version: str, is_coded: IsCoded) -> Work:
    """wanted: the form; null where that cannot be had. version: of nft."""
    if wanted is not None:
        return present(declared, live, wanted, version)
    new = Stamp(declared.digest, None, version)
    path = f"{declared.family} {declared.name} table"
    if live is None:
        return Work(declared, None, CREATE, new, difference=Difference((PlanItem(path, None, "as declared"),)))
    old = stamp_of(live)
    is_same = old is not None and old.declared == declared.digest and is_coded(declared, live)
    if not is_same or (old and old.nft == version and old.listed not in (None, fingerprint(live))):
        return Work(declared, live, REPLACE, new, difference=Difference((PlanItem(path, "as listed", "as declared"),)))
    stamp = Stamp(declared.digest, listed(live), version)
    return Work(declared, live, NONE if old == stamp else STAMP, stamp, live, compare(live, live))


@dataclasses.dataclass(frozen=True)
class Change:
    """The works of a call, in the order of the declaration, and the texts for nft that do and undo them."""

    order: Order
    works: tuple[Work, ...]

    @property
    def changes(self) -> tuple[Work, ...]:
        return tuple(work for work in self.works if work.method != NONE)

    @property
    def with_state(self) -> list[Name]:
        """The tables to list with state before the first text is asked for."""
        return [work.name for work in self.changes if work.live is not None and (self.order.keeps_rollback or work.makes_anew)]

    @property
    def takes_backup(self) -> bool:
        return self.order.backup and any(work.live for work in self.changes)

    def text(self, states: Tables) -> str:
        """The transaction. states: the tables listed with state, where that was wanted."""
        return "".join([self.order.declaration.preamble, *(work.text(states.get(work.name)) for work in self.changes)])

    def replaced(self) -> Change | None:
        """The same without deltas; null when there are none.

        Older kernels refuse some deltas, such as to delete a chain together with the element of a map that leads to it.
        """
        if not any(work.method == DELTA for work in self.works):
            return None
        return dataclasses.replace(self, works=tuple(work.replaced() for work in self.works))

    @property
    def replacements(self) -> list[Name]:
        """The tables to list with state before such a text is asked for."""
        return [work.name for work in self.works if work.method == REPLACE]

    def rollback(self, states: Tables) -> str:
        """What brings back the tables as they were, should somebody undo the change later."""
        return "".join(snapshot(states.get(work.name), *work.name) for work in self.changes)

    def again(self, states: Tables) -> str:
        """The whole tables in place of what became of them. states: those that are wrong, listed with state now."""
        wrong = [work for work in self.changes if work.name in states]
        return "".join([self.order.declaration.preamble, *(work.restated(states[work.name]) for work in wrong)])

    def undone(self, states: Tables) -> str:
        """The tables as they were, with what those that are there have counted and learned. states: all that changed, listed with state now."""
        return "".join(work.undone(states[work.name]) for work in self.changes)


def is_done(work: Work, live: Table | None, is_coded: IsCoded) -> bool:
    """Whether a table is what the work was to make of it."""
    if work.method == DELETE or live is None:
        return work.method == DELETE and live is None
    return compare(live, work.wanted).equal if work.wanted else is_coded(work.declared, live)


def is_stamped_later(work: Work) -> bool:
    """Whether it is known only after the work how the table is listed, so that its stamp is not the last one."""
    return work.wanted is None and work.method in (CREATE, REPLACE)


def last_stamp(work: Work, live: Table, version: str) -> Work:
    """The work that puts it on. live: what the first work made."""
    stamp = Stamp(work.declared.digest, listed(live), version)
    return dataclasses.replace(work, live=live, wanted=live, method=STAMP, stamp=stamp, difference=compare(live, live))
