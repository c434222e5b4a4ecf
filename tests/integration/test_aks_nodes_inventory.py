# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin aks_nodes against the simulator, through ansible-inventory and a playbook."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from tests.support.inventory import Inventories, InventoryRun
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

LIST = "/api/v1/nodes"


class Nodes(Inventories):
    def source(self, name: str = "all.aks_nodes.yml", **options: t.Any) -> pathlib.Path:
        return self.write(options, name, "aks_nodes")

    def list(self, **options: t.Any) -> InventoryRun:
        return self.run(self.source(**options))

    def refusal(self, **options: t.Any) -> str:
        """What a source that fails prints, in one line."""
        run = self.run(self.source(**options), ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="1")
        assert run.returncode != 0
        return " ".join(run.stderr.split())


@pytest.fixture
def nodes(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Nodes]:
    simulator.reset()
    yield Nodes(tmp_path, simulator.environment())
    simulator.clear_faults()


def named(simulator: Simulator, cluster: str) -> list[str]:
    return sorted(node["name"] for node in simulator.nodes(cluster))


def test_the_nodes_of_every_cluster(simulator: Simulator, nodes: Nodes) -> None:
    simulator.make_cluster("aks-cilium", seed="cilium-acns")
    simulator.clear_log()

    run = nodes.list()

    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    everyone = [name for cluster in ("aks-a", "aks-b", "aks-cilium") for name in named(simulator, cluster)]
    unique = [name for name in everyone if everyone.count(name) == 1]
    assert len(run.group("aks_nodes")) == len(everyone)
    assert set(unique) <= set(run.group("aks_nodes"))
    assert len(run.group("nodes_aks_cilium")) == len(named(simulator, "aks-cilium"))
    host = run.hosts[run.group("nodes_aks_cilium")[0]]
    assert (host["aks_cluster"], host["aks_network_dataplane"], host["aks_host_routing"]) == ("aks-cilium", "cilium", "BpfVeth")
    assert (host["aks_node_os"], host["aks_node_architecture"], host["aks_node_ready"]) == ("linux", "amd64", True)
    assert host["aks_dataplane_node_name"] == host["aks_node_name"] == host["aks_node_labels"]["kubernetes.io/hostname"]
    assert host["aks_node_address"].count(".") == 3
    assert host["aks_node_image_version"].startswith("AKSAzureLinux")
    # One list of clusters in pages, and for each cluster its credentials; each API server is asked for its nodes only.
    asked = [f"/k8s/{cluster}{LIST}" for cluster in ("aks-a", "aks-b", "aks-cilium")]
    assert sorted(entry["path"] for entry in simulator.log(kind="kube")) == asked
    assert [entry["path"].rpartition("/")[2] for entry in simulator.log(kind="arm", method="POST")] == ["listClusterUserCredential"] * 3
    simulator.check_rights()


def test_two_clusters_whose_nodes_have_the_same_names(simulator: Simulator, nodes: Nodes) -> None:
    run = nodes.list(clusters=["aks-a", "AKS-B"])
    shared = set(named(simulator, "aks-a")) & set(named(simulator, "aks-b"))
    expected = {f"{name}.{cluster}" if name in shared else name for cluster in ("aks-a", "aks-b") for name in named(simulator, cluster)}
    assert set(run.group("aks_nodes")) == expected


