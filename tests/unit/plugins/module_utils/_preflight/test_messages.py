# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole messages of findings: one thing and several, what is not set or not reported, and every reason why something was not checked."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import CalicoFacts, ServiceFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import NodeObservation
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_versions import nft_version

from tests.support import host_routing
from tests.support.preflight import DAEMONSET, DISABLED, IPTABLES, IPVS, NFTABLES, NODES, facts, findings_of, hits, kube, node, view

OWN_CNI = view(networkPlugin="none")
OLD = tuple(node(name, kernel="5.4.0") for name in ("a", "b"))
ONE, TWO = ("shop/a",), ("shop/a", "shop/b")


def observed(*versions: str | None) -> Facts:
    return facts(observations=tuple(NodeObservation(one.name, nft=nft) for one, nft in zip(NODES, versions, strict=False)))


def services(*, node_port: tuple[str, ...] = (), load_balancer: tuple[str, ...] = ()) -> Facts:
    return facts(kube=kube(services=ServiceFacts(9, node_port, load_balancer)))


def calico(linux_dataplane: str | None, nftables_mode: str | None) -> Facts:
    return facts(kube=kube(calico=CalicoFacts(linux_dataplane, nftables_mode)))


CALICO = "Calico's linuxDataplane is {}, its nftablesMode {}: it uses iptables rules, which conflict with kube-proxy in NFTABLES mode."
REPLACED = "Cilium's kube-proxy-replacement is {}, and Calico's eBPF data plane is {}."

MESSAGES: list[tuple[str, Facts, str]] = [
    (
        "KP02",
        facts(feature_state="NotRegistered"),
        "The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is in the state NotRegistered.",
    ),
    (
        "KP02",
        facts(IPTABLES, feature_state="NotRegistered"),
        "The feature Microsoft.ContainerService/KubeProxyConfigurationPreview is in the state NotRegistered, and the next change of the cluster needs it.",
    ),
    ("KP08", calico("Iptables", "Disabled"), CALICO.format("Iptables", "Disabled")),
    ("KP08", calico(None, None), CALICO.format("not set", "not set")),
    (
        "KP10",
        facts(DISABLED, cluster=view(networkPlugin=None)),
        "The network plugin is unknown; kube-proxy can be disabled only with none (bring your own CNI).",
    ),
    ("KP11", facts(DISABLED, cluster=OWN_CNI), REPLACED.format("not set", "not installed")),
    ("KP11", facts(DISABLED, kube=kube(kube_proxy_replacement="False", calico=CalicoFacts())), REPLACED.format("false", "disabled")),
    ("KP14", facts(KubeProxyConfig(True, "EBPF")), "The mode is EBPF; IPTABLES, IPVS, NFTABLES are allowed."),
    (
        "KP14",
        facts(KubeProxyConfig(True, "IPVS", IpvsConfig("wrr"))),
        "The scheduler is wrr; LeastConnection and RoundRobin are allowed.",
    ),
    ("KP15", facts(kube=kube(nodes=OLD[:1])), "The kernel of 1 node is older than 5.13: a (5.4.0)."),
    ("KP15", facts(kube=kube(nodes=OLD)), "The kernel of 2 nodes is older than 5.13: a (5.4.0), b (5.4.0)."),
    ("KP16", observed("1.0.0"), "nft on 1 node is older than 1.0.1: node0 (1.0.0)."),
    ("KP16", observed("1.0.0", "0.9"), "nft on 2 nodes is older than 1.0.1: node0 (1.0.0), node1 (0.9)."),
    ("KP16", observed(None, None), "2 nodes without the program nft: node0, node1."),
    (
        "KP17",
        facts(observations=(NodeObservation("node0", nft_tables={"inet mesh": "unknown", "ip fw": "firewalld"}),)),
        "Other programs have nftables tables on node0 (inet mesh, ip fw): one that uses nft 1.1.2 or newer can make kube-proxy crash.",
    ),
    ("KP20", services(node_port=ONE), "1 service will answer on the nodes' primary addresses only: shop/a."),
    ("KP20", services(node_port=TWO), "2 services will answer on the nodes' primary addresses only: shop/a, shop/b."),
    ("KP20", services(load_balancer=ONE), "The node ports of 1 service will answer on the nodes' primary addresses only: shop/a."),
    ("KP20", services(load_balancer=TWO), "The node ports of 2 services will answer on the nodes' primary addresses only: shop/a, shop/b."),
    ("KP24", facts(kube=kube(daemonset=dataclasses.replace(DAEMONSET, ready=1))), "Only 1 of 3 pods are ready."),
    ("KP27", facts(kube=kube(nodes=(*NODES, node("n9", schedulable=False)))), "1 node of 4 cordoned: n9."),
    ("KP28", facts(NFTABLES, NFTABLES), "The configuration (kube-proxy enabled in mode NFTABLES) is effective in Azure already: nothing will be changed."),
    ("EB02", host_routing.facts(host_routing.body(network={"networkPlugin": None})), "The network plugin is unknown."),
    (
        "EB12",
        host_routing.facts(host_routing.body(network={"ipFamilies": None, "podCidrs": ["10.0.0.0/8", "fd00::/8"]})),
        "The cluster has IPv6 (IP families: unknown). The public preview of 2025-09-23 excluded that; AKS supports it since 2026-03-05.",
    ),
    ("EB22", host_routing.facts(kube=host_routing.kube(kube_proxy_replacement=None)), "kube-proxy-replacement is not set."),
    (
        "EB16",
        host_routing.facts(host_routing.body(network={"ipFamilies": ["IPv6"]})),
        "It is not in kube-system: the expected rules of the iptables monitor come from the list published at 2026-08-20.",
    ),
]  # fmt: skip

