# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number that a verdict on kube-proxy depends on: the last value that is good and the first that is not, and whole reasons."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.judge import judge
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import (
    IpvsSettings,
    KubeProxyNode,
    KubeProxyObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import ClusterVerdict, pod_not_ready

CURRENT = SyncMetrics({"": 100.0}, {"": 100.0})
PROXY = AgentPod("kube-proxy-a", ready=True, phase="Running")
ROLLED_OUT = DaemonSet(None, 2, 2, 1, 1, 1, "image")
NFTABLES = KubeProxyExpectation(mode="nftables")


def reported(mode: str = "nftables", **changes: t.Any) -> ProxyAnswers:
    known = {"proxy_mode": mode, "configz_mode": mode, "ipvs": None, "healthz_status": 200, "metrics": CURRENT}
    return ProxyAnswers(**{**known, **changes})


def node(name: str = "a", said: ProxyAnswers | None = None, **changes: t.Any) -> KubeProxyNode:
    return dataclasses.replace(KubeProxyNode(name, "linux", True, True, PROXY, said or reported()), **changes)


def proxies(*nodes: KubeProxyNode, wanted: KubeProxyExpectation | None = NFTABLES, **changes: t.Any) -> ClusterVerdict[KubeProxyNode]:
    return judge(dataclasses.replace(KubeProxyObservation(nodes, ROLLED_OUT), **changes), wanted)


@pytest.mark.parametrize(
    ("synced", "queued", "failures", "state"),
    [
        (100.0, 110.0, 0.0, "wanted"),
        (100.0, 110.5, 0.0, "unknown"),
        (100.0, 100.0, 1.0, "wanted"),
        (100.0, 100.5, 1.0, "unknown"),
        (0.5, 0.5, 0.0, "wanted"),
        (0.0, 0.0, 0.0, "unknown"),
        (100.0, 0.0, 1.0, "wanted"),
    ],
)
def test_how_late_the_rules_may_be(synced: float, queued: float, failures: float, state: str) -> None:
    assert proxies(node(said=reported(metrics=SyncMetrics({"": synced}, {"": queued}, failures)))).state == state


def test_rules_that_are_late_are_named_by_family() -> None:
    def reasons(synced: dict[str, float], queued: dict[str, float], failures: float = 0.0) -> tuple[str, ...]:
        return proxies(node(said=reported(metrics=SyncMetrics(synced, queued, failures)))).nodes[0].reasons

    late = {"IPv4": 200.0, "IPv6": 200.0}
    assert reasons({"": 100.0}, {"": 200.0}) == ("kube-proxy's rules are behind the Services",)
    assert reasons({"IPv4": 100.0}, late) == ("kube-proxy's rules for IPv4 and IPv6 are behind the Services",)
    assert reasons({"IPv4": 200.0}, late, 2.0) == (
        "kube-proxy's rules for IPv6 are behind the Services, and 2 attempts to write them failed",
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (199, "kube-proxy says that it is not healthy (199)"),
        (201, "kube-proxy says that it is not healthy (201)"),
        (503, "kube-proxy says that it is not healthy (503)"),
        (None, "kube-proxy did not report its health"),
    ],
)
def test_only_one_answer_is_healthy(status: int | None, reason: str | None) -> None:
    verdict = proxies(node(said=reported(healthz_status=status)))
    assert verdict.nodes[0].reasons == ((reason,) if reason else ())
    assert verdict.state == ("unknown" if reason else "wanted")


@pytest.mark.parametrize(
    ("wanted", "seen", "state"),
    [
        ("RoundRobin", "rr", "wanted"),
        ("RoundRobin", "", "wanted"),
        ("RoundRobin", "lc", "other"),
        ("LeastConnection", "lc", "wanted"),
        ("LeastConnection", "rr", "other"),
        ("LeastConnection", "", "other"),
    ],
)
def test_the_schedulers(wanted: str, seen: str, state: str) -> None:
    expected = KubeProxyExpectation(True, "ipvs", {"scheduler": wanted})
    assert proxies(node(said=reported("ipvs", ipvs=IpvsSettings(seen))), wanted=expected).state == state


@pytest.mark.parametrize("name", ["tcp_timeout_seconds", "tcp_fin_timeout_seconds", "udp_timeout_seconds"])
def test_a_timeout_is_compared_to_the_second(name: str) -> None:
    expected = KubeProxyExpectation(True, "ipvs", {name: 900})
    for seconds, state in ((900.0, "wanted"), (899.0, "other"), (901.0, "other"), (0.0, "other")):
        verdict = proxies(node(said=reported("ipvs", ipvs=IpvsSettings(**{name: seconds}))), wanted=expected)
        assert verdict.state == state
        assert verdict.nodes[0].reasons == (() if state == "wanted" else (f"its IPVS {name} is {seconds:g}, not 900",))


@pytest.mark.parametrize(
    ("desired", "wanted", "state"), [(0, None, "disabled"), (0, NFTABLES, "other"), (1, None, "unknown"), (1, NFTABLES, "unknown")]
)
def test_a_node_without_kube_proxy_where_the_daemonset_wants_pods(desired: int, wanted: KubeProxyExpectation | None, state: str) -> None:
    daemonset = dataclasses.replace(ROLLED_OUT, desired=desired, updated=desired, ready=desired)
    assert proxies(node(pod=None), wanted=wanted, daemonset=daemonset).nodes[0].state == state


