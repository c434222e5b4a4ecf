# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every list that a rule looks a value up in: each member, and values that are none.

The members are those of the rules' sources, never the constants of the code.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import CalicoFacts, MasqueradeFile, WorkloadFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import Drops, NodeObservation

from tests.support import host_routing
from tests.support.preflight import DISABLED, IPTABLES, IPVS, NFTABLES, NODES, facts, hits, kube, view

OWN_CNI = view(networkPlugin="none")
WAITS = "another operation is in progress, and the switch waits for it."


def severity(rule: str, given: Facts) -> str | None:
    """Of the one finding; none without one."""
    found = hits(rule, given)
    assert len(found) <= 1
    return found[0].severity if found else None


def states(cluster: t.Any, pool: t.Any) -> list[tuple[str, Facts]]:
    """A cluster in these states for both rules that look at them; each is a provisioning state and a power state."""
    parts = [{"provisioningState": state, "powerState": {"code": power}} for state, power in (cluster, pool)]
    pools = ({}, {"name": "extra", **parts[1]})
    plain = view(state=cluster[0], power=cluster[1], pools=({"name": "system"}, pools[1]))
    return [("KP25", facts(cluster=plain)), ("EB23", host_routing.facts(host_routing.body(pools=pools, **parts[0])))]


# A state that ends by itself, however AKS spells it; all but the last of them were recorded or are in AKS's documentation.
WORKING = [
    *("Creating", "Updating", "Upgrading", "Scaling", "Starting", "Stopping", "Migrating", "UpgradingNodeImageVersion"),
    *("RotatingClusterCertificates", "RotatingServiceAccountKeys", "ReconcilingClusterETCDCertificates", "updating", "UPDATING", "Reticulating"),
]  # fmt: skip
ENDED = ["Failed", "Canceled", "failed", "Unknown", "Running"]


@pytest.mark.parametrize("state", WORKING)
def test_a_state_that_ends_by_itself_is_waited_for(state: str) -> None:
    for where, given in (
        *(("cluster aks", given) for given in states((state, "Running"), ("Succeeded", "Running"))),
        *(("pool extra", given) for given in states(("Succeeded", "Running"), (state, "Running"))),
    ):
        (finding,) = hits(*given)
        assert (finding.severity, finding.subject) == ("warning", where)
        assert finding.message == f"Its provisioning state is {state}: {WAITS}"
        assert finding.remedy == "Wait for that operation, which az aks operation show-latest shows, or plan a longer run."


@pytest.mark.parametrize("state", ENDED)
def test_a_state_that_stays_is_an_error(state: str) -> None:
    for given in states((state, "Running"), ("Succeeded", "Running")) + states(("Succeeded", "Running"), (state, "Running")):
        (finding,) = hits(*given)
        assert (finding.severity, finding.message) == ("error", f"Its provisioning state is {state}.")
        assert finding.remedy.startswith("Find the failed operation")


@pytest.mark.parametrize("state", ["Deleting", "deleting"])
def test_a_cluster_that_is_being_deleted_is_an_error_and_a_pool_is_waited_for(state: str) -> None:
    for given in states((state, "Running"), (state, "Running")):
        (finding,) = hits(*given)
        assert (finding.severity, finding.message) == ("error", f"Its provisioning state is {state}: it is being deleted.")
    for given in states(("Succeeded", "Running"), (state, "Running")):
        (finding,) = hits(*given)
        assert (finding.severity, finding.subject) == ("warning", "pool extra")


@pytest.mark.parametrize(("state", "power"), [("Succeeded", "Running"), ("succeeded", "running")])
def test_a_cluster_and_a_pool_that_can_be_updated(state: str, power: str) -> None:
    for rule, given in states((state, power), (state, power)):
        assert hits(rule, given) == []


@pytest.mark.parametrize("power", ["Stopped", "stopped", "Deallocated"])
def test_every_other_power_state_is_an_error(power: str) -> None:
    for where, given in (
        *(("cluster aks", given) for given in states(("Succeeded", power), ("Succeeded", "Running"))),
        *(("pool extra", given) for given in states(("Succeeded", "Running"), ("Succeeded", power))),
    ):
        (finding,) = hits(*given)
        assert (finding.severity, finding.subject, finding.message) == ("error", where, f"Its power state is {power}.")
        assert finding.remedy == "Start it first with az aks start or az aks nodepool start."


