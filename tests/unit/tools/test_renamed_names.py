# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A public name that another one replaces: what it takes until users of the old one notice nothing but a warning, in a made-up collection."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.made_up_collection import DEFAULTS, FILES, FRAGMENT, MODULE, PLAYBOOK, RUNTIME, SPECS, TASKS, Collection
from tools.public_names.renames import Rename


@pytest.fixture
def collection(tmp_path: pathlib.Path) -> Collection:
    return Collection(tmp_path)


ROUTE = """{redirect: aks.dataplane.aks_new, deprecation: {removal_version: 2.0.0, warning_text: Use aks_new.}}"""
MODULES = Rename("modules", "aks_old", "aks_new", "0.2.0")


def rename_module(collection: Collection, *, action: str = ROUTE, group: str = "[aks_new]") -> None:
    collection.move(MODULE, "plugins/modules/aks_new.py")
    collection.move("plugins/action/aks_old.py", "plugins/action/aks_new.py")
    actions = f"\n  action:\n    aks_old: {action}" if action else ""
    collection.write(RUNTIME, f"action_groups:\n  azure: {group}\nplugin_routing:\n  modules:\n    aks_old: {ROUTE}{actions}\n")
    collection.tell("aks_old - is called aks_new now.")


def test_a_module_may_be_renamed(collection: Collection) -> None:
    rename_module(collection)
    assert collection.broken(MODULES) == []
    assert collection.incomplete(MODULES) == []


def test_a_renamed_module_keeps_its_options(collection: Collection) -> None:
    rename_module(collection)
    collection.change("plugins/modules/aks_new.py", "mode:", "kind:")
    assert collection.broken(MODULES) == ["module_options: aks_old.mode is gone"]


def test_a_renamed_module_is_declared(collection: Collection) -> None:
    rename_module(collection)
    assert collection.broken() == [
        f"{kind}: aks_old has become another name of aks_new, and that is not declared" for kind in ("modules", "action_plugins")
    ]


def test_a_module_needs_a_route_for_its_action_plugin_too(collection: Collection) -> None:
    rename_module(collection, action="")
    assert collection.broken(MODULES) == ["action_plugins: aks_old is gone"]
    assert collection.incomplete(MODULES) == ["modules: aks_old: plugin_routing.action has no redirect to aks_new"]


def test_a_route_warns(collection: Collection) -> None:
    rename_module(collection, action="{redirect: aks.dataplane.aks_new}")
    assert collection.incomplete(MODULES) == [
        "modules: aks_old: plugin_routing.action has no deprecation with warning_text and removal_version"
    ]


@pytest.mark.parametrize("group", ["[aks_old]", "[aks_old, aks_new]"])
def test_the_old_name_is_not_in_the_action_group(collection: Collection, group: str) -> None:
    """It is there by its redirect, and nobody is warned of a name that he or she does not use."""
    rename_module(collection, group=group)
    assert collection.incomplete(MODULES) == [
        "modules: aks_old: the action group azure has it, of which ansible-core before 2.19 warns in every play that uses the group"
    ]


def test_the_new_name_takes_the_place_of_the_old_one_in_the_action_group(collection: Collection) -> None:
    rename_module(collection, group="[]")
    assert collection.broken(MODULES) == ["action_groups: azure has lost aks_old"]


@pytest.mark.parametrize(
    "text",
    [
        "minor_changes:\n  - aks_old - is called aks_new now.\n",
        "deprecated_features:\n  - aks_old - is called something else now.\n",
        "deprecated_features:\n  - aks_older - is called aks_new now.\n",
    ],
)
def test_a_rename_is_told_in_the_changelog(collection: Collection, text: str) -> None:
    rename_module(collection)
    collection.write(FRAGMENT, text)
    assert collection.incomplete(MODULES) == ["modules: aks_old: no line of deprecated_features in changelogs/ names it and aks_new"]


def test_the_changelog_of_a_release_counts(collection: Collection) -> None:
    rename_module(collection)
    (collection.root / FRAGMENT).unlink()
    collection.write(
        "changelogs/changelog.yaml", "releases: {0.2.0: {changes: {deprecated_features: [aks_old - is called aks_new now.]}}}\n"
    )
    assert collection.incomplete(MODULES) == []


def test_a_rename_names_a_version_that_there_is(collection: Collection) -> None:
    rename_module(collection)
    assert collection.incomplete(Rename("modules", "aks_old", "aks_new", "0.3.0")) == ["modules: aks_old: there is no version 0.3.0"]


