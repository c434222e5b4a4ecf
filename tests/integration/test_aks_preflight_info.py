# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_preflight_info against the simulator, over real HTTPS with the real SDK and the real Kubernetes client."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.support.modules import run_module
from tests.support.simulator import Simulator

Run = t.Callable[..., dict[str, t.Any]]
NODE_RULES = {"KP16", "KP17", "KP18", "KP19", "KP22"}


@pytest.fixture
def preflight(simulator: Simulator, azure_env: dict[str, str]) -> Run:
    def run(name: str = "aks-a", check: bool = False, env: t.Mapping[str, str] | None = None, **args: t.Any) -> dict[str, t.Any]:
        return run_module(
            "aks_preflight_info",
            {"resource_group": simulator.resource_group, "name": name, **args},
            check=check,
            env=azure_env if env is None else env,
        )

    return run


def by_id(result: t.Mapping[str, t.Any], *, checked: bool = True) -> dict[str, dict[str, t.Any]]:
    """The last finding of each rule, of those that could be checked or of the others."""
    assert not result.get("failed"), result
    return {finding["id"]: finding for finding in result["findings"] if finding["not_checked"] != checked}


def same(first: dict[str, t.Any], second: dict[str, t.Any]) -> bool:
    return {**first, "invocation": None} == {**second, "invocation": None}


def test_a_cluster_that_can_take_nftables(preflight: Run) -> None:
    result = preflight(mode="NFTABLES")
    assert (result["changed"], result["passed"]) == (False, True)
    assert result["counts"] == {"error": 0, "warning": 0, "info": 6}
    assert set(by_id(result)) == {"KP20"}
    assert "shop/web" in by_id(result)["KP20"]["message"]
    assert set(by_id(result, checked=False)) == NODE_RULES
    assert result["current"] == {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
    assert result["wanted"] == {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
    assert result["cluster"]["name"] == "aks-a"
    assert result["cluster"]["kubernetes_version"] == "1.34.2"


def test_check_mode_and_a_second_run_say_the_same(preflight: Run) -> None:
    first = preflight(mode="NFTABLES")
    assert same(first, preflight(mode="NFTABLES"))
    assert same(first, preflight(mode="NFTABLES", check=True))


def test_nothing_is_changed(preflight: Run, simulator: Simulator) -> None:
    before = simulator.cluster("aks-a")
    simulator.clear_log()
    preflight(mode="NFTABLES")
    assert simulator.cluster("aks-a") == before
    writes = [entry for entry in simulator.log() if entry["kind"] in ("arm", "kube") and entry["method"] not in ("GET", "HEAD")]
    # Credentials are fetched with POST.
    assert [entry["path"].rpartition("/")[2].partition("?")[0] for entry in writes] == ["listClusterUserCredential"]


def test_the_configuration_in_effect_is_a_no_op(preflight: Run) -> None:
    for args in ({"state": "default"}, {"enabled": True}, {"config": {"enabled": True, "mode": "IPTABLES"}}):
        assert "nothing will be changed" in by_id(preflight(**args))["KP28"]["message"]


def test_without_kubernetes_only_azure_is_asked(preflight: Run, simulator: Simulator) -> None:
    simulator.clear_log()
    result = preflight(mode="NFTABLES", kubernetes=False)
    assert simulator.log(kind="kube") == []
    assert set(by_id(result, checked=False)) == NODE_RULES | {"KP08", "KP15", "KP20", "KP24", "KP26", "KP27", "KP32", "KP33"}
    assert "kubernetes is false" in by_id(result, checked=False)["KP24"]["message"]
    assert result["passed"]


def test_the_feature_is_not_registered(preflight: Run, simulator: Simulator) -> None:
    simulator.reset(feature=False)
    result = preflight(mode="NFTABLES")
    assert not result["passed"]
    assert by_id(result)["KP02"]["severity"] == "error"
    assert "aks_preview_feature" in by_id(result)["KP02"]["remedy"]


def test_features_that_may_not_be_read_are_no_failure(preflight: Run, simulator: Simulator) -> None:
    simulator.fault("forbidden", path="Microsoft.Features", times=None)
    result = preflight(mode="NFTABLES")
    assert "may not be read" in by_id(result, checked=False)["KP02"]["message"]
    assert result["passed"]


def test_an_old_cluster(preflight: Run, simulator: Simulator) -> None:
    simulator.set_cluster("aks-a", {"properties": {"kubernetesVersion": "1.32.9", "currentKubernetesVersion": "1.32.9"}})
    finding = by_id(preflight(mode="NFTABLES"))["KP04"]
    assert finding["severity"] == "error"


@pytest.mark.parametrize(
    ("network", "wanted", "rules"),
    [
        ({"networkDataplane": "cilium", "networkPolicy": "cilium"}, {"mode": "NFTABLES"}, {"KP01"}),
        ({"networkPolicy": "azure"}, {"mode": "IPVS"}, {"KP06"}),
        ({"networkPolicy": "calico"}, {"mode": "NFTABLES"}, {"KP08"}),
        ({}, {"enabled": False}, {"KP10", "KP11"}),
        ({"networkPlugin": "none", "networkPluginMode": None}, {"enabled": False}, {"KP11"}),
    ],
)
def test_combinations_that_do_not_work(
    preflight: Run, simulator: Simulator, network: dict[str, t.Any], wanted: dict[str, t.Any], rules: set[str]
) -> None:
    simulator.set_cluster("aks-a", {"properties": {"networkProfile": network}})
    result = preflight(**wanted)
    assert {finding["id"] for finding in result["findings"] if finding["severity"] == "error"} == rules
    assert not result["passed"]
    ignored = preflight(**wanted, ignore=sorted(rules))
    assert ignored["passed"]
    assert {finding["id"] for finding in ignored["findings"] if finding["original_severity"] == "error"} == rules


def test_the_rule_sets_differ_for_azure_network_policy(preflight: Run, simulator: Simulator) -> None:
    simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"networkPolicy": "azure"}}})
    strict = by_id(preflight(mode="NFTABLES"))["KP09"]
    relaxed = by_id(preflight(mode="NFTABLES", rule_set="current"))["KP09"]
    assert (strict["severity"], relaxed["severity"]) == ("warning", "info")
    assert "rule_set: current" in strict["profile_note"]


