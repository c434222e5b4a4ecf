# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of kube-proxy: what hits it, what does not, and when it is not checked."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import Finding
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import (
    CalicoFacts,
    ProxyFacts,
    ServiceFacts,
    WorkloadFacts,
)
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_proxy.facts import KubeProxyFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import Drops, NodeObservation

from tests.support.preflight import DAEMONSET, DISABLED, IPTABLES, IPVS, KUBE, NFTABLES, NODES, facts, findings_of, hits, kube, node, view

CILIUM = view(networkDataplane="Cilium", networkPolicy="cilium")
OWN_CNI = view(networkPlugin="none")
CALICO = view(networkPolicy="Calico")
NPM = view(networkPolicy="azure")
RR = dataclasses.replace(IPVS, ipvs=IpvsConfig("RoundRobin"))
# Those that look at nodes, whatever the configuration; and all.
NODE_RULES = {"KP16", "KP17", "KP18", "KP19", "KP22"}
ALL_NODE_RULES = NODE_RULES | {"KP34"}
UBUNTU_22 = "AKSUbuntu-2204gen2containerd-202610.12.0"
MANY = {"endpoints": 100_000, "services": ServiceFacts(9)}
NEW = tuple(node(f"new{number}", kernel="6.18.1-azure") for number in range(2))
SERVICES = tuple(f"shop/s{number}" for number in range(7))


def proxies(*modes: str | None) -> tuple[ProxyFacts, ...]:
    return tuple(ProxyFacts(f"node{number}", mode) for number, mode in enumerate(modes))


def daemonset(**changes: t.Any) -> t.Any:
    return kube(daemonset=dataclasses.replace(DAEMONSET, **changes))


def one_not_ready(**changes: t.Any) -> t.Any:
    return kube(daemonset=dataclasses.replace(DAEMONSET, **changes), nodes=(*NODES, node("n9", ready=False)))


def seen(**changes: t.Any) -> KubeProxyFacts:
    """Looks at all nodes, of which the first is special."""
    first = NodeObservation(NODES[0].name, **{"kernel": NODES[0].kernel, "nft": "1.0.9", **changes})
    return facts(observations=(first, *(NodeObservation(one.name, one.kernel, nft="1.0.9") for one in NODES[1:])))


def prefixed(version: str, mode: str = "InterfaceNamePrefix") -> t.Any:
    return daemonset(image=f"kube-proxy:{version}", detect_local_mode=mode)


def dns(name: str, *images: str) -> t.Any:
    return kube(workloads=(WorkloadFacts(name, images),))


def nat(*families: str, wanted: KubeProxyConfig = IPTABLES, current: KubeProxyConfig = NFTABLES, **changes: t.Any) -> KubeProxyFacts:
    """From NFTABLES to IPTABLES, with nodes of which the first has chains that translate addresses in these families only."""
    both = {"ipv4": ("ip nat POSTROUTING",), "ipv6": ("ip6 nat POSTROUTING",)}
    first = NodeObservation(
        NODES[0].name, kernel="6.8.0", nft="1.0.9", nat_chains={one: both[one] if one in families else () for one in both}
    )
    others = (NodeObservation(one.name, kernel="6.8.0", nft="1.0.9", nat_chains=both) for one in NODES[1:])
    return facts(wanted, current, observations=(first, *others), **changes)


def over(today: str, pools: t.Sequence[t.Mapping[str, t.Any]] | None = None, **network: t.Any) -> KubeProxyFacts:
    return facts(cluster=view(pools=pools, **network), today=today)


def one_bad_pool(**changes: t.Any) -> t.Any:
    return view(pools=[{"name": "system"}, {"name": "extra", **changes}])


