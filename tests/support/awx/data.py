# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWX objects as the modules that make them get them: examples/awx/load.yml is run as it is written, with stand-ins for the modules."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import yaml

from ..simulator import ROOT, clean_environment

# The argument specifications of awx.awx, which is not on PyPI by itself.
MODULES = ROOT / "tests" / "fixtures" / "awx_modules.json"
# What each module of it does here: check its arguments as the real one does, and write them down.
_STAND_IN = """
import json, os
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        name = self._task.action.rpartition(".")[2]
        with open(os.environ["MODULES_FILE"]) as file:
            specification = json.load(file)["modules"][name]
        arguments = json.loads(json.dumps(self._task.args, default=str))
        checked = ArgumentSpecValidator(specification).validate(arguments)
        if checked.error_messages:
            return {"failed": True, "msg": "; ".join(checked.error_messages)}
        given = {key: value for key, value in checked.validated_parameters.items() if key in arguments}
        with open(os.environ["OBJECTS_FILE"], "a") as file:
            file.write(json.dumps([name, given]) + "\\n")
        return {"changed": True}
"""
_KINDS = {
    "team": "controller_teams",
    "credential_type": "controller_credential_types",
    "credential": "controller_credentials",
    "instance_group": "controller_instance_groups",
    "notification_template": "controller_notifications",
    "execution_environment": "controller_execution_environments",
    "project": "controller_projects",
    "inventory": "controller_inventories",
    "inventory_source": "controller_inventory_sources",
    "job_template": "controller_templates",
    "workflow_job_template": "controller_workflows",
    "schedule": "controller_schedules",
    "role": "controller_roles",
}

Object = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Awx:
    """The objects, by the name of their variable, such as C(controller_templates). calls: of all modules, in their order, with their arguments."""

    objects: dict[str, list[Object]]
    calls: list[tuple[str, Object]]

    def named(self, kind: str) -> dict[str, Object]:
        return {item["name"]: item for item in self.objects[kind]}

    @property
    def templates(self) -> dict[str, Object]:
        return self.named("controller_templates")

    @property
    def workflows(self) -> dict[str, Object]:
        return self.named("controller_workflows")

    def templates_of(self, nodes: t.Sequence[Object]) -> dict[str, Object]:
        """The job templates of a workflow, by the identifier of the node."""
        named = {node["identifier"]: self.templates.get(node.get("unified_job_template", "")) for node in nodes}
        return {identifier: template for identifier, template in named.items() if template}


def load(folder: pathlib.Path, environment: t.Mapping[str, str], **extra_vars: t.Any) -> Awx:
    """Run the example. folder: for the stand-in and what it writes. environment: with the credentials of who loads."""
    plugins = folder / "ansible_collections" / "awx" / "awx" / "plugins" / "action"
    plugins.mkdir(parents=True, exist_ok=True)
    for name in json.loads(MODULES.read_text(encoding="utf-8"))["modules"]:
        (plugins / f"{name}.py").write_text(_STAND_IN, encoding="utf-8")
    objects = folder / "objects.json"
    settings = {
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(folder), os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")]),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "OBJECTS_FILE": str(objects),
        "MODULES_FILE": str(MODULES),
    }
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "load.yml", "--extra-vars", json.dumps(extra_vars)]
    done = subprocess.run(
        command,
        cwd=ROOT / "examples" / "awx",
        env={**clean_environment(), **settings, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or "WARNING" in done.stderr:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    calls = [(call[0], call[1]) for call in map(json.loads, objects.read_text(encoding="utf-8").splitlines())]
    return Awx(_objects(calls), calls)


def _objects(calls: t.Sequence[tuple[str, Object]]) -> dict[str, list[Object]]:
    """The objects that exist after the calls, by the variable that they came from."""
    objects: dict[str, list[Object]] = {}
    for name, given in calls:
        if name in _KINDS:
            objects.setdefault(_KINDS[name], []).append(given)
    workflows = {item["name"]: item for item in objects.get("controller_workflows", [])}
    for name, given in calls:
        if name == "workflow_job_template_node":
            nodes = workflows[given["workflow_job_template"]].setdefault("simplified_workflow_nodes", [])
            node = next((node for node in nodes if node["identifier"] == given["identifier"]), None)
            own = {
                key: value for key, value in given.items() if key not in ("workflow_job_template", "organization", "lookup_organization")
            }
            if node is None:
                nodes.append(own)
            else:
                node.update({key: value for key, value in own.items() if value})
    return objects


def questions(template: Object) -> dict[str, Object]:
    """The questions of its survey, by variable."""
    return {question["variable"]: question for question in template["survey_spec"]["spec"]} if template.get("survey_enabled") else {}


def choices(question: Object) -> list[str]:
    return question["choices"].split("\n") if question["type"] == "multiplechoice" else []


def leaves(value: t.Any, path: tuple[str, ...] = ()) -> t.Iterator[tuple[tuple[str, ...], t.Any]]:
    """Every value in nested dictionaries, with the keys that lead to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def yaml_of(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
