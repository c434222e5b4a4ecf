# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of eBPF host routing: what hits it, what does not, and when it is not checked."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.evaluate import passed
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import PROFILES, SEVERITIES, Finding
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.facts import HostRoutingFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.monitor_prediction import predict_nodes
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import (
    AllowedPatterns,
    MasqueradeFile,
    WorkloadFacts,
)
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4, BUNDLED_IPV6
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import DaemonSet
from hypothesis import given
from hypothesis import strategies as st

from tests.support.host_routing import ACNS, BPF_VETH, LINES, body, facts, kube, observations
from tests.support.preflight import NODES, findings_of, hits, node

USER_RULE = "-A INPUT -s 10.1.2.3/32 -j DROP"


def network(**changes: t.Any) -> HostRoutingFacts:
    return facts(body(network=changes))


def pool(**changes: t.Any) -> HostRoutingFacts:
    """A second pool, which is special."""
    return facts(body(pools=({}, {"name": "extra", **changes})))


def lines(*rules: str, table: str = "filter", family: str = "ipv4") -> dict[str, t.Any]:
    """monitor_lines of a node with these rules."""
    return {**LINES, family: {**LINES[family], table: ("-P INPUT ACCEPT", *rules)}}


def masquerade(content: t.Any = None, problem: str = "") -> HostRoutingFacts:
    return facts(kube=kube(ip_masq=(MasqueradeFile("ip-masq-agent", content, problem),)))


def workload(name: str, *images: str, managed: bool = False, firewall: bool = True) -> HostRoutingFacts:
    return facts(kube=kube(workloads=(WorkloadFacts(name, images, managed, firewall),)))


def policy(value: str, **more: t.Any) -> HostRoutingFacts:
    return facts(body(nodeDisruptionProfile={"nodeDisruptionPolicy": value}, **more))


WITH_USER_RULE = observations(monitor_lines=lines(USER_RULE))
FLEX, MACHINES = {"type": "FlexNodes"}, {"type": "VirtualMachines", "mode": "machines"}
ACI = {"ACIConnectorLinux": {"enabled": True, "config": {"SubnetName": "aci"}}}
VIRTUAL = node("virtual-node-aci-linux", not_applicable="virtual nodes have no kube-proxy", os_image="")
DUAL = {"ipFamilies": ["IPv4", "IPv6"], "podCidrs": ["10.244.0.0/16", "fd00::/64"]}
BLOCK = {"nodeDisruptionPolicy": "Block"}