# Rule, facts, then what its findings must be: severity and a part of the message each.
HITS: list[tuple[str, KubeProxyFacts, list[tuple[str, str]]]] = [
    ("KP01", facts(cluster=CILIUM), [("error", "data plane is Cilium")]),
    ("KP02", facts(feature_state="NotRegistered"), [("error", "in the state NotRegistered")]),
    ("KP02", facts(feature_state="Pending"), [("error", "Pending")]),
    ("KP02", facts(IPTABLES, feature_state="NotRegistered"), [("warning", "the next change of the cluster needs it")]),
    ("KP02", facts(DISABLED, cluster=OWN_CNI, feature_state="NotRegistered"), [("error", "NotRegistered")]),
    ("KP03", facts(api_version="2026-08-01"), [("error", '"2026-08-01", a stable one')]),
    ("KP03", facts(api_version="2025-05-02-preview"), [("error", "since 2025-09-02-preview")]),
    ("KP03", facts(IPVS, api_version="2022-07-02-preview"), [("error", "since 2022-08-02-preview")]),
    ("KP04", facts(cluster=view(version="1.32.9")), [("error", "Kubernetes 1.32.9, NFTABLES needs 1.33")]),
    ("KP04", facts(kube=daemonset(image="kube-proxy:v1.32.9-2")), [("error", "image of kube-proxy is v1.32.9-2")]),
    ("KP05", facts(IPVS, cluster=view(version="1.21.14")), [("error", "1.21.14, IPVS needs 1.22")]),
    ("KP06", facts(IPVS, cluster=NPM), [("error", "network policy is azure")]),
    ("KP07", facts(IPVS, cluster=view(version="1.35.0")), [("warning", "1.35.0, and IPVS is deprecated")]),
    ("KP07", facts(IPVS, cluster=view(version="1.40.1")), [("error", "does not start in IPVS mode from Kubernetes 1.40")]),
    ("KP07", facts(IPVS, cluster=view(version="1.44.0")), [("error", "removed from kube-proxy in Kubernetes 1.43")]),
    ("KP08", facts(cluster=CALICO, kube=kube(calico=CalicoFacts("Iptables"))), [("error", "linuxDataplane is Iptables")]),
    ("KP08", facts(kube=kube(calico=CalicoFacts(None, "Disabled"))), [("error", "nftablesMode Disabled")]),
    ("KP08", facts(cluster=CALICO), [("error", "no configuration sets Calico to nftables mode")]),
    ("KP08", facts(cluster=CALICO, kube=None), [("error", "could not be read: not asked")]),
    ("KP08", facts(cluster=CALICO, kube=kube(unread={"calico": "forbidden"})), [("error", "could not be read: forbidden")]),
    ("KP09", facts(cluster=NPM), [("warning", "network policy is azure")]),
    ("KP10", facts(DISABLED), [("error", "network plugin is azure")]),
    ("KP11", facts(DISABLED, cluster=OWN_CNI), [("error", "is not set, and Calico's eBPF data plane is not installed")]),
    ("KP11", facts(DISABLED, kube=kube(kube_proxy_replacement="false", calico=CalicoFacts("Iptables"))), [("error", "is false")]),
    ("KP12", facts(DISABLED, cluster=OWN_CNI), [("warning", "runs in mode IPTABLES now")]),
    ("KP13", facts(cluster=view(sku="Automatic")), [("error", "SKU is Automatic")]),
    ("KP14", facts(KubeProxyConfig(True, "EBPF")), [("error", "mode is EBPF")]),
    ("KP14", facts(KubeProxyConfig(True, "NFTABLES", IpvsConfig("RoundRobin"))), [("error", "but the mode is NFTABLES")]),
    (
        "KP14",
        facts(KubeProxyConfig(True, "IPVS", IpvsConfig("WeightedRoundRobin", -1, 0, 5))),
        [("error", "scheduler is WeightedRoundRobin"), ("error", "tcp_fin_timeout_seconds is 0"), ("error", "tcp_timeout_seconds is -1")],
    ),
    ("KP15", facts(kube=kube(nodes=(*NODES, node("old", kernel="5.4.0-1091-azure")))), [("error", "old (5.4.0-1091-azure)")]),
    ("KP16", seen(nft=None), [("warning", "1 node without the program nft: node0")]),
    ("KP16", seen(nft="1.0.0"), [("warning", "older than 1.0.1: node0 (1.0.0)")]),
    (
        "KP17",
        seen(nft_crash="nft list chains: it was ended by signal 11"),
        [("warning", "crashes on the tables of node0 (nft list chains: it was ended by signal 11): kube-proxy would crash as well")],
    ),
    ("KP17", seen(nft_tables={"inet mesh": "unknown"}), [("warning", "Other programs have nftables tables on node0 (inet mesh)")]),
    (
        "KP17",
        seen(crashing_sets=("inet fw blocked",)),
        [("warning", "nft 1.1.2 or newer on node0 (inet fw blocked) can make kube-proxy crash")],
    ),
    ("KP17", seen(own_tables={"inet fw": "1.1.2"}), [("warning", "made tables of node_nftables_ruleset on node0 (inet fw)")]),
    (
        "KP17",
        seen(nft_tables={"inet fw": "aks-dataplane", "inet mesh": "unknown"}, own_tables={"inet fw": "1.1.3"}),
        [("warning", "Other programs have nftables tables on node0 (inet mesh)"), ("warning", "on node0 (inet fw)")],
    ),
    (
        "KP18",
        seen(drops=(Drops("INPUT in ipv4 filter (iptables-nft)", "unknown"),)),
        [("warning", "node0 (INPUT in ipv4 filter (iptables-nft))")],
    ),
    ("KP19", seen(jumps=("-A HOSTPORT -j KUBE-MARK-MASQ",)), [("warning", "node0 (-A HOSTPORT -j KUBE-MARK-MASQ)")]),
    ("KP22", seen(mode="iptables", leftovers=("ipset KUBE-6-X of ipvs",)), [("warning", "node0 (ipset KUBE-6-X of ipvs)")]),
    ("KP22", seen(mode="mixed", leftovers=("chain KUBE-SVC-* of iptables",)), [("warning", "more than one mode on node0")]),
    ("KP20", facts(kube=kube(services=ServiceFacts(9, ("shop/web",), ()))), [("warning", "shop/web")]),
    ("KP20", facts(kube=kube(services=ServiceFacts(9, (), SERVICES))), [("info", "shop/s4 and 2 more")]),
    ("KP21", facts(IPVS), [("warning", "from IPTABLES to IPVS")]),
    ("KP21", facts(IPTABLES, IPVS), [("warning", "from IPVS to IPTABLES")]),
    ("KP23", facts(NFTABLES, IPVS), [("warning", "from IPVS to NFTABLES")]),
    ("KP24", facts(kube=kube(daemonset=None)), [("error", "there is no DaemonSet")]),
    ("KP24", facts(kube=daemonset(ready=2)), [("error", "2 of 3 pods are ready")]),
    ("KP24", facts(IPTABLES, kube=daemonset(ready=2)), [("warning", "2 of 3 pods are ready")]),
    ("KP24", facts(kube=daemonset(updated=1, ready=2)), [("warning", "1 of 3 pods are updated, 2 ready")]),
    ("KP24", facts(kube=daemonset(generation=3)), [("warning", "rollout is still running")]),
    ("KP24", facts(kube=kube(proxies=proxies("iptables", "ipvs", "iptables"))), [("error", "iptables on node0, node2; ipvs on node1")]),
    ("KP24", facts(kube=kube(proxies=proxies("iptables", None))), [("warning", "does not report its mode on node1")]),
    ("KP24", facts(kube=kube(proxies=proxies(None, None))), [("error", "does not report its mode on node0, node1")]),
    ("KP24", facts(kube=one_not_ready(ready=2)), [("warning", "2 of 3 pods are ready")]),
    ("KP24", facts(kube=one_not_ready(ready=1)), [("error", "1 of 3 pods are ready")]),
    ("KP25", facts(cluster=view(state="Failed")), [("error", "provisioning state is Failed")]),
    ("KP25", facts(cluster=view(state="Updating")), [("warning", "Updating: another operation")]),
    ("KP25", facts(cluster=view(power="Stopped")), [("error", "power state is Stopped")]),
    ("KP25", facts(cluster=one_bad_pool(provisioningState="Canceled")), [("error", "Canceled")]),
    ("KP25", facts(cluster=one_bad_pool(provisioningState="Scaling")), [("warning", "Scaling")]),
    ("KP25", facts(cluster=one_bad_pool(powerState={"code": "Stopped"})), [("error", "Stopped")]),
    (
        "KP26",
        facts(kube=kube(**MANY, nodes=(node("n", kernel="custom"),))),
        [("warning", "kernel of 1 node is older than 6.18 or unknown.")],
    ),
    ("KP26", facts(kube=kube(services=ServiceFacts(10_000), unread={"endpoints": "forbidden"})), [("warning", "10000 services")]),
    (
        "KP26",
        facts(kube=kube(**MANY)),
        [("warning", "100000 endpoints of 9 services, and kube-proxy is 1.34.2, which 1.36 improves and the kernel of 3 nodes")],
    ),
    ("KP26", facts(kube=kube(**MANY, nodes=NEW)), [("warning", "and kube-proxy is 1.34.2, which 1.36 improves.")]),
    (
        "KP26",
        facts(kube=kube(**MANY, daemonset=dataclasses.replace(DAEMONSET, image="kube-proxy:v1.36.0"))),
        [("warning", "and the kernel of 3 nodes is older than 6.18.")],
    ),
    (
        "KP26",
        facts(cluster=view(version="x"), kube=kube(**MANY, nodes=NEW, daemonset=None)),
        [("warning", "kube-proxy is of an unknown version")],
    ),
    ("KP27", facts(kube=kube(nodes=(*NODES, node("n9", ready=False)))), [("warning", "1 node of 4 not ready: n9")]),
    ("KP27", facts(kube=kube(nodes=(*NODES, node("n9", schedulable=False)))), [("warning", "1 node of 4 cordoned: n9")]),
    ("KP28", facts(IPTABLES), [("info", "effective in Azure already")]),
    ("KP28", facts(DISABLED, KubeProxyConfig(False, "IPVS", IpvsConfig())), [("info", "(kube-proxy disabled) is effective")]),
    ("KP28", facts(cluster=view(pools=[{"name": "system"}, {"name": "win", "osType": "Windows"}])), [("info", "pools win run Windows")]),
    ("KP28", facts(kube=kube(nodes=(*NODES, node("w1", os="windows")))), [("info", "nodes w1 run Windows")]),
    ("KP28", facts(kube=daemonset(shared_health_probe=True)), [("info", "health probes are shared")]),
    ("KP30", facts(IPVS), [("info", "3 Linux nodes")]),
    (
        "KP30",
        facts(IPVS, cluster=view(pools=[{"name": "a", "count": 40}, {"name": "b", "count": 10}]), kube=None),
        [("info", "100 connections")],
    ),
    (
        "KP31",
        facts(kube=kube(nodes=(*NODES, node("old", kernel="5.15.0-1098-azure")))),
        [("warning", "1 node is older than 6.1: old (5.15.0-1098-azure).")],
    ),
    (
        "KP31",
        facts(kube=kube(nodes=(node("old", kernel="6.0.9"),), proxies=(ProxyFacts("old", "iptables", 3), ProxyFacts("b", "iptables", 0)))),
        [("warning", "So far kube-proxy has dropped 3 such packets on 1 node.")],
    ),
    (
        "KP31",
        facts(kube=kube(nodes=(node("old", kernel="5.15"),), proxies=(ProxyFacts("old", "iptables", 0),))),
        [("warning", "So far kube-proxy has dropped no such packet.")],
    ),
    ("KP31", seen(kernel="5.15.0"), [("warning", "node0 (5.15.0)")]),
    (
        "KP31",
        facts(
            kube=None,
            cluster=view(
                pools=[
                    {"name": "a", "nodeImageVersion": UBUNTU_22},
                    {"name": "b", "osSKU": "Ubuntu", "currentOrchestratorVersion": "1.34.1"},
                ]
            ),
        ),
        [("warning", "older than 6.1: a (Ubuntu 22.04, 5.15), b (Ubuntu 22.04, 5.15)")],
    ),
    ("KP31", facts(auto_provisioned=True), [("warning", "Ubuntu 22.04 before Kubernetes 1.35, and the cluster runs 1.34.2")]),
    ("KP32", facts(kube=prefixed("v1.33.3")), [("error", "kube-proxy 1.33.3 runs with --detect-local-mode=InterfaceNamePrefix")]),
    ("KP32", facts(kube=prefixed("v1.33.5-2")), [("error", "1.33.6 has the fix")]),
    ("KP32", facts(kube=prefixed("v1.34.0")), [("error", "1.34.2 has the fix")]),
    ("KP32", facts(kube=prefixed("v1.34.1")), [("error", "1.34.2 has the fix")]),
    (
        "KP32",
        facts(kube=daemonset(image="kube-proxy@sha256:00", detect_local_mode="InterfaceNamePrefix"), cluster=view(version="1.34.1")),
        [("error", "1.34.1")],
    ),
    (
        "KP33",
        facts(IPVS, kube=dns("kube-system/node-local-dns")),
        [("warning", "runs in kube-system/node-local-dns: in IPVS mode DNS can fail")],
    ),
    ("KP33", facts(IPVS, kube=dns("dns/cache", "registry.k8s.io/dns/k8s-dns-node-cache:1.26.4")), [("warning", "dns/cache")]),
    ("KP33", facts(IPVS, IPVS, kube=dns("kube-system/nodelocaldns")), [("warning", "nodelocaldns")]),
    ("KP33", facts(IPVS, kube=dns("dns/NodeLocal-DNS-cache")), [("warning", "NodeLocal-DNS-cache")]),
    ("KP33", facts(IPVS, kube=dns("dns/cache", "ghcr.io/mirror/dns-node-cache:1")), [("warning", "dns/cache")]),
    ("KP33", facts(NFTABLES, kube=dns("kube-system/node-local-dns")), [("info", "does not mention NFTABLES")]),
    ("KP34", nat(), [("warning", "translate addresses on node0: connections through node ports are reset")]),
    ("KP34", nat("ipv6"), [("warning", "node0")]),
    ("KP34", nat("ipv4", cluster=view(ipFamilies=["IPv4", "IPv6"])), [("warning", "node0")]),
    (
        "KP35",
        over("2026-03-31", [{"name": "m", "nodeImageVersion": "AKSAzureLinux-V2gen2-202509.23.0"}]),
        [("warning", "only until 2025-11-30 (https://github.com/Azure/AKS/issues/4988). AKS has removed its node images on 2026-03-31")],
    ),
    ("KP35", over("2026-03-30", [{"name": "m", "osSKU": "CBLMariner"}]), [("warning", "(https://github.com/Azure/AKS/issues/4988).")]),
    (
        "KP35",
        over("2026-06-08", [{"name": "f", "osSKU": "Flatcar"}, {"name": "g", "osSKU": "flatcar"}]),
        [("warning", "Flatcar Container Linux")],
    ),
    ("KP35", over("2027-06-30", [{"name": "u", "nodeImageVersion": UBUNTU_22}]), [("warning", "Ubuntu 22.04 only until 2027-06-30")]),
    ("KP35", over("2028-03-31", networkPlugin="kubenet"), [("warning", "kubenet only until 2028-03-31")]),
    (
        "KP35",
        over("2026-09-30", [{"name": "w", "osType": "Windows"}], networkPolicy="azure"),
        [("warning", "Azure Network Policy Manager on Windows")],
    ),
    ("KP35", over("2028-09-30", networkPolicy="azure"), [("warning", "Azure Network Policy Manager on Linux only until 2028-09-30")]),
]

