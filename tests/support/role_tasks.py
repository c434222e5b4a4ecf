# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task files of the playbooks and roles, carried out for one host without Ansible: what hundreds of runs in one test can afford.

It knows the keywords that the roles on the way of a switch use, and refuses any other, so that nothing of a role is left out silently.
"""

from __future__ import annotations

import datetime
import functools
import pathlib
import re
import typing as t

import jinja2
import yaml

from .simulator import ROOT

Json = dict[str, t.Any]
Task = t.Mapping[str, t.Any]
Action = t.Callable[[str, Json, Task, Json], Json]

BUILT_IN = "ansible.builtin."
OURS = "aks.dataplane."
KEYWORDS = frozenset(
    {
        "name",
        "when",
        "register",
        "vars",
        "loop",
        "loop_control",
        "block",
        "rescue",
        "always",
        "check_mode",
        "diff",
        "changed_when",
        "run_once",
    }
)
OMIT = object()

_WHOLE = re.compile(r"^\s*\{\{(?P<expression>(?:(?!\}\}).)*)\}\}\s*$", re.DOTALL)


class TaskFailed(Exception):
    """result: of the task; task: its name."""

    def __init__(self, task: str, result: Json) -> None:
        super().__init__(result.get("msg") or f"The task {task} failed.")
        self.task = task
        self.result = result


class RoleTasks:
    """variables: of the host; results of tasks are added. act: carries out a task of the collection: its action, options, the task, the variables.

    shown: the messages of debug tasks. statistics: what set_stats has set. names: of the tasks that were carried out, in their order.
    """

    def __init__(self, variables: Json, act: Action) -> None:
        self.variables: Json = {"omit": OMIT, **variables}
        self.shown: list[str] = []
        self.statistics: Json = {}
        self.names: list[str] = []
        self._act = act

    def use_defaults(self, *roles: str) -> None:
        """The defaults of these roles, for what the host does not have."""
        for role in roles:
            file = ROOT / "roles" / role / "defaults" / "main.yml"
            for name, value in (_load(file) if file.exists() else {}).items():
                self.variables.setdefault(name, value)
        for name, value in list(self.variables.items()):
            self.variables[name] = self._filled(value)

    def carry_out(self, file: pathlib.Path) -> None:
        """All tasks of a file. TaskFailed for the one that ended it."""
        for task in _load(file):
            self._carry_out_one(task, file)

    def _carry_out_one(self, task: Task, file: pathlib.Path) -> None:
        before = dict(self.variables)
        given = task.get("vars") or {}
        self.variables |= {name: self._filled(value) for name, value in given.items()}
        try:
            if not self._holds(task.get("when")):
                self._keep(task, {"changed": False, "skipped": True})
            elif "block" in task:
                self._carry_out_block(task, file)
            else:
                self._loop(task, file)
        finally:
            for name in given:
                if name in before:
                    self.variables[name] = before[name]
                else:
                    self.variables.pop(name, None)

    def _carry_out_block(self, block: Task, file: pathlib.Path) -> None:
        try:
            self._all(block["block"], file)
        except TaskFailed as failed:
            if "rescue" not in block:
                raise
            self.variables["ansible_failed_result"], self.variables["ansible_failed_task"] = failed.result, {"name": failed.task}
            self._all(block["rescue"], file)
        finally:
            self._all(block.get("always") or [], file)

    def _all(self, tasks: t.Iterable[Task], file: pathlib.Path) -> None:
        for task in tasks:
            self._carry_out_one(task, file)

    def _loop(self, task: Task, file: pathlib.Path) -> None:
        if "loop" not in task:
            self._act_once(task, file)
            return
        name = (task.get("loop_control") or {}).get("loop_var", "item")
        for value in self._filled(task["loop"]):
            self.variables[name] = value
            self._act_once(task, file)
        self.variables.pop(name, None)

    def _act_once(self, task: Task, file: pathlib.Path) -> None:
        (action,) = (key for key in task if key not in KEYWORDS)
        self.names.append(str(task.get("name", action)))
        options = self._filled(task[action])
        if action.startswith(OURS):
            result = self._act(
                action.removeprefix(OURS), options, {**task, "check_mode": self._filled(task.get("check_mode"))}, self.variables
            )
        else:
            result = self._built_in(action.removeprefix(BUILT_IN), options, file)
        self._keep(task, result)
        self.statistics |= result.get("ansible_stats", {}).get("data", {})
        if result.get("failed"):
            raise TaskFailed(self.names[-1] if "name" not in task else str(task["name"]), result)

    def _keep(self, task: Task, result: Json) -> None:
        if "register" in task:
            self.variables[task["register"]] = result

    def _built_in(self, action: str, options: t.Any, file: pathlib.Path) -> Json:
        if action in ("include_tasks", "import_tasks"):
            self.carry_out(file.parent / (options["file"] if isinstance(options, dict) else options))
        elif action in ("include_role", "import_role"):
            role = ROOT / "roles" / options["name"].removeprefix(OURS) / "tasks"
            self.carry_out(role / options.get("tasks_from", "main.yml"))
        elif action == "debug":
            self.shown.append(str(options["msg"]))
        elif action == "fail":
            return {"failed": True, "msg": options["msg"]}
        elif action == "set_fact":
            self.variables |= options
        elif action == "set_stats":
            self.statistics |= options["data"]
        else:
            raise NotImplementedError(action)
        return {"changed": False}

    def _holds(self, condition: t.Any) -> bool:
        """One expression or several, all of which have to hold; none holds always."""
        conditions = condition if isinstance(condition, list) else [] if condition is None else [condition]
        return all(self._value(one) if isinstance(one, str) else one for one in conditions)

    def _value(self, expression: str) -> t.Any:
        value = _expression(expression)(**self.variables)
        if isinstance(value, jinja2.Undefined):
            raise jinja2.UndefinedError(f"{expression} is undefined")
        return value

    def _filled(self, value: t.Any) -> t.Any:
        """With values instead of templates; what is omitted is left out."""
        if isinstance(value, str) and "{{" in value:
            whole = _WHOLE.match(value)
            return self._value(whole["expression"]) if whole else _template(value).render(self.variables)
        if isinstance(value, dict):
            filled = {self._filled(key): self._filled(item) for key, item in value.items()}
            return {key: item for key, item in filled.items() if item is not OMIT}
        return [self._filled(item) for item in value] if isinstance(value, list) else value


@functools.cache
def _load(file: pathlib.Path) -> t.Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.filters["bool"] = lambda value: str(value).lower() in ("true", "yes", "1", "on")
    environment.filters["combine"] = lambda first, second: {**first, **second}
    environment.globals["now"] = lambda utc, fmt: datetime.datetime.now(datetime.timezone.utc).strftime(fmt)
    return environment


@functools.cache
def _expression(text: str) -> t.Callable[..., t.Any]:
    return _environment().compile_expression(text, undefined_to_none=False)


@functools.cache
def _template(text: str) -> jinja2.Template:
    return _environment().from_string(text)