HITS: list[tuple[str, HostRoutingFacts, list[tuple[str, str]]]] = [
    ("EB01", network(networkDataplane="azure"), [("error", "data plane is azure")]),
    ("EB01", network(networkDataplane=None), [("error", "data plane is azure")]),
    ("EB02", network(networkPlugin="kubenet"), [("error", "plugin is kubenet")]),
    ("EB02b", network(networkPluginMode=None), [("warning", "no subnet for pods: system")]),
    ("EB03", network(advancedNetworking=None), [("error", "may not enable them")]),
    ("EB03", facts(body(network={"advancedNetworking": {"enabled": False}}), enable_acns=True), [("warning", "the change enables them")]),
    ("EB04", facts(body(currentKubernetesVersion="1.32.9")), [("error", "Kubernetes 1.32.9, eBPF host routing needs 1.33")]),
    ("EB04", pool(currentOrchestratorVersion="1.32.11"), [("error", "extra (1.32.11)")]),
    ("EB05", pool(osType="Windows", osSKU="Windows2022"), [("error", "run Windows: extra")]),
    ("EB06", pool(nodeImageVersion="AKSUbuntu-2204gen2containerd-202610.12.0"), [("error", "extra (Ubuntu 22.04)")]),
    ("EB06", pool(nodeImageVersion="AKSUbuntuEdgeZone-2204gen2containerd-202610.12.0"), [("error", "extra (Ubuntu 22.04)")]),
    ("EB06", pool(nodeImageVersion="AKSAzureLinux-V2gen2-202509.23.0"), [("error", "extra (Azure Linux 2)")]),
    ("EB06", pool(nodeImageVersion="AKSCBLMariner-V2gen2-202404.09.0"), [("error", "extra (Azure Linux 2)")]),
    ("EB06", pool(nodeImageVersion="AKSAzureLinux-V3-OSGuard-gen2-202610.12.0"), [("error", "OSGuard")]),
    ("EB06", pool(nodeImageVersion="AKSFlatcar-flatcargen2-202610.12.0", osSKU="Flatcar"), [("error", "Flatcar")]),
    ("EB06", pool(nodeImageVersion="AKSACL-aclgen2-202610.12.0", osSKU="AzureContainerLinux"), [("error", "aclgen2")]),
    ("EB06", pool(nodeImageVersion=None, osSKU="Ubuntu"), [("error", "extra (Ubuntu at Kubernetes 1.34.2)")]),
    ("EB06", pool(nodeImageVersion=None, osSKU="AzureLinux", currentOrchestratorVersion="1.31.9"), [("error", "AzureLinux at Kubernetes")]),
    ("EB06", pool(nodeImageVersion=None, osSKU="Ubuntu2204"), [("error", "extra (Ubuntu2204)")]),
    ("EB06", facts(kube=kube(nodes=(*NODES, node("odd", os_image="Ubuntu 22.04.5 LTS")))), [("error", "odd (Ubuntu 22.04.5 LTS)")]),
    ("EB06", pool(nodeImageVersion=None, osSKU=None), [("error", "is unknown: extra (unknown)")]),
    ("EB06", pool(nodeImageVersion=None, osSKU="Ubuntu", currentOrchestratorVersion="latest"), [("error", "is unknown: extra (Ubuntu at Kubernetes latest)")]),
    ("EB06", facts(kube=kube(nodes=(*NODES, node("odd", os_image="")))), [("error", "The system of these nodes is unknown: odd.")]),
    ("EB06", facts(auto_provisioned=True), [("warning", "Ubuntu 22.04 before Kubernetes 1.35, and the cluster runs 1.34.2")]),
    ("EB07", pool(vmSize="Standard_DC4as_v5"), [("error", "extra (Standard_DC4as_v5)")]),
    ("EB07", pool(vmSize="standard_ec8eds_v5"), [("error", "standard_ec8eds_v5")]),
    ("EB07", pool(vmSize="Standard_EC96-24ads_cc_v5"), [("error", "_cc_v5")]),
    ("EB07", pool(vmSize="Standard_DC2es_v6"), [("error", "_v6")]),
    ("EB07", pool(vmSize="Standard_NCC40ads_H100_v5"), [("error", "NCC40")]),
    ("EB07", pool(nodeImageVersion="AKSUbuntu-2404CVMcontainerd-202610.12.0"), [("error", "extra")]),
    ("EB08", pool(workloadRuntime="KataVmIsolation"), [("error", "extra (KataVmIsolation)")]),
    ("EB08", pool(workloadRuntime="KataMshvVmIsolation"), [("error", "KataMshvVmIsolation")]),
    ("EB08", pool(workloadRuntime="KataCcIsolation"), [("error", "KataCcIsolation")]),
    ("EB09", network(staticEgressGatewayProfile={"enabled": True}), [("error", "Static Egress Gateway is enabled")]),
    ("EB09", pool(mode="Gateway"), [("error", "gateway pools: extra")]),
    ("EB10", facts(body(serviceMeshProfile={"mode": "Istio"})), [("error", "Istio add-on")]),
    ("EB11", facts(kube=kube(ambient=("shop",))), [("error", "ambient mode: shop")]),
    ("EB11", workload("istio-system/ztunnel"), [("error", "istio-system/ztunnel")]),
    ("EB11", facts(kube=kube(ambient=("shop",), unread={"workloads": "forbidden"})), [("error", "shop")]),
    ("EB12", network(**DUAL), [("error", "IPv4, IPv6")]),
    ("EB12", network(ipFamilies=None, podCidrs=DUAL["podCidrs"]), [("error", "unknown")]),
    ("EB13", policy("Block"), [("error", "policy is Block")]),
    ("EB13", facts(body(nodeDisruptionProfile=BLOCK, network={"advancedNetworking": BPF_VETH}), enabled=False), [("error", "Block")]),
    ("EB13", policy("AllowDuringMaintenanceWindow"), [("warning", "aksManagedNodeOSUpgradeSchedule")]),
    ("EB14", facts(kube=kube(cilium_nodes={"node0": True, "node1": False, "node2": None})), [("error", "1 node: node0")]),
    ("EB15", facts(observations=WITH_USER_RULE), [("error", f"would not start there: filter: {USER_RULE}.")]),
    (
        "EB15",
        facts(body(network=DUAL), observations=observations(monitor_lines=lines("-A INPUT -s fd00::1/128 -j DROP", family="ipv6"))),
        [("error", "marked for it")],
    ),
    ("EB15", facts(kube=kube(patterns=AllowedPatterns()), observations=WITH_USER_RULE), [("error", "published 2026-08-20")]),
    ("EB15", facts(kube=None, observations=observations(monitor_lines=lines(USER_RULE, table="nat"))[:1]), [("error", "nat: ")]),
    ("EB16", facts(kube=kube(patterns=AllowedPatterns())), [("warning", "list published at 2026-08-20")]),
    ("EB16", facts(body(network=DUAL)), [("warning", "list published")]),
    ("EB17", masquerade(problem="it is no YAML: x"), [("error", "it is no YAML")]),
    ("EB17", masquerade(["10.0.0.0/8"]), [("error", "no mapping")]),
    ("EB17", masquerade({"nonMasqueradeCIDRs": "10.0.0.0/8"}), [("error", "no list")]),
    ("EB17", masquerade({"nonMasqueradeCIDRs": ["10.0.0.1/8"]}), [("error", '"10.0.0.1/8" does not begin at its first address')]),
    ("EB17", masquerade({"nonmasqueradecidrs": ["10.0.0.0"]}), [("error", "has no length")]),
    ("EB17", masquerade({"nonMasqueradeCIDRs": ["10.0.0.0/255.0.0.0"]}), [("error", "has no length")]),
    ("EB17", masquerade({"nonMasqueradeCIDRs": ["10.0.0.0/33"]}), [("error", "is none")]),
    ("EB17", masquerade({"nonMasqueradeCIDRs": [10]}), [("error", "is no text")]),
    ("EB17", masquerade({"masqLinkLocal": "yes"}), [("error", "masqLinkLocal is not true or false")]),
    ("EB18", masquerade({"nonMasqueradeCIDRs": ["10.0.0.0/8"]}), [("warning", "10.0.0.0/8")]),
    (
        "EB19",
        facts(observations=observations(nft_tables={"inet fw": "unknown", "ip filter": "iptables-nft"})),
        [("warning", "third-party nftables tables on node0 (inet fw)")],
    ),
    (
        "EB19",
        facts(observations=observations(nft_tables={"inet fw": "aks-dataplane"}, own_tables={"inet fw": "1.0.6"})),
        [("warning", "tables of node_nftables_ruleset on node0 (inet fw)")],
    ),
    ("EB20", workload("kube-system/node-local-dns"), [("warning", "NodeLocal DNSCache")]),
    ("EB20", workload("istio-system/istio-cni-node"), [("warning", "Istio CNI")]),
    ("EB20", workload("sec/host-guard", "registry.example/iptables-applier:1"), [("warning", "sec/host-guard (a program for iptables)")]),
    ("EB21", facts(observations=observations(lsm=("lockdown", "apparmor"))), [("error", "security module bpf is not active on node0")]),
    ("EB21", facts(observations=observations(cgroup2=False)), [("error", "no unified cgroup")]),
    ("EB21", facts(observations=observations(kernel="5.4.0-1091-azure")), [("error", "older than 5.10 on node0 (5.4.0-1091-azure)")]),
    ("EB21", facts(kube=kube(nodes=(*NODES[:2], node("node2", kernel="5.4.0"))), observations=()), [("error", "node2 (5.4.0)")]),
    ("EB22", facts(kube=kube(kube_proxy_replacement="false")), [("error", "kube-proxy-replacement is false")]),
    ("EB22", facts(kube=kube(kube_proxy_replacement=None)), [("error", "is not set")]),
    ("EB23", facts(body(provisioningState="Failed")), [("error", "Failed")]),
    ("EB23", facts(body(provisioningState="Updating")), [("warning", "Updating")]),
    ("EB23", facts(kube=kube(daemonset=None)), [("error", "no DaemonSet cilium")]),
    ("EB23", facts(kube=kube(daemonset=DaemonSet(None, 2, 2, 3, 3, 2))), [("error", "2 of 3 pods are ready")]),
    ("EB23", facts(kube=kube(daemonset=DaemonSet(None, 2, 2, 3, 1, 1))), [("warning", "1 of 3 pods are updated")]),
    ("EB23", facts(kube=kube(nodes=(*NODES, node("n9", ready=False)))), [("warning", "1 node of 4 not ready: n9")]),
    ("EB23", facts(kube=kube(nodes=(node("n9", ready=False),))), [("error", "1 node of 1 not ready: n9")]),
    (
        "EB23",
        facts(kube=kube(nodes=(*NODES, node("n9", ready=False)), daemonset=DaemonSet(None, 2, 2, 4, 4, 3))),
        [("warning", "3 of 4 pods are ready"), ("warning", "1 node of 4 not ready: n9")],
    ),
    ("EB24", facts(kube=kube(budgets=("shop/web",))), [("warning", "1 budget allow no disruption now: shop/web")]),
    ("EB24", pool(upgradeSettings={"maxSurge": "0", "maxUnavailable": "0"}), [("warning", "maxSurge, maxUnavailable): extra")]),
    ("EB13", policy("AllowDuringMaintenanceWindow"), [("warning", "without that window, AKS allows the change at any time")]),
    ("EB24", pool(upgradeStrategy="BlueGreen"), [("warning", "twice their nodes for a time: extra")]),
    ("EB24", pool(upgradeStrategy="bluegreen", upgradeSettings={"maxSurge": "0"}), [("warning", "blue-green")]),
    ("EB25", network(advancedNetworking={**ACNS, "security": {"enabled": True, "transitEncryption": {"type": "WireGuard"}}}), [("info", "WireGuard")]),
    ("EB26", facts(ruleset_nodes=("node1", "web1.example")), [("error", "custom ruleset: node1")]),
    ("EB27", facts(provider_state="NotRegistered"), [("error", "in the state NotRegistered")]),
    ("EB28", facts(), [("info", "drained and replaced")]),
    ("EB28", network(advancedNetworking=BPF_VETH), [("info", "enabled in Azure already")]),
    ("EB28", facts(enabled=False), [("info", "disabled in Azure already")]),
    ("EB29", facts(body(addonProfiles={"aciConnectorLinux": {"enabled": True}})), [("error", "virtual nodes (aciConnectorLinux) is enabled")]),
    ("EB29", facts(body(addonProfiles=ACI), kube=kube(nodes=(*NODES, VIRTUAL))), [("error", "(aciConnectorLinux)")]),
    ("EB29", pool(**FLEX), [("error", "join from elsewhere: extra (type FlexNodes)")]),
    ("EB29", facts(body(pools=({}, {"name": "m", **MACHINES}, {"name": "f", **FLEX}))), [("error", "f (type FlexNodes), m (mode machines)")]),
    ("EB29", facts(kube=kube(nodes=(*NODES, VIRTUAL))), [("error", "These nodes are virtual: virtual-node-aci-linux.")]),
    ("EB30", facts(kube=kube(cilium_nodes={"node0": False, "node1": None})), [("warning", "not labelled 2 nodes yet: node1, node2.")]),
    ("EB30", facts(kube=kube(cilium_nodes={})), [("warning", "not labelled 3 nodes yet")]),
    ("EB30", facts(kube=kube(cilium_nodes={"a": None, "b": False}, unread={"nodes": "forbidden"})), [("warning", "not labelled 1 node yet: a.")]),
    (
        "EB31",
        facts(body(pools=({}, {"name": "old", "osSKU": "Flatcar", "nodeImageVersion": None})), today="2026-09-08"),
        [("warning", "AKS has removed its node images on 2026-09-08")],
    ),
]  # fmt: skip

