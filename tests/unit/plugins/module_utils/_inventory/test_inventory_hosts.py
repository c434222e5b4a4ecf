# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts, their names, variables and groups, from clusters as ARM lists them."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._inventory import groups
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import (
    Host,
    host_variables,
    make_hosts,
    remove_duplicates,
)
from hypothesis import given
from hypothesis import strategies as st

S1, S2 = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


def raw(name: str = "aks", group: str = "rg", subscription: str = S1, **network: t.Any) -> dict[str, t.Any]:
    return {
        "id": f"/subscriptions/{subscription}/resourcegroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}",
        "name": name,
        "location": "westeurope",
        "properties": {"networkProfile": network},
    }


def made(*clusters: dict[str, t.Any]) -> list[Host]:
    return make_hosts([host_variables(cluster, DEFAULT_KUBE_PROXY) for cluster in clusters])


@pytest.mark.parametrize(
    ("api_version", "shown", "groups"),
    [
        ("2025-07-02-preview", "BpfVeth", ("aks_clusters", "kube_proxy_iptables", "dataplane_azure", "host_routing_enabled")),
        ("2025-06-02-preview", None, ("aks_clusters", "kube_proxy_iptables", "dataplane_azure")),
    ],
)
def test_what_the_api_version_does_not_show_is_null_and_makes_no_group(
    api_version: str, shown: str | None, groups: tuple[str, ...]
) -> None:
    cluster = raw("aks-1", "rg-1", advancedNetworking={"enabled": True, "performance": {"accelerationMode": "BpfVeth"}})
    (host,) = make_hosts([host_variables(cluster, api_version)])
    assert host.variables["aks_host_routing"] == shown
    assert host.groups == groups


def test_a_configuration_that_is_not_shown_makes_no_group() -> None:
    (host,) = make_hosts([host_variables(raw("aks-1", "rg-1"), "2026-08-01")])
    assert host.variables["aks_kube_proxy"] is None
    assert host.groups == ("aks_clusters", "dataplane_azure", "host_routing_disabled")


def test_what_is_explained_a_cluster() -> None:
    cluster = raw("aks-1", "rg-1", networkPlugin="azure", kubeProxyConfig={"enabled": True, "mode": "IPVS"})
    cluster["tags"] = {"stage": "{{ now() }}"}
    cluster["eTag"] = "e1"
    cluster["properties"] |= {
        "provisioningState": "Failed",
        "powerState": {"code": "Stopped"},
        "currentKubernetesVersion": "1.34.2",
        "apiServerAccessProfile": {"enablePrivateCluster": True},
        "agentPoolProfiles": [{"name": "system", "count": 3}],
    }

    reported = host_variables(cluster, DEFAULT_KUBE_PROXY)

    assert (reported["aks_dataplane_cluster"], reported["aks_dataplane_resource_group"], reported["aks_dataplane_subscription_id"]) == (
        "aks-1",
        "rg-1",
        S1,
    )
    assert reported["aks_kube_proxy"] == {"enabled": True, "mode": "IPVS", "ipvs_config": None}
    assert reported["aks_network_dataplane"] == "azure"
    assert (reported["aks_acns_enabled"], reported["aks_host_routing"]) == (False, "None")
    assert (reported["aks_power_state"], reported["aks_provisioning_state"], reported["aks_kubernetes_version"]) == (
        "Stopped",
        "Failed",
        "1.34.2",
    )
    assert reported["aks_pools"][0]["count"] == 3
    assert (reported["aks_id"], reported["aks_location"]) == (cluster["id"], "westeurope")
    assert reported["aks_tags"] == {"stage": "{{ now() }}"}
    assert reported["aks_private_cluster"] is True
    assert "aks_etag" not in reported
    assert json.loads(json.dumps(reported)) == reported


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ({}, {"kube_proxy_iptables", "dataplane_azure", "host_routing_disabled"}),
        ({"kubeProxyConfig": {"enabled": True, "mode": "ipvs"}}, {"kube_proxy_ipvs", "dataplane_azure", "host_routing_disabled"}),
        ({"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}, {"kube_proxy_nftables", "dataplane_azure", "host_routing_disabled"}),
        ({"kubeProxyConfig": {"mode": "IPVS"}}, {"kube_proxy_disabled", "dataplane_azure", "host_routing_disabled"}),
        (
            {
                "networkDataplane": "cilium",
                "kubeProxyConfig": {},
                "advancedNetworking": {"enabled": True, "performance": {"accelerationMode": "BpfVeth"}},
            },
            {"kube_proxy_disabled", "dataplane_cilium", "host_routing_enabled"},
        ),
        (
            {"networkDataplane": "cilium", "kubeProxyConfig": {}, "advancedNetworking": {"performance": {"accelerationMode": "BpfVeth"}}},
            {"kube_proxy_disabled", "dataplane_cilium", "host_routing_disabled"},
        ),
        # What Azure may come up with.
        (
            {
                "networkDataplane": "New-Plane",
                "kubeProxyConfig": {"enabled": True, "mode": "E.BPF"},
                "advancedNetworking": {"enabled": True, "performance": {"accelerationMode": "BpfNetkit"}},
            },
            {"kube_proxy_e_bpf", "dataplane_new_plane", "host_routing_bpfnetkit"},
        ),
    ],
)
def test_the_groups_of_a_cluster(network: dict[str, t.Any], expected: set[str]) -> None:
    (host,) = made(raw(**network))

    assert set(host.groups) == {"aks_clusters", *expected}


