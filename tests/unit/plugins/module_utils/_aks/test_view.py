# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView

RECORDINGS = pathlib.Path(__file__).parents[4] / "fixtures" / "recordings"


def last_read(name: str) -> dict[str, t.Any]:
    exchanges = json.loads((RECORDINGS / f"{name}.json").read_text())
    return [
        exchange["response"]["body"]
        for exchange in exchanges
        if exchange["request"]["method"] == "GET"
        and "/managedClusters/" in exchange["request"]["url"]
        and exchange["response"]["status"] == 200
    ][-1]


def test_a_recorded_kubenet_cluster_in_ipvs_mode() -> None:
    view = ClusterView.from_raw(last_read("aks_update_with_kube_proxy_config"), DEFAULT_KUBE_PROXY)
    assert (view.name, view.resource_group, view.subscription_id) == (
        "cliakstest000002",
        "clitest000001",
        "00000000-0000-0000-0000-000000000000",
    )
    assert (view.kubernetes_version, view.power_state, view.provisioning_state) == ("1.25.6", "Running", "Succeeded")
    assert (view.network_plugin, view.network_dataplane, view.outbound_type, view.ip_families) == (
        "kubenet",
        "azure",
        "loadBalancer",
        ("IPv4",),
    )
    assert view.kube_proxy is not None
    assert view.kube_proxy.mode == "IPVS"
    assert view.kube_proxy.ipvs is not None
    assert view.kube_proxy.ipvs.scheduler == "LeastConnection"
    assert (view.acns, view.acns_enabled, view.host_routing) == (None, False, "None")
    assert [(pool.name, pool.os_type, pool.os_sku, pool.count, pool.power_state) for pool in view.pools] == [
        ("nodepool1", "Linux", "Ubuntu", 3, "Running")
    ]


def test_a_recorded_cilium_cluster() -> None:
    view = ClusterView.from_raw(last_read("aks_create_with_acns_performance"), DEFAULT_KUBE_PROXY)
    assert (view.network_plugin, view.network_plugin_mode, view.network_dataplane, view.network_policy) == (
        "azure",
        "overlay",
        "cilium",
        "cilium",
    )
    assert view.kube_proxy is not None
    assert view.kube_proxy.enabled is False
    assert view.acns is not None
    assert view.acns["performance"] == {"accelerationMode": "None"}
    assert (view.acns_enabled, view.host_routing) == (True, "None")
    assert view.pools[0].os_sku == "AzureLinux"
    assert view.etag


def test_an_empty_body_has_a_view() -> None:
    view = ClusterView.from_raw({}, DEFAULT_KUBE_PROXY)
    assert (view.name, view.power_state, view.network_dataplane, view.kube_proxy, view.pools) == (
        "",
        "Running",
        "azure",
        KubeProxyConfig(),
        (),
    )


@pytest.mark.parametrize(
    "body",
    [{}, last_read("aks_update_with_kube_proxy_config"), last_read("aks_create_with_acns_performance")],
    ids=["empty", "kubenet", "cilium"],
)
def test_the_view_is_plain_json(body: dict[str, t.Any]) -> None:
    reported = ClusterView.from_raw(body, DEFAULT_KUBE_PROXY).to_dict()
    assert json.loads(json.dumps(reported)) == reported
    assert reported["kube_proxy"].keys() == {"enabled", "mode", "ipvs_config"}


def test_the_kube_proxy_configuration_is_reported_as_modules_take_it() -> None:
    leaf = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin"}}
    view = ClusterView.from_raw({"name": "a", "properties": {"networkProfile": {"kubeProxyConfig": leaf}}}, DEFAULT_KUBE_PROXY)
    assert view.kube_proxy == KubeProxyConfig(mode="IPVS", ipvs=IpvsConfig("RoundRobin"))
    assert view.to_dict()["kube_proxy"]["ipvs_config"] == {
        "scheduler": "RoundRobin",
        "tcp_timeout_seconds": None,
        "tcp_fin_timeout_seconds": None,
        "udp_timeout_seconds": None,
    }