MISSES: list[tuple[str, HostRoutingFacts]] = [
    ("EB01", network(networkDataplane="Cilium")),
    ("EB01", facts(body(network={"networkDataplane": "azure"}), enabled=False)),
    ("EB02", network(networkPlugin="Azure")),
    ("EB02b", facts()),
    ("EB02b", facts(body(pools=({"podSubnetID": "/subnets/pods"},), network={"networkPluginMode": None}))),
    ("EB03", facts()),
    ("EB04", facts(body(pools=({"currentOrchestratorVersion": "1.33.0"},), currentKubernetesVersion="1.33.0"))),
    ("EB05", facts()),
    ("EB06", pool(nodeImageVersion="AKSAzureLinux-V3gen2-202509.23.0", osSKU="AzureLinux")),
    ("EB06", pool(nodeImageVersion="AKSUbuntu-2404gen2containerd-202610.12.0", osSKU="Ubuntu2404")),
    ("EB06", pool(nodeImageVersion=None, osSKU="Ubuntu", currentOrchestratorVersion="1.35.0")),
    ("EB06", pool(nodeImageVersion=None, osSKU="AzureLinux", currentOrchestratorVersion="1.32.0")),
    ("EB06", pool(nodeImageVersion=None, osSKU="AzureLinux3")),
    ("EB06", pool(osType="Windows", nodeImageVersion="AKSWindows-2022-20348.4297.251014")),
    ("EB06", facts(kube=kube(nodes=(*NODES, node("azl", os_image="Microsoft Azure Linux 3.0"), node("win", os="windows", os_image="Windows"))))),
    ("EB07", pool(vmSize="Standard_DC2s_v3")),
    ("EB07", pool(vmSize="Standard_DC4ds_v3")),
    ("EB07", pool(vmSize="Standard_DC2s_v2")),
    ("EB07", pool(vmSize="Standard_D4as_v5")),
    ("EB07", pool(vmSize="Standard_NC40ads_H100_v5")),
    ("EB08", pool(workloadRuntime="WasmWasi")),
    ("EB09", network(staticEgressGatewayProfile={"enabled": False})),
    ("EB10", facts(body(serviceMeshProfile={"mode": "Disabled"}))),
    ("EB11", workload("shop/tunnel")),
    ("EB12", facts()),
    ("EB13", policy("Allow")),
    ("EB13", policy("Block", network={"advancedNetworking": BPF_VETH})),
    ("EB14", facts(kube=kube(cilium_nodes={"node0": False, "node1": None}))),
    ("EB15", facts()),
    ("EB15", facts(observations=())),
    ("EB15", facts(observations=observations(monitor_lines=lines('-A INPUT -m comment --comment "cilium: x" -j ACCEPT')))),
    ("EB15", facts(observations=observations(monitor_lines=lines("-A INPUT -s fd00::1/128 -j DROP", family="ipv6")))),
    ("EB15", facts(kube=kube(patterns=AllowedPatterns({**BUNDLED_IPV4, "filter": "-s 10\\.1\\.2\\.3\n"})), observations=WITH_USER_RULE)),
    ("EB16", facts()),
    ("EB16", facts(body(network=DUAL), kube=kube(patterns=AllowedPatterns(BUNDLED_IPV4, BUNDLED_IPV6)))),
    ("EB17", masquerade()),
    ("EB17", masquerade({"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/64"], "masqLinkLocal": True, "resyncInterval": "60s"})),
    ("EB17", facts(body(network={"networkPluginMode": None}), kube=kube(ip_masq=(MasqueradeFile("ip-masq-agent", []),)))),
    ("EB18", masquerade({"masqLinkLocal": True})),
    ("EB19", facts(observations=observations(nft_tables={"ip filter": "iptables-nft", "ip6 azureSLBProbe": "aks"}))),
    ("EB20", workload("kube-system/ip-masq-agent", "mcr.example/iptables", managed=True)),
    ("EB20", workload("shop/iptables-docs", firewall=False)),
    ("EB20", workload("shop/web", "registry.example/web")),
    ("EB21", facts()),
    ("EB21", facts(observations=observations(kernel="5.10.0-1"))),
    ("EB21", facts(observations=observations(kernel="linux-5.4.0"))),
    ("EB22", facts()),
    ("EB22", facts(body(network={"networkDataplane": "azure"}), kube=kube(kube_proxy_replacement=None))),
    ("EB23", facts()),
    ("EB23", facts(kube=kube(nodes=(*NODES, node("w", os="windows", ready=False))))),
    ("EB24", facts()),
    ("EB24", pool(upgradeSettings={"maxSurge": "0", "maxUnavailable": "1"})),
    ("EB24", pool(upgradeStrategy="Rolling")),
    ("EB24", facts(body(pools=({"upgradeStrategy": "BlueGreen"},), network={"advancedNetworking": BPF_VETH}))),
    ("EB24", facts(body(network={"advancedNetworking": BPF_VETH}), kube=kube(budgets=("shop/web",)))),
    ("EB25", network(advancedNetworking={**ACNS, "security": {"enabled": True, "transitEncryption": {"type": "None"}}})),
    ("EB26", facts(ruleset_nodes=("web1.example",))),
    ("EB26", facts()),
    ("EB27", facts(provider_state="registered")),
    # A pool that Azure says nothing of, but whose nodes do.
    ("EB06", facts(body(pools=({}, {"name": "x", "nodeImageVersion": None, "osSKU": None})), kube=kube(nodes=(*NODES, node("n9", pool="x"))))),
    ("EB06", facts(body(currentKubernetesVersion="1.35.0"), auto_provisioned=True)),
    ("EB29", facts(body(addonProfiles={"aciConnectorLinux": {"enabled": False}, "azurepolicy": {"enabled": True}}))),
    ("EB29", pool(type="VirtualMachines", mode="User")),
    ("EB29", facts(body(addonProfiles=ACI), enabled=False)),
    ("EB30", facts()),
    ("EB30", facts(kube=kube(cilium_nodes={one.name: one.name == "node0" for one in NODES}))),
    ("EB30", facts(body(network={"networkDataplane": "azure"}), kube=kube(cilium_nodes={}))),
    ("EB30", facts(body(network={"advancedNetworking": BPF_VETH}), kube=kube(cilium_nodes={}))),
    ("EB31", facts(today="2026-11-28")),
    ("EB31", facts(body(pools=({"nodeImageVersion": "AKSUbuntu-2204gen2containerd-202610.12.0"},)), today="2026-11-28")),
]  # fmt: skip

