# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The look at the nodes in an audit: what is found, that nothing stays, and that what cannot be had fails nothing; and what earlier looks have left."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.support.cilium_cluster import NODES
from tests.support.modules import run_module
from tests.support.playbooks import run_playbook
from tests.support.simulator import OTHER_NAMESPACE, Simulator

RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
OF_NODES = {"KP17", "KP18", "KP19", "KP22"}
LABELS = {"app.kubernetes.io/managed-by": "aks.dataplane", "app.kubernetes.io/component": "look", "aks.dataplane/run": "r1"}


class Audit:
    """Runs the module on one cluster of the simulator."""

    def __init__(self, simulator: Simulator, env: dict[str, str]) -> None:
        self.simulator, self.env = simulator, env

    def __call__(self, look: str = "", check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """The result, whose entry says what was seen."""
        where = {"resource_group": self.simulator.resource_group, "name": "aks-a", **({"node_look": look} if look else {})}
        result = run_module("aks_audit", {**where, **options}, check=check, env=self.env)
        assert not result.get("failed"), result
        return result

    def on_nodes(self) -> list[str]:
        """What was done there, or asked whether it may be."""
        ours = ("/exec", "selfsubject", "/namespaces/aks-dataplane/daemonsets", "/log")
        return [one["path"] for one in self.simulator.log() if any(part in one["path"] for part in ours)]

    def created(self) -> list[str]:
        return [one["path"] for one in self.simulator.log() if one["method"] == "POST" and "/namespaces/" in one["path"]]


@pytest.fixture
def audit(simulator: Simulator, azure_env: dict[str, str]) -> Audit:
    simulator.kube("aks-a", user_rules={NODES[1]: [RULE]})
    simulator.clear_log()
    return Audit(simulator, azure_env)


def unchecked(entry: dict[str, t.Any]) -> set[str]:
    return {one["id"] for one in entry["nftables"]["findings"] if one["not_checked"]}


def test_by_default_no_node_is_looked_at(audit: Audit) -> None:
    result = audit()
    assert audit.on_nodes() == []
    assert result["entry"]["node_look"] == {"asked": "none", "reason": ""}
    assert unchecked(result["entry"]) >= OF_NODES
    # Nobody wanted them to be checked.
    assert not OF_NODES & {*result["entry"]["nftables"]["not_checked"]}


@pytest.mark.parametrize("look", ["auto", "exec", "pods"])
def test_rules_about_nodes_are_checked_and_nothing_stays(audit: Audit, look: str) -> None:
    result = audit(look)
    entry = result["entry"]
    assert {name: entry["node_look"][name] for name in ("asked", "reason", "counts")} == {
        "asked": look,
        "reason": "",
        "counts": {"seen": 3},
    }
    assert not OF_NODES & unchecked(entry)
    assert {one["id"] for one in entry["nftables"]["findings"] if NODES[1] in json.dumps(one)} >= {"KP18"}
    assert "  nodes inspected: 3 seen" in result["lines"]
    if look == "pods":
        assert not unchecked(entry) & {"KP16"}
        assert (
            run_module("aks_nodes_probe", {"resource_group": audit.simulator.resource_group, "name": "aks-a"}, env=audit.env)["swept"] == []
        )
    else:
        assert audit.created() == []


@pytest.mark.parametrize(
    ("look", "options", "reason"),
    [
        ("ssh", {}, "through Kubernetes only"),
        ("auto", {"exec": False}, "aks_dataplane_exec is false"),
        ("exec", {"kubernetes_via": "command"}, "too small for a look at the nodes"),
        ("pods", {"check": True}, "in check mode no pod is created"),
        ("pods", {"kubernetes": False}, "could not be asked"),
        ("pods", {"node_look_namespace": OTHER_NAMESPACE}, OTHER_NAMESPACE),
    ],
)
def test_a_look_that_cannot_be_had_is_a_reason(audit: Audit, look: str, options: dict[str, t.Any], reason: str) -> None:
    result = audit(look, **options)
    entry = result["entry"]
    assert reason in entry["node_look"]["reason"]
    assert (entry["error"], "counts" in entry["node_look"]) == ("", False)
    assert {*entry["nftables"]["not_checked"]} >= OF_NODES
    assert entry["nftables"]["verdict"] == "unknown"
    assert "nodes not inspected: " in " ".join(result["lines"])
    assert [path for path in audit.on_nodes() if OTHER_NAMESPACE not in path] == []


@pytest.mark.parametrize("look", ["auto", "exec"])
def test_without_the_right_it_says_what_would_grant_it(audit: Audit, look: str) -> None:
    audit.simulator.kube("aks-a", deny=["/exec"])
    reason = audit(look)["entry"]["node_look"]["reason"]
    assert "pods/exec" in reason
    assert ("create role aks-dataplane-exec" in reason) == (look == "auto")


PROBER = {"app.kubernetes.io/component": "prober"}


def left(kind: str, namespace: str = "aks-dataplane", **labels: str) -> dict[str, dict[str, t.Any]]:
    """An object of a run that is over, by its path."""
    group, version, plural = {"DaemonSet": ("apis", "apps/v1", "daemonsets"), "ConfigMap": ("api", "v1", "configmaps")}[kind]
    metadata = {"name": "old", "namespace": namespace, "labels": LABELS | labels, "creationTimestamp": "2026-01-01T00:00:00Z"}
    spec = {"spec": {"template": {"spec": {}}}} if kind == "DaemonSet" else {}
    return {f"/{group}/{version}/namespaces/{namespace}/{plural}/old": {"kind": kind, "apiVersion": version, "metadata": metadata, **spec}}


@pytest.mark.parametrize(
    ("made", "options", "named"),
    [
        (left("ConfigMap"), {}, ["ConfigMap aks-dataplane/old"]),
        (left("ConfigMap", **PROBER), {}, ["ConfigMap aks-dataplane/old"]),
        (left("ConfigMap") | left("DaemonSet"), {}, ["ConfigMap aks-dataplane/old", "DaemonSet aks-dataplane/old"]),
        (left("DaemonSet", OTHER_NAMESPACE), {}, [f"DaemonSet {OTHER_NAMESPACE}/old"]),
        (left("ConfigMap", OTHER_NAMESPACE), {"node_look_namespace": OTHER_NAMESPACE}, [f"ConfigMap {OTHER_NAMESPACE}/old"]),
        (left("ConfigMap"), {"kubernetes_via": "command"}, ["ConfigMap aks-dataplane/old"]),
        (left("ConfigMap") | left("DaemonSet"), {"deny": ["/configmaps"]}, ["DaemonSet aks-dataplane/old"]),
    ],
    ids=["lone-configmap", "of-a-prober", "both", "another-namespace", "its-configmap", "by-command", "no-right"],
)
def test_what_interrupted_looks_left_is_named(audit: Audit, made: dict[str, t.Any], options: dict[str, t.Any], named: list[str]) -> None:
    audit.simulator.kube("aks-a", made={"objects": made}, deny=options.pop("deny", []))
    result = audit(**options)
    assert result["entry"]["probe_leftovers"] == named
    assert f"left by interrupted runs: {', '.join(named)}." in " ".join(" ".join(result["lines"]).split())


def test_the_playbook_shows_it(audit: Audit, tmp_path: pathlib.Path) -> None:
    simulator, file = audit.simulator, tmp_path / "audit.json"
    hosts = {"aks-a": {}, "aks-b": {"aks_dataplane_node_look": "pods"}}
    inventory = {
        "all": {"hosts": hosts, "vars": {"aks_dataplane_resource_group": simulator.resource_group, "aks_dataplane_node_look": "Exec"}}
    }
    run = run_playbook("aks.dataplane.audit", inventory, extra_vars={"aks_dataplane_audit_file": str(file)}, env=simulator.environment())
    assert run.returncode == 0, run.stdout + run.stderr
    entries = {one["host"]: one for one in json.loads(file.read_text(encoding="utf-8"))["clusters"]}
    assert {host: (one["node_look"]["asked"], one["node_look"]["counts"]) for host, one in entries.items()} == {
        "aks-a": ("exec", {"seen": 3}),
        "aks-b": ("pods", {"seen": 3}),
    }
    assert "KP18" in run.stdout
    assert "nodes inspected: 3 seen" in run.stdout
