# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The action plugin of the modules that wait: it runs the module step by step and shows how far it is.

Every run of the module on the task's host ends when there is something to show, so what is done and where stays its own business. In check mode, with
C(wait=false), under C(async) and when it fails, the module ends without telling C(progress), and its result is passed on as it is.
"""

from __future__ import annotations

import os
import time
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ..module_utils._common.stepping import Phases, Step, Turn, pause_before_next, with_phases
from ._in_process.action import InProcess

# Seconds after which a line is shown although nothing has changed.
HEARTBEAT = 60

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

Result = dict[str, t.Any]


class ActionModule(InProcess):
    """Loops over the steps of the module of its name."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True

    _clock = staticmethod(time.monotonic)
    _sleep = staticmethod(time.sleep)

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        """The result of the module, with its phases where it went through some. With C(async), the module waits by itself, without lines."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        if self._task.async_val:
            return self._execute_module(task_vars=variables, wrap_async=not self._connection.has_native_async)
        return self._follow(variables)

    def _follow(self, variables: dict[str, t.Any]) -> Result:
        ansible = os.getppid()
        phases = Phases(self._clock())
        lines = _Lines(self._label(variables), silent=bool(self._task.no_log))
        turn = Turn()
        while True:
            result = self._run_step(turn, variables)
            progress = result.pop("progress", None)
            now = self._clock()
            if progress is None:
                return _add_phases(result, phases, now)
            step = Step.from_progress(progress["step"], result)
            phases.see(step.phase, now)
            lines.see(step, phases.elapsed(now))
            left = progress["timeout"] - phases.elapsed(now)
            if step.done or left <= 0:
                return self._end(step, phases, now)
            pause = pause_before_next(step, progress["poll_interval"], left)
            self._sleep(pause)
            if os.getppid() != ansible:
                # Older ones leave their workers behind when they are ended, and nobody would read the result.
                raise AnsibleActionFail("Ansible has ended.")
            turn = Turn(step.state, (step.phase, step.detail), quiet=min(left - pause, HEARTBEAT))

    def _run_step(self, turn: Turn, variables: dict[str, t.Any]) -> Result:
        result = self._execute_module(module_args={**self._task.args, "wait_step": turn.encode()}, task_vars=variables)
        (result.get("invocation") or {}).get("module_args", {}).pop("wait_step", None)
        return result

    def _end(self, step: Step, phases: Phases, now: float) -> Result:
        result = _add_phases(step.result, phases, now)
        error = step.timeout_error(phases.elapsed(now))
        if error is None:
            return result
        return {**result, "failed": True, "msg": error.text, "error": error.to_error()}

    def _label(self, variables: dict[str, t.Any]) -> str:
        """The prefix that distinguishes the lines of parallel hosts; a play for this machine names the cluster or feature instead."""
        host = str(variables.get("inventory_hostname", "localhost"))
        return str(self._task.args.get("name", host)) if host in _THIS_MACHINE else host


class _Lines:
    """Shows a line when the phase or the detail is another one, and when there was none for long."""

    def __init__(self, label: str, silent: bool) -> None:
        self._label = label
        self._silent = silent
        self._last: tuple[str, str] | None = None
        self._shown_at = 0.0

    def see(self, step: Step, elapsed: float) -> None:
        seen = (step.phase, step.detail)
        # Work that was done at the first look needs no line.
        if self._silent or (step.done and self._last is None):
            return
        if seen != self._last or elapsed - self._shown_at >= HEARTBEAT:
            fields = [self._label, step.phase, f"{elapsed:.0f} s", *filter(None, [step.detail])]
            Display().display(" | ".join(fields), stderr=True)
            self._last, self._shown_at = seen, elapsed


def _add_phases(result: t.Mapping[str, t.Any], phases: Phases, now: float) -> Result:
    """The result with its phases, where the work went through some."""
    seen = phases.to_list(now)
    return with_phases(result, seen) if seen else dict(result)