NOT_CHECKED: list[tuple[str, HostRoutingFacts, str]] = [
    ("EB04", facts(body(currentKubernetesVersion="latest")), '"latest"'),
    ("EB04", pool(currentOrchestratorVersion=None), 'extra ("")'),
    ("EB11", facts(kube=None), "not asked"),
    ("EB11", facts(kube=kube(unread={"ambient": "no namespaces"})), "no namespaces"),
    ("EB13", policy("SomethingNew"), '"SomethingNew" allows the change is unknown'),
    ("EB14", facts(kube=kube(unread={"cilium_nodes": "no ciliumnodes"})), "no ciliumnodes"),
    ("EB15", facts(kube=kube(cilium_nodes={}), observations=()), "of node0, node1, node2"),
    ("EB15", facts(kube=None, observations=()), "no node_observations with monitor_lines"),
    ("EB15", facts(kube=kube(cilium_nodes={}), observations=observations(monitor_lines=None)), "report the iptables rules of node0"),
    ("EB15", facts(kube=kube(patterns=AllowedPatterns({**BUNDLED_IPV4, "filter": "(?i)x\n"})), observations=WITH_USER_RULE), "(?i)x"),
    ("EB15", facts(observations=observations(monitor_lines={**LINES, "ipv4": {**LINES["ipv4"], "raw": None}})), "tables raw could not be listed"),
    ("EB16", facts(kube=kube(unread={"patterns": "no configmaps"})), "no configmaps"),
    ("EB17", facts(kube=None), "not asked"),
    ("EB18", facts(kube=kube(unread={"ip_masq": "no configmaps"})), "no configmaps"),
    ("EB19", facts(observations=()), "needs the nftables tables of each node"),
    ("EB20", facts(kube=kube(unread={"workloads": "no daemonsets"})), "no daemonsets"),
    ("EB21", facts(observations=()), "needs the security modules of each node"),
    ("EB21", facts(observations=observations(lsm=None)), "does not report its security modules on node0"),
    ("EB21", facts(observations=observations()[:2]), "node_observations has none of node2"),
    ("EB22", facts(kube=kube(unread={"cilium": "no configmaps"})), "no configmaps"),
    ("EB23", facts(kube=None), "not asked"),
    ("EB23", facts(kube=kube(unread={"daemonset": "no daemonsets", "nodes": "no nodes"})), "no daemonsets; no nodes"),
    ("EB24", facts(kube=kube(unread={"budgets": "no budgets"})), "no budgets"),
    ("EB26", facts(kube=None, ruleset_nodes=("a",)), "not asked"),
    ("EB30", facts(kube=kube(unread={"cilium_nodes": "no ciliumnodes"})), "no ciliumnodes"),
    ("EB27", facts(provider_state=None, provider_missing_reason="may not be read"), "may not be read"),
]  # fmt: skip

