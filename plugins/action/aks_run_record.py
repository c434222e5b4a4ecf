# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of the same name, without a separate process: a run has many events, and the record is on the controller anyway.

For the roles of this collection it also decides what is to be done next. It reads their variables, and what is known of the run from the results of
its own earlier tasks, so that no role has to know the variables of another one.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._common.choices import in_their_case
from ..module_utils._common.empty_options import without_empty
from ..module_utils._common.errors import DataplaneError
from ..module_utils._dataplane.registry import data_planes
from ..module_utils._record.recorder import arguments, note
from ..module_utils._run import calls
from ..module_utils._run.events import EVENTS, Given, Step, begun, remembered, told_of_beginning
from ..module_utils._run.settings import Settings, variable_names
from ..module_utils._run.state import KEY, Run, latest
from ..plugin_utils._in_process.warm import AZURE, KUBERNETES, warm
from ..plugin_utils._module_call import call_module
from ..plugin_utils._paths import with_absolute_paths
from ..plugin_utils._variable_names import check_names

# This is what Ansible loads in the parent of the workers; the modules that it calls are known in a worker only.
warm(
    *("aks_preflight_info", "aks_preview_feature", "aks_dataplane_status_info"),
    *(one.change.module.rpartition(".")[2] for one in data_planes()),
    packages=(*AZURE, *KUBERNETES),
)

Result = dict[str, t.Any]

# With which a playbook or a role begins, while nothing has been asked or changed.
BEGINNING = ("selected", "checked", "returning", "joined", "phase", "looking", "call")

