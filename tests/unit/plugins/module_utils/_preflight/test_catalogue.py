# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue is whole, and agrees with the predicates."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.catalogue import RULES_BY_AREA, RULES_BY_ID
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.model import SEVERITIES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.predicates import PREDICATES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.rule import Rule

RULES = tuple(RULES_BY_ID.values())


def test_every_rule_has_a_predicate_and_every_predicate_a_rule() -> None:
    assert list(PREDICATES) == [rule.id for rule in RULES]


def test_ids_are_unique_and_without_gaps() -> None:
    assert [rule.id for rule in RULES_BY_AREA["kube_proxy"]] == [f"KP{number:02}" for number in range(1, 31)]
    assert [rule.id for rule in RULES_BY_AREA["ebpf_host_routing"]] == [
        "EB01",
        "EB02",
        "EB02b",
        *(f"EB{number:02}" for number in range(3, 29)),
    ]
    assert len(RULES) == sum(map(len, RULES_BY_AREA.values()))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: Rule) -> None:
    assert rule.sources
    assert all(source.startswith("https://") for source in rule.sources)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.what.endswith(".")
    assert rule.severity == "info" or rule.remedy.endswith(".")
    assert rule.needs
    assert not rule.kube_parts or "kube" in rule.needs
    assert not rule.when.modes or rule.id.startswith("KP")
    assert rule.relaxed is None or SEVERITIES.index(rule.relaxed) > SEVERITIES.index(rule.severity)
    assert rule.relaxed is None or rule.relaxed_reason


@pytest.mark.parametrize("rule_id", PREDICATES)
def test_a_predicate_names_its_rule(rule_id: str) -> None:
    assert PREDICATES[rule_id].__doc__ == rule_id
