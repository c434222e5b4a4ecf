# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that a rule compares with: the last value that passes, the first that is found, and the number that the message names.

The numbers are those of the rules' sources (AKS's documentation and changelog, KEPs, kube-proxy, Cilium), never the constants of the code.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import ServiceFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import NodeObservation

from tests.support import host_routing
from tests.support.preflight import DAEMONSET, IPVS, NFTABLES, NODES, facts, hits, kube, node, view


def at(version: str, wanted: KubeProxyConfig = NFTABLES) -> Facts:
    return facts(wanted, cluster=view(version=version))


def image(tag: str) -> Facts:
    return facts(kube=kube(daemonset=dataclasses.replace(DAEMONSET, image=f"kube-proxy:{tag}")))


def nft(version: str) -> Facts:
    return facts(observations=(NodeObservation(NODES[0].name, nft=version),))


def services(total: int) -> Facts:
    return facts(kube=kube(services=ServiceFacts(total), unread={"endpoints": "forbidden"}))


def api(version: str, wanted: KubeProxyConfig = NFTABLES) -> Facts:
    return facts(wanted, api_version=version)


def timeouts(**seconds: int) -> Facts:
    return facts(KubeProxyConfig(True, "IPVS", IpvsConfig("RoundRobin", **seconds)))


def pods(**counts: int) -> Facts:
    return facts(kube=kube(daemonset=dataclasses.replace(DAEMONSET, **counts)))


def agents(**counts: int) -> Facts:
    daemonset = dataclasses.replace(host_routing.KUBE.daemonset or DAEMONSET, **counts)
    return host_routing.facts(kube=host_routing.kube(daemonset=daemonset))


def eb_cluster(version: str) -> Facts:
    return host_routing.facts(host_routing.body(currentKubernetesVersion=version))


def eb_pool(**changes: t.Any) -> Facts:
    return host_routing.facts(host_routing.body(pools=({}, {"name": "extra", **changes})))


def eb_kernel(kernel: str) -> Facts:
    return host_routing.facts(observations=host_routing.observations(kernel=kernel))


def eb_node(kernel: str) -> Facts:
    return host_routing.facts(kube=host_routing.kube(nodes=(*NODES, node("n9", kernel=kernel))))


def upgrade(surge: str | None, unavailable: str | None) -> Facts:
    return eb_pool(upgradeSettings={"maxSurge": surge, "maxUnavailable": unavailable})


def sku(name: str, version: str) -> Facts:
    return eb_pool(nodeImageVersion=None, osSKU=name, currentOrchestratorVersion=version)


def pod_ranges(*ranges: str) -> Facts:
    return host_routing.facts(host_routing.body(network={"ipFamilies": None, "podCidrs": list(ranges)}))


