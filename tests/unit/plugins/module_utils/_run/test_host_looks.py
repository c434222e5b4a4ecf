# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are hosts of the inventory as well: when they are looked at, and what a run and its record have of that."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import leftovers
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import begin, call, can_fail, judge
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import Given, Step
from ansible_collections.aks.dataplane.plugins.module_utils._run.host_looks import joined
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

SETTINGS = Settings(
    host="blue",
    cluster="aks-a",
    resource_group="rg",
    declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}},
    node_group="nodes",
    groups={"nodes": ("h1", "h2"), "none": ()},
)
BEFORE = Run(number=1, subject="kube_proxy", open=True, phase="preflight")
AFTER = Run(number=2, subject="kube_proxy", open=True, phase="verification", switch={"changed": True})
CHAIN = {"of": "iptables", "kind": "chain", "name": "KUBE-SVC-*"}


def seen(*left: dict[str, str], unread: t.Sequence[dict[str, str]] = (), **more: t.Any) -> dict[str, t.Any]:
    """As node_dataplane_info returns it."""
    return {"changed": False, "kernel": "6.8.0", "kube_proxy": {"mode": "ipvs", "leftovers": [*left]}, "unread": [*unread], **more}


def by_kubernetes(grant: str = "", **states: str) -> dict[str, t.Any]:
    """As aks_nodes_info returns it."""
    nodes = [{"name": name, "state": state, "reason": "" if state == "seen" else "it is gone"} for name, state in states.items()]
    return {"grant": grant, "nodes": nodes, "observations": {name: seen(via="exec") for name, state in states.items() if state == "seen"}}


UNREACHED = {"unreachable": True, "msg": "No route to host."}


@pytest.mark.parametrize(
    ("changes", "module", "hosts"),
    [
        ({}, "aks.dataplane.aks_nodes_info", ("h1", "h2")),
        ({"node_look": "ssh"}, "", ("h1", "h2")),
        ({"exec": False}, "", ("h1", "h2")),
        ({"kubernetes": False}, "", ("h1", "h2")),
        ({"kubernetes_via": "command"}, "", ("h1", "h2")),
        ({"node_look": "exec"}, "aks.dataplane.aks_nodes_info", ()),
        ({"node_look": "pods"}, "aks.dataplane.aks_nodes_probe", ()),
        ({"node_look": "none"}, None, None),
        ({"node_look": "ssh", "node_group": "none"}, None, None),
        ({"node_look": "ssh", "node_group": "nowhere"}, None, None),
        ({"node_look": "ssh", "node_group": ""}, None, None),
    ],
)
@pytest.mark.parametrize("run", [BEFORE, AFTER], ids=["before", "after"])
def test_the_hosts_of_the_group_are_looked_at_before_and_after(
    run: Run, changes: dict[str, t.Any], module: str | None, hosts: tuple[str, ...] | None
) -> None:
    given = Given(phase="preflight") if run is BEFORE else Given()
    found = call("nodes", Step(run), dataclasses.replace(SETTINGS, **changes), given)
    assert (found and found.module, found and found.hosts) == (module, hosts)
    if found and found.hosts:
        assert found.on_hosts == {"monitor_lines": False}


@pytest.mark.parametrize("look", ["pods", "exec", "ssh"])
def test_a_role_by_itself_looks_with_what_is_known_of_the_cluster(look: str) -> None:
    """Its run is only known to be about a data plane when its phase begins."""
    run = Run(number=1, home="/subscriptions/s/resourceGroups/MC")
    found = call("nodes", Step(run), dataclasses.replace(SETTINGS, node_look=look), Given(phase="preflight"))
    assert found is not None
    assert found.options.get("node_resource_group_id") == (None if look == "ssh" else run.home)


def test_a_role_by_itself_shows_with_its_findings_why_nodes_were_not_looked_at() -> None:
    looked = judge("nodes", Run(number=1), SETTINGS, by_kubernetes(grant="kubectl create role x")).run
    result = {"findings": [], "passed": True, "waivers": [], "cluster": {"id": "/subscriptions/s/x"}}
    shown = judge("preflight", begin("preflight", looked, SETTINGS, Given(phase="preflight")).run, SETTINGS, result).shown
    assert any("kubectl create role x" in line for line in shown), shown


