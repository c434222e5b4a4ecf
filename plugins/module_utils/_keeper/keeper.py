"""The loop: bring the tables to what is declared, confirm the change, then look again and again, and repair."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError, trouble
from .._nft_node.confirmation import CONFIRMED
from .keeper_order import KeeperOrder
from .keeper_words import (
    APPLIED,
    AS_DECLARED,
    HEARTBEAT_SECONDS,
    KEEP,
    LOOK_SECONDS,
    NOT_YET,
    PAUSE,
    PAUSED,
    PROBLEM,
    READY,
    REFUSALS,
    REFUSED,
    REMOVE,
    REMOVED,
    REPAIRED,
    STARTED,
    TRIED,
    TRY,
    UNDONE,
)
from .kept_tables import Tables, all_in_state, states_after_refusal

if t.TYPE_CHECKING:
    from .ports import Ruleset, Uplink, Window

# Seconds: after a first failure, which may pass; between two connections in the window.
_SOON, _NEXT_CONNECTION = 5.0, 1.0
# So many failures in a row make a node that was as declared unready.
_PATIENCE = 2
_UNDO_TRIES = 5
# Codes of changes that the node undid, and would have to undo again.
_FINAL = ("RolledBack", "NotAsDeclared")


class Keeper:
    """One ruleset on one node. C(step) does what is due, and is called again after the seconds that it returns."""

    def __init__(
        self,
        order: KeeperOrder,
        task: str,
        ruleset: Ruleset,
        window: Window,
        uplink: Uplink,
        clock: t.Callable[[], float],
        say: t.Callable[[dict[str, t.Any]], None],
    ) -> None:
        """task: one of keeper_words.TASKS. clock: seconds, only forward. say: writes one line of the log."""
        self._order, self._task = order, task
        self._ruleset, self._window, self._uplink = ruleset, window, uplink
        self._clock, self._say_line = clock, say
        self.state = NOT_YET
        self._repairs = 0
        self._tables: Tables = []
        # Of the last line.
        self._said: tuple[t.Any, ...] = ()
        self._said_at = clock()
        self._reported = ("", "")
        self._failures = 0
        # Whether a change of this process waits for a connection.
        self._waits = False

    @property
    def is_ready(self) -> bool:
        """Whether the task is done, and stays done."""
        return self.state == READY[self._task]

    def start(self) -> None:
        """Before the first step."""
        self._say(STARTED, message=f"Task {self._task}.")

    def step(self) -> float:
        """Seconds until the next one."""
        try:
            seconds = self._due()
        except (DataplaneError, OSError) as exc:
            return self._fail(_failure(exc))
        self._failures = 0
        return seconds

    def report(self, code: str, message: str) -> None:
        """Trouble that says nothing of the tables; the same again only once in a while."""
        if (code, message) != self._reported or self._is_heartbeat_due:
            self._reported = code, message
            self._say(PROBLEM, code, message)

    def end(self) -> None:
        """The pod is to end. Tables stay; a change that is not confirmed does not, as nobody would be there to undo it."""
        if not self._window.is_open:
            return
        try:
            self._undo()
            self._window.disarm()
            self._tables = self._ruleset.tables_after_undo()
        except (DataplaneError, OSError) as exc:
            self.state = NOT_YET
            self._say(PROBLEM, "RollbackFailed", _failure(exc).text)
            return
        self.state = UNDONE
        self._say(
            UNDONE, "RolledBack", "The pod ends before a connection to the API server confirmed the change; the previous tables are back."
        )

    def _due(self) -> float:
        if self._task == KEEP:
            return self._keep()
        if self._task == REMOVE:
            outcome = self._ruleset.remove()
            self._tables = outcome.tables or self._tables
            self._settle(REMOVED)
        elif not self.is_ready:
            if self._task == TRY and self._order.lockout_timeout:
                self._uplink.require()
            outcome = self._ruleset.dry_run()
            self._tables = outcome.tables
            self._settle(PAUSED if self._task == PAUSE else TRIED)
        else:
            self._settle(self.state)
        return LOOK_SECONDS

    def _keep(self) -> float:
        if self._waits:
            return self._await_connection()
        self._finish_interrupted()
        if self._window.state == UNDONE:
            self._tables = self._ruleset.tables_after_undo()
            self.state = UNDONE
            self._say(UNDONE, "RolledBack", self._window.reason)
            return LOOK_SECONDS
        if self.state == AS_DECLARED and not self._is_heartbeat_due and self._ruleset.is_unchanged():
            return LOOK_SECONDS
        return self._apply()

    def _apply(self) -> float:
        is_confirmed = self._window.state == CONFIRMED
        guarded = not is_confirmed and self._order.lockout_timeout > 0
        outcome = self._ruleset.apply(self._window if guarded else None, self._order.adopt or is_confirmed)
        self._tables = outcome.tables
        if self._window.is_open:
            self._waits = True
            self.state = NOT_YET
            self._say(APPLIED, message=f"Waiting for a new connection to the API server ({self._uplink.address}).")
            return self._await_connection()
        if outcome.changed:
            self._repairs += is_confirmed
            self.state = AS_DECLARED
            self._say(REPAIRED if is_confirmed else APPLIED)
        if not is_confirmed:
            self._window.confirm()
        self._kept()
        return LOOK_SECONDS

    def _await_connection(self) -> float:
        if self._uplink.is_there():
            self._window.confirm()
            self._waits = False
            self._kept()
            return LOOK_SECONDS
        if self._window.seconds_left > 0:
            return _NEXT_CONNECTION
        self._take_back(
            f"No new connection to the API server ({self._uplink.address}) succeeded within {self._order.lockout_timeout} s of the change;"
            " the previous tables are back."
        )
        return _SOON

    def _kept(self) -> None:
        self._tables = all_in_state(self._order.declared.named, AS_DECLARED)
        self._settle(AS_DECLARED)

    def _take_back(self, reason: str) -> None:
        """DataplaneError when it cannot be undone."""
        self._undo()
        self._window.undone(reason)
        self._waits = False
        self._tables = self._ruleset.tables_after_undo()
        self.state = UNDONE
        self._say(UNDONE, "RolledBack", reason)

    def _undo(self) -> None:
        if not self._window.is_open:
            return
        for _try in range(_UNDO_TRIES):
            ran = self._ruleset.undo(self._window.rollback)
            if ran.status == 0:
                return
        raise DataplaneError(f"The change was not confirmed, and nft cannot undo it: {ran.complaint}", code="RollbackFailed")

    def _finish_interrupted(self) -> None:
        """Undo the change of a keeper that was killed, if it is too late to confirm it, or if that was another order. DataplaneError."""
        if not self._window.is_open or self._window.is_pending:
            return
        self._undo()
        self._window.disarm()
        self._say(
            STARTED, message="The previous keeper was killed before its change was confirmed. The change is undone, and applied again."
        )

    def _fail(self, exc: DataplaneError) -> float:
        try:
            if self._task == KEEP and not self._waits and self._window.state != CONFIRMED and exc.code in _FINAL:
                self._take_back(exc.text)
                return LOOK_SECONDS
            if self._window.is_pending and not self._waits:
                # It did not get as far as to be judged.
                self._undo()
                self._window.disarm()
        except (DataplaneError, OSError) as further:
            exc = _failure(further)
        self._failures += 1
        is_refused = exc.code in REFUSALS
        if self._task == PAUSE:
            # What is not touched cannot fail.
            self.state = PAUSED
        elif is_refused or self.state != AS_DECLARED or self._failures >= _PATIENCE:
            self.state = REFUSED if is_refused else NOT_YET
        self._tables = states_after_refusal(exc.details) or self._tables
        self._say(REFUSED if self.state == REFUSED else PROBLEM, exc.code, exc.text, exc.details)
        return _SOON if self._failures < _PATIENCE else LOOK_SECONDS

    def _settle(self, state: str) -> None:
        """A state that lasts, and is an event when it begins, and once in a while."""
        self.state = state
        self._say(state)

    @property
    def _is_heartbeat_due(self) -> bool:
        return self._clock() - self._said_at >= HEARTBEAT_SECONDS

    def _say(self, event: str, code: str | None = None, message: str = "", details: t.Mapping[str, t.Any] | None = None) -> None:
        """The same again only once in a while."""
        said = (event, self.state, code, message, self._repairs)
        if said == self._said and not self._is_heartbeat_due:
            return
        self._said, self._said_at = said, self._clock()
        self._say_line(
            {
                "event": event,
                "state": self.state,
                "ruleset": self._order.ruleset,
                "digest": self._order.digest,
                "repairs": self._repairs,
                "tables": self._tables,
                "code": code,
                "message": message,
                "details": dict(details or {}),
            }
        )


def _failure(exc: DataplaneError | OSError) -> DataplaneError:
    if isinstance(exc, DataplaneError):
        return exc
    return DataplaneError(f"The node cannot be looked at or changed: {trouble(exc)}.", code="NodeFailed")
