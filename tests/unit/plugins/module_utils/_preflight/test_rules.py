# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule of every data plane is whole, is in the catalogue, and is there once."""

from __future__ import annotations

import ast
import re
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import SEVERITIES, Results
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.rule import Rule, When, by_id, gather, rule

RULES = tuple(registry.rules().values())
FOLDER = Path(__file__).parents[5] / "plugins" / "module_utils" / "_preflight"
FILES = ("facts.py", "cluster_rules.py", "kubernetes_rules.py", "node_rules.py", "switch_rules.py", "rules.py")

# Such as "Kubernetes 1.32", or the first api-versions: "2022-08-02-preview; NFTABLES 2025-09-02-preview".
SINCE = re.compile(r"Kubernetes \d+\.\d+|\d{4}-\d\d-\d\d-preview(; [A-Z]+ \d{4}-\d\d-\d\d-preview)*")


def test_ids_are_unique_without_gaps_and_in_order() -> None:
    assert [one.id for one in registry.by_name("kube_proxy").preflight.rules] == [f"KP{number:02}" for number in range(1, 36)]
    assert [one.id for one in registry.by_name("host_routing").preflight.rules] == [
        "EB01",
        "EB02",
        "EB02b",
        *(f"EB{number:02}" for number in range(3, 32)),
    ]
    assert len(RULES) == sum(map(len, (one.preflight.rules for one in registry.data_planes())))


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.id)
def test_a_rule_is_whole(one: Rule[t.Any]) -> None:
    assert one.severity in SEVERITIES
    assert one.sources
    assert all(re.fullmatch(r"https://\S+\.\S+", source) for source in one.sources)
    assert one.title
    assert not one.title.endswith(".")
    assert one.what.endswith(".")
    assert one.severity == "info" or one.remedy.endswith(".")
    assert one.needs
    assert not one.kube_parts or "kube" in one.needs
    assert not one.node_data or "node" in one.needs
    assert not one.when.modes or one.id.startswith("KP")
    assert all(SINCE.fullmatch(version) for version in (one.since, one.until) if version)
    assert one.relaxed is None or SEVERITIES.index(one.relaxed) > SEVERITIES.index(one.severity)
    assert one.relaxed is None or one.relaxed_reason


# Programs and modules, and variables of the run: what an operator types.
COMMAND = re.compile(
    r"\b(az (aks|provider|feature|vm)|kubectl [a-z]+|ansible(-playbook|-doc)? |nft (-|list|delete)|iptables-save|the option [a-z_]+|mode [A-Z]{4,}|declaration)"
)
VERBS = (
    *(
        "Accept",
        "Change",
        "Check",
        "Correct",
        "Create",
        "Declare",
        "Disable",
        "Express",
        "Install",
        "Keep",
        "List",
        "Move",
        "Plan",
        "Register",
    ),
    *("Remove", "Repair", "Replace", "Run", "Set", "Show", "Start", "Switch", "Test", "To", "Treat", "Upgrade", "Use", "Wait"),
)


@pytest.mark.parametrize("one", RULES, ids=lambda one: one.id)
def test_a_remedy_is_an_action_with_a_command(one: Rule[t.Any]) -> None:
    """Its first word is a verb, in the imperative."""
    if one.severity == "info" and not one.remedy:
        return
    assert one.remedy.split()[0].rstrip(",:") in VERBS, one.remedy
    assert COMMAND.search(one.remedy), one.remedy


@pytest.mark.parametrize("data_plane", [one.name for one in registry.data_planes()])
def test_every_check_that_is_decorated_is_in_the_catalogue(data_plane: str) -> None:
    folder = FOLDER / data_plane
    assert {path.name for path in folder.glob("*.py")} >= set(FILES)
    decorated = [
        ast.literal_eval(decorator.args[0])
        for path in folder.glob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "rule"
    ]
    assert sorted(decorated) == [one.id for one in registry.by_name(data_plane).preflight.rules]


def check(facts: t.Any) -> Results:
    return ()


def make_rule(rule_id: str, title: str = "A title") -> Rule[t.Any]:
    return rule(rule_id, "error", title=title, what="A condition.", remedy="Do it.", sources=("https://example.com",))(check)


def module(**values: t.Any) -> types.ModuleType:
    built = types.ModuleType("some_rules")
    vars(built).update(values)
    return built


def test_a_decorated_check_is_a_rule_with_that_check() -> None:
    assert make_rule("XX01").check is check
    assert (make_rule("XX01").id, make_rule("XX01").when, make_rule("XX01").needs) == ("XX01", When(), ("arm",))


def test_the_rules_of_modules_are_in_the_order_of_their_ids() -> None:
    first, second, third = make_rule("XX01"), make_rule("XX01b"), make_rule("XX02")
    assert gather(module(a=third, text="XX03", When=When), module(a=second, b=first)) == (first, second, third)


def test_two_rules_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="Two rules have the id XX01: A title; Another"):
        gather(module(a=make_rule("XX01")), module(a=make_rule("XX01", "Another")))
    with pytest.raises(ValueError, match="XX02"):
        by_id([make_rule("XX02"), make_rule("XX02")])