# Rule, and facts that do not hit it although they come near.
MISSES: list[tuple[str, KubeProxyFacts]] = [
    ("KP01", facts()),
    ("KP02", facts(feature_state="registered")),
    ("KP03", facts(api_version="2025-09-02-preview")),
    ("KP03", facts(IPVS, api_version="2022-08-02-preview")),
    ("KP04", facts(cluster=view(version="1.33.0"), kube=daemonset(image="kube-proxy:v1.33.0"))),
    ("KP04", facts(IPVS, cluster=view(version="1.30.0"))),
    ("KP04", facts(kube=daemonset(image="kube-proxy"))),
    ("KP05", facts(IPVS, cluster=view(version="1.22.0"))),
    ("KP06", facts(NFTABLES, cluster=NPM)),
    ("KP06", facts(IPVS, cluster=CALICO)),
    ("KP07", facts(IPVS, cluster=view(version="1.34.9"))),
    ("KP07", facts(NFTABLES, cluster=view(version="1.43.0"))),
    ("KP08", facts(cluster=CALICO, kube=kube(calico=CalicoFacts("Nftables")))),
    ("KP08", facts(cluster=CALICO, kube=kube(calico=CalicoFacts(None, "Enabled")))),
    ("KP08", facts(IPVS, cluster=CALICO)),
    ("KP09", facts(IPVS, cluster=NPM)),
    ("KP10", facts(DISABLED, cluster=OWN_CNI)),
    ("KP10", facts(NFTABLES)),
    ("KP11", facts(DISABLED, kube=kube(kube_proxy_replacement="true"))),
    ("KP11", facts(DISABLED, kube=kube(kube_proxy_replacement="strict", unread={"calico": "forbidden"}))),
    ("KP11", facts(DISABLED, kube=kube(calico=CalicoFacts(bpf_enabled=True)))),
    ("KP11", facts(DISABLED, kube=kube(calico=CalicoFacts("BPF")))),
    ("KP11", facts(NFTABLES)),
    ("KP12", facts(DISABLED, DISABLED)),
    ("KP13", facts()),
    ("KP14", facts(IPVS)),
    ("KP14", facts(KubeProxyConfig(True, "IPVS", None))),
    ("KP15", facts(kube=kube(nodes=(node("edge", kernel="5.13.0"), node("w", os="windows", kernel="10.0.20348"))))),
    ("KP15", facts(IPVS, kube=kube(nodes=(node("old", kernel="5.4.0"),)))),
    ("KP15", facts(kube=kube(nodes=(node("new", kernel="10.11.12"),)))),
    ("KP16", seen(nft="1.0.1")),
    *(
        ("KP16", seen(nft="", from_pods=True, os_image=image))
        for image in ("Ubuntu 22.04.5 LTS", "Ubuntu 24.04.3 LTS", "Microsoft Azure Linux 3.0")
    ),
    ("KP17", seen(nft_tables={"ip kube-proxy": "kube-proxy", "ip filter": "iptables-nft", "ip6 azureSLBProbe": "aks"})),
    ("KP17", seen(nft_tables={"inet fw": "aks-dataplane"}, own_tables={"inet fw": "1.1.1"})),
    # Sets with typeof, or a kube-proxy whose nft is good with others, too.
    ("KP17", seen(nft_tables={"inet fw": "aks-dataplane", "inet mesh": "unknown"}, own_tables={"inet fw": "1.1.3"}, crashing_sets=())),
    ("KP18", seen(drops=(Drops("FORWARD in ipv4 filter (iptables-nft)", "aks"),))),
    ("KP19", seen()),
    ("KP22", seen(mode="iptables")),
    ("KP20", facts(kube=kube(services=ServiceFacts(9)))),
    ("KP20", facts(NFTABLES, NFTABLES, kube=kube(services=ServiceFacts(9, ("shop/web",))))),
    ("KP21", facts(NFTABLES)),
    ("KP21", facts(IPVS, RR)),
    ("KP23", facts(IPVS, IPTABLES)),
    ("KP23", facts(IPVS, RR)),
    ("KP24", facts()),
    ("KP24", facts(cluster=CILIUM, kube=kube(daemonset=None))),
    ("KP24", facts(IPTABLES, DISABLED, kube=kube(daemonset=None))),
    ("KP25", facts()),
    ("KP26", facts(kube=kube(services=ServiceFacts(10_000), endpoints=99_999))),
    ("KP26", facts(kube=kube(**MANY, nodes=NEW, daemonset=dataclasses.replace(DAEMONSET, image="kube-proxy:v1.36.0")))),
    ("KP26", facts(IPVS, kube=kube(**MANY))),
    ("KP27", facts(kube=kube(nodes=(*NODES, node("w", os="windows", ready=False))))),
    ("KP28", facts()),
    ("KP28", facts(kube=None)),
    ("KP29", facts()),
    ("KP30", facts(RR)),
    ("KP30", facts(NFTABLES)),
    ("KP31", facts()),
    ("KP31", facts(kube=kube(nodes=(node("edge", kernel="6.1.0"), node("w", os="windows", kernel="10.0.20348"))))),
    ("KP31", facts(IPVS, kube=kube(nodes=(node("old", kernel="5.15.0"),)))),
    ("KP31", facts(kube=None, cluster=view(pools=[{"name": "a", "nodeImageVersion": "AKSAzureLinux-V3gen2-202610.12.0"}]))),
    ("KP31", facts(auto_provisioned=True, cluster=view(version="1.35.0"))),
    ("KP32", facts(kube=prefixed("v1.33.6"))),
    ("KP32", facts(kube=prefixed("v1.34.2"))),
    ("KP32", facts(kube=prefixed("v1.35.0"))),
    ("KP32", facts(kube=prefixed("v1.33.3", "ClusterCIDR"))),
    ("KP32", facts(kube=prefixed("v1.33.3", ""))),
    ("KP32", facts(IPVS, kube=prefixed("v1.33.3"))),
    ("KP32", facts(kube=kube(daemonset=None))),
    ("KP33", facts(IPVS, kube=dns("kube-system/coredns", "registry.k8s.io/coredns:1.12"))),
    ("KP33", facts(IPVS, kube=dns("node-local-dns/agent", "registry.example/agent"))),
    ("KP33", facts(IPTABLES, IPVS, kube=dns("kube-system/node-local-dns"))),
    ("KP34", nat("ipv4")),
    ("KP34", nat(wanted=IPTABLES, current=IPVS)),
    ("KP34", nat(wanted=IPTABLES, current=IPTABLES)),
    ("KP34", nat("ipv4", "ipv6", cluster=view(ipFamilies=["IPv4", "IPv6"]))),
    ("KP34", nat(wanted=NFTABLES, current=IPTABLES)),
    ("KP35", over("2025-11-29", [{"name": "m", "nodeImageVersion": "AKSAzureLinux-V2gen2-202509.23.0"}])),
    ("KP35", over("2026-11-28", [{"name": "u", "nodeImageVersion": UBUNTU_22}], networkPlugin="kubenet")),
    ("KP35", over("", [{"name": "f", "osSKU": "Flatcar"}])),
    ("KP35", over("2026-11-28", version="1.33.4")),
]

