# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No variable of a run crosses roles, and none of them decides by the name of a data plane: the action plugin that keeps the record does."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import variable_names

ROOT = pathlib.Path(__file__).parents[2]
PRIVATE = re.compile(r"\b__aks_dataplane_\w+")
WRITES = ("register", "loop_var")
NAMES = re.compile(r"kube_?proxy|host_?routing|mode == ", re.IGNORECASE)
BRANCH = re.compile(r"\{\{[^}]*\bif\b.*?\}\}|\{%-?\s*if\b.*?%\}", re.DOTALL)


def reads(data: t.Any) -> t.Iterator[str]:
    """The private variables that YAML reads: all that it names, but for where a value is put."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key not in WRITES:
                yield from reads(value)
    elif isinstance(data, list):
        for value in data:
            yield from reads(value)
    elif isinstance(data, str):
        yield from PRIVATE.findall(data)


def readers(root: pathlib.Path) -> dict[str, set[str]]:
    """By variable, the roles that read it."""
    found: dict[str, set[str]] = {}
    for file in sorted(root.glob("*/*/**/*.yml")):
        for name in reads(yaml.safe_load(file.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(file.relative_to(root).parts[0])
    return found


def branches(data: t.Any) -> t.Iterator[str]:
    """Every condition in YAML: of tasks, and of expressions."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("when", "failed_when", "changed_when", "until"):
                yield str(value)
            yield from branches(value)
    elif isinstance(data, list):
        for value in data:
            yield from branches(value)
    elif isinstance(data, str):
        yield from BRANCH.findall(data)


def test_no_private_variable_is_read_in_two_roles() -> None:
    found = readers(ROOT / "roles")
    assert found["__aks_dataplane_switch"] == {"switchover"}
    assert {name: roles for name, roles in found.items() if len(roles) > 1} == {}


def test_no_condition_names_a_data_plane() -> None:
    files = [*(ROOT / "roles").glob("*/*/**/*.yml"), *(ROOT / "playbooks").rglob("*.yml")]
    found = {(file, text) for file in files for text in branches(yaml.safe_load(file.read_text(encoding="utf-8")))}
    assert len(found) > 20
    assert {(file, text) for file, text in found if NAMES.search(text)} == set()


def test_no_task_names_a_data_plane() -> None:
    """Its module and its options are known to the data plane alone."""
    files = [*(ROOT / "roles").glob("*/tasks/**/*.yml"), *(ROOT / "playbooks" / "tasks").glob("*.yml")]
    assert len(files) > 20
    assert [file.name for file in files if NAMES.search(file.read_text(encoding="utf-8"))] == []


def test_only_what_is_not_about_a_run_has_variables_of_its_own() -> None:
    assert {file.parts[-3] for file in (ROOT / "roles").glob("*/vars/*.yml")} == {"audit", "node_ruleset"}


def test_the_playbooks_of_the_data_planes_share_their_plays() -> None:
    both = [
        yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8")) for name in ("kube_proxy", "ebpf_host_routing")
    ]
    assert [[play["ansible.builtin.import_playbook"] for play in plays] for plays in both] == [["plays/switch.yml"]] * 2


@pytest.mark.parametrize(
    ("task", "names"),
    [
        ({"when": "__aks_dataplane_a.b"}, ["__aks_dataplane_a"]),
        ({"register": "__aks_dataplane_a"}, []),
        ({"vars": {"__aks_dataplane_a": "{{ __aks_dataplane_b }}"}}, ["__aks_dataplane_b"]),
        ({"loop_control": {"loop_var": "__aks_dataplane_a"}}, []),
        ([{"debug": {"msg": "{{ x[__aks_dataplane_a] }}"}}], ["__aks_dataplane_a"]),
    ],
)
def test_what_counts_as_reading(task: t.Any, names: list[str]) -> None:
    assert list(reads(task)) == names


@pytest.mark.parametrize(
    ("task", "seen"),
    [
        ({"when": "subject == 'host_routing'"}, True),
        ({"a": "{{ 1 if aks_dataplane_host_routing | default('') else 2 }}"}, True),
        ({"a": "{{ aks_dataplane_kube_proxy.mode | default(omit) }}"}, False),
        ({"when": "x.looks"}, False),
    ],
)
def test_what_counts_as_naming_a_data_plane(task: t.Any, seen: bool) -> None:
    assert any(NAMES.search(text) for text in branches(task)) is seen


def over_all_hosts(variables: dict[str, t.Any]) -> set[str]:
    """Those of a play whose value is worked out over all hosts, directly or through others of the same play."""
    found: set[str] = set()
    while True:
        more = {
            name for name, text in variables.items() if "inventory_hostnames" in str(text) or found & set(PRIVATE.findall(str(text)))
        } - found
        if not more:
            return found
        found |= more


def test_no_host_works_out_over_all_hosts_what_its_tasks_go_by() -> None:
    """A thousand clusters would each go over a thousand; the selection alone, which is one task, is about all of them."""
    plays = [(file.name, play) for file in (ROOT / "playbooks").rglob("*.yml") for play in yaml.safe_load(file.read_text(encoding="utf-8"))]
    found = {(name, variable) for name, play in plays for variable in over_all_hosts(play.get("vars", {})) & set(variable_names())}
    assert found == {("selection.yml", "__aks_dataplane_refusal")}
