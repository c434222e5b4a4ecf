# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server that is given for a whole play, and is that of one cluster: the others are refused before anything is written."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from tests.support.fleet import KUBE_PROXY, Fleet
from tests.support.modules import run_module
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator


def home(simulator: Simulator, name: str) -> str:
    """Of the nodes of a cluster, as Azure spells it."""
    cluster = simulator.cluster(name)
    return f"/subscriptions/{cluster['id'].split('/')[2]}/resourceGroups/{cluster['properties']['nodeResourceGroup']}"


def token_of(simulator: Simulator, name: str) -> dict[str, str]:
    """The API server of a cluster, as AWX's credential type for Kubernetes gives it to a play."""
    document = yaml.safe_load(pathlib.Path(simulator.kubeconfig(name)).read_text(encoding="utf-8"))
    server, token = document["clusters"][0]["cluster"]["server"], document["users"][0]["user"]["token"]
    return {"K8S_AUTH_HOST": server, "K8S_AUTH_API_KEY": token, "K8S_AUTH_VERIFY_SSL": "False"}


def written(simulator: Simulator) -> list[tuple[str, str]]:
    """What was asked besides reading, of Azure and of the API servers; the sign-in is none of it."""
    return [(one["method"], one["path"]) for one in simulator.log() if one["kind"] in ("arm", "kube") and one["method"] != "GET"]


MODULES: dict[str, dict[str, t.Any]] = {
    "aks_dataplane_status_info": {"mode": "IPTABLES"},
    "aks_nodes_info": {},
    "aks_nodes_probe": {},
}


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_knows_where_the_nodes_have_to_be_refuses_others(
    simulator: Simulator, azure_env: dict[str, str], module: str
) -> None:
    options = {"resource_group": simulator.resource_group, "name": "aks-a", "kubeconfig": simulator.kubeconfig("aks-b"), **MODULES[module]}
    simulator.clear_log()
    refused = run_module(module, {**options, "node_resource_group_id": home(simulator, "aks-a")}, env=azure_env)
    assert refused["failed"], refused
    assert refused["error"]["code"] == "OtherCluster"
    assert f"mc_{simulator.resource_group}_aks-b_" in refused["msg"].lower()
    assert f"MC_{simulator.resource_group}_aks-a_" in refused["msg"]
    assert "K8S_AUTH_HOST" in refused["msg"]
    assert written(simulator) == []
    # Azure and the cloud provider spell it differently.
    own = run_module(module, {**options, "node_resource_group_id": home(simulator, "aks-b").upper()}, env=azure_env)
    assert not own.get("failed"), own


def test_a_preflight_knows_it_from_azure(simulator: Simulator, azure_env: dict[str, str]) -> None:
    options = {"resource_group": simulator.resource_group, "kubeconfig": simulator.kubeconfig("aks-b"), "mode": "NFTABLES"}
    refused = run_module("aks_preflight_info", {**options, "name": "aks-a"}, env=azure_env)
    assert refused["error"]["code"] == "OtherCluster", refused
    own = run_module("aks_preflight_info", {**options, "name": "aks-b"}, env=azure_env)
    assert own["cluster"]["node_resource_group_id"] == home(simulator, "aks-b")


@pytest.mark.parametrize("shown", ["nodes without an id", "nodes that may not be read"])
def test_what_does_not_show_is_not_refused(simulator: Simulator, azure_env: dict[str, str], shown: str) -> None:
    if shown == "nodes that may not be read":
        simulator.kube("aks-b", deny=["/api/v1/nodes$"])
    else:
        simulator.kube("aks-b", nodes={node["name"]: {"spec": {"providerID": ""}} for node in simulator.nodes("aks-b")})
    options = {"resource_group": simulator.resource_group, "name": "aks-a", "kubeconfig": simulator.kubeconfig("aks-b"), "mode": "NFTABLES"}
    result = run_module("aks_preflight_info", options, env=azure_env)
    assert not result.get("failed"), result


@pytest.mark.parametrize("look", ["auto", "none", "pods"])
def test_one_api_server_for_all_clusters_of_a_play_changes_only_its_own(simulator: Simulator, tmp_path: pathlib.Path, look: str) -> None:
    fleet = Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))
    fleet.variables |= {"aks_dataplane_node_look": look, "aks_dataplane_max_fail_percentage": 100}
    simulator.clear_log()
    run = run_playbook(KUBE_PROXY, fleet.inventory, env={**simulator.environment(), **token_of(simulator, "aks-b")})
    assert run.returncode == 2
    assert set(run.failures()) == {"aks-a"}, run.stdout + run.stderr
    assert "is that of another cluster" in run.failures()["aks-a"]
    assert "Nothing was changed in the cluster." in run.failures()["aks-a"]
    assert (fleet.modes("aks-a"), fleet.modes("aks-b")) == ({"iptables"}, {"nftables"})
    puts = [path for method, path in written(simulator) if method == "PUT"]
    assert len(puts) == 1
    assert puts[0].endswith("/aks-b")
    made = [one["path"] for one in simulator.log() if one["method"] == "POST" and "/daemonsets" in one["path"] and "dryRun" not in str(one)]
    assert len(made) == (2 if look == "pods" else 0), "pods are made by the run of the right cluster alone, before its change and after it"


def test_the_switch_by_itself_is_refused_before_it_begins(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    """No preflight has looked: the look that will verify the change does."""
    fleet = Fleet(simulator, tmp_path / "runs")
    fleet.variables["aks_dataplane_kubeconfig"] = simulator.kubeconfig("aks-b")
    include = {"name": "Switch", "ansible.builtin.include_role": {"name": "aks.dataplane.switchover"}}
    run = fleet.run([{"name": "Own", "hosts": "all", "connection": "local", "gather_facts": False, "tasks": [include]}])
    assert run.returncode == 2
    assert "is that of another cluster" in run.stdout
    assert [method for method, _path in fleet.writes() if method == "PUT"] == []