# Rule, facts, and a part of the reason.
NOT_CHECKED: list[tuple[str, KubeProxyFacts, str]] = [
    *(
        (
            rule,
            seen(from_pods=True, os_image="Ubuntu 24.04.3 LTS", not_seen=(field,), cut_off={field: "too long"}),
            "a part could be seen on node0: too long",
        )
        for rule, field in (("KP18", "foreign_drops"), ("KP19", "foreign_jumps"), ("KP22", "kube_proxy.leftovers"))
    ),
    ("KP02", facts(feature_state=None, feature_missing_reason="may not be read"), "may not be read"),
    ("KP04", facts(cluster=view(version="latest")), '"latest"'),
    ("KP05", facts(IPVS, cluster=view(version="")), "is not readable"),
    ("KP07", facts(IPVS, cluster=view(version="x")), '"x"'),
    ("KP08", facts(kube=None), "not asked"),
    ("KP11", facts(DISABLED, kube=None), "not asked"),
    ("KP11", facts(DISABLED, kube=kube(unread={"cilium": "no right to read it"})), "no right to read it"),
    ("KP15", facts(kube=None), "not asked"),
    ("KP15", facts(kube=kube(nodes=(node("odd", kernel="custom"),))), 'odd ("custom")'),
    ("KP16", facts(), "the version of nft of each node"),
    ("KP17", facts(), "of each node"),
    ("KP17", seen(own_tables={"inet fw": "custom"}), "is not readable on node0 (inet fw)"),
    ("KP18", facts(), "base chains"),
    ("KP19", facts(), "KUBE-*"),
    ("KP16", seen(nft=""), "is not readable on node0"),
    ("KP16", seen(nft="", from_pods=True, os_image="Flatcar 9"), "which nft the node image has is not known of node0"),
    ("KP16", facts(observations=(NodeObservation("node0", nft="1.0.9"),)), "node_observations has none of node1, node2"),
    ("KP22", seen(unread=("tables of nf_tables",)), "not everything could be read on node0"),
    ("KP20", facts(kube=kube(unread={"services": "forbidden"})), "forbidden"),
    ("KP22", facts(IPVS), "of each node"),
    ("KP24", facts(kube=None), "not asked"),
    ("KP24", facts(kube=kube(proxies=(), unread={"proxies": "no pods/proxy"})), "no pods/proxy"),
    ("KP25", facts(cluster=view(state=None)), "does not report the provisioning state"),
    ("KP26", facts(kube=None), "not asked"),
    ("KP27", facts(kube=kube(unread={"nodes": "no nodes"})), "no nodes"),
    ("KP26", facts(kube=kube(services=ServiceFacts(9_999), unread={"endpoints": "no endpointslices"})), "no endpointslices"),
    ("KP31", facts(kube=None), "not asked, and the kernel of these pools is unknown: system"),
    ("KP31", facts(kube=kube(nodes=(node("odd", kernel=""),))), 'odd ("")'),
    ("KP32", facts(kube=None), "not asked"),
    ("KP32", facts(kube=prefixed("latest"), cluster=view(version="x")), '"latest"'),
    ("KP33", facts(IPVS, kube=kube(unread={"workloads": "no daemonsets"})), "no daemonsets"),
    ("KP34", facts(IPTABLES, NFTABLES), "the chains that translate addresses of each node"),
    (
        "KP34",
        facts(IPTABLES, NFTABLES, observations=tuple(NodeObservation(one.name) for one in NODES)),
        "does not say which chains translate addresses on node0, node1, node2",
    ),
]