def test_a_rename_leads_to_something(collection: Collection) -> None:
    assert collection.incomplete(MODULES) == [
        "modules: aks_old: no line of deprecated_features in changelogs/ names it and aks_new",
        "modules: aks_old: aks_new is not there",
        "modules: aks_old: plugin_routing.modules has no redirect to aks_new",
        "modules: aks_old: plugin_routing.action has no redirect to aks_new",
        "modules: aks_old: the action group azure has it, of which ansible-core before 2.19 warns in every play that uses the group",
    ]


def test_an_option_may_be_renamed(collection: Collection) -> None:
    rename = Rename("module_options", "aks_old.mode", "aks_old.kind", "0.2.0")
    collection.change(MODULE, "mode:", "kind:\n    aliases: [mode]")
    assert collection.broken() == ["module_options: aks_old.mode has become another name of aks_old.kind, and that is not declared"]
    assert collection.incomplete(rename) == [
        "module_options: aks_old.mode: no line of deprecated_features in changelogs/ names it and aks_old.kind"
    ]
    collection.tell("aks_old - the option mode is called kind now.")
    assert collection.broken(rename) == collection.incomplete(rename) == []


VARIABLES = Rename("variables", "aks_dataplane_rollback", "aks_dataplane_undo", "0.2.0")


def rename_variable(collection: Collection, *, default: str = "{{ aks_dataplane_rollback | default(true) }}", said: str = "undo") -> None:
    described = f"Deprecated, see aks_dataplane_{said}."
    new = "aks_dataplane_undo: {type: bool, default: true}\n      aks_dataplane_rollback:"
    collection.change(SPECS, "aks_dataplane_rollback:", new)
    collection.change(SPECS, "Whether to go back.", described)
    collection.write(DEFAULTS, f'aks_dataplane_undo: "{default}"\n')
    collection.change(TASKS, "aks_dataplane_rollback", "aks_dataplane_undo")
    collection.tell("aks_dataplane_rollback is called aks_dataplane_undo now.")


def test_a_variable_of_a_role_may_be_renamed(collection: Collection) -> None:
    rename_variable(collection)
    assert collection.broken() == [
        "variables: aks_dataplane_rollback has become another name of aks_dataplane_undo, and that is not declared"
    ]
    assert collection.broken(VARIABLES) == collection.incomplete(VARIABLES) == []


@pytest.mark.parametrize(
    "default",
    ["{{ aks_dataplane_rollback is defined }}", "{{ true }}", "{{ aks_dataplane_rollback | ansible.builtin.ternary(1, 2) }}", "true"],
)
def test_the_new_variable_has_the_value_of_the_old_one(collection: Collection, default: str) -> None:
    rename_variable(collection, default=default)
    assert collection.incomplete(VARIABLES) == [
        "variables: aks_dataplane_rollback: the default of aks_dataplane_undo in switchover is not its value"
    ]


def test_the_old_variable_is_described_as_such(collection: Collection) -> None:
    rename_variable(collection, said="nothing")
    assert collection.incomplete(VARIABLES) == [
        "variables: aks_dataplane_rollback: switchover.main does not describe it as the old name of aks_dataplane_undo"
    ]


def test_the_old_variable_is_still_taken(collection: Collection) -> None:
    rename_variable(collection)
    collection.change(SPECS, "aks_dataplane_rollback:", "aks_dataplane_other:")
    assert collection.broken(VARIABLES) == ["role_options: switchover.main.aks_dataplane_rollback is gone"]


def test_a_playbook_may_be_renamed(collection: Collection) -> None:
    rename = Rename("playbooks", "go_back", "rollback", "0.2.0")
    collection.move(PLAYBOOK, "playbooks/rollback.yml")
    collection.write(PLAYBOOK, "- name: The old name\n  ansible.builtin.import_playbook: rollback.yml\n")
    assert collection.broken() == ["playbooks: go_back has become another name of rollback, and that is not declared"]
    assert collection.incomplete(rename) == ["playbooks: go_back: no line of deprecated_features in changelogs/ names it and rollback"]
    collection.tell("The playbook go_back is called rollback now.")
    assert collection.broken(rename) == collection.incomplete(rename) == []
    collection.write(PLAYBOOK, "- name: The old name\n  hosts: all\n")
    assert collection.incomplete(rename) == ["playbooks: go_back: go_back does not lead to rollback"]


def test_a_filter_may_be_renamed(collection: Collection) -> None:
    rename = Rename("filters", "told", "said", "0.2.0")
    collection.move("plugins/filter/told.yml", "plugins/filter/said.yml")
    collection.tell("The filter told is called said now.")
    collection.write(RUNTIME, FILES[RUNTIME] + "plugin_routing: {filter: {told: {redirect: aks.dataplane.said}}}\n")
    assert collection.broken(rename) == []
    assert collection.incomplete(rename) == [
        "filters: told: plugin_routing.filter has no deprecation with warning_text and removal_version"
    ]
