# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows of awx/ roll back the same clusters whichever ids their nodes have, by which AWX merges the artifacts of jobs."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import outcome, returning
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run, Verdict

from tests.support.awx.data import yaml_of
from tests.support.awx.workflow import Json, Outcome, joining, walk

NODES = {workflow["name"]: workflow["simplified_workflow_nodes"] for workflow in yaml_of("awx/workflows.yml")["controller_workflows"]}
ORDERS = [
    pytest.param(name, ids, id=f"{name}, {' before '.join(ids)}")
    for name, nodes in NODES.items()
    for ids in itertools.permutations(joining(nodes))
]
FORMER = {"config": {"enabled": True, "mode": "IPVS"}}


def settings(host: str, node: str = "", extra_vars: Json | None = None) -> Settings:
    """Of the job of a node, which is handed C(extra_vars)."""
    about = {"inventory_hostname": host, "ansible_check_mode": node == "plan", "__aks_dataplane_going_back": node == "go_back"}
    return Settings.from_variables({**about, **(extra_vars or {})})


def artifacts(node: str, verdicts: dict[str, Verdict | str]) -> Json:
    """What the playbook of a node sets as statistics, as in roles/run_record/tasks/summary.yml and playbooks/verification.yml."""
    found: Json = {}
    for host, verdict in verdicts.items():
        if node == "verification":
            run = Run(story="" if verdict == "proved" else "No.")
        else:
            run = Run(open=True, subject="kube_proxy", former=FORMER, record_path="/r", verdict=verdict)  # type: ignore[arg-type]
        reported = outcome.statistics(run, settings(host, node))
        if node == "verification":
            reported = {"aks_dataplane_verdicts": reported["verification"], "aks_dataplane_step_verification": reported["step"]}
        for name, value in reported.items():
            found[name] = {**found.get(name, {}), **value}
    return found


def rolled_back(workflow: str, ids: tuple[str, ...], ends: dict[str, dict[str, str] | None]) -> list[str] | None:
    """The clusters that are rolled back; None when the workflow does not come to that. ends: of jobs, the verdicts of clusters; None for one that is lost."""
    decided: list[list[str]] = []

    def job(node: Json, extra_vars: Json) -> Outcome:
        name = node["identifier"]
        if name == "go_back":
            hosts = ("blue", "red", "green")
            decided.append([host for host in hosts if returning.going_back_to(settings(host, name, extra_vars)).variable])
            return Outcome("successful", artifacts(name, dict.fromkeys(decided[-1], "switched")))
        if name not in ends:
            return Outcome("successful")
        verdicts = ends[name]
        if verdicts is None:
            return Outcome("failed")
        good = {"planned", "switched", "unchanged", "proved"}
        return Outcome("successful" if set(verdicts.values()) <= good else "failed", artifacts(name, verdicts))

    nodes = NODES[workflow]
    others = [node["identifier"] for node in nodes if node["identifier"] not in ids]
    walk(nodes, {}, job, [*others, *ids])
    return decided[0] if decided else None


@pytest.mark.parametrize(("workflow", "ids"), ORDERS)
def test_whatever_the_ids_the_same_clusters_go_back(workflow: str, ids: tuple[str, ...]) -> None:
    def back(**ends: dict[str, str] | None) -> list[str] | None:
        return rolled_back(workflow, ids, {"plan": {"blue": "planned", "red": "planned", "green": "planned"}, **ends})

    switched = {"blue": "switched", "red": "switched", "green": "switched"}
    assert back(switch=switched, verification={"blue": "not_proved", "red": "proved", "green": "proved"}) == ["blue"]
    assert back(switch=switched, verification=dict.fromkeys(switched, "proved")) is None
    assert back(switch={"blue": "rolled_back", "red": "rollback_failed"}) == ["red"], "green was not reached"
    assert back(switch={"blue": "refused", "red": "switched", "green": "failed"}) == ["green"]
    assert back(switch=None) == ["blue", "red", "green"]
    assert back(switch=switched, verification=None) == [], "nobody has seen anything wrong"