# What findings are about, where it is not the cluster alone.
SUBJECTS = {
    "KP02": {"subscription s1"},
    "KP03": {"api-version 2026-08-01", "api-version 2025-05-02-preview", "api-version 2022-07-02-preview"},
    "KP04": {"cluster aks", "DaemonSet kube-proxy"},
    "KP08": {"cluster aks", "Calico"},
    "KP14": {"wanted configuration"},
    **{rule: {"nodes"} for rule in ("KP15", "KP16", "KP17", "KP18", "KP19", "KP22", "KP27")},
    "KP20": {"services of type NodePort", "services of type LoadBalancer"},
    "KP24": {"DaemonSet kube-proxy", "kube-proxy pods"},
    "KP25": {"cluster aks", "pool extra"},
    "KP28": {"cluster aks", "Windows nodes", "DaemonSet kube-proxy"},
    "KP31": {"nodes", "node pools", "node auto-provisioning"},
    "KP32": {"DaemonSet kube-proxy"},
    "KP33": {"DaemonSets"},
    "KP34": {"nodes"},
    "KP35": {"cluster aks", "pool m", "pool f, g", "pool u", "pool w"},
}


def found(rule: str, given: KubeProxyFacts) -> list[Finding]:
    return [finding for finding in findings_of(given) if finding.id == rule]