@pytest.mark.parametrize(
    ("state", "severity", "remedy"),
    [
        ("Registered", None, ""),
        ("registered", None, ""),
        (
            "Registering",
            "error",
            "The registration is in progress: wait for it, then refresh the resource provider with az provider register --namespace "
            "Microsoft.ContainerService.",
        ),
        (
            "registering",
            "error",
            "The registration is in progress: wait for it, then refresh the resource provider with az provider register --namespace "
            "Microsoft.ContainerService.",
        ),
        ("Pending", "error", "The registration waits for an approval by Azure: open a request with Azure support."),
        ("NotRegistered", "error", "Register it: ansible localhost -m aks.dataplane.aks_preview_feature"),
        ("Unregistering", "error", "Register it: ansible localhost -m aks.dataplane.aks_preview_feature"),
        ("Unregistered", "error", "Register it: ansible localhost -m aks.dataplane.aks_preview_feature"),
        ("NotSpecified", "error", "Register it: ansible localhost -m aks.dataplane.aks_preview_feature"),
    ],
)
def test_the_states_of_the_preview_feature(state: str, severity: str | None, remedy: str) -> None:
    found = hits("KP02", facts(feature_state=state))
    assert [(finding.severity, finding.remedy[: len(remedy)]) for finding in found] == ([(severity, remedy)] if severity else [])


@pytest.mark.parametrize(
    ("state", "reported"), [("Registered", None), ("registered", None), ("Registering", "error"), ("Unregistered", "error")]
)
def test_the_states_of_the_resource_provider(state: str, reported: str | None) -> None:
    assert severity("EB27", host_routing.facts(provider_state=state)) == reported


# Owners as node_dataplane_info names them.
@pytest.mark.parametrize(
    ("owner", "may_drop", "may_have_tables"),
    [
        ("aks", True, True),
        ("azure-npm", True, False),
        ("calico", True, False),
        ("cilium", True, False),
        ("kube-proxy", False, True),
        ("iptables-nft", False, True),
        ("kube-router", False, False),
        ("firewalld", False, False),
        ("unknown", False, False),
    ],
)
def test_whose_rules_are_no_others(owner: str, may_drop: bool, may_have_tables: bool) -> None:
    drops = facts(observations=(NodeObservation(NODES[0].name, drops=(Drops("INPUT in ip filter", owner),)),))
    assert severity("KP18", drops) == (None if may_drop else "warning")
    for rule, given in (
        ("KP17", facts(observations=(NodeObservation(NODES[0].name, nft_tables={"inet x": owner}),))),
        ("EB19", host_routing.facts(observations=host_routing.observations(nft_tables={"inet x": owner}))),
    ):
        assert severity(rule, given) == (None if may_have_tables else "warning")


# In the name of a DaemonSet or of an image.
WRITERS = {
    "node-local-dns": "NodeLocal DNSCache",
    "dns-node-cache": "NodeLocal DNSCache",
    "nodelocal-dns": "NodeLocal DNSCache",
    "istio-cni": "Istio CNI",
    "linkerd-cni": "Linkerd CNI",
    "kuma-cni": "Kuma CNI",
    "consul-cni": "Consul CNI",
    "kube-router": "kube-router",
    "calico-node": "Calico",
    "kube2iam": "kube2iam",
    "kiam-agent": "kiam",
    "aad-pod-identity": "AAD Pod Identity",
    "tailscale": "Tailscale",
    "firewall": "a firewall",
    "fail2ban": "fail2ban",
    "crowdsec": "CrowdSec",
    "iptables": "a program for iptables",
    "nftables": "a program for nftables",
}


def workload(name: str, *images: str, managed: bool = False, firewall: bool = True) -> Facts:
    return host_routing.facts(kube=host_routing.kube(workloads=(WorkloadFacts(name, images, managed, firewall),)))


