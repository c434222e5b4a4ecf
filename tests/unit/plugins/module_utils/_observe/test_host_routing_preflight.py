# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cluster for the preflight rules of eBPF host routing, from raw objects."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._observe import cilium, preflight_parts
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import NODES
from ansible_collections.aks.dataplane.plugins.module_utils._observe.host_routing import preflight as reading
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import AllowedPatterns, KubeFacts, WorkloadFacts

from tests.support.kube_server import Server, forbidden

LISTS = (NODES, preflight_parts.DAEMONSETS, reading.NAMESPACES, reading.BUDGETS)


def read(**replies: t.Any) -> KubeFacts:
    """replies: of paths, by the name of their constant."""
    server = Server()
    server.replies = {path: [] for path in LISTS}
    server.replies |= {(vars(cilium) | vars(preflight_parts) | vars(reading))[name]: reply for name, reply in replies.items()}
    return reading.read_facts(server.client())


def named(name: str, namespace: str = "shop", **labels: str) -> dict[str, t.Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}}


def test_an_empty_cluster() -> None:
    assert read() == KubeFacts()


def test_cilium_nodes_with_the_label_of_either_name() -> None:
    new, old = cilium.USER_RULES_LABELS
    nodes = [
        named("a", **{new: "true"}),
        named("b", **{new: "false", old: "true"}),
        named("c", **{old: "true"}),
        named("d"),
        named("e", **{new: "maybe"}),
    ]
    assert read(CILIUM_NODES=nodes).cilium_nodes == {"a": True, "b": False, "c": True, "d": None, "e": None}


def test_patterns_are_taken_as_they_are() -> None:
    files = {"global": "^-N .*\n \n", "filter": ""}
    assert read(PATTERNS=(200, {"data": files}), PATTERNS_IPV6=(200, {})).patterns == AllowedPatterns(files, {})


@pytest.mark.parametrize(
    ("spec", "firewall"),
    [
        ({"hostNetwork": True, "containers": [{"image": "x", "securityContext": {"privileged": True}}]}, True),
        ({"hostNetwork": True, "initContainers": [{"image": "x", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}]}, True),
        ({"hostNetwork": True, "containers": [{"image": "x", "securityContext": {"capabilities": {"add": ["cap_net_admin"]}}}]}, True),
        ({"hostNetwork": True, "containers": [{"image": "x"}]}, False),
        ({"containers": [{"image": "x", "securityContext": {"privileged": True}}]}, False),
    ],
)
def test_which_daemonsets_may_change_rules(spec: dict[str, t.Any], firewall: bool) -> None:
    item = {**named("fw"), "spec": {"template": {"spec": spec}}}
    assert read(DAEMONSETS=[item]).workloads == (WorkloadFacts("shop/fw", ("x",), False, firewall),)


def test_daemonsets_of_aks() -> None:
    items = [
        named("a", **{"kubernetes.azure.com/managedby": "aks"}),
        named("b", **{"addonmanager.kubernetes.io/mode": "Reconcile"}),
        named("c"),
    ]
    assert [one.managed for one in read(DAEMONSETS=items).workloads] == [True, True, False]


def test_namespaces_in_ambient_mode() -> None:
    items = [named("a", **{"istio.io/dataplane-mode": "ambient"}), named("b", **{"istio.io/dataplane-mode": "none"}), named("c")]
    assert read(NAMESPACES=items).ambient == ("a",)


def test_budgets_that_allow_nothing() -> None:
    items = [
        {**named("full"), "status": {"disruptionsAllowed": 0, "expectedPods": 2}},
        {**named("free"), "status": {"disruptionsAllowed": 1, "expectedPods": 2}},
        {**named("empty"), "status": {"disruptionsAllowed": 0, "expectedPods": 0}},
    ]
    assert read(BUDGETS=items).budgets == ("shop/full",)


def test_files_of_the_ip_masq_agent() -> None:
    data = {
        "ip-masq-agent": "nonMasqueradeCIDRs: [10.0.0.0/8]\n",
        "ip-masq-b": "a: [",
        "other": "x",
        "ip-masq-c": "",
        "ip-masq-d": '{"masqLinkLocal": true}',
    }
    files = {file.name: file for file in read(IP_MASQ=(200, {"data": data})).ip_masq}
    assert files["ip-masq-agent"].content == {"nonMasqueradeCIDRs": ["10.0.0.0/8"]}
    assert files["ip-masq-b"].problem.startswith("it is no YAML: ")
    assert files["ip-masq-c"].content is None
    assert files["ip-masq-d"].content == {"masqLinkLocal": True}
    assert "other" not in files


def test_the_rollout_of_cilium_and_what_it_replaces() -> None:
    daemonset = {"metadata": {"generation": 2}, "status": {"observedGeneration": 1, "desiredNumberScheduled": 3, "numberReady": 2}}
    server = Server()
    server.replies = {path: [] for path in LISTS}
    server.replies[cilium.DAEMONSET] = (200, daemonset)
    server.replies[cilium.CONFIG] = (200, {"data": {"kube-proxy-replacement": "true"}})
    facts = reading.read_facts(server.client())
    assert facts.kube_proxy_replacement == "true"
    assert facts.daemonset is not None
    assert (facts.daemonset.desired, facts.daemonset.ready, facts.daemonset.rolling) == (3, 2, True)


def test_the_pool_of_a_node() -> None:
    server = Server()
    server.replies = {path: [] for path in LISTS}
    labels = {"kubernetes.io/os": "linux", "agentpool": "old", "kubernetes.azure.com/agentpool": "extra"}
    server.replies[NODES] = [{"metadata": {"name": "n", "labels": labels}, "status": {}}]
    assert [node.pool for node in reading.read_facts(server.client()).nodes] == ["extra"]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("DAEMONSET", "daemonset"),
        ("CILIUM_NODES", "cilium_nodes"),
        ("PATTERNS", "patterns"),
        ("PATTERNS_IPV6", "patterns"),
        ("DAEMONSETS", "workloads"),
        ("NAMESPACES", "ambient"),
        ("BUDGETS", "budgets"),
        ("IP_MASQ", "ip_masq"),
    ],
)
def test_a_part_that_may_not_be_read_is_reported(name: str, part: str) -> None:
    facts = read(**{name: forbidden("things")})
    assert list(facts.unread) == [part]
    assert "cannot list resource" in next(iter(facts.unread.values()))