@pytest.mark.parametrize(("rule", "given", "expected"), HITS, ids=[f"{rule}-{number}" for number, (rule, _rest, _rest) in enumerate(HITS)])
def test_hit(rule: str, given: KubeProxyFacts, expected: list[tuple[str, str]]) -> None:
    findings = hits(rule, given)
    assert [finding.severity for finding in findings] == [severity for severity, _rest in expected]
    for finding, (_rest, text) in zip(findings, expected, strict=True):
        assert text in finding.message
        assert finding.reference.startswith("https://")
        assert finding.remedy or finding.severity == "info"


@pytest.mark.parametrize(("rule", "given"), MISSES, ids=[f"{rule}-{number}" for number, (rule, _rest) in enumerate(MISSES)])
def test_no_hit(rule: str, given: KubeProxyFacts) -> None:
    assert found(rule, given) == []


@pytest.mark.parametrize(
    ("rule", "given", "reason"), NOT_CHECKED, ids=[f"{rule}-{number}" for number, (rule, _rest, _rest) in enumerate(NOT_CHECKED)]
)
def test_not_checked(rule: str, given: KubeProxyFacts, reason: str) -> None:
    (finding,) = [finding for finding in found(rule, given) if finding.not_checked]
    assert finding.severity == "info"
    assert finding.message.startswith("not checked: ")
    assert reason in finding.message


