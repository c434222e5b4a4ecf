# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are looked at without ssh in a run: what is found, what is left after a switch, and what is said where commands may not be run."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import NODES
from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
OF_NODES = ("KP17", "KP18", "KP19", "KP22")


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    return Fleet(simulator, tmp_path / "runs", ("aks-a",))


def unchecked(fleet: Fleet) -> set[str]:
    (record,) = fleet.records()
    return {finding["id"] for finding in record["findings"] if finding["not_checked"]}


def test_a_rule_of_a_user_is_found_and_what_ipvs_leaves_is_named(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    ipvs = {"mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}}
    run = fleet.run(aks_dataplane_kube_proxy=ipvs, aks_dataplane_profile="current", aks_dataplane_ignore=["KP07"])
    assert run.returncode == 0, run.stdout + run.stderr
    assert not unchecked(fleet) & set(OF_NODES)
    # iptables and ipvs do not clean up behind each other.
    assert "leftovers of IPTABLES" in run.stdout or "leftovers of IPTABLES, IPVS" in run.stdout, run.stdout
    assert f"left on {NODES[0]} of IPTABLES: chain " in run.stdout
    writes = [entry for entry in fleet.simulator.log(kind="kube") if entry["method"] not in ("GET", "POST")]
    assert writes == [], "nothing is created"


def test_own_firewall_rules_are_found_before_the_switch(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    run = fleet.run(check=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "KP18" in run.stdout
    assert NODES[1] in run.stdout
    for rule in OF_NODES:
        assert f"{rule} not checked" not in run.stdout


def test_without_the_right_the_command_that_grants_it_is_shown(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", deny=["/exec"])
    run = fleet.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kubectl --namespace kube-system create role aks-dataplane-exec --verb=get,create --resource=pods/exec" in run.stdout
    assert unchecked(fleet) >= set(OF_NODES)
    assert "(leftovers: not checked)" in run.stdout


@pytest.mark.parametrize(
    "variables", [{"aks_dataplane_node_look": "none"}, {"aks_dataplane_exec": False}, {"aks_dataplane_node_look": "ssh"}]
)
def test_nothing_is_run_in_pods_where_that_is_not_wanted(fleet: Fleet, variables: dict[str, t.Any]) -> None:
    fleet.simulator.clear_log()
    run = fleet.run(check=True, **variables)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not [entry for entry in fleet.simulator.log() if "/exec" in entry["path"] or "selfsubject" in entry["path"]]


def test_asked_for_by_name_it_has_to_be_allowed(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", deny=["/exec"])
    run = fleet.run(aks_dataplane_node_look="exec")
    assert run.returncode != 0
    assert "pods/exec" in run.stdout
    assert fleet.writes() == []


def test_another_way_of_looking_is_refused(fleet: Fleet) -> None:
    run = fleet.run(aks_dataplane_node_look="daemonset")
    assert run.returncode != 0
    assert "aks_dataplane_node_look" in run.stdout
    assert "auto, exec, pods, ssh, none" in run.stdout


def test_temporary_pods_when_asked_for_by_name(fleet: Fleet) -> None:
    fleet.simulator.kube("aks-a", deny=["/exec"])
    run = fleet.run(aks_dataplane_node_look="pods")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not unchecked(fleet) & {"KP16", *OF_NODES}
    assert "(leftovers: not checked)" not in run.stdout
    left = [entry for entry in fleet.simulator.log(kind="kube") if entry["method"] == "DELETE"]
    assert {entry["path"].split("/")[-2] for entry in left} == {"configmaps", "daemonsets"}


def test_the_namespace_and_the_image_of_the_pods_can_be_set(fleet: Fleet) -> None:
    fleet.variables |= {"aks_dataplane_node_look_namespace": "aks-dataplane", "aks_dataplane_node_look_image": "registry.example/pause:1"}
    run = fleet.run(aks_dataplane_node_look="pods")
    assert run.returncode == 0, run.stdout + run.stderr
    made = [one["path"] for one in fleet.simulator.log(kind="kube") if one["method"] == "POST" and "/namespaces/" in one["path"]]
    assert {path.split("/namespaces/")[1].split("/")[0] for path in made} == {"aks-dataplane"}


def test_check_mode_creates_no_pods(fleet: Fleet) -> None:
    run = fleet.run(check=True, aks_dataplane_node_look="pods")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not [entry for entry in fleet.simulator.log(kind="kube") if "/namespaces/aks-dataplane/" in entry["path"]]


def test_pods_that_are_refused_stop_the_run_before_anything_is_changed(fleet: Fleet) -> None:
    refused = 'violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
    fleet.simulator.kube("aks-a", made={"refuse": {"pods": refused}})
    run = fleet.run(aks_dataplane_node_look="pods")
    assert run.returncode != 0
    assert "pod-security.kubernetes.io/enforce=privileged" in run.stdout + run.stderr
    assert not [entry for entry in fleet.simulator.log() if entry["method"] == "PUT"]
