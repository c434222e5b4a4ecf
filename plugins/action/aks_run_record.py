# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of the same name, without a separate process: a run has many events, and the record is on the controller anyway.

For the roles of this collection it also decides what is to be done next. It reads their variables, and what is known of the run from the results of
its own earlier tasks, so that no role has to know the variables of another one.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import time
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..module_utils._common.choices import in_their_case
from ..module_utils._common.empty_options import without_empty
from ..module_utils._common.errors import DataplaneError
from ..module_utils._common.foreign_text import foreign
from ..module_utils._dataplane.registry import data_planes
from ..module_utils._record.origin import LATEST, origin_of
from ..module_utils._record.recorder import arguments, note
from ..module_utils._report.writer import write_report
from ..module_utils._run import calls, host_looks, numbers, rulesets, texts
from ..module_utils._run.events import EVENTS, beginning_lines, begun, hold, remembered
from ..module_utils._run.settings import NODE_NAME, Settings, variable_names
from ..module_utils._run.state import KEY, PREFIX, Run, latest
from ..module_utils._run.step import Given, Step
from ..plugin_utils._in_process.warm import warm_actions
from ..plugin_utils._module_call import call_module
from ..plugin_utils._node_hosts import on_hosts
from ..plugin_utils._paths import absolute, with_absolute_paths
from ..plugin_utils._role_input import RULESET, RUNS, check_parameters, check_values, dependent
from ..plugin_utils._shown import FailedOnce, show
from ..plugin_utils._typed import typed
from ..plugin_utils._variable_names import check_names
from ..plugin_utils._who import operator, versions

# This is what Ansible loads in the parent of the workers; the modules that it calls are known in a worker only.
warm_actions(
    *("aks_preflight_info", "aks_preview_feature", "aks_dataplane_status_info"),
    *(one.change.module.rpartition(".")[2] for one in data_planes()),
)

if t.TYPE_CHECKING:
    from ..plugin_utils._run_probe import RunProbe

Result = dict[str, t.Any]

# With which a playbook or a role begins, while nothing has been asked or changed.
BEGINNING = ("selected", "checked", "returning", "joined", "phase", "call")
# Events whose failures can wait for the end of the run.
HELD = ("call", "opened", "joined")