# What findings are about, where it is not the cluster alone.
SUBJECTS = {
    "EB04": {"cluster aks", "node pools"},
    "EB05": {"node pools"},
    "EB06": {"node pools", "nodes", "node auto-provisioning"},
    "EB07": {"node pools"},
    "EB08": {"node pools"},
    "EB09": {"cluster aks", "node pools"},
    "EB11": {"Istio"},
    "EB14": {"nodes"},
    "EB15": {"node node0"},
    "EB16": {"ConfigMap allowed-iptables-patterns", "ConfigMap allowed-ip6tables-patterns"},
    "EB17": {"ConfigMap azure-ip-masq-agent-config"},
    "EB18": {"ConfigMap azure-ip-masq-agent-config"},
    "EB19": {"nodes"},
    "EB20": {"DaemonSets"},
    "EB21": {"nodes"},
    "EB22": {"ConfigMap cilium-config"},
    "EB23": {"cluster aks", "DaemonSet cilium", "nodes"},
    "EB24": {"node pools", "pod disruption budgets"},
    "EB27": {"subscription s1"},
    "EB29": {"cluster aks", "node pools", "nodes"},
    "EB30": {"nodes"},
    "EB31": {"pool old"},
}


def found(rule: str, given: HostRoutingFacts) -> list[Finding]:
    return [finding for finding in findings_of(given) if finding.id == rule]