# Rule, the last that passes, the first that is found, its severity, and a part of its message.
LIMITS: list[tuple[str, Facts, Facts, str, str]] = [
    # AKS changelog of 2026-07-17 and KEP-3866: NFTABLES from Kubernetes 1.33 on.
    ("KP04", at("1.33.0"), at("1.32.99"), "error", "Kubernetes 1.32.99, NFTABLES needs 1.33."),
    ("KP04", at("2.0.0"), at("0.99.0"), "error", "0.99.0, NFTABLES needs 1.33."),
    ("KP04", image("v1.33.0"), image("v1.32.99"), "error", "image of kube-proxy is v1.32.99, NFTABLES needs 1.33."),
    # The description of the enum in AKS's API: IPVS from 1.22 on.
    ("KP05", at("1.22.0", IPVS), at("1.21.99", IPVS), "error", "1.21.99, IPVS needs 1.22."),
    # KEP-5495: deprecated, switched off, removed.
    ("KP07", at("1.34.99", IPVS), at("1.35.0", IPVS), "warning", "IPVS is deprecated since Kubernetes 1.35"),
    # AKS's documentation: which preview api-versions know the property, and which the mode NFTABLES.
    ("KP03", api("2025-09-02-preview"), api("2025-09-01-preview"), "error", "NFTABLES exists since 2025-09-02-preview only"),
    ("KP03", api("2022-08-02-preview", IPVS), api("2022-08-01-preview", IPVS), "error", "exists since 2022-08-02-preview only"),
    # AKS's API: the timeouts must be positive.
    ("KP14", timeouts(tcp_timeout_seconds=1), timeouts(tcp_timeout_seconds=0), "error", "tcp_timeout_seconds is 0, but must be"),
    ("KP14", timeouts(tcp_fin_timeout_seconds=1), timeouts(tcp_fin_timeout_seconds=0), "error", "tcp_fin_timeout_seconds is 0"),
    ("KP14", timeouts(udp_timeout_seconds=1), timeouts(udp_timeout_seconds=0), "error", "udp_timeout_seconds is 0"),
    # kube-proxy's own check of the kernel.
    ("KP15", facts(kube=kube(nodes=(node("a", kernel="5.13"),))), facts(kube=kube(nodes=(node("a", kernel="5.12.99"),))), "error", "older than 5.13: a"),
    ("KP15", facts(kube=kube(nodes=(node("a", kernel="6.0.1"),))), facts(kube=kube(nodes=(node("a", kernel="4.19.2"),))), "error", "older than 5.13: a"),
    # KEP-3866: nft 1.0.1 and later list kube-proxy's table sensibly.
    ("KP16", nft("1.0.1"), nft("1.0.0"), "warning", "older than 1.0.1: node0 (1.0.0)"),
    ("KP16", nft("1.1"), nft("1.0"), "warning", "node0 (1.0)"),
    ("KP16", nft("v2.0.0"), nft("v0.9.8"), "warning", "node0 (v0.9.8)"),
    ("KP26", services(9_999), services(10_000), "warning", "There are 10000 services; 10000 and more are known to be slow."),
    ("KP24", pods(ready=3), pods(ready=2), "error", "Only 2 of 3 pods are ready."),
    ("KP24", pods(updated=3), pods(updated=2), "warning", "2 of 3 pods are updated, 3 ready."),
    # AKS's documentation: eBPF host routing from 1.33 on, in the cluster and in each pool.
    ("EB04", eb_cluster("1.33.0"), eb_cluster("1.32.99"), "error", "1.32.99, eBPF host routing needs 1.33."),
    ("EB04", eb_pool(currentOrchestratorVersion="1.33.0"), eb_pool(currentOrchestratorVersion="1.32.99"), "error", "older than 1.33: extra (1.32.99)."),
    # Ubuntu is 24.04 from 1.35 on, AzureLinux is 3 from 1.32 on.
    ("EB06", sku("Ubuntu", "1.35.0"), sku("Ubuntu", "1.34.99"), "error", "extra (Ubuntu at Kubernetes 1.34.99)"),
    ("EB06", sku("AzureLinux", "1.32.0"), sku("AzureLinux", "1.31.99"), "error", "extra (AzureLinux at Kubernetes 1.31.99)"),
    ("EB12", pod_ranges("10.244.0.0/16"), pod_ranges("10.244.0.0/16", "fd00::/64"), "error", "The cluster has IPv6"),
    # Cilium's documentation: BPF host routing from kernel 5.10 on.
    ("EB21", eb_kernel("5.10"), eb_kernel("5.9.99"), "error", "older than 5.10 on node0 (5.9.99)."),
    ("EB21", eb_kernel("6.0.1"), eb_kernel("4.19.2"), "error", "older than 5.10 on node0 (4.19.2)."),
    ("EB21", eb_node("5.10.0"), eb_node("5.9.0"), "error", "older than 5.10 on n9 (5.9.0)."),
    ("EB23", agents(ready=3), agents(ready=2), "error", "Only 2 of 3 pods are ready."),
    ("EB23", agents(updated=3), agents(updated=2), "warning", "2 of 3 pods are updated, 3 ready."),
    # A rolling upgrade needs a node more, or one less.
    ("EB24", upgrade("1", "0"), upgrade("0", "0"), "warning", "neither an additional node nor an unavailable one (maxSurge, maxUnavailable): extra."),
    ("EB24", upgrade("1%", "0%"), upgrade("0%", "0%"), "warning", "extra."),
    ("EB24", upgrade("0", "1"), upgrade("0", None), "warning", "extra."),
    ("EB24", upgrade(None, "0"), upgrade("0%", "0"), "warning", "extra."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "passes", "found", "severity", "reported"), LIMITS, ids=[f"{rule}-{number}" for number, (rule, *_rest) in enumerate(LIMITS)]
)
def test_the_last_that_passes_and_the_first_that_is_found(rule: str, passes: Facts, found: Facts, severity: str, reported: str) -> None:
    assert hits(rule, passes) == []
    (finding,) = hits(rule, found)
    assert finding.severity == severity
    assert reported in finding.message


