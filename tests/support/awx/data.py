# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWX objects as the role that makes them gets them: examples/awx/load.yml is run as it is written, with a stand-in for that role."""

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

# What dispatch of infra.aap_configuration does here: write down which objects it was given.
_STAND_IN = """
- name: Write down the objects
  ansible.builtin.copy:
    content: "{{ dict(names | zip(query('ansible.builtin.vars', *names))) | to_json }}"
    dest: "{{ lookup('ansible.builtin.env', 'OBJECTS_FILE') }}"
    mode: "0600"
  vars:
    names: "{{ query('ansible.builtin.varnames', '^controller_') }}"
"""

Object = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Awx:
    """The objects, by the name of their variable, such as C(controller_templates)."""

    objects: dict[str, list[Object]]

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
    tasks = folder / "ansible_collections" / "infra" / "aap_configuration" / "roles" / "dispatch" / "tasks"
    tasks.mkdir(parents=True, exist_ok=True)
    (tasks / "main.yml").write_text(_STAND_IN, encoding="utf-8")
    objects = folder / "objects.json"
    settings = {
        "HOME": str(folder),
        "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([str(folder), os.environ.get("ANSIBLE_COLLECTIONS_PATH", "")]),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "OBJECTS_FILE": str(objects),
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
    return Awx(json.loads(objects.read_text(encoding="utf-8")))


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
