# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as seen good, seen bad and not seen, of a node and of a cluster, compared with what could be verified before a change."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.earlier import NOTHING_EARLIER, Earlier, read_earlier
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing import judge as host_routing
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.expectation import HostRoutingExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import (
    BLOCKER,
    MONITOR,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy import judge as kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import (
    IpvsSettings,
    KubeProxyNode,
    KubeProxyObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.memory import set_base
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet, InitContainer
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import ClusterVerdict

POD = AgentPod("kube-proxy-a", True, "Running")
GOOD = ProxyAnswers("nftables", "nftables", IpvsSettings(), 200, SyncMetrics({"": 100.0}, {"": 99.0}))
NFTABLES = KubeProxyExpectation(mode="nftables")
# Something before the change is known, and all nodes are older.
KNOWN = Earlier(answered=True, not_verifiable=(), verifiable=1, newest_node="2026-01-01T00:00:00Z")


def node(name: str = "a", said: ProxyAnswers = GOOD, **changes: t.Any) -> KubeProxyNode:
    return dataclasses.replace(KubeProxyNode(name, "linux", True, True, POD, said), **changes)


def reported(**changes: t.Any) -> ProxyAnswers:
    return dataclasses.replace(GOOD, **changes)


def judge(
    *nodes: KubeProxyNode, earlier: Earlier = KNOWN, wanted: KubeProxyExpectation | None = NFTABLES, **changes: t.Any
) -> ClusterVerdict[t.Any]:
    daemonset = DaemonSet("nftables", 2, 2, len(nodes), len(nodes), len(nodes))
    return kube_proxy.judge(KubeProxyObservation(nodes, dataclasses.replace(daemonset, **changes)), wanted, earlier)


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        (node(), "good"),
        # Answered, and something else.
        (node(said=reported(proxy_mode="iptables", configz_mode="iptables")), "bad"),
        (node(said=reported(configz_mode="iptables")), "bad"),
        (node(said=reported(healthz_status=503)), "bad"),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 65.0}))), "bad"),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 55.0}, 3.0))), "bad"),
        (node(said=reported(metrics=SyncMetrics({"": 0.0}, {"": 5.0}))), "bad"),
        (node(pod=dataclasses.replace(POD, ready=False, waiting_reason="CrashLoopBackOff", restarts=3)), "bad"),
        (node(pod=dataclasses.replace(POD, ready=False)), "bad"),
        (node(pod=None), "bad"),
        (node(ready=False), "bad"),
        # Nothing was answered.
        (node(said=ProxyAnswers(errors=("kube-proxy did not answer proxyMode (503: no)",))), "not_seen"),
        (node(said=reported(metrics=None, healthz_status=None, errors=("kube-proxy did not answer metrics in time",))), "not_seen"),
        (node(said=reported(proxy_mode=None, configz_mode=None)), "not_seen"),
        (node(said=reported(healthz_status=None)), "not_seen"),
        (node(said=reported(metrics=None)), "not_seen"),
    ],
)
def test_a_node_of_kube_proxy(one: KubeProxyNode, seen: str) -> None:
    verdict = judge(one)
    assert (verdict.seen, verdict.nodes[0].seen) == (seen, seen)
    assert (verdict.state == "wanted") == (seen == "good")


def test_settings_of_ipvs_that_are_others_are_bad_and_those_that_are_not_reported_are_not_seen() -> None:
    wanted = KubeProxyExpectation(True, "ipvs", {"tcp_timeout_seconds": 900})
    for ipvs, seen in ((IpvsSettings("rr", 900.0), "good"), (IpvsSettings("rr", 901.0), "bad"), (None, "not_seen")):
        one = node(said=reported(proxy_mode="ipvs", configz_mode="ipvs", ipvs=ipvs))
        assert judge(one, wanted=wanted, mode="ipvs").seen == seen


DONE = (InitContainer(BLOCKER, 0), InitContainer(MONITOR, 0))
AGENT = AgentPod("cilium-a", True, "Running", init=DONE)
HELD = dataclasses.replace(AGENT, ready=False, init=(DONE[0], InitContainer(MONITOR, None, running=True)))


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, "good"),
        ({"answers": AgentAnswers("bpf")}, "good"),
        ({"ebpf_label": None}, "bad"),
        ({"answers": AgentAnswers("legacy")}, "bad"),
        ({"user_rules": True}, "bad"),
        ({"pod": HELD, "unexpected_rules": ("-A INPUT -j DROP",)}, "bad"),
        ({"pod": HELD}, "bad"),
        ({"pod": None}, "bad"),
        ({"ready": False}, "bad"),
        ({"answers": AgentAnswers(errors=("its Cilium agent could not be asked",))}, "not_seen"),
        ({"answers": AgentAnswers()}, "not_seen"),
        # AKS may name it in another way some day.
        ({"pod": dataclasses.replace(AGENT, init=DONE[1:])}, "not_seen"),
    ],
)
def test_a_node_of_host_routing(changes: dict[str, t.Any], seen: str) -> None:
    one = dataclasses.replace(HostRoutingNode("a", "linux", True, True, AGENT, ebpf_label="true"), **changes)
    config = {"enable-host-legacy-routing": "false", "enable-bpf-masquerade": "true", "kube-proxy-replacement": "true"}
    observation = HostRoutingObservation((one,), config, DaemonSet(None, 2, 2, 1, 1, 1))
    verdict = host_routing.judge(observation, HostRoutingExpectation(True), KNOWN)
    assert (verdict.seen, verdict.nodes[0].seen) == (seen, seen)