@pytest.mark.parametrize(("rule", "given", "expected"), HITS, ids=[f"{rule}-{number}" for number, (rule, _rest, _rest) in enumerate(HITS)])
def test_hit(rule: str, given: HostRoutingFacts, expected: list[tuple[str, str]]) -> None:
    findings = hits(rule, given)
    assert [finding.severity for finding in findings] == [severity for severity, _rest in expected]
    for finding, (_rest, text) in zip(findings, expected, strict=True):
        assert text in finding.message
        assert finding.remedy or finding.severity == "info"


@pytest.mark.parametrize(("rule", "given"), MISSES, ids=[f"{rule}-{number}" for number, (rule, _rest) in enumerate(MISSES)])
def test_no_hit(rule: str, given: HostRoutingFacts) -> None:
    assert found(rule, given) == []


@pytest.mark.parametrize(
    ("rule", "given", "reason"), NOT_CHECKED, ids=[f"{rule}-{number}" for number, (rule, _rest, _rest) in enumerate(NOT_CHECKED)]
)
def test_not_checked(rule: str, given: HostRoutingFacts, reason: str) -> None:
    reported = [finding for finding in found(rule, given) if finding.not_checked]
    assert len(reported) == 1
    assert reported[0].message.startswith("not checked: ")
    assert reason in reported[0].message


