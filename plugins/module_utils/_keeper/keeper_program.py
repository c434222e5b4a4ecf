"""What runs on each node for one ruleset: the first process of a container."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import typing as t

from .._common.errors import trouble
from .keeper import Keeper
from .keeper_order import KeeperOrder, from_json
from .keeper_words import FOLDER, LINE, LOOK_SECONDS, ORDER, TASKS, TRY
from .readiness import Readiness
from .ruleset_engine import KeptRuleset
from .undo_window import UndoWindow
from .uplink import Uplink, limit_name_lookups

# Characters of a message in the log: nft draws pictures.
_LONGEST = 4000


class _End:
    """The signals that end the pod, and a pause that they cut short; whatever is under way ends first."""

    def __init__(self) -> None:
        self.asked = False
        self._reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(writer)
        # The first process of a container gets no signal that it does not ask for.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: t.Any) -> None:
        self.asked = True

    def pause(self, seconds: float) -> None:
        if not self.asked:
            select.select([self._reader], [], [], seconds)


def main(words: t.Sequence[str]) -> None:
    """words: of the command line, without the program's name: the task."""
    if len(words) != 1 or words[0] not in TASKS:
        raise SystemExit(f"usage: {' | '.join(TASKS)}")
    end = _End()
    limit_name_lookups()
    try:
        with open(f"{FOLDER}/{ORDER}", encoding="utf-8") as file:
            order = from_json(file.read())
    except (OSError, ValueError) as exc:
        _write({**LINE, "code": "InvalidOrder", "message": f"The order in {FOLDER}/{ORDER} cannot be read: {exc}"})
        while not end.asked:
            end.pause(LOOK_SECONDS)
        return
    _run(order, words[0], end)


def _run(order: KeeperOrder, task: str, end: _End) -> None:
    uplink = Uplink(os.environ)
    window = UndoWindow(order.ruleset, order.digest, uplink.require)
    keeper = Keeper(order, task, KeptRuleset(order), window, uplink, time.monotonic, _write)
    # Whether a ruleset could be applied is read from the log, next to a keeper that has the port.
    readiness = Readiness(0 if task == TRY else order.port, lambda: keeper.is_ready)
    keeper.start()
    try:
        while not end.asked:
            _listen(readiness, keeper)
            end.pause(keeper.step())
        keeper.end()
    except Exception as exc:
        # The container is started again.
        keeper.report("InternalError", f"The keeper ended by an error of its program: {exc!r}. Report it, with this line.")
        raise SystemExit(1) from None


def _listen(readiness: Readiness, keeper: Keeper) -> None:
    """The tables matter more than who may ask for them."""
    try:
        readiness.listen()
    except OSError as exc:
        keeper.report("PortInUse", f"The port of the readiness probe cannot be had: {trouble(exc)}. The keeper tries again.")


def _write(line: dict[str, t.Any]) -> None:
    """One line of the log, written as a whole."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = json.dumps({"time": now, **line, "message": line["message"][:_LONGEST]})
    os.write(1, f"{text}\n".encode())
