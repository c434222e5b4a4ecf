# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations of rulesets for nodes: what is refused before any node or cluster is asked."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run.rulesets import objection

TEXT = {"aks_dataplane_ruleset_content": "table inet x { }"}
CLUSTER = {"aks_dataplane_ruleset_delivery": "kubernetes", "aks_dataplane_ruleset_name": "firewall"}
ABSENT = {"aks_dataplane_ruleset_state": "absent"}


@pytest.mark.parametrize(
    ("ruleset", "playbook_for"),
    [
        (TEXT, ""),
        (TEXT, "ssh"),
        ({**TEXT, **ABSENT}, "ssh"),
        ({**TEXT, **CLUSTER}, ""),
        ({**TEXT, **CLUSTER}, "kubernetes"),
        ({**CLUSTER, **ABSENT}, "kubernetes"),
        ({**CLUSTER, "aks_dataplane_ruleset_state": "paused"}, "kubernetes"),
        # As it stands in the inventory.
        ({**TEXT, **CLUSTER, **ABSENT}, "kubernetes"),
    ],
)
def test_what_can_be_brought_about(ruleset: dict[str, t.Any], playbook_for: str) -> None:
    assert objection("h", ruleset, "rg", playbook_for) == ""


@pytest.mark.parametrize(
    ("ruleset", "playbook_for", "words"),
    [
        ({}, "", "given: none."),
        (ABSENT, "ssh", "given: none."),
        (CLUSTER, "kubernetes", "given: none."),
        ({**TEXT, "aks_dataplane_ruleset_tables": []}, "", "given: aks_dataplane_ruleset_content, aks_dataplane_ruleset_tables."),
        (
            {**CLUSTER, **ABSENT, **TEXT, "aks_dataplane_ruleset_src": "f"},
            "",
            "given: aks_dataplane_ruleset_content, aks_dataplane_ruleset_src.",
        ),
        ({**TEXT, "aks_dataplane_ruleset_state": "paused"}, "", "must be one of: present, absent, got: paused"),
        ({**TEXT, **CLUSTER, "aks_dataplane_ruleset_state": "pause"}, "", "Did you mean paused?"),
        ({**TEXT, "aks_dataplane_ruleset_delivery": "kubectl"}, "", "must be one of: ssh, kubernetes, got: kubectl"),
        (
            {**TEXT, **CLUSTER},
            "ssh",
            "h has aks_dataplane_ruleset_delivery: kubernetes, and this playbook is for ssh. Run aks.dataplane.cluster_ruleset",
        ),
        (TEXT, "kubernetes", "this playbook is for kubernetes. Run aks.dataplane.node_ruleset"),
        ({**TEXT, "aks_dataplane_ruleset_delivery": "kubernetes"}, "", "h has no aks_dataplane_ruleset_name: set it to"),
    ],
)
def test_what_is_refused(ruleset: dict[str, t.Any], playbook_for: str, words: str) -> None:
    assert words in objection("h", ruleset, "rg", playbook_for)


def test_a_cluster_without_a_resource_group() -> None:
    assert (
        objection("h", {**TEXT, **CLUSTER}, "", "") == "h has no aks_dataplane_resource_group: set it to the resource group of the cluster."
    )
