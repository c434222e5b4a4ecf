# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes as inventory hosts: variables, names and groups, from nodes as Kubernetes lists them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._common.json_parts import Misshapen
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import Host, host_variables, make_hosts
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.nodes import make_node_hosts, node_variables, of_cluster
from hypothesis import given
from hypothesis import strategies as st

CLUSTER_ID = "/subscriptions/s/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters"


def cluster(name: str) -> Host:
    (host,) = make_hosts([host_variables({"id": f"{CLUSTER_ID}/{name}", "name": name, "location": "westeurope"}, DEFAULT_KUBE_PROXY)])
    return host


def raw(name: str = "aks-pool-1-vmss000000", labels: t.Mapping[str, str] | None = None, **parts: t.Any) -> dict[str, t.Any]:
    return {"metadata": {"name": name, "labels": dict(labels or {})}, **parts}


def test_what_a_node_says_of_itself() -> None:
    node = raw(
        labels={
            "kubernetes.azure.com/agentpool": "pool",
            "kubernetes.azure.com/node-image-version": "AKSUbuntu-2204gen2containerd-202608.12.0",
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "arm64",
            "topology.kubernetes.io/zone": "westeurope-2",
        },
        spec={"providerID": "azure:///x", "unschedulable": True, "taints": [{"key": "a", "effect": "NoSchedule", "timeAdded": "now"}]},
        status={
            "addresses": [{"type": "Hostname", "address": "h"}, {"type": "InternalIP", "address": "10.1.0.4"}],
            "conditions": [{"type": "MemoryPressure", "status": "True"}, {"type": "Ready", "status": "True"}],
            "nodeInfo": {"kernelVersion": "6.8", "kubeletVersion": "v1.34.2", "osImage": "Ubuntu 24.04"},
        },
    )
    said = node_variables(node)
    assert (said["aks_node_pool"], said["aks_node_os"], said["aks_node_architecture"], said["aks_node_zone"]) == (
        "pool",
        "linux",
        "arm64",
        "westeurope-2",
    )
    assert (said["aks_node_address"], said["aks_node_ready"], said["aks_node_schedulable"]) == ("10.1.0.4", True, False)
    assert said["aks_node_taints"] == [{"key": "a", "value": "", "effect": "NoSchedule"}]
    assert (said["aks_node_kernel"], said["aks_node_kubelet"], said["aks_node_os_image"]) == ("6.8", "v1.34.2", "Ubuntu 24.04")


def test_a_node_that_says_nothing_has_the_same_variables() -> None:
    said = node_variables({"metadata": {"name": "n", "labels": None}, "spec": None, "status": None})
    assert set(said) == set(node_variables(raw()))
    assert (said["aks_node_ready"], said["aks_node_schedulable"], said["aks_node_os"], said["aks_node_taints"]) == (False, True, "", [])


@pytest.mark.parametrize(
    "part", [{"status": []}, {"status": {"conditions": {}}}, {"spec": {"taints": ["a"]}}, {"metadata": {"labels": {"a": 1}}}]
)
def test_what_is_no_node_is_refused(part: dict[str, t.Any]) -> None:
    with pytest.raises(Misshapen):
        node_variables({**raw(), **part})


def test_groups() -> None:
    node = node_variables(raw(labels={"agentpool": "np1", "kubernetes.io/os": "linux"}))
    (host,) = make_node_hosts([of_cluster(node, cluster("Aks.Prod-1"))])
    assert host.groups == ("aks_nodes", "nodes_aks_prod_1", "node_pool_np1", "node_os_linux")
    assert (host.variables["aks_cluster"], host.variables["aks_cluster_host"], host.variables["aks_location"]) == (
        "Aks.Prod-1",
        "Aks.Prod-1",
        "westeurope",
    )


@given(
    st.lists(st.tuples(st.sampled_from(["n1", "N1", "n2", "aks_nodes", "all"]), st.sampled_from(["a", "b", "c"])), unique=True, max_size=9)
)
def test_no_two_nodes_are_called_the_same(places: list[tuple[str, str]]) -> None:
    places = list({(name.casefold(), of): (name, of) for name, of in places}.values())
    hosts = make_node_hosts([of_cluster(node_variables(raw(name)), cluster(of)) for name, of in places])
    names = [host.name.casefold() for host in hosts]
    assert len(set(names)) == len(places)
    assert not {"all", "aks_nodes"} & set(names)
    for host in hosts:
        assert host.name in (host.variables["aks_node_name"], f"{host.variables['aks_node_name']}.{host.variables['aks_cluster']}")
