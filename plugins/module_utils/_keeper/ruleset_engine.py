"""A ruleset on the node that the process runs on: the engine of node_nftables_ruleset, and a look that costs no process while nothing has changed."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .._nft.declared import Declaration, DeclaredTable
from .._nft.plan import Order, Transaction
from .._nft.table_change import change_to_absent
from .._nft.table_model import Name
from .._nft_node.engine import Engine
from .._node.program_result import Ran
from .._node.run_command import run_command
from .keeper_order import KeeperOrder
from .kept_node import KeptNode
from .kept_tables import Tables, left_over, merged, refuse_owned_by_others, states, states_after_undo
from .kernel_look import Pictures, pictures

if t.TYPE_CHECKING:
    from .._nft.port import Confirmation

# So often a change is followed by one more look, as somebody else may be changing the same tables.
_LOOKS = 3


class Outcome(t.NamedTuple):
    """changed: whether anything was done, or would be. tables: what, per table."""

    changed: bool
    tables: Tables


class _Engine(Engine):
    """Also removes, in the same transaction, tables that are not declared any more."""

    def __init__(self, order: Order, node: KeptNode, window: Confirmation | None, surplus: t.Sequence[DeclaredTable]) -> None:
        super().__init__(order, node, _ignore, window)
        self._surplus = surplus

    def _plan(self, there: t.AbstractSet[Name]) -> Transaction:
        planned = super()._plan(there)
        removals = (change_to_absent(table, self._node.table(table.family, table.name)) for table in self._surplus)
        return dataclasses.replace(planned, changes=(*planned.changes, *removals))


class KeptRuleset:
    """The tables of one ruleset. All methods: DataplaneError, OSError."""

    def __init__(self, order: KeeperOrder) -> None:
        self._order = order
        # As they were when they were found as declared, and the number of the last transaction before; null where that is not known.
        self._seen: Pictures | None = None
        self._generation: int | None = None

    def apply(self, window: Confirmation | None, adopt: bool) -> Outcome:
        """Bring the tables to what is declared. window: armed before something changes. adopt: take over tables without a stamp."""
        order = self._order
        changed, tables = False, Tables()
        self._seen = None
        for _look in range(_LOOKS):
            generation, before = self._look()
            found = self._run(self._engine_order(order.declared, adopt, window), window)
            changed, tables = changed or found.changed, merged(tables, found.tables)
            if not found.changed:
                if before is not None and self._look()[1] == before:
                    self._seen, self._generation = before, generation
                break
        return Outcome(changed, tables)

    def dry_run(self) -> Outcome:
        """What C(apply) would do."""
        return self._run(dataclasses.replace(self._engine_order(self._order.declared, self._order.adopt, None), dry=True), None)

    def remove(self) -> Outcome:
        """Remove all tables of the ruleset, whatever is declared now."""
        return self._run(Order(Declaration(""), present=False, persist=False), None)

    def is_unchanged(self) -> bool:
        """Whether the tables are as C(apply) left them; false also where that is not known without the engine."""
        if self._seen is None:
            return False
        if KeptNode(self._order.declared, run_command).generation() == self._generation:
            return True
        generation, now = self._look()
        if now != self._seen:
            return False
        self._generation = generation
        return True

    def undo(self, text: str) -> Ran:
        """text: of the window."""
        self._seen = None
        return KeptNode(self._order.declared, run_command).apply(text)

    def tables_after_undo(self) -> Tables:
        """How it stands with the declared tables when they are not as declared."""
        return states_after_undo(self._order.declared.named, KeptNode(self._order.declared, run_command).tables())

    def _look(self) -> tuple[int | None, Pictures | None]:
        with contextlib.suppress(DataplaneError, OSError):
            generation = KeptNode(self._order.declared, run_command).generation()
            return generation, pictures(self._order.declared.named)
        return None, None

    def _engine_order(self, declaration: Declaration, adopt: bool, window: Confirmation | None) -> Order:
        seconds = self._order.lockout_timeout if window else None
        return Order(declaration, present=True, adopt=adopt, persist=False, seconds=seconds)

    def _run(self, order: Order, window: Confirmation | None) -> Outcome:
        # Anew each time: somebody may upgrade nft while the pod runs, and idle memory is to be small.
        node = KeptNode(order.declaration, run_command)
        stamps = node.stamps()
        refuse_owned_by_others(self._order.ruleset, order.declaration, stamps)
        result = _Engine(order, node, window, left_over(self._order.ruleset, order.declaration, stamps)).run()
        return Outcome(result["changed"], states(result))


def _ignore(_text: str) -> None:
    """The engine warns of what a node that keeps no files, and that assumes the oldest kube-proxy, cannot have."""