@pytest.mark.parametrize(("part", "what"), WRITERS.items())
def test_programs_that_write_iptables_rules(part: str, what: str) -> None:
    for given in (
        workload(f"shop/{part}"),
        workload(f"shop/my-{part.upper()}-x"),
        workload("shop/guard", "a/b:1", f"registry.example/{part}:v1"),
    ):
        (finding,) = hits("EB20", given)
        assert f" ({what})." in finding.message
    assert hits("EB20", workload(f"shop/{part}", managed=True)) == []
    assert hits("EB20", workload(f"shop/{part}", firewall=False)) == []
    # The namespace's name says nothing of a program.
    assert hits("EB20", workload(f"{part}/web")) == []


@pytest.mark.parametrize("name", ["web", "node-exporter", "fluent-bit", "kube-state-metrics", "istiod", "calico-typha", "coredns", "nft"])
def test_other_programs_are_not_named(name: str) -> None:
    assert hits("EB20", workload(f"shop/{name}", f"registry.example/{name}:1")) == []


# ztunnel-cilium is AKS's own mTLS for Cilium.
@pytest.mark.parametrize(
    ("name", "reported"), [("istio-system/ztunnel", "error"), ("kube-system/ztunnel-cilium", None), ("ztunnel/web", None)]
)
def test_which_daemonset_is_istios_ambient_mode(name: str, reported: str | None) -> None:
    assert severity("EB11", workload(name)) == reported


def masquerade(mode: str | None) -> Facts:
    """A file that is not valid."""
    body = host_routing.body(network={"networkPluginMode": mode})
    return host_routing.facts(body, kube=host_routing.kube(ip_masq=(MasqueradeFile("ip-masq-agent", []),)))


def pool(**changes: t.Any) -> Facts:
    return host_routing.facts(host_routing.body(pools=({}, {"name": "extra", **changes})))


def network(**changes: t.Any) -> Facts:
    return host_routing.facts(host_routing.body(network=changes))


def properties(**changes: t.Any) -> Facts:
    return host_routing.facts(host_routing.body(**changes))


def encrypted(kind: str | None) -> Facts:
    return network(advancedNetworking={**host_routing.ACNS, "security": {"enabled": True, "transitEncryption": {"type": kind}}})


def replaced(value: str | None) -> Facts:
    return host_routing.facts(kube=host_routing.kube(kube_proxy_replacement=value))


def modules(*names: str) -> Facts:
    return host_routing.facts(observations=host_routing.observations(lsm=names))


def replacement(value: str | None) -> Facts:
    return facts(DISABLED, cluster=OWN_CNI, kube=kube(kube_proxy_replacement=value))


def calico(*, wanted: KubeProxyConfig = NFTABLES, **settings: t.Any) -> Facts:
    return facts(wanted, cluster=OWN_CNI, kube=kube(calico=CalicoFacts(**settings)))


