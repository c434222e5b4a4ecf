# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands the runs of a campaign to workers, and collects what they come to."""

from __future__ import annotations

import json
import subprocess
import threading
import typing as t

from tests.support.simulator import ROOT

from .plants import is_caught
from .seen import Outcome
from .worker import command

Show = t.Callable[[Outcome], None]


def carry_out(
    numbers: t.Iterable[int], seed: int, *, plant: str = "", workers: int = 2, show: Show = lambda outcome: None
) -> list[Outcome]:
    """The outcomes of the runs with these numbers, in their order. plant: name of a bug to find, after which no further run begins.

    None begins after a KeyboardInterrupt either; those under way come to their end. RuntimeError when a worker ends before its time.
    """
    hand_out = _HandOut(numbers, plant, show)
    started = [_started(seed, plant) for _worker in range(workers)]
    threads = [threading.Thread(target=hand_out.attend, args=(worker,)) for worker in started]
    for thread in threads:
        thread.start()
    try:
        _join(threads)
    except KeyboardInterrupt:
        hand_out.stop()
        _join(threads)
    if hand_out.broken:
        raise RuntimeError("; ".join(hand_out.broken))
    return sorted(hand_out.found, key=lambda outcome: outcome.number)


def _join(threads: t.Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


class _HandOut:
    """What is still to be done, and what was found; each worker has a thread that attends to it."""

    def __init__(self, numbers: t.Iterable[int], plant: str, show: Show) -> None:
        self.found: list[Outcome] = []
        self.broken: list[str] = []
        self._numbers: t.Iterator[int] = iter(numbers)
        self._plant, self._show = plant, show
        self._lock = threading.Lock()

    def attend(self, worker: subprocess.Popen[str]) -> None:
        while (number := self._next()) is not None:
            outcome = _outcome_of(worker, number)
            if outcome is None:
                self.broken.append(f"a worker ended with {worker.wait()} in run {number}")
                return
            self.found.append(outcome)
            self._show(outcome)
        if worker.stdin is not None:
            worker.stdin.close()
        worker.wait()

    def stop(self) -> None:
        with self._lock:
            self._numbers = iter(())

    def _next(self) -> int | None:
        with self._lock:
            over = self._plant and any(is_caught(self._plant, outcome.violations) for outcome in self.found)
            return None if over else next(self._numbers, None)


def _started(seed: int, plant: str) -> subprocess.Popen[str]:
    # In a session of its own, so that what interrupts the campaign at the keyboard does not end the run under way.
    return subprocess.Popen(
        command(seed, plant), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def _outcome_of(worker: subprocess.Popen[str], number: int) -> Outcome | None:
    """None when the worker has ended."""
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the worker has no pipes")
    try:
        worker.stdin.write(f"{number}\n")
        worker.stdin.flush()
        line = worker.stdout.readline()
    except BrokenPipeError:
        return None
    if not line:
        return None
    values = json.loads(line)
    return Outcome(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