class ActionModule(ActionBase):
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False
    # What the variables of the host say; of one call of run, since a task with C(until) has others each time.
    _settings: Settings | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        self._settings = None
        known = latest(variables)
        # Later the arguments are those of a note in the record.
        event, asked = self._task.args.get("event"), self._task.args.get("module")
        try:
            if known.number == 0 and event in BEGINNING:
                self._check_names(variables)
            if event == "call":
                result = self._calls(known, variables)
            else:
                # Plain values: those of templates carry tags that have no place in a record.
                given = {name: value for name, value in without_empty(_plain(self._task.args)).items() if value is not None}
                self._task.args = in_their_case(given, arguments().options)
                result = {"changed": False, **self._answer(known, variables)}
        except DataplaneError as exc:
            failed = {"failed": True, "msg": exc.text, "error": exc.to_error(), **exc.result}
            result = self._held(known, variables, failed, asked) if event in HELD else failed
        if result.get("failed"):
            raise FailedOnce(_failure(result))
        return result

    def _check_names(self, variables: Result) -> None:
        """Of all hosts of the play, where one task stands for them."""
        first = self._task.args["event"] == "selected"
        check_names(self, variables, list(variables.get("ansible_play_hosts_all") or []) if first else [])

    def _held(self, known: Run, variables: Result, failed: Result, asked: str | None) -> Result:
        """The failure, or what stands for it where a task at the end fails."""
        try:
            settings = self._read_settings(variables)
        except DataplaneError:
            return failed
        return self._hold(Step(known), settings, failed, asked) if settings.holds or known.by_role else failed

    def _hold(self, step: Step, settings: Settings, result: Result, asked: str | None) -> Result:
        """What failed as the result of a task that did not, for a task at the end that fails. asked: what a module was called for."""
        switch = {"switch": result} if asked in ("switch", "passage") else {}
        given = Given(failure={"msg": result.get("msg"), "task": self._task.name}, seen=switch)
        held = self._keep(hold(step.run, settings, given), step.run, settings)
        self._show(held)
        kept = {name: value for name, value in result.items() if name not in ("failed", "exception")}
        # As of any task that fails, the recap does not count its change.
        return {**kept, **step.answer, "changed": False, KEY: _as_next(held.run)}

    def _calls(self, known: Run, variables: Result) -> Result:
        """The result of a task that calls modules one after the other, or of the first one whose failure ends the run."""
        task, args, modes = self._task, dict(self._task.args), (self._task.check_mode, self._task.diff)
        own, begins = dict(args.pop("options", None) or {}), {"phase": args.pop("phase")} if args.get("phase") else {}
        result: Result = {}
        observations: Result = {}
        for part in calls.parts(str(args.get("module")), str(begins.get("phase", ""))):
            # The task is what the modules are called by, and this worker's own copy.
            task.check_mode, task.diff = (True, False) if part.only_looks else modes
            task.args = {**args, **begins, "module": part.module, "options": part.chosen(own, observations)}
            settings = self._read_settings(variables)
            probed = self._probe(known, settings, variables).before(part.module) if settings.probe else known
            called = self._call(probed, variables)
            known = Run.from_json(called[KEY])
            if called.get("failed") or known.halted:
                return called
            result = {**(called if part.is_result else result), KEY: called[KEY]}
            observations = called.get("observations") or observations
            begins = {} if part.begins else begins
        return result

    def _call(self, known: Run, variables: Result) -> Result:
        """The result of a module, as if the role had called it with the options of the data plane, and what it means for the run."""
        _checked, params = self.validate_argument_spec(**arguments().to_kwargs())
        settings = self._read_settings(variables)
        name = str(params["module"])
        holds = settings.holds or known.by_role
        if holds and known.halted:
            return {"changed": False, "skipped": True, KEY: _as_next(known)}
        # The role's own options stay as they are: some may be encrypted.
        own = without_empty(self._task.args.get("options") or {})
        others = _others(variables) if name == "register" else ()
        given = Given(phase=str(params["phase"] or ""), others=others)
        begun_call = self._keep(calls.begin(name, known, settings, given), known, settings)
        if begun_call.refusal:
            return self._hold(begun_call, settings, {"msg": begun_call.refusal}, name) if holds else _result_of(begun_call, {})
        call = calls.call(name, begun_call, settings, given)
        if call is None:
            passed_over = calls.pass_over(name, begun_call, settings)
            self._show(passed_over)
            if passed_over.refusal and holds:
                return self._hold(passed_over, settings, {"skipped": True, "msg": passed_over.refusal}, name)
            return {"changed": False, **_result_of(passed_over, {"skipped": True})}
        self._show(begun_call)
        judged, result = self._made(name, begun_call, call, own, settings, variables)
        return self._hold(judged, settings, result, name) if holds and result.get("failed") else _result_of(judged, result)

    def _made(
        self, name: str, begun_call: Step, call: calls.Call, own: Result, settings: Settings, variables: Result
    ) -> tuple[Step, Result]:
        """What the call means, shown and noted, and the result of the module. own: the options of the task."""
        # An empty name is that of the inventory host.
        options = {"name": settings.cluster, **call.options, **own}
        began = time.monotonic()
        result: Result = {"changed": False}
        if call.module:
            result = {**call_module(self, call.module, options, variables), "module": call.module}
        if call.hosts:
            result = host_looks.joined(result, self._look_at_hosts(call, variables))
        if result.get("failed") and not calls.can_fail(name, begun_call.run, settings, result):
            self._show(calls.judge(name, begun_call.run, settings, result))
            return begun_call, {"changed": False, "module": call.module}
        judged = self._keep(calls.judge(name, begun_call.run, settings, result), begun_call.run, settings)
        if judged.run.probe and name == "status":
            from ..plugin_utils import _probing

            judged = dataclasses.replace(judged, run=dataclasses.replace(judged.run, probe=_probing.looked(judged.run.probe)))
        self._show(judged, first=texts.ended(name, judged.run, settings, result, time.monotonic() - began))
        if name == "register":
            # One line has said all of it.
            result.pop("diff", None)
        return judged, {**result, "failed": True, "msg": judged.refusal} if judged.refusal else result

    def _probe(self, known: Run, settings: Settings, variables: Result) -> RunProbe:
        """Nothing of it is imported by a run without one."""
        from ..plugin_utils._run_probe import MODULE, RunProbe

        def call(options: t.Mapping[str, t.Any]) -> Result:
            names = ("kubeconfig", "admin_credentials")
            way = {name: self._value(name, variables[f"aks_dataplane_{name}"]) for name in names if f"aks_dataplane_{name}" in variables}
            given = without_empty({"resource_group": settings.resource_group, "name": settings.cluster, **way, **options})
            return call_module(self, MODULE, {**given, "targets": options["targets"]}, variables)

        return RunProbe(known, settings, call, self._show)

    def _measured(self, event: str, known: Run, settings: Settings, variables: Result) -> Run:
        """The run without its probe, which ends with it."""
        if not known.probe:
            if event == "closed" and known.record_path:
                from ..plugin_utils import _probing

                _probing.discard(known.record_path)
            return known
        if event == "concluded" and EVENTS[event](known, settings, Given()).answer.get("restores"):
            return known
        step = self._keep(self._probe(known, settings, variables).ended(waits=event == "concluded"), known, settings)
        self._show(step)
        return step.run

    def _look_at_hosts(self, call: calls.Call, variables: Result) -> dict[str, Result]:
        """By the name that each host has in Kubernetes."""
        seen = on_hosts(self, call.hosts, host_looks.MODULE, call.on_hosts, variables)
        return {str(variables["hostvars"][host].get(NODE_NAME, host)): result for host, result in seen.items()}

    def _show(self, step: Step, first: t.Sequence[str] = ()) -> None:
        if not self._task.no_log:
            show([*first, *step.shown], step.details)

    def _answer(self, known: Run, variables: Result) -> Result:
        event = self._task.args.get("event")
        if event == "shown":
            lines = [str(line) for line in self._task.args["results"]["lines"]]
            self._show(Step(known, shown=lines))
            return {"msg": lines}
        if event == "opened":
            return self._open(known, self._read_settings(variables), variables)
        # An event that is none is refused with those that there are.
        if self._task.args.get("run_id") or event not in EVENTS:
            return self._note(self._read_settings(variables), self._task.args, self._task.check_mode)
        return self._answer_roles(event, known, variables)

    def _check(self, known: Run, variables: Result) -> Result:
        """The variables of a host: those of all roles for a playbook, its own for a role that no playbook has called."""
        role, entry = dependent(self)
        settings = self._read_settings(variables)
        # The playbook has checked them.
        if role and settings.holds:
            return {}
        if role:
            check_parameters(self, role, entry)
        if role and role != RULESET and known.number:
            # Another role has checked what the host has, but not what only this one was given.
            check_values(self, (role,), variables, entry=entry, empty=settings.empty)
            return {}
        # A playbook for rulesets, which checks all its hosts first.
        role = role or (RULESET if settings.delivery else "")
        of_run = not role or role in RUNS
        # Whether there are hosts is for the play to say.
        step = EVENTS["checked"](known, settings, Given()) if of_run else Step(known, refusal=_own_objection(role, settings))
        if step.refusal:
            return _result_of(step, {})
        later = RUNS if role in RUNS else ()
        check_values(self, (role,) if role else RUNS, variables, entry=entry or "main", later=later, empty=settings.empty)
        if not role:
            # What is declared is what a record could begin with.
            self._note(settings, {**_declared_options(self._task.args, settings), "event": "opened"}, check_mode=True)
        return _result_of(step, {})

    def _answer_roles(self, event: str, known: Run, variables: Result) -> Result:
        if event == "checked":
            return self._check(known, variables)
        settings = self._read_settings(variables)
        if event == "returning":
            check_values(self, ("run_record",), variables, entry="rollback", empty=settings.empty)
        _checked, params = self.validate_argument_spec(argument_spec=arguments().to_kwargs()["argument_spec"])
        given = Given(
            phase=params["phase"] or "",
            seen=self._seen(event, settings, variables) or params["results"] or {},
            failure=params["failure"] or {},
            shown=True,
        )
        if settings.probe and event in ("concluded", "closed"):
            known = self._measured(event, known, settings, variables)
        step = self._keep(EVENTS[event](known, settings, given), known, settings)
        if event == "closed" and settings.report and known.record_path and not settings.check_mode:
            step = _with_page(step, known, settings)
        self._show(step)
        if step.answer.get("opens"):
            return {**step.answer, **self._open(known, settings, variables, by_role=True)}
        if event == "summary":
            return {
                **_result_of(step, {}),
                "ansible_stats": {"data": params["results"]["closed"]["reported"], "aggregate": True, "per_host": False},
            }
        return _result_of(step, {})

    def _seen(self, event: str, settings: Settings, variables: Result) -> Result:
        """What an event comes with that no task hands over."""
        if event == "summary":
            return {"rows": _rows(variables)}
        if event == "returning" and settings.record:
            named = settings.record if settings.record == LATEST else absolute(settings.record, self._loader.get_basedir())
            record_dir = absolute(settings.record_dir, self._loader.get_basedir())
            return {"origin": origin_of(named, record_dir, settings.resource_group, settings.cluster)}
        return {}

    def _open(self, known: Run, settings: Settings, variables: Result, by_role: bool = False) -> Result:
        """A run begins, with what the task declares, else what the variables of the host do."""
        undoes = {"undoes": known.origin["run_id"]} if settings.going_back and known.origin else {}
        who = {"operator": operator(variables), "versions": versions()}
        args = {**who, **_declared_options(self._task.args, settings), **self._task.args, **undoes, "event": "opened"}
        noted = self._note(settings, args, self._task.check_mode)
        run = begun(known, noted, by_role)
        if run.continues and run.record_path:
            # The run before it was killed, perhaps together with its probe.
            from ..plugin_utils import _probing

            _probing.remove_abandoned(run.record_path)
        beginning = beginning_lines(run, settings) if by_role else {"lines": []}
        self._show(Step(run, shown=[line["text"] for line in beginning["lines"]]))
        return {**noted, **(beginning if by_role else {}), KEY: _as_next(run)}

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
        if self._settings is None:
            found = {name: self._value(name, variables[name]) for name in variable_names() if name in variables}
            today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
            self._settings = dataclasses.replace(Settings.from_variables(_plain(found), typed(self._loader)), today=today)
        return self._settings

    def _value(self, name: str, written: t.Any) -> t.Any:
        try:
            return self._templar.template(written)
        except AnsibleError as exc:
            # Further lines show the place in the file.
            reason = foreign(str(exc).partition("\n")[0])
            raise DataplaneError(f"The variable {name} cannot be evaluated: {reason}.") from exc


