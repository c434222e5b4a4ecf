# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of private clusters by AKS's run command: one for each cluster, and none where that is not allowed, which fails nothing."""

from __future__ import annotations

import collections
import json
import pathlib
import typing as t

import pytest

from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import Simulator

PLAYBOOK = "aks.dataplane.audit"
CLUSTERS = ("aks-a", "aks-b", "aks-off")
# What differs from one audit to the next without a reason.
ENTRY = ("network", "kubernetes", "nodes", "nftables", "ebpf_host_routing", "probe_leftovers")

Entries = dict[str, dict[str, t.Any]]
Audit = t.Callable[..., tuple[PlaybookRun, Entries]]


@pytest.fixture
def clusters(simulator: Simulator) -> Simulator:
    """aks-a and aks-b, and one whose run command is disabled. What an interrupted probe left is on aks-b."""
    simulator.reset()
    simulator.make_cluster("aks-off", patch={"properties": {"apiServerAccessProfile": {"disableRunCommand": True}}})
    labels = {"app.kubernetes.io/managed-by": "aks.dataplane", "app.kubernetes.io/component": "look", "aks.dataplane/run": "r1"}
    metadata = {"name": "old", "namespace": "aks-dataplane", "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"}
    left = {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": metadata, "spec": {"template": {"spec": {}}}}
    simulator.kube("aks-b", made={"objects": {"/apis/apps/v1/namespaces/aks-dataplane/daemonsets/old": left}})
    simulator.clear_log()
    return simulator


@pytest.fixture
def audit(clusters: Simulator, tmp_path: pathlib.Path) -> Audit:
    def run(*, check: bool = False, hosts: t.Sequence[str] = CLUSTERS, **extra_vars: t.Any) -> tuple[PlaybookRun, Entries]:
        file = tmp_path / "audit.json"
        file.unlink(missing_ok=True)
        inventory = {"all": {"hosts": {name: {} for name in hosts}, "vars": {"aks_dataplane_resource_group": clusters.resource_group}}}
        variables = {"aks_dataplane_audit_file": str(file), **extra_vars}
        found = run_playbook(PLAYBOOK, inventory, extra_vars=variables, env=clusters.environment(), check=check)
        assert "Traceback" not in found.stdout + found.stderr
        entries = json.loads(file.read_text(encoding="utf-8"))["clusters"] if file.exists() else []
        return found, {one["host"]: one for one in entries}

    return run


def commands(simulator: Simulator) -> dict[str, int]:
    """How many each cluster was sent."""
    paths = [entry["path"] for entry in simulator.log(kind="arm") if entry["path"].endswith("/runCommand")]
    return dict(collections.Counter(path.rsplit("/", 2)[1] for path in paths))


def direct(simulator: Simulator) -> list[str]:
    """What only a direct connection needs."""
    return [entry["path"] for entry in simulator.log() if entry["path"].endswith("listClusterUserCredential")]


def test_one_command_for_each_cluster_brings_what_a_direct_connection_shows(clusters: Simulator, audit: Audit) -> None:
    directly, known = audit()
    assert directly.returncode == 0, directly.stdout + directly.stderr
    clusters.clear_log()
    run, entries = audit(aks_dataplane_kubernetes_via="Command")
    assert run.returncode == 0, run.stdout + run.stderr
    for name in ("aks-a", "aks-b"):
        assert entries[name]["kubernetes"] == {"checked": True, "reason": ""}
        assert {key: entries[name][key] for key in ENTRY} == {key: known[name][key] for key in ENTRY}
    assert entries["aks-b"]["probe_leftovers"] == ["DaemonSet aks-dataplane/old"]
    assert commands(clusters) == {"aks-a": 1, "aks-b": 1}
    assert direct(clusters) == []


def test_a_cluster_whose_run_command_is_disabled_is_named_and_audited_without(clusters: Simulator, audit: Audit) -> None:
    run, entries = audit(aks_dataplane_kubernetes_via="command")
    assert run.returncode == 0, run.stdout + run.stderr
    assert entries["aks-off"]["kubernetes"] == {
        "checked": False,
        "reason": "The run command of cluster aks-off is disabled (disableRunCommand).",
    }
    assert entries["aks-off"]["nftables"]["verdict"] == "unknown"
    assert "The run command of cluster aks-off is disabled" in run.stdout
    assert "aks-off" not in commands(clusters)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "forbidden", "path": "managedClusters/aks-a/runCommand"}, "runCommand"),
        ({"kind": "run_command_failed", "path": "aks-a"}, "podStatus=Pending"),
    ],
    ids=["no-right", "no-room-for-the-pod"],
)
def test_a_command_that_cannot_be_run_fails_nothing(clusters: Simulator, audit: Audit, fault: dict[str, t.Any], reason: str) -> None:
    clusters.fault(fault.pop("kind"), times=None, **fault)
    run, entries = audit(hosts=("aks-a", "aks-b"), aks_dataplane_kubernetes_via="command")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not entries["aks-a"]["kubernetes"]["checked"]
    assert reason in entries["aks-a"]["kubernetes"]["reason"]
    assert entries["aks-b"]["kubernetes"]["checked"]


def test_in_check_mode_only_with_consent(clusters: Simulator, audit: Audit) -> None:
    hosts, command = ("aks-a",), {"aks_dataplane_kubernetes_via": "command"}
    run, _none = audit(check=True, hosts=hosts, **command)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "set aks_dataplane_command_in_check_mode to true" in " ".join(run.stdout.split())
    assert (commands(clusters), direct(clusters)) == ({}, [])
    run, _none = audit(check=True, hosts=hosts, **command, aks_dataplane_command_in_check_mode=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (commands(clusters), direct(clusters)) == ({"aks-a": 1}, [])


def test_another_way_is_refused(clusters: Simulator, audit: Audit) -> None:
    run, _none = audit(hosts=("aks-a",), aks_dataplane_kubernetes_via="tunnel")
    assert run.returncode != 0
    assert "value of aks_dataplane_kubernetes_via must be one of: direct, command, got: tunnel" in " ".join(run.stdout.split())
    assert (commands(clusters), direct(clusters)) == ({}, [])