@pytest.mark.parametrize("home", ["", "/subscriptions/s/resourceGroups/MC"])
@pytest.mark.parametrize("look", ["pods", "exec", "auto", "ssh", "none"])
def test_azure_is_asked_first_where_pods_would_be_created(look: str, home: str) -> None:
    found = call(
        "cluster", Step(dataclasses.replace(BEFORE, home=home)), dataclasses.replace(SETTINGS, node_look=look), Given(phase="preflight")
    )
    assert (found is not None) is (look == "pods" and not home)
    answer = {"clusters": [{"name": "aks-a", "node_resource_group_id": "/g"}]}
    assert judge("cluster", BEFORE, SETTINGS, answer).run.home == "/g"
    assert judge("cluster", BEFORE, SETTINGS, {"clusters": []}).run.home == ""


@pytest.mark.parametrize(
    ("result", "looked", "states"),
    [
        ({}, {"n1": seen(), "n2": UNREACHED}, {"n1": "seen", "n2": "not_seen"}),
        (by_kubernetes(n1="seen", n2="not_seen", n3="seen"), {"n2": seen()}, {"n1": "seen", "n2": "seen", "n3": "seen"}),
        # What Kubernetes shows is there, where the host itself does not answer.
        (by_kubernetes(n1="seen"), {"n1": UNREACHED}, {"n1": "seen"}),
        (by_kubernetes(n1="not_seen"), {"n1": {"failed": True}}, {"n1": "not_seen"}),
        (by_kubernetes(), {"n1": seen(unread=[{"what": "tables", "reason": "no"}])}, {"n1": "partly_seen"}),
        ({"failed": True, "msg": "No answer."}, {"n1": seen()}, {"n1": "seen"}),
    ],
)
def test_both_looks_are_one(result: dict[str, t.Any], looked: dict[str, t.Any], states: dict[str, str]) -> None:
    found = joined(result, looked)
    assert {node["name"]: node["state"] for node in found["nodes"]} == states
    assert set(found["observations"]) == {name for name, state in states.items() if state != "not_seen"}
    assert not found.get("failed")
    assert sum(found["counts"].values()) == len(states)


def test_what_the_node_shows_itself_counts_more() -> None:
    found = joined(by_kubernetes(n1="seen"), {"n1": seen(CHAIN)})
    assert found["observations"]["n1"]["kube_proxy"]["leftovers"] == [CHAIN]


def test_the_record_and_the_verdict_have_them() -> None:
    for run, part in ((BEFORE, "before"), (AFTER, "after")):
        step = judge("nodes", run, SETTINGS, joined({}, {"n1": seen(CHAIN), "n2": seen(), "n3": UNREACHED}))
        assert step.note is not None
        look = step.note.options["looks"][part]
        assert look["counts"] == {"not_seen": 1, "seen": 2}
        assert look["leftovers"] == [{"mode": "IPTABLES", "things": ["chain KUBE-SVC-*"], "nodes": ["n1"]}]
        assert look["not_seen"] == [{"reason": "No route to host.", "nodes": ["n3"]}]
    assert leftovers.extent(step.run.leftovers) == "leftovers of IPTABLES on 1 of 2 nodes: n1, not checked on 1"


@pytest.mark.parametrize("run", [BEFORE, AFTER], ids=["before", "after"])
@pytest.mark.parametrize(("answer", "reason"), [(UNREACHED, "No route to host."), ({}, "no reason was given.")])
def test_a_host_that_is_not_reached_is_shown_once(run: Run, answer: dict[str, t.Any], reason: str) -> None:
    step = judge("nodes", run, SETTINGS, joined(by_kubernetes(n1="seen"), {"n2": answer}))
    line = f"aks-a: the node n2 could not be inspected, so the checks that need the node itself are skipped: {reason}"
    assert [*step.shown, *step.run.look_lines] == [line]


def test_that_commands_may_not_be_run_is_said_with_what_is_inspected_instead() -> None:
    step = judge("nodes", AFTER, SETTINGS, joined(by_kubernetes(grant="kubectl create"), {"n1": seen()}))
    assert step.shown[0].startswith("aks-a: only the hosts of nodes are inspected, because the account may not run commands")
    assert step.note is not None
    assert step.note.options["looks"]["after"]["not_seen"] == [{"reason": "commands may not be run in the pods of AKS", "nodes": []}]


def test_an_api_server_that_does_not_answer_takes_nothing_of_the_hosts_away() -> None:
    assert not can_fail("nodes", BEFORE, SETTINGS)
    step = judge("nodes", AFTER, SETTINGS, joined({"failed": True, "msg": "No answer."}, {"n1": seen()}))
    assert [*step.shown] == ["aks-a: the nodes could not be inspected through Kubernetes: No answer."]
    assert leftovers.extent(step.run.leftovers) == "leftovers: none on 1 nodes"