# Rule, values that pass, values that are found, the severity, and how to make facts of a value.
VALUES: list[tuple[str, list[t.Any], list[t.Any], str, t.Callable[[t.Any], Facts]]] = [
    ("KP01", ["azure", "", None, "Azure"], ["cilium", "Cilium"], "error", lambda value: facts(cluster=view(networkDataplane=value))),
    ("KP06", ["none", "calico", "cilium", None], ["azure", "Azure"], "error", lambda value: facts(IPVS, cluster=view(networkPolicy=value))),
    ("KP09", ["none", "calico", None], ["azure", "Azure"], "warning", lambda value: facts(cluster=view(networkPolicy=value))),
    ("KP08", ["none", "azure", None], ["calico", "Calico"], "error", lambda value: facts(cluster=view(networkPolicy=value))),
    ("KP08", ["Nftables"], ["Iptables", "BPF", "VPP", None], "error", lambda value: calico(linux_dataplane=value)),
    ("KP08", ["Enabled"], ["Disabled", "Auto", None], "error", lambda value: calico(nftables_mode=value)),
    ("KP10", ["none", "None"], ["azure", "kubenet", None], "error", lambda value: facts(DISABLED, cluster=view(networkPlugin=value))),
    ("KP11", ["true", "True", "strict", "Strict"], ["false", "partial", "probe", "", None], "error", replacement),
    ("KP11", ["BPF"], ["Iptables", "Nftables", None], "error", lambda value: calico(wanted=DISABLED, linux_dataplane=value)),
    ("KP11", [True], [False, None], "error", lambda value: calico(wanted=DISABLED, bpf_enabled=value)),
    ("KP13", ["Base", "base", None], ["Automatic", "automatic"], "error", lambda value: facts(cluster=view(sku=value))),
    ("KP14", ["IPTABLES", "IPVS", "NFTABLES"], ["EBPF", "iptables", ""], "error", lambda value: facts(KubeProxyConfig(True, value))),
    (
        "KP14",
        ["LeastConnection", "RoundRobin", None],
        ["WeightedRoundRobin", "lc", "leastconnection"],
        "error",
        lambda value: facts(KubeProxyConfig(True, "IPVS", IpvsConfig(value, 900))),
    ),
    ("KP30", ["RoundRobin", None], ["LeastConnection"], "info", lambda value: facts(KubeProxyConfig(True, "IPVS", IpvsConfig(value, 900)))),
    ("EB01", ["cilium", "Cilium"], ["azure", "", None], "error", lambda value: network(networkDataplane=value)),
    ("EB02", ["azure", "Azure"], ["kubenet", "none", "", None], "error", lambda value: network(networkPlugin=value)),
    ("EB02b", ["overlay", "Overlay"], ["", None], "warning", lambda value: network(networkPluginMode=value)),
    ("EB05", ["Linux", "linux", None], ["Windows", "windows"], "error", lambda value: pool(osType=value)),
    (
        "EB08",
        ["OCIContainer", "WasmWasi", "KataIsolation", "", None],
        ["KataVmIsolation", "KataMshvVmIsolation", "KataCcIsolation", "katavmisolation"],
        "error",
        lambda value: pool(workloadRuntime=value),
    ),
    ("EB09", ["System", "User", None], ["Gateway", "gateway"], "error", lambda value: pool(mode=value)),
    ("EB09", [False, None], [True], "error", lambda value: network(staticEgressGatewayProfile={"enabled": value})),
    ("EB10", ["Disabled", "", None], ["Istio", "istio"], "error", lambda value: properties(serviceMeshProfile={"mode": value})),
    ("EB12", [["IPv4"], [], None], [["IPv4", "IPv6"], ["IPv6"], ["ipv6"]], "error", lambda value: network(ipFamilies=value)),
    ("EB13", ["Allow", "", None], ["Block", "block"], "error", lambda value: properties(nodeDisruptionProfile={"nodeDisruptionPolicy": value})),
    (
        "EB13",
        [],
        ["AllowDuringMaintenanceWindow", "allowduringmaintenancewindow"],
        "warning",
        lambda value: properties(nodeDisruptionProfile={"nodeDisruptionPolicy": value}),
    ),
    # The merger does not run where pods have a subnet of their own.
    ("EB17", ["", None], ["overlay", "Overlay"], "error", masquerade),
    ("EB21", [("bpf",), ("lockdown", "bpf")], [(), ("lockdown", "bpfx")], "error", lambda value: modules(*value)),
    ("EB22", ["true", "True"], ["false", "strict", "partial", "", None], "error", replaced),
    ("EB25", ["None", "none", "", None], ["WireGuard", "mTLS"], "info", encrypted),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "passing", "found", "reported", "given"), VALUES, ids=[f"{rule}-{number}" for number, (rule, *_rest) in enumerate(VALUES)]
)
def test_values_that_pass_and_values_that_are_found(
    rule: str, passing: list[t.Any], found: list[t.Any], reported: str, given: t.Callable[[t.Any], Facts]
) -> None:
    assert {str(value): severity(rule, given(value)) for value in passing} == dict.fromkeys(map(str, passing))
    assert {str(value): severity(rule, given(value)) for value in found} == dict.fromkeys(map(str, found), reported)


@pytest.mark.parametrize(
    ("current", "wanted", "left", "broken"),
    [
        (IPTABLES, IPVS, True, False),
        (IPVS, IPTABLES, True, True),
        (IPTABLES, NFTABLES, False, False),
        (NFTABLES, IPTABLES, False, False),
        (NFTABLES, IPVS, False, False),
        (IPVS, NFTABLES, False, True),
        (DISABLED, IPVS, False, False),
    ],
)
def test_which_switches_leave_rules_and_which_break_connections(
    current: KubeProxyConfig, wanted: KubeProxyConfig, left: bool, broken: bool
) -> None:
    given = facts(wanted, current)
    assert (severity("KP21", given), severity("KP23", given)) == ("warning" if left else None, "warning" if broken else None)