ROLES = pathlib.Path(__file__).parents[2] / "roles"


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        known = latest(variables)
        try:
            if known.number == 0 and self._task.args.get("event") in BEGINNING:
                self._check_names(variables)
            if self._task.args.get("event") == "call":
                return self._call(known, variables)
            # Plain values: those of templates carry tags that have no place in a record.
            given = {name: value for name, value in without_empty(_plain(self._task.args)).items() if value is not None}
            self._task.args = in_their_case(given, arguments().options)
            return {"changed": False, **self._answer(known, variables)}
        except DataplaneError as exc:
            failed = {"failed": True, "msg": exc.text, "error": exc.to_error(), **exc.result}
            return {**failed, KEY: known.to_json()} if known.number else failed

    def _check_names(self, variables: Result) -> None:
        """Of all hosts of the play, where one task stands for them."""
        first = self._task.args["event"] == "selected"
        check_names(self, variables, list(variables.get("ansible_play_hosts_all") or []) if first else [])

    def _call(self, known: Run, variables: Result) -> Result:
        """The result of a module, as if the role had called it with the options of the data plane, and what it means for the run."""
        _checked, params = self.validate_argument_spec(**arguments().to_kwargs())
        settings = self._read_settings(variables)
        name = str(params["module"])
        # The role's own options stay as they are: some may be encrypted.
        own = without_empty(self._task.args.get("options") or {})
        others = _others(variables) if name == "register" else ()
        given = Given(phase=str(params["phase"] or ""), others=others)
        begun_call = self._keep(calls.begin(name, known, settings, given), known, settings)
        if begun_call.refusal:
            return _told(begun_call, {})
        call = calls.call(name, begun_call, settings, given)
        if call is None:
            return {"changed": False, **_told(calls.pass_over(name, begun_call, settings), {"skipped": True})}
        # An empty name is that of the inventory host.
        options = {"name": settings.cluster, **call.options, **own}
        result = {**call_module(self, call.module, options, variables), "module": call.module}
        return _told(self._keep(calls.judge(name, begun_call.run, settings, result), known, settings), result)

    def _answer(self, known: Run, variables: Result) -> Result:
        event = self._task.args.get("event")
        if event == "opened":
            return self._open(known, self._read_settings(variables))
        # An event that is none is refused with those that there are.
        if self._task.args.get("run_id") or event not in EVENTS:
            return self._note(self._read_settings(variables), self._task.args, self._task.check_mode)
        return self._answer_roles(event, known, variables)

    def _answer_roles(self, event: str, known: Run, variables: Result) -> Result:
        settings = self._read_settings(variables)
        _checked, params = self.validate_argument_spec(argument_spec=arguments().to_kwargs()["argument_spec"])
        given = Given(
            phase=params["phase"] or "",
            seen=params["results"] or {},
            failure=params["failure"] or {},
        )
        step = self._keep(EVENTS[event](known, settings, given), known, settings)
        if event == "checked" and not step.refusal:
            invalid = self._validate(settings, variables)
            if invalid.get("failed"):
                return {**invalid, KEY: _as_next(known)}
            # What is declared is what a record could begin with.
            self._note(settings, {**_declared_options(self._task.args, settings), "event": "opened"}, check_mode=True)
        if step.answer.get("opens"):
            return {**step.answer, **self._open(known, settings, by_role=True)}
        return _told(step, {})

    def _validate(self, settings: Settings, variables: Result) -> Result:
        """The variables of the host by the specifications of all roles; an empty one counts as not set."""
        options: Result = {}
        for role in ("feature_registration", "preflight", "switchover", "verification"):
            read = self._loader.load_from_file(str(ROLES / role / "meta" / "argument_specs.yml"))
            options |= {name: option for name, option in read["argument_specs"]["main"]["options"].items() if name not in settings.empty}
        return call_module(self, "ansible.builtin.validate_argument_spec", {"argument_spec": options}, variables)

    def _open(self, known: Run, settings: Settings, by_role: bool = False) -> Result:
        """A run begins, with what the task declares, else what the variables of the host do."""
        args = {**_declared_options(self._task.args, settings), **self._task.args, "event": "opened"}
        noted = self._note(settings, args, self._task.check_mode)
        run = begun(known, noted, by_role)
        return {**noted, **(told_of_beginning(run, settings) if by_role else {}), KEY: _as_next(run)}

    def _keep(self, step: Step, known: Run, settings: Settings) -> Step:
        """The step with what the record says. Once the cluster is being changed, a full disk is no reason to leave it half way."""
        if step.note is None:
            return step
        try:
            noted = self._note(settings, {**step.note.options, "run_id": known.run_id}, settings.check_mode)
        except DataplaneError:
            if step.note.needed:
                raise
            return step
        return dataclasses.replace(step, run=remembered(step.run, noted))

    def _note(self, settings: Settings, options: Result, check_mode: bool) -> Result:
        where = {"record_dir": settings.record_dir, "resource_group": settings.resource_group, "name": settings.cluster}
        given = {**{name: value for name, value in where.items() if value}, **options}
        self._task.args = with_absolute_paths(given, self._loader.get_basedir())
        _checked, params = self.validate_argument_spec(**arguments().to_kwargs())
        return note(params, check_mode)

    def _read_settings(self, variables: Result) -> Settings:
        found = {name: self._templar.template(variables[name]) for name in variable_names() if name in variables}
        return Settings.from_variables(_plain(found))


def _declared_options(args: Result, settings: Settings) -> Result:
    """What the variables of the host declare, as options of this module; nothing where the task itself declares something."""
    planes = data_planes()
    if any(name in args for one in planes for name in ("state", *one.options.declaring)):
        return {}
    return {name: value for one in settings.data_planes for name, value in one.options.from_variables(settings.declaration(one)).items()}


def _told(step: Step, result: Result) -> Result:
    """The result of a task. One that fails for what its module has shown says that alone."""
    run = {KEY: _as_next(step.run)}
    if step.refusal:
        return {"changed": False, "failed": True, "msg": step.refusal, **run}
    return {**result, **step.answer, **run}


def _as_next(run: Run) -> Result:
    return dataclasses.replace(run, number=run.number + 1).to_json()


def _plain(value: t.Any) -> t.Any:
    return json.loads(json.dumps(value))


def _others(variables: Result) -> list[Run]:
    """The runs of the hosts that come before this one in the batch."""
    hosts = list(variables.get("ansible_play_batch") or [])
    host = variables["inventory_hostname"]
    before = hosts[: hosts.index(host)] if host in hosts else []
    return [latest(variables["hostvars"][name]) for name in before]
