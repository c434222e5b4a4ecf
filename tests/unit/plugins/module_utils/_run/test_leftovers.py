# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of what the former mode has left: none, some, or that nobody looked; and when it looks at all."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import leftovers
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import call, judge
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import Given, Step
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
AFTER = Run(number=1, subject="kube_proxy", open=True, phase="verification", switch={"changed": True})
CHAIN = {"of": "iptables", "kind": "chain", "name": "KUBE-SVC-*", "table": "nat", "family": "ipv4", "backend": "nf_tables", "count": 12}


def result(*unseen: str, **left: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    nodes = [{"name": name, "state": "seen", "reason": ""} for name in left]
    nodes += [{"name": name, "state": "not_seen", "reason": "it is gone"} for name in unseen]
    return {"observations": {name: {"kube_proxy": {"leftovers": items}} for name, items in left.items()}, "nodes": nodes, "grant": ""}


def holding(found: dict[str, t.Any], **rules: str) -> dict[str, t.Any]:
    """With a third-party rule on each of these nodes."""
    for name, rule in rules.items():
        found["observations"][name]["foreign_jumps"] = [{"rule": rule, "table": "nat", "chain": "X", "family": "ipv4"}]
    return found


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (result(), "leftovers: not checked"),
        (result("n1"), "leftovers: not checked"),
        ({"failed": True, "msg": "403"}, "leftovers: not checked"),
        (result(n1=[], n2=[]), "leftovers: none on 2 nodes"),
        (result("n3", n1=[], n2=[]), "leftovers: none on 2 nodes, not checked on 1"),
        (result(n1=[CHAIN, {**CHAIN, "family": "ipv6"}], n2=[]), "leftovers of IPTABLES on 1 of 2 nodes: n1"),
        (result(n1=[CHAIN], n2=[{**CHAIN, "of": "ipvs"}]), "leftovers of IPTABLES, IPVS on 2 of 2 nodes: n1, n2"),
        (
            holding(
                result("n4", n1=[CHAIN], n2=[CHAIN], n3=[]), n2="-A HOSTPORT -s 10.0.0.0/8 -j KUBE-MARK-MASQ", n3="-A IN -g KUBE-SERVICES"
            ),
            "leftovers of IPTABLES on 2 of 3 nodes: n1, n2, held by third-party rules: -A HOSTPORT -s 10.0.0.0/8 -j KUBE-MARK-MASQ "
            "(table nat, ipv4) on n2, not checked on 1",
        ),
    ],
)
def test_the_verdict_says_what_is_left(given: dict[str, t.Any], text: str) -> None:
    step = judge("nodes", AFTER, SETTINGS, given)
    assert leftovers.extent(step.run.leftovers) == text


def test_each_node_and_mode_is_named() -> None:
    step = judge("nodes", AFTER, SETTINGS, result("n3", n1=[CHAIN, {**CHAIN, "family": "ipv6"}]))
    assert list(step.shown) == [
        "aks-a: not everything could be seen on n3: it is gone.",
        "aks-a: left on n1 of IPTABLES: chain KUBE-SVC-*.",
    ]


def test_a_look_before_the_change_says_nothing_of_leftovers() -> None:
    step = judge("nodes", Run(subject="kube_proxy"), SETTINGS, result(n1=[CHAIN]))
    assert (list(step.shown), step.run.leftovers) == ([], {})


@pytest.mark.parametrize(
    ("changes", "run", "options"),
    [
        ({}, AFTER, {"if_allowed": True}),
        ({"node_look": "exec"}, AFTER, {"if_allowed": False}),
        ({"node_look": "exec", "exec": False}, AFTER, {"if_allowed": False}),
        ({"exec": False}, AFTER, None),
        ({"node_look": "pods"}, AFTER, {"monitor_lines": False}),
        ({"node_look": "pods", "exec": False}, AFTER, {"monitor_lines": False}),
        (
            {"node_look": "pods", "look_namespace": "looks", "look_image": "registry.example/pause:1"},
            AFTER,
            {"monitor_lines": False, "namespace": "looks", "image": "registry.example/pause:1"},
        ),
        ({"node_look": "exec", "look_namespace": "looks", "look_image": "registry.example/pause:1"}, AFTER, {"if_allowed": False}),
        ({"node_look": "pods"}, dataclasses.replace(AFTER, home="/g"), {"monitor_lines": False, "node_resource_group_id": "/g"}),
        ({"node_look": "exec"}, dataclasses.replace(AFTER, home="/g"), {"if_allowed": False, "node_resource_group_id": "/g"}),
        ({"node_look": "pods", "check_mode": True}, AFTER, None),
        ({"node_look": "pods", "kubernetes": False}, AFTER, None),
        ({"node_look": "none"}, AFTER, None),
        ({"node_look": "ssh"}, AFTER, None),
        ({"kubernetes": False}, AFTER, None),
        ({"kubernetes_via": "command"}, AFTER, None),
        ({"kubernetes_via": "command", "node_look": "exec"}, AFTER, None),
        ({"kubernetes_via": "command", "node_look": "pods"}, AFTER, None),
        ({"check_mode": True}, AFTER, None),
        ({}, dataclasses.replace(AFTER, switch={"changed": False}), None),
        ({}, dataclasses.replace(AFTER, subject="host_routing"), None),
    ],
)
def test_when_the_nodes_are_looked_at_after_a_change(changes: dict[str, t.Any], run: Run, options: dict[str, t.Any] | None) -> None:
    found = call("nodes", Step(run), dataclasses.replace(SETTINGS, **changes), Given())
    assert (found and found.options) == options


def test_pods_are_asked_for_by_name_only() -> None:
    modules = {
        look: call("nodes", Step(AFTER), dataclasses.replace(SETTINGS, node_look=look), Given()) for look in ("auto", "exec", "pods")
    }
    assert {look: found and found.module.rpartition(".")[2] for look, found in modules.items()} == {
        "auto": "aks_nodes_info",
        "exec": "aks_nodes_info",
        "pods": "aks_nodes_probe",
    }


def test_pods_that_could_not_be_removed_are_named() -> None:
    step = judge("nodes", AFTER, SETTINGS, {**result(n1=[]), "left": ["Pod look-1"]})
    assert any("could not all be removed: Pod look-1" in line for line in step.shown)