FORBIDDEN = {"cilium": "no configmaps", "calico": "no installations"}

NOT_CHECKED: list[tuple[str, Facts, str]] = [
    ("KP07", facts(IPVS, cluster=view(version="")), 'the Kubernetes version of the cluster is "", which is not readable'),
    ("KP11", facts(DISABLED, cluster=OWN_CNI, kube=kube(unread=FORBIDDEN)), "no configmaps; no installations"),
    ("KP11", facts(DISABLED, cluster=OWN_CNI, kube=kube(unread={"calico": "no installations"})), "no installations"),
    ("KP15", facts(kube=kube(nodes=(node("odd", kernel=""),))), 'the kernel version is not readable on odd ("")'),
    ("KP15", facts(kube=kube(nodes=(node("odd", kernel="linux-5.4.0"),))), 'the kernel version is not readable on odd ("linux-5.4.0")'),
    (
        "KP16",
        facts(observations=(NodeObservation("node0", nft="?"), NodeObservation("node1"), NodeObservation("node2"))),
        "the version of nft is not readable on node0, node1, node2",
    ),
    ("KP25", facts(cluster=view(pools=[{"name": "extra", "provisioningState": None}])), "Azure does not report the provisioning state of pool extra"),
    ("EB24", host_routing.facts(kube=None), "pod disruption budgets: not asked"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "given", "message"), MESSAGES, ids=[f"{rule}-{number}" for number, (rule, *_rest) in enumerate(MESSAGES)])
def test_what_was_found(rule: str, given: Facts, message: str) -> None:
    assert [finding.message for finding in hits(rule, given)] == [message]


@pytest.mark.parametrize(
    ("rule", "given", "reason"), NOT_CHECKED, ids=[f"{rule}-{number}" for number, (rule, *_rest) in enumerate(NOT_CHECKED)]
)
def test_what_was_not_checked(rule: str, given: Facts, reason: str) -> None:
    found = [finding.message for finding in findings_of(given) if finding.id == rule and finding.not_checked]
    assert found == [f"not checked: {reason}"]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("1.0.9", (1, 0, 9)),
        ("v1.10.12", (1, 10, 12)),
        ("12.34.56", (12, 34, 56)),
        ("1.1", (1, 1, 0)),
        ("1.0.6.1", (1, 0, 6)),
        ("1.0.9 (Old Doc Yak #3)", (1, 0, 9)),
        ("nftables 1.0.9", None),
        ("1.0.", (1, 0, 0)),
        ("1.", None),
        ("v.1", None),
        ("1", None),
        ("", None),
        (None, None),
    ],
)
def test_the_version_of_nft(text: str | None, reported: tuple[int, int, int] | None) -> None:
    assert nft_version(text) == reported


def test_nodes_that_could_not_be_read_hide_no_observation() -> None:
    unread = kube(nodes=NODES[1:], unread={"nodes": "forbidden"})
    assert [finding.message for finding in hits("KP16", facts(kube=unread, observations=(NodeObservation("node0", nft=None),)))] == [
        "1 node without the program nft: node0."
    ]


def test_a_remedy_is_the_rules_own_unless_the_finding_has_one() -> None:
    (own,) = hits("KP24", facts(kube=kube(daemonset=dataclasses.replace(DAEMONSET, updated=1))))
    (rules,) = hits("KP24", facts(kube=kube(daemonset=dataclasses.replace(DAEMONSET, ready=1))))
    assert own.remedy == "Wait until it has ended: kubectl rollout status daemonset/kube-proxy --namespace kube-system."
    assert rules.remedy.startswith("Repair the pods first: kubectl get pods --namespace kube-system --selector component=kube-proxy")
    stuck = host_routing.body(pools=({"upgradeSettings": {"maxSurge": "0"}},))
    (upgrade,) = hits("EB24", host_routing.facts(stuck))
    assert upgrade.remedy == "Set maxSurge of these pools: az aks nodepool update --max-surge 10%."


def test_a_reference_is_the_first_source_of_the_rule() -> None:
    (found,) = hits("KP06", facts(IPVS, cluster=view(networkPolicy="azure")))
    assert found.reference == "https://learn.microsoft.com/azure/aks/configure-kube-proxy"
    (unchecked,) = [finding for finding in findings_of(facts(kube=None)) if finding.id == "KP26"]
    assert unchecked.reference == "https://github.com/kubernetes/kubernetes/issues/135639"
    assert unchecked.remedy.startswith("Check it manually: There are 100,000 endpoints or more")


def test_findings_of_one_severity_are_in_the_order_of_rules_subjects_and_messages() -> None:
    pools = [{"name": name, "provisioningState": "Failed", "powerState": {"code": "Stopped"}} for name in ("b", "a")]
    found = findings_of(facts(IPTABLES, cluster=view(sku="Automatic", networkDataplane="cilium", state="Failed", pools=pools)))
    errors = [(finding.id, finding.subject, finding.message) for finding in found if finding.severity == "error"]
    assert errors == sorted(errors)
    assert [(rule, subject) for rule, subject, _message in errors] == [
        ("KP01", "cluster aks"),
        ("KP13", "cluster aks"),
        ("KP25", "cluster aks"),
        *(("KP25", "pool a"), ("KP25", "pool a"), ("KP25", "pool b"), ("KP25", "pool b")),
    ]
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=["error", "warning", "info"].index
    )
