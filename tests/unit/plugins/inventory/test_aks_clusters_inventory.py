# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: its documentation agrees with the code, and answers of Azure stay data."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.doc_fragments import fleet
from ansible_collections.aks.dataplane.plugins.doc_fragments.azure import ModuleDocFragment
from ansible_collections.aks.dataplane.plugins.inventory.aks_clusters import DOCUMENTATION, EXAMPLES, InventoryModule
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.groups import ALWAYS
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import host_variables
from ansible_collections.aks.dataplane.plugins.plugin_utils import _no_templates

from tests.support.inventory import documented_examples
from tests.support.playbook_files import plays

PLAYBOOKS = pathlib.Path(__file__).parents[4] / "playbooks"
DOCS: dict[str, t.Any] = yaml.safe_load(DOCUMENTATION)


def test_the_options_are_those_of_the_modules_and_the_plugins_own() -> None:
    assert set(yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]) == set(AZURE.options)
    assert DOCS["extends_documentation_fragment"] == ["aks.dataplane.azure", "aks.dataplane.fleet", "constructed", "inventory_cache"]
    assert yaml.safe_load(fleet.ModuleDocFragment.DOCUMENTATION)["options"]["api_version"]["default"] == DEFAULT_KUBE_PROXY
    assert DOCS["options"]["plugin"]["choices"] == [InventoryModule.NAME]


def test_every_group_and_the_named_variables_exist() -> None:
    text = " ".join(DOCS["description"])
    known = host_variables({"id": "/subscriptions/s/resourcegroups/r/providers/p/managedClusters/c"}, DEFAULT_KUBE_PROXY)
    assert [group for group in ALWAYS if f"C({group})" not in text] == []
    named = {word.partition(")")[0] for word in text.split("C(") if word.startswith("aks_")}
    assert named - {"aks_", *ALWAYS} <= set(known)


def test_the_examples_name_the_plugin() -> None:
    assert [example["plugin"] for example in documented_examples(EXAMPLES)] == [InventoryModule.NAME] * 4


# About nodes and about run records.
ASKING_NOTHING = ("node_ruleset", "report")


@pytest.mark.parametrize("playbook", sorted(path.stem for path in PLAYBOOKS.glob("*.yml") if path.stem not in ASKING_NOTHING))
def test_every_playbook_asks_the_subscription_that_a_cluster_is_in(playbook: str) -> None:
    """The play that asks Azure about the clusters is the last one."""
    *_others, play = plays(PLAYBOOKS / f"{playbook}.yml")
    assert play["module_defaults"] == {
        "group/aks.dataplane.azure": {"subscription_id": "{{ aks_dataplane_subscription_id | default('') }}"},
    }
    assert "aks_dataplane_subscription_id" in host_variables({"id": "/subscriptions/s"}, DEFAULT_KUBE_PROXY)


@pytest.mark.parametrize(
    ("name", "taken"),
    [("clusters.aks.yml", True), ("prod.aks.yaml", True), ("clusters.yml", False), ("aks.yml.j2", False), ("missing.aks.yml", False)],
)
def test_which_files_are_sources(name: str, taken: bool, tmp_path: pathlib.Path) -> None:
    if not name.startswith("missing"):
        (tmp_path / name).write_text("plugin: aks.dataplane.aks_clusters\n", encoding="utf-8")

    assert InventoryModule().verify_file(str(tmp_path / name)) is taken


def test_before_data_tagging_only_text_that_could_be_a_template_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since then nothing is, as nothing else than marked templates is one."""
    marked: list[str] = []
    monkeypatch.setattr("ansible.utils.unsafe_proxy.wrap_var", lambda text: marked.append(text) or text)
    value = {"{{ a }}": ["plain", 1, None, {"b": "{% c %}"}], "d": True}

    monkeypatch.setattr(_no_templates, "_datatag", None)
    assert _no_templates.without_templates(value) == value
    assert marked == ["{{ a }}", "{% c %}"]

    monkeypatch.setattr(_no_templates, "_datatag", object())
    assert _no_templates.without_templates(value) is value