@pytest.mark.parametrize(("enabled", "reported"), [(True, "BpfVeth"), (False, "None")])
def test_host_routing_is_reported_as_it_is_in_effect(enabled: bool, reported: str) -> None:
    leaf = {"enabled": enabled, "performance": {"accelerationMode": "bpfVETH"}}
    view = ClusterView.from_raw({"name": "a", "properties": {"networkProfile": {"advancedNetworking": leaf}}}, DEFAULT_KUBE_PROXY)
    assert (view.acns_enabled, view.host_routing) == (enabled, reported)


PLACE = "/subscriptions/s1/RESOURCEGROUPS/rg/providers/Microsoft.ContainerService/ManagedClusters/from-id"


def test_what_a_view_falls_back_to() -> None:
    view = ClusterView.from_raw(
        {
            "id": PLACE,
            "location": "westeurope",
            "sku": {"name": "Base", "tier": "Standard"},
            "properties": {
                "kubernetesVersion": "1.33",
                "agentPoolProfiles": [{"orchestratorVersion": "1.32", "mode": "System", "vmSize": "x"}],
            },
        },
        DEFAULT_KUBE_PROXY,
    )
    assert (view.id, view.name, view.resource_group, view.subscription_id) == (PLACE, "from-id", "rg", "s1")
    assert (view.location, view.sku_name, view.sku_tier) == ("westeurope", "Base", "Standard")
    assert (view.kubernetes_version, view.pools[0].orchestrator_version) == ("1.33", "1.32")
    assert (view.pools[0].name, view.pools[0].mode, view.pools[0].vm_size, view.pools[0].power_state) == ("", "System", "x", "Running")
    assert ClusterView.from_raw({}, DEFAULT_KUBE_PROXY).id == ""


def test_what_runs_goes_before_what_was_asked_for() -> None:
    pool = {"currentOrchestratorVersion": "1.32.9", "orchestratorVersion": "1.33"}
    view = ClusterView.from_raw(
        {
            "id": PLACE,
            "name": "from-name",
            "properties": {"currentKubernetesVersion": "1.33.4", "kubernetesVersion": "1.34", "agentPoolProfiles": [pool]},
        },
        DEFAULT_KUBE_PROXY,
    )
    assert (view.name, view.kubernetes_version, view.pools[0].orchestrator_version) == ("from-name", "1.33.4", "1.32.9")
    assert view.to_dict()["kubernetes_version"] == "1.33.4"


@pytest.mark.parametrize("families", [["IPv4"], ["IPv4", "IPv6"], [], None])
def test_the_ip_families(families: list[str] | None) -> None:
    view = ClusterView.from_raw({"properties": {"networkProfile": {"ipFamilies": families}}}, DEFAULT_KUBE_PROXY)
    assert view.to_dict()["ip_families"] == families


@pytest.mark.parametrize(
    ("api_version", "kube_proxy", "acns_enabled", "host_routing"),
    [
        ("2026-08-02-preview", {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}, False, "None"),
        ("2026-08-01", None, False, "None"),
        ("2025-10-01", None, False, None),
        ("2025-06-02-preview", {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}, False, None),
        ("2024-02-01", None, None, None),
    ],
)
def test_what_a_version_does_not_show_is_not_taken_for_a_default(
    api_version: str, kube_proxy: dict[str, t.Any] | None, acns_enabled: bool | None, host_routing: str | None
) -> None:
    cluster = ClusterView.from_raw({"name": "a", "properties": {"networkProfile": {}}}, api_version).to_dict()
    assert (cluster["kube_proxy"], cluster["acns_enabled"], cluster["host_routing"]) == (kube_proxy, acns_enabled, host_routing)


@pytest.mark.parametrize("part", [None, [], "x", 1], ids=str)
@pytest.mark.parametrize("key", ["properties", "sku"])
def test_a_part_of_another_shape_is_one_that_is_not_there(key: str, part: t.Any) -> None:
    assert ClusterView.from_raw({"name": "a", key: part}, DEFAULT_KUBE_PROXY) == ClusterView.from_raw({"name": "a"}, DEFAULT_KUBE_PROXY)
