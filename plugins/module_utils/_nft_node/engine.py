"""Brings the tables of a node to what is declared: looks, compares, asks the kernel, changes all in one transaction, looks again.

What is to be done is decided in _nft.plan; this is the order in which the node is asked and changed.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._nft import failures, plan, report
from .._nft.model import Name, Table
from .._nft.plan import Change, Order
from .._nft.unit import FOLDER, files
from .._nft.warnings import warnings
from .._nft.work import NONE, Work
from .._node.programs import Ran
from .._node.stamp import Stamp
from .port import PENDING, Confirmation, Node

# What somebody else changes in between makes the transaction fail; then everything is looked at again, once.
_TRIES = 2


class Engine:
    def __init__(self, order: Order, node: Node, warn: t.Callable[[str], None], window: Confirmation | None = None) -> None:
        """window: where the change is to be confirmed; there when the order has seconds for it."""
        self._order, self._node, self._warn, self._window = order, node, warn, window

    def run(self) -> dict[str, t.Any]:
        """The result of the module. DataplaneError when it cannot be done."""
        there = self._node.tables()
        if self._order.present:
            if self._node.has_host_routing():
                raise failures.host_routing()
            for text in warnings(self._order.declaration, self._order.persist, there, lambda: self._node.numbers):
                self._warn(text)
        for left in reversed(range(_TRIES)):
            change = self._planned(there)
            if not change.changes:
                return self._settled(change.works, {})
            result = self._carried_out(change, is_last=not left)
            if result is not None:
                return result
            there = self._node.tables()
        raise failures.interference()

    def save(self, stamps: t.Mapping[Name, Stamp]) -> dict[str, t.Any]:
        """Make what is in the kernel outlive a reboot. stamps: those of the declared tables. The key C(persisted) of the result."""
        order = self._order
        texts = files(order.declaration.tables, stamps if order.present and order.persist else {})
        changed, at_boot = self._node.persist(texts, order.dry)
        kept = [path for path, text in texts.items() if text is not None]
        if kept and not at_boot:
            self._warn(
                f"systemd does not run this node, so nothing loads the tables at boot. They are in {FOLDER}; load each with: nft -f {kept[0]}"
            )
        return {"files": kept, "changed": changed, "loaded_at_boot": bool(kept) and at_boot}

    def stamps(self) -> dict[Name, Stamp]:
        """Those on the declared tables."""
        found = {name: self._node.stamp(*name) for name in self._order.declaration.named}
        return {name: stamp for name, stamp in found.items() if stamp}

    def _planned(self, there: t.AbstractSet[Name]) -> Change:
        order, node = self._order, self._node
        asked = plan.questions(order, there, self.stamps())
        with node.learning(asked.learn):
            lives = {name: node.table(*name) if name in there else None for name in asked.names}
        works = plan.by_listings(order, asked, lives)
        rest = {name: table for name, table in order.declaration.named.items() if name not in works}
        with node.learning(rest.values()):
            pass
        works.update(
            (name, plan.by_form(table, lives[name], node.form(table), node.version, node.is_coded)) for name, table in rest.items()
        )
        return Change(order, tuple(works[name] for name in order.declaration.named))

    def _carried_out(self, change: Change, is_last: bool) -> dict[str, t.Any] | None:
        """Null when somebody else was faster."""
        node, order = self._node, self._order
        node.require()
        states = self._states(change.with_state)
        text = change.text(states)
        ran = node.check(text)
        replaced = change.replaced() if ran.status != 0 else None
        if replaced:
            change = replaced
            states.update(self._states(change.replacements))
            text = change.text(states)
            ran = node.check(text)
        if ran.status != 0:
            return _refused(ran, is_last)
        extra: dict[str, t.Any] = {}
        if order.dry:
            return self._settled(change.works, extra)
        rollback = self._prepared(change, states, extra) if order.keeps_rollback else ""
        ran = node.apply(text)
        if ran.status != 0:
            if self._window:
                self._window.disarm()
            return _refused(ran, is_last)
        if self._window and self._window.state != PENDING:
            raise failures.too_slow(node.apply(rollback).status == 0)
        self._verify(change)
        return self._settled([self._restamped(work) for work in change.works], extra)

    def _states(self, names: t.Iterable[Name]) -> dict[Name, Table | None]:
        return {name: self._node.table(*name, state=True) for name in names}

    def _prepared(self, change: Change, states: plan.Tables, extra: dict[str, t.Any]) -> str:
        """Keep what was, and arm the way back to it, which is returned."""
        rollback = change.rollback(states)
        ran = self._node.check(rollback)
        if ran.status != 0:
            raise failures.no_way_back(ran.complaint)
        if change.takes_backup:
            extra["backup_file"] = self._node.keep(rollback)
        if self._window and self._order.seconds is not None:
            self._window.arm(rollback, self._order.seconds)
        return rollback

    def _verify(self, change: Change) -> None:
        """See that the kernel has what was wanted. Otherwise replace it as a whole, once, and in the end undo everything."""
        wrong = self._wrong(change)
        if not wrong:
            return
        ran = self._node.apply(change.again(self._states(work.name for work, _found in wrong)))
        wrong = self._wrong(change)
        if wrong:
            undo = self._undo(change)
            raise failures.not_as_declared(wrong, ran.complaint if ran.status != 0 else "", undo.complaint if undo.status != 0 else None)

    def _wrong(self, change: Change) -> list[tuple[Work, Table | None]]:
        found = ((work, self._node.table(*work.name)) for work in change.changes)
        return [(work, live) for work, live in found if not plan.is_done(work, live, self._node.is_coded)]

    def _undo(self, change: Change) -> Ran:
        ran = self._node.apply(change.undone(self._states(work.name for work in change.changes)))
        if self._window and ran.status == 0:
            self._window.disarm()
        return ran

    def _restamped(self, work: Work) -> Work:
        """The work with the stamp that could not be known before it was done."""
        live = self._node.table(*work.name) if plan.is_stamped_later(work) else None
        if live is None:
            return work
        last = plan.last_stamp(work, live, self._node.version)
        ran = self._node.apply(last.text(None))
        return dataclasses.replace(work, wanted=live, stamp=last.stamp) if ran.status == 0 else work

    def _settled(self, works: t.Sequence[Work], extra: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result, after the files were brought in line; those wait while a confirmation is to come."""
        changes = any(work.method != NONE for work in works)
        result = {"changed": changes, **report.tables(works), **extra}
        if self._order.show_diff:
            result["diff"] = report.diff(works)
        if self._window and changes and not self._order.dry:
            result["confirmation"] = {"state": self._window.state, "seconds": self._order.seconds}
            self._window.keep_result(result)
            return result
        result["persisted"] = self.save({work.name: work.stamp for work in works if work.stamp is not None})
        result["changed"] = changes or bool(result["persisted"]["changed"])
        return result


def _refused(ran: Ran, is_last: bool) -> dict[str, t.Any] | None:
    """The reason may be that somebody else was faster; then it is tried again."""
    if is_last:
        raise failures.refused(ran.complaint)
    return None