def test_what_findings_are_about() -> None:
    about: dict[str, set[str]] = {}
    for rule, seen, _rest in HITS:
        about.setdefault(rule, set()).update(finding.subject for finding in hits(rule, seen))
    assert {rule: subjects for rule, subjects in about.items() if subjects != {"cluster aks"}} == SUBJECTS


def test_the_tables_cover_every_rule() -> None:
    rules = registry.by_name("host_routing").preflight.rules
    everything = {rule.id for rule in rules}
    assert {rule for rule, _rest, _rest in HITS} == everything
    # EB28 always has something to say.
    assert {rule for rule, _rest in MISSES} == everything - {"EB28"}
    assert {rule for rule, _rest, _rest in NOT_CHECKED} >= {rule.id for rule in rules if rule.kube_parts or "node" in rule.needs}


def test_a_fit_cluster_gets_only_what_is_good_to_know() -> None:
    assert [finding.id for finding in findings_of(facts())] == ["EB28"]
    assert [finding.id for finding in findings_of(facts(enabled=False))] == ["EB28"]


def test_the_preview_refuses_what_is_allowed_today() -> None:
    both = facts(body(network=DUAL, serviceMeshProfile={"mode": "Istio"}), kube=kube(patterns=AllowedPatterns(BUNDLED_IPV4, BUNDLED_IPV6)))
    assert not passed(findings_of(both))
    assert passed(findings_of(both, "current"))
    severities = {
        profile: {finding.id: finding.severity for finding in findings_of(both, profile) if finding.id in ("EB10", "EB12")}
        for profile in PROFILES
    }
    assert severities == {"preview": {"EB10": "error", "EB12": "error"}, "current": {"EB10": "warning", "EB12": "warning"}}
    notes = [finding.profile_note for finding in findings_of(both) if finding.id in severities["preview"]]
    assert all("rule_set: current" in note for note in notes)