UNANSWERED = reported(proxy_mode=None, configz_mode=None, errors=("no answer",))


@pytest.mark.parametrize(
    ("nodes", "changes", "seen"),
    [
        ((node("a"), node("b")), {}, "good"),
        ((node("a"), node("b", UNANSWERED)), {}, "not_seen"),
        ((node("a"), node("b", reported(healthz_status=503))), {}, "bad"),
        ((node("a", UNANSWERED), node("b", reported(healthz_status=503))), {}, "bad"),
        ((node("a", UNANSWERED), node("b", UNANSWERED)), {}, "not_seen"),
        # All nodes are as wanted: what Kubernetes counts is late.
        ((node("a"),), {"observed_generation": 1}, "not_seen"),
        ((node("a"),), {"ready": 0}, "not_seen"),
        ((node("a"),), {"mode": "iptables"}, "bad"),
        ((), {}, "not_seen"),
    ],
)
def test_a_cluster(nodes: tuple[KubeProxyNode, ...], changes: dict[str, t.Any], seen: str) -> None:
    assert judge(*nodes, **changes).seen == seen
    assert judge(*nodes, wanted=None, **changes).seen is None


def test_one_cause_is_one_reason() -> None:
    (silent,) = judge(node(said=ProxyAnswers(errors=("kube-proxy did not answer proxyMode (503: no)",)))).nodes
    assert silent.reasons == ("kube-proxy did not answer proxyMode (503: no)",)
    (partly,) = judge(node(said=reported(metrics=None, healthz_status=503, errors=("kube-proxy did not answer metrics in time",)))).nodes
    assert partly.reasons == ("kube-proxy did not answer metrics in time", "kube-proxy says that it is not healthy (503)")


UNWELL = (
    node("u", ready=False),
    node("u", UNANSWERED),
    node("u", reported(healthz_status=503)),
    node("u", reported(configz_mode="ipvs")),
    node("u", pod=None),
    node("u", pod=dataclasses.replace(POD, ready=False, waiting_reason="CrashLoopBackOff")),
)


@pytest.mark.parametrize("before", UNWELL)
@pytest.mark.parametrize("after", UNWELL)
def test_a_node_that_was_unwell_before_fails_nothing(before: KubeProxyNode, after: KubeProxyNode) -> None:
    earlier = set_base(Earlier(answered=True), judge(node("a"), before, wanted=None, earlier=NOTHING_EARLIER).nodes)
    assert (earlier.not_verifiable, earlier.verifiable) == (("u",), 1)
    # Its pod is neither new nor ready.
    verdict = judge(node("a"), after, earlier=earlier, updated=1, ready=1)
    assert (verdict.state, verdict.seen, verdict.reasons) == ("wanted", "good", ())
    assert [one.node.name for one in verdict.excused] == ["u"]
    assert (verdict.nodes_wanted, len(verdict.counted)) == (1, 2)
    assert judge(node("a", UNANSWERED), after, earlier=earlier).seen == "not_seen"
    assert judge(node("a", reported(healthz_status=503)), after, earlier=earlier).seen == "bad"


def test_over_a_node_that_is_well_again_and_runs_something_else_nothing_is_verified() -> None:
    earlier = dataclasses.replace(KNOWN, not_verifiable=("u",))
    verdict = judge(node("a"), node("u", reported(proxy_mode="iptables", configz_mode="iptables")), earlier=earlier)
    assert (verdict.state, verdict.seen, [one.node.name for one in verdict.excused]) == ("unknown", "not_seen", ["u"])


def test_one_that_has_recovered_counts_as_any_other() -> None:
    verdict = judge(node("a"), node("u"), earlier=dataclasses.replace(KNOWN, not_verifiable=("u",)))
    assert (verdict.state, verdict.excused, verdict.nodes_wanted) == ("wanted", (), 2)


@pytest.mark.parametrize(
    ("nodes", "seen"),
    [
        # As many as before are good, so that nobody waits for one that has just come.
        ((node("a"), node("n", ready=False, created="2026-02-01T00:00:00Z")), "good"),
        ((node("a"), node("n", UNANSWERED, created="2026-02-01T00:00:00Z")), "good"),
        # It comes in the place of another one.
        ((node("n", ready=False, created="2026-02-01T00:00:00Z"),), "not_seen"),
        # It was there before.
        ((node("a"), node("n", ready=False, created="2025-02-01T00:00:00Z")), "bad"),
        # It runs something else.
        ((node("a"), node("n", reported(proxy_mode="iptables", configz_mode="iptables"), created="2026-02-01T00:00:00Z")), "bad"),
    ],
)
def test_nodes_that_come_during_the_change(nodes: tuple[KubeProxyNode, ...], seen: str) -> None:
    assert judge(*nodes).seen == seen


def test_whether_a_node_was_ready_has_to_be_known() -> None:
    assert judge(node("a"), node("b", ready=False), earlier=NOTHING_EARLIER).seen == "not_seen"


def test_what_is_remembered_travels_as_json() -> None:
    earlier = dataclasses.replace(
        KNOWN, not_verifiable=("a",), unseen=("b",), good={"c": ("pod-c", None)}, bad_since={"d": 1.5}, ready_only=True
    )
    assert read_earlier(earlier.to_json()) == earlier
    assert read_earlier(NOTHING_EARLIER.to_json()) == NOTHING_EARLIER
