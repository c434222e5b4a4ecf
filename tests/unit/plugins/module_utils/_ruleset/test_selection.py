# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a ruleset is for: as it is judged here, and as Kubernetes would."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.checks import check_narrowed, check_nodes_fit
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.live import LiveSet
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.overlap import check_overlap, choose_port
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.selection import (
    CILIUM,
    HOST_ROUTING,
    POOL,
    SYSTEM,
    SeenNode,
    Selection,
    from_json,
)


def node(**labels: str) -> SeenNode:
    known = {"pool": POOL, "system": SYSTEM, "cilium": CILIUM[0], "routing": HOST_ROUTING[0]}
    return SeenNode("n1", True, {known.get(name, name): value for name, value in labels.items()})


def by_kubernetes(selection: Selection, seen: SeenNode) -> bool:
    (term,) = selection.terms()
    return all((seen.labels.get(one["key"]) in one["values"]) == (one["operator"] == "In") for one in term["matchExpressions"])


@pytest.mark.parametrize(
    ("selection", "seen", "covered"),
    [
        (Selection(), node(), True),
        (Selection(), node(system="Ubuntu"), True),
        (Selection(), node(system="Flatcar"), False),
        (Selection(systems=("Flatcar",)), node(system="Flatcar"), True),
        (Selection(systems=("Ubuntu",)), node(), False),
        (Selection(pools=("db",)), node(pool="db"), True),
        (Selection(pools=("db",)), node(pool="web"), False),
        (Selection({"tier": "db"}), node(tier="db"), True),
        (Selection({"tier": "db"}), node(tier="web"), False),
        (Selection(), node(cilium="cilium"), False),
        (Selection(cilium=True), node(cilium="cilium"), True),
        (Selection(cilium=True), node(routing="true"), False),
        (Selection(), node(routing="false"), True),
    ],
)
def test_both_judge_alike(selection: Selection, seen: SeenNode, covered: bool) -> None:
    assert (selection.covers(seen), by_kubernetes(selection, seen)) == (covered, covered)
    assert from_json(selection.to_json()) == selection


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"labels": 1, "pools": null, "systems": null}'])
def test_what_is_no_selection(text: str) -> None:
    assert from_json(text) is None


def test_virtual_and_windows_nodes_are_not_covered() -> None:
    assert not Selection().covers(SeenNode("n1", True, {}, applicable=False))


def test_what_is_refused_before_anything_is_asked() -> None:
    for seen in (node(routing="true"), node(cilium="cilium")):
        with pytest.raises(DataplaneError, match="n1"):
            check_nodes_fit(Selection(), [seen])
    check_nodes_fit(Selection(pools=("db",)), [node(routing="true")])
    check_nodes_fit(Selection(cilium=True), [node(cilium="cilium")])
    with pytest.raises(DataplaneError, match="unattended: n1"):
        check_narrowed(Selection(pools=("db",)), [node(pool="web")], {"n1"})
    check_narrowed(Selection(pools=("db",)), [node(pool="web")], {"n2"})


def other(*tables: str, port: int = 0, selection: Selection | None = None) -> LiveSet:
    return LiveSet("x", "other", "keeper", "amd64", "keep", "", "", "", "", "", tables, port, selection or Selection(), True, 0, 0, False)


def test_one_table_of_two_rulesets() -> None:
    nodes = [node(pool="db")]
    check_overlap(["inet a"], Selection(), nodes, [other("inet b")])
    check_overlap(["inet a"], Selection(), nodes, [other("inet a", selection=Selection(pools=("web",)))])
    with pytest.raises(DataplaneError, match="The ruleset other declares table inet a, too, and is for node n1 as well"):
        check_overlap(["inet a"], Selection(), nodes, [other("inet a")])


def test_each_ruleset_has_a_port() -> None:
    port = choose_port("base", ())
    assert choose_port("base", ()) == port
    assert choose_port("base", [other(port=port)]) == 19840 + (port - 19840 + 1) % 100