def test_filters_groups_and_composed_variables(simulator: Simulator, nodes: Nodes) -> None:
    first, *others = named(simulator, "aks-a")
    simulator.kube("aks-a", nodes={first: {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}})
    run = nodes.list(
        clusters=["aks-a"],
        include_host_filters=["aks_node_ready"],
        keyed_groups=[{"key": "aks_kube_proxy.mode | lower", "prefix": "mode"}],
        compose={"ansible_host": "aks_node_address"},
        strict=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.group("aks_nodes") == run.group("mode_iptables") == others
    assert all(run.hosts[name]["ansible_host"] == run.hosts[name]["aks_node_address"] for name in others)


def test_clusters_by_their_tags_and_without_those_that_are_stopped(simulator: Simulator, nodes: Nodes) -> None:
    simulator.set_cluster("aks-a", {"tags": {"stage": "canary"}, "properties": {"powerState": {"code": "Stopped"}}})
    simulator.set_cluster("aks-b", {"tags": {"stage": "canary"}})
    simulator.make_cluster("aks-c")
    simulator.clear_log()
    run = nodes.list(tags={"stage": "canary"})
    assert {host["aks_cluster"] for host in run.hosts.values()} == {"aks-b"}
    assert len(simulator.log(kind="kube")) == 1


def test_without_a_node_the_group_of_nodes_is_there(simulator: Simulator, nodes: Nodes) -> None:
    simulator.set_cluster("aks-a", {"properties": {"powerState": {"code": "Stopped"}}})
    run = nodes.list(clusters=["aks-a"])
    assert (run.returncode, run.hosts) == (0, {})
    assert "aks_nodes" in run.inventory["all"]["children"]


def test_the_cache_answers_without_azure_and_without_kubernetes(simulator: Simulator, nodes: Nodes) -> None:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(nodes.folder / "cache")}
    fresh = nodes.list(clusters=["aks-a"], **cache)
    simulator.clear_log()
    kept = nodes.list(clusters=["aks-a"], **cache)
    assert kept.hosts == fresh.hosts
    assert simulator.log() == []
    # Other clusters are another question.
    assert {host["aks_cluster"] for host in nodes.list(clusters=["aks-b"], **cache).hosts.values()} == {"aks-b"}
    secrets = [simulator.info["secret"], "client-key-data"]
    written = "".join(path.read_text() for path in (nodes.folder / "cache").iterdir())
    assert [secret for secret in secrets if secret in written] == []


def test_a_kubeconfig_of_ones_own(simulator: Simulator, nodes: Nodes) -> None:
    path = simulator.kubeconfig("aks-a")
    simulator.clear_log()
    run = nodes.list(clusters=["aks-a"], kubeconfig=path)
    assert sorted(run.hosts) == named(simulator, "aks-a")
    assert simulator.log(kind="arm", method="POST") == []
    said = nodes.run(nodes.source(clusters=["aks-a"]), K8S_AUTH_KUBECONFIG=path)
    assert said.hosts == run.hosts
    assert "kubeconfig is for one cluster, and 2 are chosen: aks-a, aks-b" in nodes.refusal(kubeconfig=path)


def test_a_server_and_a_token_of_the_environment(simulator: Simulator, nodes: Nodes) -> None:
    document = yaml.safe_load(pathlib.Path(simulator.kubeconfig("aks-a")).read_text(encoding="utf-8"))
    server, token = document["clusters"][0]["cluster"]["server"], document["users"][0]["user"]["token"]
    environment = {"K8S_AUTH_HOST": server, "K8S_AUTH_API_KEY": token, "K8S_AUTH_VERIFY_SSL": "False"}
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(nodes.folder / "cache")}
    simulator.clear_log()
    run = nodes.run(nodes.source(clusters=["aks-a"], **cache), **environment)
    assert sorted(run.hosts) == named(simulator, "aks-a")
    assert simulator.log(kind="arm", method="POST") == []
    assert token not in "".join(path.read_text() for path in (nodes.folder / "cache").iterdir())
    assert "host is for one cluster, and 2 are chosen: aks-a, aks-b" in nodes.refusal(host=server, api_key=token)


def test_what_cannot_be_listed_is_an_error_and_no_smaller_inventory(simulator: Simulator, nodes: Nodes) -> None:
    assert "There is no cluster aks-z where the inventory looks" in nodes.refusal(clusters=["aks-a", "aks-z"])
    simulator.kube("aks-a", deny=[LIST])
    text = nodes.refusal(clusters=["aks-a"])
    assert "The nodes of cluster aks-a cannot be listed." in text
    assert "name the others with the option clusters" in text
    simulator.kube("aks-a", deny=[])
    assert "unknown option cluster." in nodes.refusal(cluster="aks-a")
    assert "cannot be evaluated for" in nodes.refusal(clusters=["aks-a"], include_host_filters=["nothing_like_it"])


def test_its_hosts_are_no_clusters_for_the_playbooks(simulator: Simulator, nodes: Nodes) -> None:
    sources = [nodes.source(clusters=["aks-a"]), nodes.write({})]
    run = run_playbook(
        "aks.dataplane.preflight",
        sources[0],
        env=simulator.environment(),
        arguments=["--inventory", str(sources[1])],
        extra_vars={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}, "aks_dataplane_record_dir": str(nodes.folder / "runs")},
    )
    assert run.returncode in (0, 2), run.stdout
    assert {event["host"] for event in run.events} <= {"aks-a", "aks-b", "localhost"}