def test_calico_in_nftables_mode_is_fine(preflight: Run, simulator: Simulator) -> None:
    simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"networkPolicy": "calico"}}})
    installation = {
        "apiVersion": "operator.tigera.io/v1",
        "kind": "Installation",
        "metadata": {"name": "default"},
        "spec": {"calicoNetwork": {"linuxDataplane": "Nftables"}},
    }
    simulator.kube("aks-a", objects={"/apis/operator.tigera.io/v1/installations/default": installation})
    assert preflight(mode="NFTABLES")["passed"]


def test_an_old_kernel_and_a_cordoned_node_are_named(preflight: Run, simulator: Simulator) -> None:
    old, cordoned, _other = (node["name"] for node in simulator.nodes("aks-a"))
    changes = {old: {"status": {"nodeInfo": {"kernelVersion": "5.4.0-1091-azure"}}}, cordoned: {"spec": {"unschedulable": True}}}
    simulator.kube("aks-a", nodes=changes)
    findings = by_id(preflight(mode="NFTABLES"))
    assert f"{old} (5.4.0-1091-azure)" in findings["KP15"]["message"]
    assert cordoned in findings["KP27"]["message"]


def test_parts_that_may_not_be_read_silence_only_their_rules(preflight: Run, simulator: Simulator) -> None:
    simulator.kube("aks-a", deny=["/services", "/proxy/"])
    result = preflight(mode="NFTABLES")
    silenced = by_id(result, checked=False)
    assert set(silenced) == NODE_RULES | {"KP20", "KP24", "KP26"}
    assert "cannot list resource" in silenced["KP20"]["message"]
    assert "pods/proxy" in silenced["KP24"]["message"]


