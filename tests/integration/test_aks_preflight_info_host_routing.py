# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_preflight_info for eBPF host routing, against the simulator."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.support.modules import run_module
from tests.support.simulator import Simulator

Run = t.Callable[..., dict[str, t.Any]]

SYSTEM = "/api/v1/namespaces/kube-system"
USER_RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
OFF = {
    "properties": {
        "currentKubernetesVersion": "1.34.2",
        "networkProfile": {"advancedNetworking": {"performance": {"accelerationMode": "None"}}},
    }
}
TABLES = {table: ["-P OUTPUT ACCEPT"] for table in ("nat", "mangle", "filter", "raw", "security")}


@pytest.fixture
def cilium(simulator: Simulator) -> list[str]:
    """A cluster with Cilium and ACNS but without eBPF host routing, and the names of its nodes."""
    simulator.make_cluster("cil", seed="cilium-acns", patch=OFF, nodes=3)
    return [node["name"] for node in simulator.nodes("cil")]


@pytest.fixture
def preflight(simulator: Simulator, azure_env: dict[str, str]) -> Run:
    def run(name: str = "cil", check: bool = False, **args: t.Any) -> dict[str, t.Any]:
        arguments = {"resource_group": simulator.resource_group, "name": name, "host_routing": "enabled", **args}
        return run_module(
            "aks_preflight_info", {key: value for key, value in arguments.items() if value is not None}, check=check, env=azure_env
        )

    return run


def by_id(result: t.Mapping[str, t.Any], *, checked: bool = True) -> dict[str, dict[str, t.Any]]:
    assert not result.get("failed"), result
    return {finding["id"]: finding for finding in result["findings"] if finding["not_checked"] != checked}


def observation(*rules: str, **changes: t.Any) -> dict[str, t.Any]:
    """As aks.dataplane.node_dataplane_info returns it."""
    return {
        "changed": False,
        "os": {"id": "azurelinux", "version": "3.0", "pretty_name": "Microsoft Azure Linux 3.0"},
        "kernel": "6.6.112.1-2.azl3",
        "machine": "x86_64",
        "tools": {
            "nft": {"version": "1.0.9"},
            "iptables": {"version": "1.8.10", "backend": "nf_tables", "backends": ["legacy", "nf_tables"]},
            "ip6tables": None,
        },
        "lsm": ["lockdown", "capability", "bpf"],
        "cgroup2": True,
        "kube_proxy": {"mode": "none", "evidence": [], "leftovers": []},
        "foreign_jumps": [],
        "foreign_drops": [],
        "nft_tables": [{"family": "ip", "name": "filter", "owner": "iptables-nft"}],
        "monitor_lines": {"ipv4": {**TABLES, "filter": ["-P INPUT ACCEPT", *rules]}, "ipv6": {}},
        "monitor_errors": [],
        "unread": [],
        **changes,
    }


def config_map(name: str, **data: str) -> dict[str, dict[str, t.Any]]:
    body = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": "kube-system"}, "data": data}
    return {f"{SYSTEM}/configmaps/{name}": body}


def test_a_fit_cluster(preflight: Run, cilium: list[str]) -> None:
    result = preflight(node_observations={name: observation() for name in cilium})
    assert (result["changed"], result["passed"]) == (False, True)
    assert [finding["id"] for finding in result["findings"]] == ["EB28"]
    assert result["current"]["acceleration_mode"] == "None"
    assert result["wanted"]["acceleration_mode"] == "BpfVeth"
    assert [(one["node"], one["verdict"], one["patterns"]) for one in result["monitor"]] == [
        (name, "clean", {"ipv4": "cluster"}) for name in sorted(cilium)
    ]