def _with_page(step: Step, known: Run, settings: Settings) -> Step:
    """The end of a run with a page about it. What goes wrong there changes nothing of how the run ended."""
    try:
        written = write_report([known.record_path], None)
    except Exception as exc:
        return dataclasses.replace(step, shown=[*step.shown, f"{settings.cluster}: the report could not be written: {foreign(exc)}."])
    return dataclasses.replace(step, shown=[*step.shown, f"{settings.cluster}: report {written.files[0]}"])


def _declared_options(args: Result, settings: Settings) -> Result:
    """What the variables of the host declare, as options of this module; nothing where the task itself declares something."""
    planes = data_planes()
    if any(name in args for one in planes for name in ("state", *one.options.declaring)):
        return {}
    return {name: value for one in settings.data_planes for name, value in one.options.from_variables(settings.declaration(one)).items()}


def _own_objection(role: str, settings: Settings) -> str:
    """Why the variables of a role that is not part of a run are refused, or nothing."""
    refusal = numbers.objection(settings.numbers)
    if refusal or role != RULESET:
        return refusal
    return rulesets.objection(settings.host, settings.ruleset, settings.resource_group, settings.delivery)


def _failure(result: Result) -> Result:
    """What is shown of a failure: the reason, once, and the code that a playbook may test. Of what nobody foresaw all but the run."""
    error = result.get("error")
    if isinstance(error, dict) and error.get("code"):
        return {"failed": True, "changed": bool(result.get("changed")), "msg": result.get("msg"), "error": {"code": error["code"]}}
    return {name: value for name, value in result.items() if name != KEY}


