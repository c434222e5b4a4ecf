# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of nodes before eBPF host routing: by which patterns, what could not be reported, and of which nodes nothing is known."""

from __future__ import annotations

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.monitor_prediction import predict_nodes
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import AllowedPatterns
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4

from tests.support.host_routing import KUBE, LINES, body, facts, kube, observations
from tests.support.preflight import NODES, findings_of, hits, node

USER_RULE = "-A INPUT -s 10.1.2.3/32 -j DROP"
# AKS's own, and expected in the table mangle of IPv4 only.
WIRE_SERVER = "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP"
DUAL = body(network={"ipFamilies": ["IPv4", "IPv6"]})


def lines(family: str, table: str, *rules: str) -> dict[str, t.Any]:
    return {**LINES, family: {**LINES[family], table: rules}}


def not_checked(rule: str, given: Facts) -> list[str]:
    """The reasons."""
    prefix = "not checked: "
    found = [finding for finding in findings_of(given) if finding.id == rule and finding.not_checked]
    assert all(finding.message.startswith(prefix) for finding in found)
    return [finding.message[len(prefix) :] for finding in found]


def test_a_dual_stack_node_is_judged_by_the_patterns_of_both_families() -> None:
    given = facts(DUAL, observations=observations(monitor_lines=lines("ipv4", "mangle", WIRE_SERVER)))
    reported = predict_nodes(given)[0].to_dict()
    assert (reported["node"], reported["verdict"], reported["gate"]) == ("node0", "clean", False)
    assert reported["patterns"] == {"ipv4": "cluster", "ipv6": "published 2026-08-20"}
    assert hits("EB15", given) == []


def test_the_published_patterns_differ_between_families() -> None:
    (finding,) = hits("EB15", facts(DUAL, observations=observations(monitor_lines=lines("ipv6", "mangle", WIRE_SERVER))))
    assert finding.message == (
        "The iptables monitor would find rules that it does not expect (by the patterns published 2026-08-20), "
        f"and the node would be marked for it: mangle: {WIRE_SERVER}."
    )
    given = facts(kube=kube(patterns=AllowedPatterns()), observations=observations(monitor_lines=lines("ipv4", "mangle", WIRE_SERVER)))
    assert hits("EB15", given) == []


def test_the_clusters_own_patterns_are_not_called_published() -> None:
    (finding,) = hits("EB15", facts(observations=observations(monitor_lines=lines("ipv4", "filter", USER_RULE))))
    assert finding.message == (
        f"The iptables monitor would find rules that it does not expect, and the Cilium agent would not start there: filter: {USER_RULE}."
    )


def test_patterns_that_could_not_be_read_are_replaced_by_the_published_ones() -> None:
    unread = kube(patterns=AllowedPatterns({**BUNDLED_IPV4, "global": ""}), unread={"patterns": "forbidden"})
    assert predict_nodes(facts(kube=unread))[0].patterns == {"ipv4": "published 2026-08-20"}
    assert hits("EB15", facts(kube=unread)) == []


def test_patterns_that_cannot_be_followed_are_named_up_to_five() -> None:
    content = "".join(f"(?i)x{number}\n" for number in range(6))
    patterns = AllowedPatterns({**BUNDLED_IPV4, "filter": content})
    given = facts(kube=kube(patterns=patterns), observations=observations(monitor_lines=lines("ipv4", "filter", USER_RULE)))
    named = ", ".join(f"filter: (?i)x{number}" for number in range(5))
    assert not_checked("EB15", given) == [f"node node0: 1 rules may match patterns that this check does not support ({named})"]


def test_tables_that_could_not_be_listed_are_named() -> None:
    listed = {**LINES, "ipv4": {**LINES["ipv4"], "nat": None, "raw": None}}
    assert not_checked("EB15", facts(observations=observations(monitor_lines=listed))) == [
        "node node0: the tables nat, raw could not be listed; the monitor passes over such tables"
    ]


def test_labels_that_could_not_be_read_tell_nothing_of_a_node() -> None:
    reported = not_checked("EB15", facts(kube=kube(unread={"cilium_nodes": "forbidden"}), observations=()))
    assert reported == [
        "neither the iptables monitor nor node_observations with monitor_lines report the iptables rules of node0, node1, node2"
    ]


def test_nodes_that_could_not_be_read_are_not_judged_by_their_kernel() -> None:
    old = (*NODES, node("n9", kernel="4.19.0"))
    assert hits("EB21", facts(kube=kube(nodes=old, unread={"nodes": "forbidden"}))) == []


def test_each_thing_that_the_node_needs() -> None:
    bad = observations(kernel="5.9.1", lsm=("lockdown",), cgroup2=False)
    assert [finding.message for finding in hits("EB21", facts(observations=bad))] == [
        "The kernel is older than 5.10 on node0 (5.9.1).",
        "The security module bpf is not active on node0: the guard of the node's rules cannot work.",
        "There is no unified cgroup hierarchy (version 2) on node0.",
    ]


def test_what_the_pods_of_aks_do_not_show() -> None:
    def given(image: str) -> Facts:
        return facts(observations=observations(lsm=None, from_pods=True, os_image=image, not_seen=("nft_tables", "lsm")))

    assert (hits("EB21", given("Ubuntu 24.04.3 LTS")), not_checked("EB21", given("Ubuntu 24.04.3 LTS"))) == ([], [])
    assert not_checked("EB21", given("Flatcar 9")) == ["the node image does not say whether the security module bpf is active on node0"]
    assert not_checked("EB19", given("Ubuntu 24.04.3 LTS")) == [
        "the pods of AKS do not show the nftables tables of node0; looking by ssh does, and so do temporary pods "
        "(aks_dataplane_node_look: pods)"
    ]


def test_nodes_of_which_nothing_is_known() -> None:
    assert not_checked("EB21", facts(observations=observations()[:1])) == [
        "needs the security modules of each node, and node_observations has none of node1, node2"
    ]


def test_parts_that_could_not_be_read_are_reported_once_each() -> None:
    reasons = {"workloads": "no daemonsets", "ambient": "no namespaces"}
    assert not_checked("EB11", facts(kube=kube(unread=reasons))) == ["no daemonsets; no namespaces"]
    assert not_checked("EB11", facts(kube=kube(unread=dict.fromkeys(reasons, "forbidden")))) == ["forbidden"]
    assert not_checked("EB11", facts(kube=kube(unread={"workloads": "no daemonsets"}))) == ["no daemonsets"]
    assert not_checked("EB11", facts(kube=kube(ambient=("shop",), unread=reasons))) == []


def test_a_daemonset_or_nodes_that_could_not_be_read_are_not_judged() -> None:
    assert KUBE.daemonset is not None
    for part, missing in (("daemonset", kube(daemonset=None)), ("nodes", kube(nodes=(*NODES, node("n9", ready=False))))):
        unread = kube(daemonset=missing.daemonset, nodes=missing.nodes, unread={part: "forbidden"})
        assert hits("EB23", facts(kube=unread)) == []
        assert not_checked("EB23", facts(kube=unread)) == ["forbidden"]


def test_a_cluster_without_cilium_has_no_agents_to_judge() -> None:
    given = facts(body(network={"networkDataplane": "azure"}), kube=kube(daemonset=None))
    assert hits("EB23", given) == []


def test_the_nodes_of_a_ruleset_need_the_list_of_nodes() -> None:
    assert not_checked("EB26", facts(kube=kube(unread={"nodes": "forbidden"}), ruleset_nodes=("a",))) == [
        "whether a are nodes of this cluster is unknown: forbidden"
    ]