DEPRECATED = "IPVS is deprecated since Kubernetes 1.35, and kube-proxy disables it in 1.40."
SWITCHED_OFF = "kube-proxy does not start in IPVS mode from Kubernetes 1.40 on."
REMOVED = "IPVS is removed from kube-proxy in Kubernetes 1.43."


@pytest.mark.parametrize(
    ("version", "severity", "reported", "remedy"),
    [
        ("1.35.0", "warning", DEPRECATED, "Plan the switch to mode NFTABLES: ansible-playbook aks.dataplane.kube_proxy --check."),
        ("1.39.99", "warning", DEPRECATED, "Plan the switch to mode NFTABLES: ansible-playbook aks.dataplane.kube_proxy --check."),
        ("1.40.0", "error", SWITCHED_OFF, "Use mode NFTABLES."),
        ("1.42.99", "error", SWITCHED_OFF, "Use mode NFTABLES."),
        ("1.43.0", "error", REMOVED, "Use mode NFTABLES."),
        ("2.0.0", "error", REMOVED, "Use mode NFTABLES."),
    ],
)
def test_each_step_of_the_end_of_ipvs(version: str, severity: str, reported: str, remedy: str) -> None:
    (finding,) = hits("KP07", at(version, IPVS))
    assert (finding.severity, finding.remedy) == (severity, remedy)
    assert finding.message == f"The cluster runs Kubernetes {version}, and {reported}"


@pytest.mark.parametrize(("nodes", "reported"), [(1, "1 Linux nodes"), (2, "fewer than 4 connections"), (50, "fewer than 100 connections")])
def test_least_connection_is_uneven_below_two_connections_a_node(nodes: int, reported: str) -> None:
    (finding,) = hits("KP30", facts(IPVS, kube=kube(nodes=tuple(node(f"n{number}") for number in range(nodes)))))
    assert reported in finding.message


def test_least_connection_counts_the_linux_nodes_of_pools_where_nodes_are_not_known() -> None:
    pools = [{"name": "a", "count": 4}, {"name": "b", "count": None}, {"name": "w", "count": 7, "osType": "Windows"}]
    for unknown in (
        facts(IPVS, cluster=view(pools=pools), kube=None),
        facts(IPVS, cluster=view(pools=pools), kube=kube(unread={"nodes": "no"})),
    ):
        (finding,) = hits("KP30", unknown)
        assert "has 4 Linux nodes" in finding.message
        assert "fewer than 8 connections" in finding.message


@pytest.mark.parametrize(
    ("number", "reported"),
    [
        (1, "1 node of 4 not ready: n0."),
        (5, "5 nodes of 8 not ready: n0, n1, n2, n3, n4."),
        (6, "6 nodes of 9 not ready: n0, n1, n2, n3, n4 and 1 more."),
    ],
)
def test_a_message_names_five(number: int, reported: str) -> None:
    bad = tuple(node(f"n{index}", ready=False) for index in range(number))
    (finding,) = hits("KP27", facts(kube=kube(nodes=(*NODES, *bad))))
    assert finding.message == reported


@pytest.mark.parametrize(("number", "end"), [(5, "10.0.0.4/32 -j DROP."), (6, "10.0.0.4/32 -j DROP and 1 more.")])
def test_a_message_names_five_rules_of_a_node(number: int, end: str) -> None:
    rules = [f"-A INPUT -s 10.0.0.{index}/32 -j DROP" for index in range(number)]
    lines = {**host_routing.LINES, "ipv4": {**host_routing.LINES["ipv4"], "filter": rules}}
    (finding,) = hits("EB15", host_routing.facts(observations=host_routing.observations(monitor_lines=lines)))
    assert finding.message.endswith(end)