def test_what_findings_are_about() -> None:
    about: dict[str, set[str]] = {}
    for rule, given, _rest in HITS:
        about.setdefault(rule, set()).update(finding.subject for finding in hits(rule, given))
    assert {rule: subjects for rule, subjects in about.items() if subjects != {"cluster aks"}} == SUBJECTS


def test_the_tables_cover_every_rule() -> None:
    rules = registry.by_name("kube_proxy").preflight.rules
    everything = {rule.id for rule in rules}
    assert {rule.id for rule in rules if "node" in rule.needs} == ALL_NODE_RULES
    # KP29 is withdrawn: nothing hits it.
    assert {rule for rule, _rest, _rest in HITS} == everything - {"KP29"}
    assert {rule for rule, _rest in MISSES} == everything
    assert {rule for rule, _rest, _rest in NOT_CHECKED} >= {rule.id for rule in rules if rule.kube_parts or "node" in rule.needs}


def test_a_healthy_cluster_gives_nothing_but_what_needs_the_nodes() -> None:
    assert {finding.id for finding in findings_of(facts())} == NODE_RULES
    assert findings_of(seen()) == ()


def test_an_observation_of_a_node_that_is_gone_is_not_judged() -> None:
    gone = dataclasses.replace(seen(), observations=(*seen().observations, NodeObservation("gone", nft=None)))
    (finding,) = found("KP16", gone)
    assert finding.not_checked
    assert "the cluster has no node gone" in finding.message