@pytest.mark.parametrize(
    ("clusters", "names"),
    [
        ([], []),
        ([("b", "rg", S1), ("a", "rg", S1)], ["a", "b"]),
        ([("a", "rg1", S1), ("a", "rg2", S1), ("b", "rg1", S1)], ["a.rg1", "a.rg2", "b"]),
        ([("a", "rg1", S1), ("A", "rg2", S1)], ["A.rg2", "a.rg1"]),
        ([("a", "rg", S1), ("a", "rg", S2)], [f"a.rg.{S1}", f"a.rg.{S2}"]),
        ([("a", "rg", S1), ("a", "RG", S2), ("a", "other", S2)], [f"a.RG.{S2}", "a.other", f"a.rg.{S1}"]),
        ([("localhost", "rg", S1), ("all", "rg", S1), ("aks_clusters", "rg", S1)], ["aks_clusters.rg", "all.rg", "localhost.rg"]),
    ],
)
def test_how_hosts_are_called(clusters: list[tuple[str, str, str]], names: list[str]) -> None:
    assert [host.name for host in made(*(raw(*cluster) for cluster in clusters))] == names


def test_a_cluster_that_is_listed_twice_is_one() -> None:
    twice = [host_variables(raw("a", "rg"), DEFAULT_KUBE_PROXY), host_variables(raw("a", "RG"), DEFAULT_KUBE_PROXY)]

    assert len(remove_duplicates(twice)) == 1


PLACES = st.tuples(
    st.from_regex(r"[a-cA-C]([-_a-c0-1]{0,2}[a-c0-1])?", fullmatch=True),
    st.from_regex(r"[a-b().\-]{0,2}[a-bA-B]", fullmatch=True),
    st.sampled_from([S1, S2]),
)


@given(st.lists(PLACES, unique_by=lambda place: tuple(part.casefold() for part in place)), st.randoms())
def test_names_are_unique_and_do_not_depend_on_the_order(places: list[tuple[str, str, str]], random: t.Any) -> None:
    clusters = remove_duplicates(host_variables(raw(*place), DEFAULT_KUBE_PROXY) for place in places)
    shuffled = random.sample(clusters, len(clusters))

    made_hosts = make_hosts(clusters)

    assert len({host.name.casefold() for host in made_hosts}) == len(places)
    assert make_hosts(shuffled) == made_hosts
    for host in made_hosts:
        assert host.name.split(".")[0] == host.variables["aks_dataplane_cluster"]


@given(st.recursive(st.none() | st.booleans() | st.text(max_size=8), lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=3)))
def test_whatever_azure_says_of_the_network_there_are_four_safe_groups(value: t.Any) -> None:
    text = value if isinstance(value, str) else None
    network = {"networkDataplane": text, "kubeProxyConfig": value if isinstance(value, dict) else None, "advancedNetworking": None}

    (host,) = made(raw(**network))

    assert len(host.groups) == 4
    assert all(group.isidentifier() and group.isascii() for group in host.groups)


def test_the_groups_that_are_always_there_are_those_of_the_documented_values() -> None:
    assert set(groups.ALWAYS) == {
        "aks_clusters",
        *("kube_proxy_iptables", "kube_proxy_ipvs", "kube_proxy_nftables", "kube_proxy_disabled"),
        *("dataplane_azure", "dataplane_cilium", "host_routing_enabled", "host_routing_disabled"),
    }
