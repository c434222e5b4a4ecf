"""Brings the tables of a node to what is declared: looks, compares, asks the kernel, changes all in one transaction, looks again."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._common.errors import DataplaneError
from .._nft import report
from .._nft.compare import compare
from .._nft.declaration import Declaration
from .._nft.model import Table
from .._nft.replace import snapshot
from .._nft.unit import FOLDER, path_of, table_file
from .._nft.work import CREATE, DELETE, DELTA, NONE, REPLACE, STAMP, Work, absent, unchanged
from .._node.nft_socket import NftKernel
from .._node.programs import Ran
from .._node.stamp import CHAIN, Stamp, stamp_of_comment
from . import refusals
from .canonical import Canonical
from .confirm import PENDING, Window
from .persistence import Persistence, keep
from .runner import Nft

BACKUPS = "/etc/aks-dataplane/backups"
# What somebody else changes in between makes the transaction fail; then everything is looked at again, once.
_TRIES = 2


@dataclasses.dataclass(frozen=True)
class Order:
    """What one call wants. window: the time for a confirmation, of so many seconds, when one is wanted."""

    declaration: Declaration
    present: bool
    adopt: bool = False
    backup: bool = False
    persist: bool = True
    by_stamp: bool = False
    dry: bool = False
    show_diff: bool = False
    window: Window | None = None
    seconds: int = 0


class Engine:
    def __init__(self, order: Order, nft: Nft, run_command: t.Callable[..., t.Any], warn: t.Callable[[str], None]) -> None:
        self._order, self._nft, self._run_command, self._warn = order, nft, run_command, warn
        self._kernel = NftKernel()
        self._canonical = Canonical(order.declaration, nft, run_command)

    def run(self) -> dict[str, t.Any]:
        """The result of the module. DataplaneError when it cannot be done."""
        there = refusals.tables(self._kernel)
        if self._order.present:
            refusals.refuse_host_routing()
            for text in refusals.warnings(self._order.declaration, self._order.persist, there, lambda: self._nft.numbers):
                self._warn(text)
        for left in reversed(range(_TRIES)):
            works = self._works(there)
            changes = [work for work in works if work.method != NONE]
            if not changes:
                return self._settled(works, {})
            result = self._change(works, changes, is_last=not left)
            if result is not None:
                return result
            there = refusals.tables(self._kernel)
        raise DataplaneError("The tables did not stop changing.", code="Interference")

    def save(self, stamps: t.Mapping[tuple[str, str], Stamp]) -> dict[str, t.Any]:
        """Make what is in the kernel outlive a reboot. stamps: those of the declared tables. The key C(persisted) of the result."""
        order = self._order
        files = {
            path_of(table.family, table.name): table_file(table, stamps[table.family, table.name])
            if order.present and order.persist and (table.family, table.name) in stamps
            else None
            for table in order.declaration.tables
        }
        persistence = Persistence(self._nft, self._run_command, files)
        changed = persistence.pending() if order.dry else persistence.save()
        kept = [path for path, text in files.items() if text is not None]
        if kept and not persistence.systemd:
            self._warn(
                f"systemd does not run this node, so nothing loads the tables at boot. They are in {FOLDER}; load each with: nft -f {kept[0]}"
            )
        return {"files": kept, "changed": changed, "loaded_at_boot": bool(kept) and persistence.systemd}

    def stamps(self) -> dict[tuple[str, str], Stamp]:
        """Those on the declared tables, asked of the kernel: no set is read."""
        found = {}
        for table in self._order.declaration.tables:
            chain = self._kernel.chain(table.family, table.name, CHAIN)
            stamp = stamp_of_comment(chain.comment) if chain else None
            if stamp:
                found[table.family, table.name] = stamp
        return found

    def _works(self, there: t.Container[tuple[str, str]]) -> list[Work]:
        order = self._order
        declared = {(table.family, table.name): table for table in order.declaration.tables}
        stamps = self.stamps()
        for name in declared:
            if name in there:
                refusals.refuse_foreign(*name, stamps.get(name), order.adopt)
        if not order.present:
            return [absent(table, self._nft.table(*name) if name in there else None) for name, table in declared.items()]
        same = {name for name, stamp in stamps.items() if stamp.declared == declared[name].digest}
        works = {name: Work(declared[name], None, stamp=stamps[name]) for name in same if order.by_stamp}
        # A stamp of the same declaration is likely to be enough.
        with self._canonical.learning(table for name, table in declared.items() if name not in same or not stamps[name].listed):
            lives = {name: self._nft.table(*name) if name in there else None for name in declared if name not in works}
        known = {name: unchanged(declared[name], live) for name, live in lives.items() if live}
        works.update((name, work) for name, work in known.items() if work)
        works.update(self._canonical.works([table for name, table in declared.items() if name not in works], lives))
        return [works[name] for name in declared]

    def _change(self, works: list[Work], changes: list[Work], is_last: bool) -> dict[str, t.Any] | None:
        """Null when somebody else was faster."""
        self._nft.require()
        order = self._order
        wants_rollback = not order.dry and (order.window is not None or order.backup)
        states = {
            work.name: self._nft.table(*work.name, state=True) if work.live is not None and (wants_rollback or work.makes_anew) else None
            for work in changes
        }
        text = self._transaction(changes, states)
        ran = self._nft.check(text)
        if ran.status != 0 and any(work.method == DELTA for work in changes):
            # Older kernels refuse some deltas, such as to delete a chain together with the element of a map that leads to it.
            works, changes = ([work.replaced() for work in group] for group in (works, changes))
            states.update({work.name: self._nft.table(*work.name, state=True) for work in changes if work.method == REPLACE})
            text = self._transaction(changes, states)
            ran = self._nft.check(text)
        if ran.status != 0:
            self._refused(ran, is_last)
            return None
        extra: dict[str, t.Any] = {}
        if order.dry:
            return self._settled(works, extra)
        rollback = self._prepare(changes, states, extra) if wants_rollback else ""
        ran = self._nft.apply(text)
        if ran.status != 0:
            if order.window:
                order.window.disarm()
            self._refused(ran, is_last)
            return None
        if order.window is not None and order.window.state != PENDING:
            self._too_slow(rollback)
        self._verify(changes)
        return self._settled([self._restamped(work) for work in works], extra)

    def _transaction(self, changes: t.Iterable[Work], states: t.Mapping[tuple[str, str], Table | None]) -> str:
        return "".join([self._order.declaration.preamble, *(work.text(states[work.name]) for work in changes)])

    def _refused(self, ran: Ran, is_last: bool) -> None:
        """The reason may be that somebody else was faster; then it is tried again."""
        if is_last:
            raise DataplaneError(
                f"The kernel refuses the change: {ran.complaint}",
                remedy="Nothing was changed. See that no other program changes the same tables, and that none owns them.",
                code="Refused",
            )

    def _too_slow(self, rollback: str) -> None:
        """The time was over before the rules were there, so what was to undo them came first."""
        ran = self._nft.apply(rollback)
        raise DataplaneError(
            "The change took longer than confirm_timeout, so it was undone.",
            remedy="Give it more time.",
            code="RolledBack",
            result={"rolled_back": ran.status == 0},
        )

    def _prepare(self, changes: t.Sequence[Work], states: t.Mapping[tuple[str, str], Table | None], extra: dict[str, t.Any]) -> str:
        """Keep what was, and arm the way back to it, which is returned."""
        order = self._order
        rollback = "".join(snapshot(states[work.name], *work.name) for work in changes)
        ran = self._nft.check(rollback)
        if ran.status != 0:
            raise DataplaneError(
                f"What is there now could not be brought back, so nothing was changed: {ran.complaint}",
                remedy="Run the task without backup and confirm_timeout to go on without a way back.",
                code="NoWayBack",
            )
        if order.backup and any(work.live for work in changes):
            extra["backup_file"] = f"{BACKUPS}/{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}-{time.monotonic_ns() % 10**9:09d}.nft"
            keep(extra["backup_file"], rollback)
        if order.window:
            order.window.arm(rollback, order.seconds)
        return rollback

    def _verify(self, changes: t.Sequence[Work]) -> None:
        """See that the kernel has what was wanted. Otherwise replace it as a whole, once, and in the end undo everything."""
        wrong = self._wrong(changes)
        if wrong:
            states = {work.name: self._nft.table(*work.name, state=True) for work, _found in wrong}
            again = "".join([self._order.declaration.preamble, *(work.restated(states[work.name]) for work, _found in wrong)])
            ran = self._nft.apply(again)
            wrong = self._wrong(changes)
            if wrong:
                raise self._undone(changes, wrong, ran)

    def _restamped(self, work: Work) -> Work:
        """The work with the stamp that could not be known before it was done."""
        live = self._nft.table(*work.name) if work.method in (CREATE, REPLACE) and work.wanted is None else None
        stamp = self._canonical.stamp_for(work, live) if live else None
        if live is None or stamp is None:
            return work
        again = dataclasses.replace(work, live=live, wanted=live, method=STAMP, stamp=stamp, difference=compare(live, live))
        ran = self._nft.apply(again.text(None))
        return dataclasses.replace(work, wanted=live, stamp=stamp) if ran.status == 0 else work

    def _wrong(self, changes: t.Iterable[Work]) -> list[tuple[Work, Table | None]]:
        found = []
        for work in changes:
            live = self._nft.table(*work.name)
            is_wrong = live is not None if work.method == DELETE else live is None or not self._canonical.holds(work, live)
            if is_wrong:
                found.append((work, live))
        return found

    def _undone(self, changes: t.Iterable[Work], wrong: t.Sequence[tuple[Work, Table | None]], last: Ran) -> DataplaneError:
        undo = "".join(work.undone(self._nft.table(*work.name, state=True)) for work in changes)
        ran = self._nft.apply(undo)
        if self._order.window and ran.status == 0:
            self._order.window.disarm()
        names = ", ".join(" ".join(work.name) for work, _found in wrong)
        differences = [report.difference(work.name, work.wanted, found) for work, found in wrong]
        said = f" nft said: {last.complaint}" if last.status != 0 else ""
        undone = "The tables are as they were before." if ran.status == 0 else f"They could not be brought back: {ran.complaint}"
        return DataplaneError(
            f"The kernel took the rules, but did not make what was declared of: {names}.{said} {undone}",
            remedy="The diff shows what was declared, and what became of it. See that no other program changes the same tables.",
            code="NotAsDeclared",
            details={"plan": report.plan(item for work, found in wrong for item in compare(found, work.wanted).items)},
            result={"changed": ran.status != 0, "rolled_back": ran.status == 0, "diff": differences},
        )

    def _settled(self, works: t.Sequence[Work], extra: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result, after the files were brought in line; those wait while a confirmation is to come."""
        order = self._order
        changes = any(work.method != NONE for work in works)
        result = {"changed": changes, **report.tables(works), **extra}
        if order.show_diff:
            result["diff"] = report.diff(works)
        if order.window is not None and changes and not order.dry:
            result["confirmation"] = {"state": order.window.state, "seconds": order.seconds}
            order.window.keep_result(result)
            return result
        result["persisted"] = self.save({work.name: work.stamp for work in works if work.stamp is not None})
        result["changed"] = changes or bool(result["persisted"]["changed"])
        return result
