# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation of modules and plugins: each task is one that Ansible reads, with options that the module takes.

Those of the nftables modules and of to_nft are also run, see test_nft_examples.py.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.support.simulator import ROOT

PROGRAMS = pathlib.Path(sys.executable).parent
COLLECTION = "aks.dataplane"
KINDS = ("module", "filter", "inventory")


@functools.cache
def documented(kind: str) -> dict[str, dict[str, t.Any]]:
    """What ansible-doc shows of all plugins of the collection, by full name; empty where there are none of this kind."""
    command = [str(PROGRAMS / "ansible-doc"), "--json", "--type", kind]
    names = json.loads(
        subprocess.run([*command, "--list", COLLECTION], capture_output=True, text=True, check=True, env=environment()).stdout
    )
    if not names:
        return {}
    return json.loads(subprocess.run([*command, *names], capture_output=True, text=True, check=True, env=environment()).stdout)


def environment() -> dict[str, str]:
    return {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections")}


def examples(kind: str) -> list[dict[str, t.Any]]:
    return [task for reported in documented(kind).values() for task in yaml.safe_load(reported["examples"])]


@pytest.mark.parametrize("kind", KINDS)
def test_every_plugin_has_examples(kind: str) -> None:
    assert [name for name, reported in documented(kind).items() if not yaml.safe_load(reported["examples"] or "")] == []


def test_every_task_has_options_that_its_module_takes() -> None:
    known = documented("module")
    tasks = [(name, task[name]) for task in examples("module") for name in known if name in task]
    assert {name for name, _options in tasks} == set(known)
    wrong = {}
    for name, options in tasks:
        given = {key: value for key, value in (options or {}).items() if not is_template(value)}
        templates = {key: value for key, value in (options or {}).items() if is_template(value)}
        spec = specification(known[name]["doc"].get("options") or {})
        unknown = set(templates) - set(spec)
        reported = ArgumentSpecValidator({key: value for key, value in spec.items() if key not in templates}).validate(given)
        if unknown or reported.error_messages:
            wrong[name] = [*unknown, *reported.error_messages]
    assert wrong == {}


def is_template(value: t.Any) -> bool:
    return isinstance(value, str) and "{{" in value


def specification(options: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Documented options as an argument spec; defaults are left out, since they are the module's."""
    spec = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if option.get(key) is not None}
        if option.get("suboptions"):
            spec[name]["options"] = specification(option["suboptions"])
    return spec


def test_ansible_reads_every_task(tmp_path: pathlib.Path) -> None:
    playbook = tmp_path / "examples.yml"
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [*examples("module"), *examples("filter")]}
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    command = [str(PROGRAMS / "ansible-playbook"), "--syntax-check", "-i", "localhost,", str(playbook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**environment(), "ANSIBLE_HOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