def test_what_only_the_preview_excluded_still_warns_with_both_dates() -> None:
    """The day on which the preview was published with that limit, and the day since which it is none any more."""
    lifted = {"EB10": "2026-04-23", "EB12": "2026-03-05"}
    assert {rule.id for rule in registry.by_name("host_routing").preflight.rules if rule.relaxed is not None} == set(lifted)
    both = facts(body(network=DUAL, serviceMeshProfile={"mode": "Istio"}), kube=kube(patterns=AllowedPatterns(BUNDLED_IPV4, BUNDLED_IPV6)))
    reported = {finding.id: finding for finding in findings_of(both, "current") if finding.id in lifted}
    assert {rule: finding.severity for rule, finding in reported.items()} == dict.fromkeys(lifted, "warning")
    for rule, day in lifted.items():
        assert "The public preview of 2025-09-23 excluded that; " in reported[rule].message
        assert reported[rule].message.endswith(f"since {day}.")


def test_the_rule_set_of_each_data_plane_where_nobody_chooses() -> None:
    assert {one.name: one.preflight.rule_set for one in registry.data_planes()} == {"kube_proxy": "preview", "host_routing": "current"}


def test_predictions_are_for_the_nodes_with_lines() -> None:
    reported = predict_nodes(facts(observations=(*observations(monitor_lines=lines(USER_RULE))[:2], observations(monitor_lines=None)[0])))
    assert [(one.node, one.prediction.verdict) for one in reported] == [("node0", "unexpected"), ("node1", "clean")]
    report = reported[0].to_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["unexpected"] == [{"table": "filter", "line": USER_RULE}]
    assert (report["patterns"], report["backend"], report["gate"]) == ({"ipv4": "cluster"}, "nf_tables", True)


def test_a_node_with_many_unexpected_rules_is_reported_in_short() -> None:
    rules = [f"-A INPUT -s 10.0.0.{number}/32 -j DROP" for number in range(9)]
    (finding,) = found("EB15", facts(observations=observations(monitor_lines=lines(*rules))))
    assert finding.subject == "node node0"
    assert finding.message.endswith("; filter: -A INPUT -s 10.0.0.4/32 -j DROP and 4 more.")


SPOILED = st.sampled_from(
    [given for _rest, given, _rest in HITS] + [given for _rest, given in MISSES] + [given for _rest, given, _rest in NOT_CHECKED]
)


@given(SPOILED, st.sampled_from(PROFILES))
def test_findings_are_sorted_plain_and_complete(given_facts: HostRoutingFacts, profile: t.Any) -> None:
    findings = findings_of(given_facts, profile)
    reported = [finding.to_dict() for finding in findings]
    assert json.loads(json.dumps(reported)) == reported
    assert [SEVERITIES.index(finding.severity) for finding in findings] == sorted(
        SEVERITIES.index(finding.severity) for finding in findings
    )
    for finding in findings:
        assert finding.id.startswith("EB")
        assert finding.message
        assert finding.subject
        assert "None" not in finding.message
