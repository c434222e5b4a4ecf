# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What breaks a promise of public names is found, in a made-up collection in which one thing after the other is changed."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.made_up_collection import ERRORS, MODULE, PLAYBOOK, RESULTS, RULES, RUNTIME, SPECS, TASKS, Collection
from tools.public_names.model import from_json, to_json


@pytest.fixture
def collection(tmp_path: pathlib.Path) -> Collection:
    return Collection(tmp_path)


def test_all_that_is_there_is_seen(collection: Collection) -> None:
    seen = {kind: sorted(names) for kind, names in collection.recorded.items()}
    assert seen == {
        "modules": ["aks_old", "aks_run_record"],
        "module_options": [
            *("aks_old.azure_tenant", "aks_old.mode", "aks_old.subscription", "aks_old.tenant"),
            "aks_run_record.verdict",
        ],
        "module_returns": ["aks_old.plan", "aks_old.plan.path", "aks_old.state"],
        "action_plugins": ["aks_old"],
        "action_groups": ["azure"],
        "filters": ["told"],
        "filter_options": ["told._input"],
        "inventory": ["fleet"],
        "inventory_fragments": ["fleet.constructed"],
        "roles": ["switchover"],
        "role_entry_points": ["switchover.main"],
        "role_options": [
            f"switchover.main.{name}" for name in ("aks_dataplane_config", "aks_dataplane_config.mode", "aks_dataplane_rollback")
        ],
        "variables": ["aks_dataplane_config", "aks_dataplane_node", "aks_dataplane_rollback", "aks_dataplane_serial"],
        "playbooks": ["go_back"],
        "playbook_groups": ["aks_nodes"],
        "statistics": ["aks_dataplane_verdicts"],
        "verdicts": ["switched"],
        "error_codes": ["NoWayBack"],
        "rules": ["KP01"],
        "awx_objects": ["credential_types.AKS kubeconfig", "templates.AKS go back", "workflows.AKS"],
        "awx_settings": ["aks_dataplane_awx_image"],
        "awx_surveys": ["AKS go back.aks_dataplane_mode", "AKS go back.aks_dataplane_serial"],
        "awx_workflow_nodes": ["AKS.plan"],
        "awx_credential_fields": ["AKS kubeconfig.context"],
    }
    assert collection.recorded["module_returns"]["aks_old.state"].values == ("other", "wanted")
    assert collection.recorded["module_options"]["aks_old.azure_tenant"].stands_for == "aks_old.tenant"


def test_a_record_of_names_is_read_as_it_was_written(collection: Collection) -> None:
    assert from_json(to_json("0.1.0", collection.recorded)) == collection.recorded


def test_a_tree_keeps_what_it_promises_itself(collection: Collection) -> None:
    assert collection.broken() == []


def test_more_of_everything_breaks_nothing(collection: Collection) -> None:
    collection.change(
        MODULE, "choices: [IPTABLES, IPVS]", "choices: [IPTABLES, IPVS, NFTABLES]\n  kind: {type: dict, suboptions: {a: {required: true}}}"
    )
    collection.write("plugins/modules/aks_new.py", 'DOCUMENTATION = "options: {name: {type: str, required: true}}"\n')
    collection.write("playbooks/more.yml", "- hosts: all\n")
    assert collection.broken() == []


GONE = [
    (MODULE, "mode:", "kind:", ["module_options: aks_old.mode is gone"]),
    (MODULE, "[IPTABLES, IPVS]", "[IPTABLES]", ["module_options: aks_old.mode has lost IPVS"]),
    (MODULE, "mode:\n    type: str", "mode:\n    type: int", ["module_options: aks_old.mode was str, and is int"]),
    (MODULE, "choices: [IPTABLES", "required: true\n    choices: [IPTABLES", ["module_options: aks_old.mode has become required"]),
    (MODULE, "options:", "options:\n  name: {type: str, required: true}", ["module_options: aks_old.name is new, and required"]),
    (MODULE, "state:", "status:", ["module_returns: aks_old.state is gone"]),
    (MODULE, "V(wanted)", "V(good)", ["module_returns: aks_old.state has lost wanted"]),
    (MODULE, "path: a", "place: a", ["module_returns: aks_old.plan.path is gone"]),
    (
        MODULE,
        "extends_documentation_fragment:\n  - aks.dataplane.azure",
        "author: us",
        [f"module_options: aks_old.{option} is gone" for option in ("tenant", "azure_tenant", "subscription")],
    ),
    (RUNTIME, "azure: [aks_old]", "azure: []", ["action_groups: azure has lost aks_old"]),
    (RUNTIME, "azure:", "cloud:", ["action_groups: azure is gone"]),
    ("plugins/inventory/fleet.py", "constructed", "cached", ["inventory_fragments: fleet.constructed is gone"]),
    (SPECS, "[IPTABLES, IPVS]", "[IPVS]", ["role_options: switchover.main.aks_dataplane_config.mode has lost IPTABLES"]),
    (SPECS, "type: bool", "type: str", ["role_options: switchover.main.aks_dataplane_rollback was bool, and is str"]),
    (TASKS, "hostvars[item].aks_dataplane_node", "item", ["variables: aks_dataplane_node is gone"]),
    (TASKS, "groups['aks_nodes']", "groups['nodes']", ["playbook_groups: aks_nodes is gone"]),
    (TASKS, "aks_dataplane_verdicts:", "aks_dataplane_results:", ["statistics: aks_dataplane_verdicts is gone"]),
    (PLAYBOOK, "aks_dataplane_serial |", "aks_dataplane_waves |", ["variables: aks_dataplane_serial is gone"]),
    (RESULTS, "``not_proved``", "``failed``", ["statistics: aks_dataplane_verdicts has lost not_proved"]),
    (RESULTS, "``switched``", "``done``", ["verdicts: switched is gone"]),
    (ERRORS, "``NoWayBack``", "``NoRollback``", ["error_codes: NoWayBack is gone"]),
    (RULES, "KP01", "KP02", ["rules: KP01 is gone"]),
    ("awx/settings.yml", "aks_dataplane_awx_image", "image", ["awx_settings: aks_dataplane_awx_image is gone"]),
    ("awx/objects.yml", '"IPTABLES\\nIPVS"', '"IPVS"', ["awx_surveys: AKS go back.aks_dataplane_mode has lost IPTABLES"]),
    ("awx/objects.yml", "identifier: plan", "identifier: look", ["awx_workflow_nodes: AKS.plan is gone"]),
    ("awx/objects.yml", "id: context", "id: name", ["awx_credential_fields: AKS kubeconfig.context is gone"]),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), GONE)
def test_what_is_lost_is_named(collection: Collection, file: str, old: str, new: str, told: list[str]) -> None:
    collection.change(file, old, new)
    assert collection.broken() == told


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (MODULE, "modules: aks_old is gone"),
        ("plugins/action/aks_old.py", "action_plugins: aks_old is gone"),
        ("plugins/filter/told.yml", "filters: told is gone"),
        ("plugins/inventory/fleet.py", "inventory: fleet is gone"),
        (PLAYBOOK, "playbooks: go_back is gone"),
    ],
)
def test_a_file_that_vanished_is_named(collection: Collection, file: str, told: str) -> None:
    (collection.root / file).unlink()
    assert told in collection.broken()