def _result_of(step: Step, result: Result) -> Result:
    """The result of a task. One that fails for what its module has shown says that alone."""
    run = {KEY: _as_next(step.run)}
    if step.refusal:
        return {"changed": False, "failed": True, "msg": step.refusal, **run}
    return {**result, **step.answer, **run}


def _as_next(run: Run) -> Result:
    return dataclasses.replace(run, number=run.number + 1).to_json()


def _plain(value: t.Any) -> t.Any:
    return json.loads(json.dumps(value, default=_day))


def _day(value: t.Any) -> str:
    """What YAML makes of a day without quotes."""
    if not isinstance(value, datetime.date):
        raise TypeError(f"a value of the type {type(value).__name__} is no plain one")
    return value.isoformat()


def _rows(variables: Result) -> list[t.Any]:
    """Of the clusters of a batch whose run is over, and in the last batch of all of the play; for the last one of the batch alone."""
    batch, every = list(variables.get("ansible_play_batch") or []), list(variables.get("ansible_play_hosts_all") or [])
    if len(every) < 2 or not batch or batch[-1] != variables["inventory_hostname"]:
        return []
    found = []
    for host in every if every[-1] in batch else batch:
        results = [variables["hostvars"][host].get(name) for name in variables["hostvars"][host] if name.startswith(PREFIX)]
        found += [result["row"] for result in results if isinstance(result, dict) and "row" in result][:1]
    return found


def _others(variables: Result) -> list[Run]:
    """The runs of the hosts that come before this one in the batch."""
    hosts = list(variables.get("ansible_play_batch") or [])
    host = variables["inventory_hostname"]
    before = hosts[: hosts.index(host)] if host in hosts else []
    return [latest(variables["hostvars"][name]) for name in before]