@pytest.mark.parametrize(
    ("updated", "ready", "observed", "reason"),
    [
        (3, 3, 2, None),
        (2, 3, 2, "The rollout of the DaemonSet kube-proxy is not done: 2 of 3 pods are new, 3 are ready."),
        (4, 3, 2, "The rollout of the DaemonSet kube-proxy is not done: 4 of 3 pods are new, 3 are ready."),
        (3, 2, 2, "The rollout of the DaemonSet kube-proxy is not done: 3 of 3 pods are new, 2 are ready."),
        (3, 3, 3, None),
        (3, 3, 1, "The newest change of the DaemonSet kube-proxy has not been taken up yet."),
    ],
)
def test_when_a_rollout_is_done(updated: int, ready: int, observed: int, reason: str | None) -> None:
    daemonset = DaemonSet(None, 2, observed, 3, updated, ready, "image")
    verdict = proxies(node(), daemonset=daemonset)
    assert (verdict.reasons, verdict.rollout_done) == ((reason,) if reason else (), reason is None)


@pytest.mark.parametrize(("number", "last"), [(9, "Node n9: "), (10, "Node n10: "), (11, "And 1 more nodes.")])
def test_ten_nodes_are_named(number: int, last: str) -> None:
    reasons = proxies(*(node(f"n{index + 1}", ready=False) for index in range(number))).reasons
    assert len(reasons) == number
    assert any(reason.startswith(last) for reason in reasons)


def test_ten_pods_are_named() -> None:
    pods = tuple(f"kube-proxy-{number}" for number in range(11))
    disabled = proxies(node(pod=None), wanted=KubeProxyExpectation(enabled=False), daemonset=None, stray_pods=pods)
    assert disabled.reasons == tuple(f"The pod kube-proxy-{number} is still there." for number in range(10))


@pytest.mark.parametrize(
    ("waiting", "restarts", "reported"),
    [
        ("", 0, "the pod a is not Ready"),
        ("Error", 0, "the pod a is not Ready (Error, 0 restarts)"),
        ("", 1, "the pod a is not Ready (1 restarts)"),
    ],
)
def test_why_a_pod_is_not_ready(waiting: str, restarts: int, reported: str) -> None:
    assert pod_not_ready("pod a", waiting, restarts) == reported


@pytest.mark.parametrize(
    ("wanted", "said", "reason"),
    [
        (KubeProxyExpectation(enabled=False), node(), "kube-proxy still runs (pod kube-proxy-a)"),
        (NFTABLES, node(pod=None), "there is no kube-proxy pod on this node"),
        (NFTABLES, node(os="windows", not_applicable="AKS runs another one"), "AKS runs another one"),
    ],
)
def test_what_is_said_of_a_node(wanted: KubeProxyExpectation, said: KubeProxyNode, reason: str) -> None:
    assert proxies(said, wanted=wanted).nodes[0].reasons == (reason,)


def test_a_node_without_kube_proxy_that_should_have_it() -> None:
    assert proxies(node(pod=None), daemonset=None).nodes[0].reasons == ("kube-proxy does not run",)


def test_the_daemonset_goes_by_the_common_mode_where_nothing_is_wanted() -> None:
    iptables = dataclasses.replace(ROLLED_OUT, mode="iptables")
    contradiction = "The DaemonSet kube-proxy starts its pods in mode iptables, not nftables."
    assert proxies(node(), wanted=None, daemonset=iptables).reasons == (contradiction,)
    both = proxies(node(), node("b", reported("ipvs")), wanted=None, daemonset=iptables)
    assert both.reasons == ("The nodes run different modes: ipvs, nftables.",)


def test_reasons_of_one_node_are_joined_and_a_cordoned_one_is_called_so() -> None:
    verdict = proxies(node(said=reported(healthz_status=503, errors=("no answer",)), schedulable=False))
    assert verdict.reasons == ("Node a: no answer; kube-proxy says that it is not healthy (503); the node is cordoned.",)


def test_a_missing_daemonset_contradicts_what_is_wanted_and_what_is_seen() -> None:
    missing = "There is no DaemonSet kube-proxy."
    silent = node(pod=None)
    assert missing in proxies(silent, daemonset=None).reasons
    assert missing in proxies(node(), wanted=None, daemonset=None).reasons
    assert missing not in proxies(silent, wanted=None, daemonset=None).reasons


@pytest.mark.parametrize(
    ("expected", "text"), [(KubeProxyExpectation(), "enabled"), (KubeProxyExpectation(enabled=False), "disabled"), (NFTABLES, "nftables")]
)
def test_what_is_wanted_in_one_word(expected: KubeProxyExpectation, text: str) -> None:
    assert expected.text == text


def test_nodes_that_do_not_count() -> None:
    windows = node("w", os="windows", schedulable=False, not_applicable="AKS runs another one")
    verdict = proxies(node(), windows)
    assert (verdict.state, [one.node.name for one in verdict.counted], verdict.nodes_wanted) == ("wanted", ["a"], 1)
    assert verdict.nodes[1].reasons == ("AKS runs another one",)


def test_a_node_of_two_minds_outweighs_one_that_is_silent() -> None:
    assert proxies(node("a", reported(configz_mode="ipvs")), node("b", ready=False)).state == "mixed"
