# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of the same name, without a process of its own: a run has many events, and the record is on the controller anyway.

For the roles of this collection it also decides what is to be done next. It reads their variables, and what is known of the run from the results of
its own earlier tasks, so that no role has to know the variables of another one.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._aks.kube_proxy.options import KUBE_PROXY_STATE
from ..module_utils._common.errors import DataplaneError
from ..module_utils._record.recorder import ARGUMENTS, note
from ..module_utils._run.events import EVENTS, Given, Note, begun, remembered, told_of_beginning
from ..module_utils._run.settings import FIELDS, Settings
from ..module_utils._run.state import KEY, Run, latest

Result = dict[str, t.Any]


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        # Plain values: those of templates carry tags that have no place in a record.
        self._task.args = {name: value for name, value in _plain(self._task.args).items() if value is not None}
        known = latest(variables)
        try:
            return {"changed": False, **self._answered(known, variables)}
        except DataplaneError as exc:
            failed = {"failed": True, "msg": exc.text, "error": exc.to_error(), **exc.result}
            return {**failed, KEY: known.to_json()} if known.number else failed

    def _answered(self, known: Run, variables: Result) -> Result:
        event = self._task.args.get("event")
        if event == "opened" or self._task.args.get("run_id"):
            settings = self._settings(variables)
            noted = self._noted(settings, self._task.args, self._task.check_mode)
            if event != "opened":
                return noted
            run = begun(known, noted)
            return {**noted, **told_of_beginning(run, settings), KEY: _next(run)}
        if event == "rehearsed":
            return self._noted(self._settings(variables), {**self._task.args, "event": "opened"}, check_mode=True)
        if event not in EVENTS:
            # Refused with the events that there are.
            return self._noted(self._settings(variables), self._task.args, self._task.check_mode)
        return self._of_roles(event, known, variables)

    def _of_roles(self, event: str, known: Run, variables: Result) -> Result:
        settings = self._settings(variables)
        _checked, params = self.validate_argument_spec(argument_spec=ARGUMENTS.to_kwargs()["argument_spec"])
        given = Given(
            phase=params["phase"] or "",
            seen=params["results"] or {},
            failure=params["failure"] or {},
            others=_others(variables) if event == "registering" else (),
            known_keys=tuple(KUBE_PROXY_STATE.options),
        )
        step = EVENTS[event](known, settings, given)
        run, answer = step.run, dict(step.answer)
        if step.note is not None:
            run = self._kept(step.note, run, known, settings)
        return {**answer, KEY: _next(run)}

    def _kept(self, what: Note, run: Run, known: Run, settings: Settings) -> Run:
        """The run with what its record says. Once the cluster is being changed, a full disk is no reason to leave it half way."""
        try:
            return remembered(run, self._noted(settings, {**what.options, "run_id": known.run_id}, settings.check_mode))
        except DataplaneError:
            if what.needed:
                raise
            return run

    def _noted(self, settings: Settings, options: Result, check_mode: bool) -> Result:
        where = {"record_dir": settings.record_dir, "resource_group": settings.resource_group, "name": settings.cluster}
        self._task.args = {**{name: value for name, value in where.items() if value}, **options}
        _checked, params = self.validate_argument_spec(**ARGUMENTS.to_kwargs())
        return note(params, check_mode)

    def _settings(self, variables: Result) -> Settings:
        found = {name: self._templar.template(variables[name]) for name in FIELDS if name in variables}
        return Settings.from_variables(_plain(found))


def _next(run: Run) -> Result:
    return dataclasses.replace(run, number=run.number + 1).to_json()


def _plain(value: t.Any) -> t.Any:
    return json.loads(json.dumps(value))


def _others(variables: Result) -> list[Run]:
    """The runs of the hosts that come before this one in the batch."""
    hosts = list(variables.get("ansible_play_batch") or [])
    host = variables["inventory_hostname"]
    before = hosts[: hosts.index(host)] if host in hosts else []
    return [latest(variables["hostvars"][name]) for name in before]