def test_without_the_list_of_nodes_every_observation_counts() -> None:
    (finding,) = found("KP16", facts(kube=None, observations=(NodeObservation("gone", nft=None),)))
    assert (finding.severity, finding.not_checked) == ("warning", False)


def test_a_long_list_of_nodes_is_cut() -> None:
    nodes = tuple(node(f"n{number:04}", ready=False) for number in range(5000))
    (finding,) = found("KP27", facts(kube=kube(nodes=nodes)))
    assert finding.message == "5000 nodes of 5000 not ready: n0000, n0001, n0002, n0003, n0004 and 4995 more."


def test_the_pools_of_a_cluster_in_an_operation_are_not_reported_one_by_one() -> None:
    pools = [{"name": f"p{number}", "provisioningState": "Updating"} for number in range(4)]
    (finding,) = found("KP25", facts(cluster=view(state="Updating", pools=pools)))
    assert finding.subject == "cluster aks"


def test_what_a_silent_pod_says_does_not_hide_different_modes() -> None:
    messages = [finding.message for finding in found("KP24", facts(kube=kube(proxies=proxies("iptables", None, "nftables"))))]
    assert len(messages) == 2


def test_unread_parts_silence_only_their_rules() -> None:
    findings = findings_of(facts(kube=dataclasses.replace(KUBE, unread={"services": "forbidden"})))
    assert {finding.id for finding in findings if "forbidden" in finding.message} == {"KP20", "KP26"}
