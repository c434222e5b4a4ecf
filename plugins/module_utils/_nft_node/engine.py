"""Brings the tables of a node to what is declared: looks, compares, asks the kernel, changes all in one transaction, looks again.

What is to be done is decided in _nft.plan; this is the order of the steps, and what they need of a node.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._nft import failures, plan, report
from .._nft.boot_files import FOLDER, table_files
from .._nft.plan import Order, Transaction
from .._nft.table_change import NONE, TableChange
from .._nft.table_model import Name, Table
from .._node.fragile_sets import MAKES_THEM, dies
from .._node.program_result import Ran
from .._node.stamp import Stamp

if t.TYPE_CHECKING:
    # Not sent: what the type checker alone needs.
    from .._nft.port import Confirmation, Node, Tables

# What somebody else changes in between makes the transaction fail; then everything is looked at again, once.
_TRIES = 2


class Engine:
    def __init__(self, order: Order, node: Node, warn: t.Callable[[str], None], window: Confirmation | None = None) -> None:
        """window: where the change is to be confirmed; there when the order has seconds for it."""
        self._order, self._node, self._warn, self._window = order, node, warn, window
        # Of the rules that the plan is made for.
        self._planned_for = 0
        self._is_beside_kube_proxy = False

    def run(self) -> dict[str, t.Any]:
        """The result of the module. DataplaneError when it cannot be done."""
        there = self._node.tables()
        if self._order.present:
            if self._node.has_host_routing():
                raise failures.host_routing()
            for text in self._order.declaration.boot_warnings if self._order.persist else ():
                self._warn(text)
            self._is_beside_kube_proxy = plan.is_beside_kube_proxy(there) and self._node.numbers >= MAKES_THEM
        for left in reversed(range(_TRIES)):
            transaction = self._plan(there)
            self._spare_kube_proxy()
            if not transaction.effective:
                return self._finish(transaction.changes, {})
            result = self._carry_out(transaction, is_last=not left)
            if result is not None:
                return result
            there = self._node.tables()
        raise failures.interference()

    def save(self, stamps: t.Mapping[Name, Stamp]) -> dict[str, t.Any]:
        """Make what is in the kernel outlive a reboot. stamps: those of the declared tables. The key C(persisted) of the result."""
        order = self._order
        texts = table_files(order.declaration.tables, stamps if order.present and order.persist else {})
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

    def _plan(self, there: t.AbstractSet[Name]) -> Transaction:
        order, node = self._order, self._node
        self._planned_for = node.generation()
        stamps = self.stamps()
        asked = plan.questions(order, there, stamps)
        with node.try_out(asked.try_out, stamps):
            lives = {name: node.table(*name) if name in there else None for name in asked.names}
        changes = plan.changes_by_listings(order, asked, lives)
        rest = {name: table for name, table in order.declaration.named.items() if name not in changes}
        with node.try_out(rest.values()):
            pass
        for name, table in rest.items():
            wanted = node.expected_listing(table)
            changes[name] = plan.change_by_expected_listing(table, lives[name], wanted, node.version, node.has_same_bytecode)
        return Transaction(order, tuple(changes[name] for name in order.declaration.named))

    def _spare_kube_proxy(self, done: Transaction | None = None) -> None:
        """Fail when its nft would crash on the declared tables, after undoing what is done; warn when that is not known."""
        found = self._node.fragile() if self._is_beside_kube_proxy else []
        crashes = dies(self._node.kube_proxy_nft()) if found else False
        if crashes is None:
            self._warn(failures.may_crash_kube_proxy(found))
            # Once is enough.
            self._is_beside_kube_proxy = False
        if crashes:
            if done is not None:
                self._undo(done)
            raise failures.crashes_kube_proxy(found)

    def _carry_out(self, transaction: Transaction, is_last: bool) -> dict[str, t.Any] | None:
        """Null when somebody else was faster."""
        node, order = self._node, self._order
        node.require()
        states = self._states(transaction.names_with_state)
        text = transaction.text(states)
        # Refused or not is known by trying, unless something has to be ready before.
        attempt = node.check if order.dry or order.keeps_rollback else node.apply
        ran = attempt(text)
        if ran.status != 0 and node.forget():
            return None
        replaced = transaction.without_deltas() if ran.status != 0 else None
        if replaced:
            transaction = replaced
            states.update(self._states(transaction.names_replaced))
            text = transaction.text(states)
            ran = attempt(text)
        if ran.status != 0:
            return self._refuse_or_retry(ran, is_last)
        extra: dict[str, t.Any] = {}
        if order.dry:
            return self._finish(transaction.changes, extra)
        rollback = ""
        if order.keeps_rollback:
            rollback = self._prepare_rollback(transaction, states, extra)
            ran = node.apply(text)
        if ran.status != 0:
            if self._window:
                self._window.disarm()
            return self._refuse_or_retry(ran, is_last)
        if self._window and not self._window.is_pending:
            raise failures.too_slow(node.apply(rollback).status == 0)
        return self._settle(transaction, extra)

    def _settle(self, transaction: Transaction, extra: dict[str, t.Any]) -> dict[str, t.Any]:
        """After it was carried out: the result."""
        # With nobody else's transaction since, the listings that a simple delta was made from are what it was carried out on.
        if not (transaction.is_simple and self._node.generation() == self._planned_for + 1):
            self._verify(transaction)
        self._node.remember((change.declared for change in transaction.effective), self._order.present)
        result = self._finish([self._stamp_afterwards(change) for change in transaction.changes], extra)
        if self._window:
            self._keep_result(self._window, result, transaction)
        return result

    def _keep_result(self, window: Confirmation, result: t.Mapping[str, t.Any], transaction: Transaction) -> None:
        """For whoever confirms; without it nobody can, so the change is undone immediately."""
        try:
            window.keep_result(result)
        except OSError as exc:
            is_undone = self._undo(transaction).status == 0
            raise failures.not_confirmable(exc, is_undone) from exc

    def _refuse_or_retry(self, ran: Ran, is_last: bool) -> dict[str, t.Any] | None:
        """Somebody else may have been faster."""
        if is_last:
            self._node.refuse_crash(ran)
            raise failures.refused(ran.complaint)
        return None

    def _states(self, names: t.Iterable[Name]) -> dict[Name, Table | None]:
        return {name: self._node.table(*name, state=True) for name in names}

    def _prepare_rollback(self, transaction: Transaction, states: Tables, extra: dict[str, t.Any]) -> str:
        """Keep what was, and arm the rollback to it, which is returned."""
        rollback = transaction.rollback_text(states)
        ran = self._node.check(rollback)
        if ran.status != 0:
            raise failures.no_way_back(ran.complaint)
        if transaction.takes_backup:
            extra["backup_file"] = self._node.write_backup(rollback)
        if self._window and self._order.seconds is not None:
            self._window.arm(rollback, self._order.seconds)
        return rollback

    def _verify(self, transaction: Transaction) -> None:
        """That the kernel has what was wanted. Otherwise replace it as a whole, once, and in the end undo everything."""
        if not self._node.can_try_out:
            self._spare_kube_proxy(done=transaction)
        wrong = self._wrong(transaction)
        if not wrong:
            return
        ran = self._node.apply(transaction.retry_text(self._states(change.name for change, _found in wrong)))
        wrong = self._wrong(transaction)
        if wrong:
            undo = self._undo(transaction)
            raise failures.not_as_declared(wrong, ran.complaint if ran.status != 0 else "", undo.complaint if undo.status != 0 else None)

    def _wrong(self, transaction: Transaction) -> list[tuple[TableChange, Table | None]]:
        found = ((change, self._node.table(*change.name)) for change in transaction.effective)
        return [(change, live) for change, live in found if not plan.is_done(change, live, self._node.has_same_bytecode)]

    def _undo(self, transaction: Transaction) -> Ran:
        ran = self._node.apply(transaction.undo_text(self._states(change.name for change in transaction.effective)))
        if self._window and ran.status == 0:
            self._window.disarm()
        return ran

    def _stamp_afterwards(self, change: TableChange) -> TableChange:
        """The change with the stamp that could not be known before it was done."""
        live = self._node.table(*change.name) if plan.is_stamped_afterwards(change) else None
        if live is None:
            return change
        last = plan.stamping_change(change, live, self._node.version)
        ran = self._node.apply(last.text(None))
        return dataclasses.replace(change, wanted=live, stamp=last.stamp) if ran.status == 0 else change

    def _finish(self, changes: t.Sequence[TableChange], extra: dict[str, t.Any]) -> dict[str, t.Any]:
        """The result; files wait while a confirmation is to come."""
        changed = any(change.method != NONE for change in changes)
        result = {"changed": changed, **report.tables(changes), **extra}
        if self._order.show_diff:
            result["diff"] = report.diff(changes)
        if self._window and changed and not self._order.dry:
            result["confirmation"] = {"state": self._window.state, "seconds": self._order.seconds}
            return result
        try:
            result["persisted"] = self.save({change.name: change.stamp for change in changes if change.stamp is not None})
        except DataplaneError as exc:
            # The tables have changed all the same.
            exc.result.update(result)
            raise
        result["changed"] = changed or bool(result["persisted"]["changed"])
        return result