def test_check_mode_says_the_same_and_nothing_is_changed(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    before = simulator.cluster("cil")
    first, second = preflight(), preflight(check=True)
    assert {**first, "invocation": None} == {**second, "invocation": None}
    assert simulator.cluster("cil") == before
    writes = [entry["path"] for entry in simulator.log() if entry["kind"] in ("arm", "kube") and entry["method"] not in ("GET", "HEAD")]
    assert all("listClusterUserCredential" in path for path in writes)


def test_without_observations_the_label_of_the_monitor_counts(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    result = preflight()
    assert result["passed"]
    assert result["monitor"] == []
    assert set(by_id(result, checked=False)) == {"EB19", "EB21"}
    labelled = {
        "kind": "CiliumNode",
        "apiVersion": "cilium.io/v2",
        "metadata": {"name": cilium[0], "labels": {"user-iptables-rules": "true"}},
    }
    unlabelled = {"kind": "CiliumNode", "apiVersion": "cilium.io/v2", "metadata": {"name": cilium[1]}}
    objects = {f"/apis/cilium.io/v2/ciliumnodes/{item['metadata']['name']}": item for item in (labelled, unlabelled)}
    simulator.kube("cil", objects=objects)
    result = preflight()
    assert cilium[0] in by_id(result)["EB14"]["message"]
    assert cilium[1] in by_id(result, checked=False)["EB15"]["message"]
    assert not result["passed"]


def test_a_rule_of_the_user_is_named(preflight: Run, cilium: list[str]) -> None:
    observed = {name: observation() for name in cilium} | {cilium[1]: observation(USER_RULE)}
    result = preflight(node_observations=observed)
    finding = by_id(result)["EB15"]
    assert (finding["severity"], finding["subject"]) == ("error", f"node {cilium[1]}")
    assert USER_RULE in finding["message"]
    predicted = {one["node"]: one for one in result["monitor"]}[cilium[1]]
    assert predicted["unexpected"] == [{"table": "filter", "line": USER_RULE}]
    assert (predicted["backend"], predicted["gate"]) == ("nf_tables", True)


def test_the_patterns_of_the_cluster_count_else_the_published_ones(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    observed = {name: observation(USER_RULE) for name in cilium}
    allowing = {"global": "^-P .*\n", "filter": "203\\.0\\.113\\.7"}
    simulator.kube("cil", objects=config_map("allowed-iptables-patterns", **allowing))
    assert preflight(node_observations=observed)["passed"]
    simulator.kube("cil", objects={f"{SYSTEM}/configmaps/allowed-iptables-patterns": None})
    result = preflight(node_observations=observed)
    assert by_id(result)["EB16"]["severity"] == "warning"
    assert by_id(result)["EB15"]["severity"] == "error"
    assert {one["patterns"]["ipv4"] for one in result["monitor"]} == {"published 2026-08-20"}


def test_what_runs_in_the_cluster(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    daemon_set = {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "node-local-dns", "namespace": "kube-system"},
        "spec": {
            "template": {
                "spec": {
                    "hostNetwork": True,
                    "containers": [
                        {"name": "c", "image": "k8s-dns-node-cache", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}
                    ],
                }
            }
        },
    }
    namespace = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "mesh", "labels": {"istio.io/dataplane-mode": "ambient"}}}
    budgets = [
        {
            "kind": "PodDisruptionBudget",
            "apiVersion": "policy/v1",
            "metadata": {"name": name, "namespace": "shop"},
            "status": {"disruptionsAllowed": 0, "expectedPods": pods},
        }
        for name, pods in (("web", 1), ("empty", 0))
    ]
    simulator.kube(
        "cil",
        objects={
            "/apis/apps/v1/namespaces/kube-system/daemonsets/node-local-dns": daemon_set,
            "/api/v1/namespaces/mesh": namespace,
            **{f"/apis/policy/v1/namespaces/shop/poddisruptionbudgets/{one['metadata']['name']}": one for one in budgets},
            **config_map("azure-ip-masq-agent-config", **{"ip-masq-agent": "nonMasqueradeCIDRs:\n  - 10.1.0.0/8\n"}),
        },
    )
    found = by_id(preflight())
    assert "mesh" in found["EB11"]["message"]
    assert found["EB17"]["severity"] == "error"
    assert "10.1.0.0/8" in found["EB18"]["message"]
    assert "NodeLocal DNSCache" in found["EB20"]["message"]
    assert found["EB24"]["message"] == "1 budget allow no disruption now: shop/web."


@pytest.mark.parametrize(
    ("deny", "rules"),
    [
        ("/ciliumnodes", {"EB14", "EB30"}),
        ("/configmaps/allowed", {"EB16"}),
        ("/configmaps/azure-ip-masq", {"EB17", "EB18"}),
        ("/configmaps/cilium-config", {"EB22"}),
        ("/apis/apps/v1/daemonsets$", {"EB11", "EB20"}),
        ("/daemonsets/cilium", {"EB23"}),
        ("/namespaces$", {"EB11"}),
        ("/poddisruptionbudgets", {"EB24"}),
    ],
)
def test_a_part_that_may_not_be_read_silences_only_its_rules(
    preflight: Run, simulator: Simulator, cilium: list[str], deny: str, rules: set[str]
) -> None:
    simulator.kube("cil", deny=[deny])
    result = preflight(node_observations={name: observation() for name in cilium})
    assert set(by_id(result, checked=False)) == rules
    assert all("forbidden" in finding["message"] or "forbids" in finding["message"] for finding in by_id(result, checked=False).values())


def test_without_kubernetes_only_azure_is_asked(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    simulator.clear_log()
    result = preflight(kubernetes=False)
    assert simulator.log(kind="kube") == []
    assert result["passed"]
    assert {"EB11", "EB14", "EB15", "EB16", "EB22", "EB24"} <= set(by_id(result, checked=False))


def test_a_cluster_that_cannot(preflight: Run) -> None:
    result = preflight("aks-a", kubernetes=False)
    assert {finding["id"] for finding in result["findings"] if finding["severity"] == "error"} == {"EB01", "EB03"}
    allowed = preflight("aks-a", kubernetes=False, enable_acns=True)
    assert by_id(allowed)["EB03"]["severity"] == "warning"


def test_limits_of_the_preview_are_not_those_of_today(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    simulator.set_cluster(
        "cil", {"properties": {"networkProfile": {"ipFamilies": ["IPv4", "IPv6"]}, "serviceMeshProfile": {"mode": "Istio"}}}
    )
    strict = preflight(rule_set="preview")
    assert {key for key, one in by_id(strict).items() if one["severity"] == "error"} == {"EB10", "EB12"}
    assert preflight(rule_set="current")["passed"]
    today = preflight()
    assert (today["passed"], today["rule_set"]) == (True, "current")
    assert {by_id(today)[rule]["severity"] for rule in ("EB10", "EB12")} == {"warning"}


def test_nodes_that_are_not_labelled_yet(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    unlabelled = {"kind": "CiliumNode", "apiVersion": "cilium.io/v2", "metadata": {"name": cilium[0]}}
    simulator.kube("cil", objects={f"/apis/cilium.io/v2/ciliumnodes/{cilium[0]}": unlabelled})
    result = preflight()
    assert (by_id(result)["EB30"]["severity"], result["passed"]) == ("warning", True)
    assert f"has not labelled 1 node yet: {cilium[0]}." in by_id(result)["EB30"]["message"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"addonProfiles": {"aciConnectorLinux": {"enabled": True, "config": {"SubnetName": "aci"}}}}, "virtual nodes"),
        (
            {"agentPoolProfiles": [{"name": "flex", "type": "FlexNodes", "osType": "Linux", "osSKU": "AzureLinux3"}]},
            "flex (type FlexNodes)",
        ),
        ({"agentPoolProfiles": [{"name": "vms", "mode": "Machines", "osType": "Linux", "osSKU": "AzureLinux3"}]}, "vms (mode Machines)"),
    ],
)
def test_hybrid_clusters(preflight: Run, simulator: Simulator, cilium: list[str], properties: dict[str, t.Any], message: str) -> None:
    simulator.set_cluster("cil", {"properties": properties})
    finding = by_id(preflight(kubernetes=False))["EB29"]
    assert finding["severity"] == "error"
    assert message in finding["message"]


def test_nodes_of_node_auto_provisioning(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    simulator.set_cluster("cil", {"properties": {"nodeProvisioningProfile": {"mode": "Auto"}}})
    finding = by_id(preflight())["EB06"]
    assert (finding["severity"], finding["subject"]) == ("warning", "node auto-provisioning")


def test_a_pool_with_an_unknown_system(preflight: Run, simulator: Simulator, cilium: list[str]) -> None:
    simulator.set_cluster("cil", {"properties": {"agentPoolProfiles": [{"name": "odd", "osType": "Linux"}]}})
    result = preflight(kubernetes=False)
    assert "The system of these pools is unknown: odd (unknown)." in by_id(result)["EB06"]["message"]
    assert not result["passed"]


def test_disabling_is_not_held_against_what_enabling_needs(preflight: Run, simulator: Simulator) -> None:
    simulator.make_cluster("on", seed="cilium-acns", nodes=2)
    simulator.set_cluster("on", {"properties": {"nodeDisruptionProfile": {"nodeDisruptionPolicy": "Block"}}})
    result = preflight("on", host_routing="disabled")
    assert {finding["id"] for finding in result["findings"]} == {"EB13", "EB28"}
    assert "monitor" not in result


def test_ruleset_nodes(preflight: Run, cilium: list[str]) -> None:
    assert cilium[2] in by_id(preflight(ruleset_nodes=[cilium[2], "web1"]))["EB26"]["message"]


def test_node_observations_decide_rules_of_kube_proxy_too(simulator: Simulator, azure_env: dict[str, str]) -> None:
    names = [node["name"] for node in simulator.nodes("aks-a")]
    left = {"of": "ipvs", "kind": "interface", "name": "kube-ipvs0", "table": None, "family": None, "backend": None, "count": 1}
    observed = {name: observation() for name in names}
    observed[names[0]] = observation(kube_proxy={"mode": "iptables", "evidence": [], "leftovers": [left]})
    arguments = {"resource_group": simulator.resource_group, "name": "aks-a", "mode": "NFTABLES", "node_observations": observed}
    result = run_module("aks_preflight_info", arguments, env=azure_env)
    assert by_id(result, checked=False) == {}
    assert f"{names[0]} (interface kube-ipvs0 of ipvs)" in by_id(result)["KP22"]["message"]


@pytest.mark.parametrize(
    ("args", "pattern"),
    [
        ({"mode": "NFTABLES"}, r"mutually exclusive: host_routing\|mode"),
        ({"config": {"enabled": True}}, r"mutually exclusive: host_routing\|config"),
        ({"state": "default"}, r"kube_proxy and host_routing are both declared"),
        ({"api_version": "2025-10-01"}, r"eBPF host routing"),
        ({"ignore": ["EB99"]}, r"ignore names EB99.*EB28"),
        ({"host_routing": "on"}, r"value of host_routing must be one of"),
        ({"node_observations": {"n1": {"failed": True, "msg": "unreachable"}}}, r"node_observations\.n1 is not a result of aks\.dataplane\.node"),
        ({"node_observations": {"n1": {**observation(), "nft_tables": [{}]}}}, r"node_observations\.n1"),
        ({"host_routing": None, "mode": "NFTABLES", "enable_acns": True}, r"(?i)enable_acns.*host_routing|host_routing.*enable_acns"),
    ],
)  # fmt: skip
def test_bad_input_ends_before_anyone_is_asked(preflight: Run, simulator: Simulator, args: dict[str, t.Any], pattern: str) -> None:
    simulator.clear_log()
    result = preflight(**args)
    assert result.get("failed"), result
    assert re.search(pattern, result["msg"]), result["msg"]
    assert simulator.log() == []