def daemonset(name: str, *args: str, image: str = "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4") -> dict[str, dict[str, t.Any]]:
    body = {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": name, "namespace": "kube-system", "generation": 1},
        "spec": {"template": {"spec": {"containers": [{"name": name, "image": image, "args": list(args)}]}}},
        "status": {"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 3},
    }
    return {f"/apis/apps/v1/namespaces/kube-system/daemonsets/{name}": body}


def test_node_local_dns(preflight: Run, simulator: Simulator) -> None:
    simulator.kube("aks-a", objects=daemonset("node-local-dns"))
    found = {mode: by_id(preflight(mode=mode))["KP33"] for mode in ("IPVS", "NFTABLES")}
    assert {mode: finding["severity"] for mode, finding in found.items()} == {"IPVS": "warning", "NFTABLES": "info"}
    assert "kube-system/node-local-dns" in found["IPVS"]["message"]


@pytest.mark.parametrize(("version", "hit"), [("v1.33.3", True), ("v1.33.6", False), ("v1.34.1", True), ("v1.34.2", False)])
def test_a_kube_proxy_whose_nftables_rules_are_refused(preflight: Run, simulator: Simulator, version: str, hit: bool) -> None:
    arguments = ("--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=azv", "--proxy-mode=iptables")
    image = f"mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:{version}"
    simulator.kube("aks-a", objects=daemonset("kube-proxy", *arguments, image=image))
    result = preflight(mode="NFTABLES")
    assert ("KP32" in by_id(result)) is hit
    assert result["passed"] is not hit


def test_very_many_endpoints(preflight: Run, simulator: Simulator) -> None:
    slices = {
        f"/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/s{number}": {
            "kind": "EndpointSlice",
            "apiVersion": "discovery.k8s.io/v1",
            "metadata": {"name": f"s{number}", "namespace": "shop"},
            "endpoints": [{}] * 1000,
        }
        for number in range(100)
    }
    simulator.kube("aks-a", objects=slices)
    assert "There are 100000 endpoints of 4 services" in by_id(preflight(mode="NFTABLES"))["KP26"]["message"]


def test_an_old_kernel_resets_connections(preflight: Run, simulator: Simulator) -> None:
    old = simulator.nodes("aks-a")[0]["name"]
    simulator.kube("aks-a", nodes={old: {"status": {"nodeInfo": {"kernelVersion": "5.15.0-1098-azure"}}}})
    assert f"{old} (5.15.0-1098-azure)" in by_id(preflight(mode="NFTABLES"))["KP31"]["message"]


def test_what_aks_no_longer_supports(preflight: Run, simulator: Simulator) -> None:
    pool = {"name": "old", "osType": "Linux", "osSKU": "CBLMariner", "nodeImageVersion": "AKSCBLMariner-V2gen2-202404.09.0"}
    simulator.set_cluster("aks-a", {"properties": {"agentPoolProfiles": [pool]}})
    findings = by_id(preflight(mode="IPVS", kubernetes=False))
    assert "removed its node images on 2026-03-31" in findings["KP35"]["message"]
    # Where a new node image would help, that is no way out there.
    assert "has removed the node images of Azure Linux 2.0 (pool old) on 2026-03-31: there, move the pool" in findings["KP21"]["remedy"]


def test_leaving_ipvs(preflight: Run, simulator: Simulator) -> None:
    simulator.make_cluster("old", seed="kubenet-ipvs", patch={"properties": {"currentKubernetesVersion": "1.34.2"}})
    result = preflight("old", mode="NFTABLES")
    assert result["current"]["mode"] == "IPVS"
    assert "KP23" in by_id(result)
    assert "KP21" not in by_id(result)


def test_least_connection_is_uneven_with_few_connections(preflight: Run) -> None:
    finding = by_id(preflight(mode="IPVS", ipvs_config={"scheduler": "LeastConnection"}))["KP30"]
    assert "3 Linux nodes" in finding["message"]
    assert "fewer than 6 connections" in finding["message"]


@pytest.mark.parametrize("api_version", ["2026-08-01", "2025-05-02-preview"])
def test_an_api_version_that_cannot_carry_it_is_a_finding(preflight: Run, simulator: Simulator, api_version: str) -> None:
    simulator.make_cluster("old", seed="kubenet-ipvs", patch={"properties": {"currentKubernetesVersion": "1.34.2"}})
    result = preflight("old", mode="NFTABLES", api_version=api_version)
    assert by_id(result)["KP03"]["subject"] == f"api-version {api_version}"
    # A stable version does not show the configuration, so the cluster is read with another one.
    assert result["current"]["mode"] == "IPVS"


def test_a_cluster_in_an_operation_or_stopped(preflight: Run, simulator: Simulator) -> None:
    simulator.set_cluster("aks-a", {"properties": {"provisioningState": "Updating"}})
    assert by_id(preflight(mode="NFTABLES"))["KP25"]["severity"] == "warning"
    simulator.set_cluster("aks-a", {"properties": {"provisioningState": "Succeeded", "powerState": {"code": "Stopped"}}})
    assert by_id(preflight(mode="NFTABLES", kubernetes=False))["KP25"]["severity"] == "error"


def failure(result: t.Mapping[str, t.Any], pattern: str) -> dict[str, t.Any]:
    assert result.get("failed"), result
    assert re.search(pattern, result["msg"]), result["msg"]
    assert "Traceback" not in str(result)
    return result["error"]


@pytest.mark.parametrize(
    ("args", "pattern"),
    [
        ({"mode": "NFTABLES", "ignore": ["KP77"]}, r"ignore names KP77.*The rules are KP01, KP02"),
        ({"mode": "NFTABLES", "api_version": "latest"}, r'api_version is "latest"'),
        ({"mode": "NFTABLES", "ipvs_config": {"scheduler": "RoundRobin"}}, r"ipvs_config is set, but mode is NFTABLES"),
        ({"mode": "IPVS", "ipvs_config": {"tcp_timeout_seconds": -5}}, r"tcp_timeout_seconds is -5"),
        ({"config": {"enabled": True, "mode": "EBPF"}}, r"EBPF"),
        ({"config_file": "/nowhere/kube-proxy.json"}, r"/nowhere/kube-proxy.json"),
    ],
)
def test_bad_input_ends_before_anyone_is_asked(preflight: Run, simulator: Simulator, args: dict[str, t.Any], pattern: str) -> None:
    simulator.clear_log()
    failure(preflight(**args), pattern)
    assert simulator.log() == []


def test_missing_and_unknown_arguments(simulator: Simulator, azure_env: dict[str, str]) -> None:
    def run(**args: t.Any) -> dict[str, t.Any]:
        return run_module("aks_preflight_info", args, env=azure_env)

    assert "missing required arguments: name, resource_group" in run()["msg"]
    assert "state is present but any of the following are missing" in run(resource_group="rg", name="aks-a")["msg"]
    assert "value of mode must be one of" in run(resource_group="rg", name="aks-a", mode="EBPF")["msg"]
    assert "value of rule_set must be one of" in run(resource_group="rg", name="aks-a", mode="IPVS", rule_set="old")["msg"]
    assert simulator.log() == []


def test_no_such_cluster(preflight: Run) -> None:
    error = failure(preflight("nowhere", mode="NFTABLES"), r"Cluster nowhere does not exist in resource group")
    assert error["code"] == "ResourceNotFound"


def test_no_credentials(preflight: Run) -> None:
    failure(preflight(mode="NFTABLES", env={}), r"(?i)credential")


def test_a_wrong_secret_is_not_reported(preflight: Run, azure_env: dict[str, str]) -> None:
    result = preflight(mode="NFTABLES", env={**azure_env, "AZURE_SECRET": "wrong-horse-battery"})
    failure(result, r".")
    assert "wrong-horse-battery" not in str(result)


def test_a_kubeconfig_that_does_not_reach(preflight: Run, tmp_path: t.Any) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n"
        "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
        "users: [{name: u, user: {token: t0ken-value}}]\n"
    )
    result = preflight(mode="NFTABLES", kubeconfig=str(kubeconfig))
    error = failure(result, r"https://127.0.0.1:1.*is unreachable")
    assert error["code"] == "KubeUnreachable"
    assert "t0ken-value" not in str(result)


def test_throttling_is_waited_for(preflight: Run, simulator: Simulator) -> None:
    simulator.fault("throttle", path="managedClusters/aks-a$", method="GET", times=1, retry_after="0")
    assert preflight(mode="NFTABLES", kubernetes=False)["passed"]
