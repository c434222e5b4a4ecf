# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for the tables of all nodes of clusters: what it shows, what makes it fail, and what it leaves alone."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun
from tests.support.simulator import Simulator

PLAYBOOK = "aks.dataplane.cluster_ruleset"
MODULE = "aks_node_ruleset"
RULES = "table inet base {\n    chain input {\n        type filter hook input priority filter;\n        tcp dport 22 drop\n    }\n}\n"
# What a node in trouble does not bear.
CUTTING = RULES.replace("22", "10250")

pytestmark = pytest.mark.slow


class Clusters(Fleet):
    playbook = PLAYBOOK
    declared: t.Mapping[str, t.Any] = {
        "aks_dataplane_ruleset_name": "base",
        "aks_dataplane_ruleset_content": RULES,
        "aks_dataplane_ruleset_max_unavailable": 3,
    }

    def states(self, run: PlaybookRun) -> dict[str, dict[str, str]]:
        """Of each node, by cluster."""
        found: dict[str, dict[str, str]] = run.custom["_run"]["aks_dataplane_cluster_ruleset"]
        return found

    def kept(self, cluster: str = "aks-a") -> set[str | None]:
        """Digests of the tables that the nodes have."""
        return {node["rulesets"].get("base") for node in self.simulator.nodes(cluster)}

    def trouble(self, what: str, cluster: str = "aks-a") -> str:
        """The name of the node that has it."""
        name = str(self.simulator.nodes(cluster)[1]["name"])
        self.simulator.kube(cluster, made={"keeper_troubles": {name: what}})
        return name


@pytest.fixture
def clusters(simulator: Simulator, tmp_path: pathlib.Path) -> Clusters:
    return Clusters(simulator, tmp_path / "runs", ("aks-a", "aks-b"))


def test_from_nothing_to_removal(clusters: Clusters) -> None:
    """And a scheduled look that fails for a node on which the tables are not as declared."""
    del clusters.hosts["aks-b"]
    planned = clusters.run(check=True)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "aks-a: Create the ruleset base on 3 nodes, 3 at a time." in planned.stdout
    assert clusters.kept() == {None}

    run = clusters.run()
    assert run.returncode == 0, run.stdout + run.stderr
    assert "aks-a: the ruleset base is as declared on 3 of 3 nodes" in run.stdout
    assert [set(nodes.values()) for nodes in clusters.states(run).values()] == [{"as declared"}]
    assert run.stats["aks-a"]["changed"] == 1

    again = clusters.run(check=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stats["aks-a"]["changed"] == 0

    name = str(clusters.simulator.nodes("aks-a")[1]["name"])
    clusters.simulator.kube("aks-a", nodes={name: {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}})
    look = clusters.run(check=True)
    assert look.returncode == 2
    assert f"aks-a is not as declared: not ready (the node is not ready): {name}." in look.stdout
    clusters.simulator.kube("aks-a", nodes={name: {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}})

    gone = clusters.run(aks_dataplane_ruleset_state="absent")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert clusters.kept() == {None}


def test_a_cluster_that_is_rolled_back_leaves_the_next_waves_alone(clusters: Clusters) -> None:
    name = clusters.trouble("undoes")
    run = clusters.run(aks_dataplane_ruleset_content=CUTTING)
    assert run.returncode == 2
    (failure,) = run.results(action=MODULE)
    assert failure["error"]["code"] == "RulesetRolledBack"
    assert name in failure["msg"]
    assert "aks-a: the task Declare the ruleset of the cluster failed, as shown above." in run.stdout
    assert clusters.kept() == clusters.kept("aks-b") == {None}


def test_a_wrong_declaration_of_one_stops_all_before_any_is_asked(clusters: Clusters) -> None:
    clusters.hosts["aks-b"] = {"aks_dataplane_ruleset_state": "pausd"}
    clusters.simulator.clear_log()
    run = clusters.run()
    assert run.returncode == 2
    assert "aks_dataplane_ruleset_state must be one of: present, absent, paused, got: pausd. Did you mean paused?" in run.stdout
    assert clusters.simulator.log() == []


def test_it_never_changes_the_controller(clusters: Clusters) -> None:
    run = clusters.run(aks_dataplane_ruleset_delivery="ssh")
    assert run.returncode == 2
    assert "this playbook is for kubernetes. Run aks.dataplane.node_ruleset" in run.stdout
    assert run.results(action="node_nftables_ruleset") == []


def test_objects_for_gitops(clusters: Clusters, tmp_path: pathlib.Path) -> None:
    clusters.simulator.clear_log()
    file = tmp_path / "firewall.yaml"
    run = clusters.run(aks_dataplane_ruleset_render_to=str(file), arguments=["--limit", "aks-a"])
    assert run.returncode == 0, run.stdout + run.stderr
    assert "kind: DaemonSet" in file.read_text(encoding="utf-8")
    assert clusters.simulator.log() == []
