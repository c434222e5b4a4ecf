# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy import answers
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation, read_expectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.judge import judge
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import (
    IpvsSettings,
    KubeProxyNode,
    KubeProxyObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.report import phase, to_result
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet
from ansible_collections.aks.dataplane.plugins.module_utils._verify.report import crash_loops, progress
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import NAMED_NODES, ClusterVerdict
from hypothesis import given
from hypothesis import strategies as st

CAPTURED = pathlib.Path(__file__).parents[4] / "fixtures" / "kube-proxy"
NFTABLES = KubeProxyExpectation(mode="nftables")
CURRENT = SyncMetrics({"IPv4": 100.0, "IPv6": 100.0}, {"IPv4": 99.0, "IPv6": 99.0})
POD = AgentPod("kube-proxy-a", ready=True, phase="Running", image="kube-proxy:v1.34.2", started="2026-11-21T13:00:00Z")


def captured(name: str) -> ProxyAnswers:
    folder = CAPTURED / name
    mode, ipvs = answers.configz((folder / "http-10249-configz.body").read_text())
    return ProxyAnswers(
        proxy_mode=answers.proxy_mode((folder / "http-10249-proxyMode.body").read_text()),
        configz_mode=mode,
        ipvs=ipvs,
        healthz_status=200,
        metrics=answers.metrics((folder / "metrics.txt").read_text()),
    )


def reported(mode: str | None = "nftables", **changes: t.Any) -> ProxyAnswers:
    known = {"proxy_mode": mode, "configz_mode": mode, "ipvs": IpvsSettings(), "healthz_status": 200, "metrics": CURRENT}
    return ProxyAnswers(**{**known, **changes})


def node(name: str = "a", said: ProxyAnswers | None = None, **changes: t.Any) -> KubeProxyNode:
    return dataclasses.replace(KubeProxyNode(name, "linux", True, True, POD, reported() if said is None else said), **changes)


def daemonset(mode: str | None = "nftables", **changes: t.Any) -> DaemonSet:
    return dataclasses.replace(DaemonSet(mode, 2, 2, 1, 1, 1, "kube-proxy:v1.34.2"), **changes)


def verdict(
    *nodes: KubeProxyNode, wanted: KubeProxyExpectation | None = NFTABLES, ds: DaemonSet | None = None, bare: bool = False
) -> ClusterVerdict:
    return judge(KubeProxyObservation(nodes, None if bare else ds or daemonset()), wanted)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("iptables-12", "iptables"),
        ("ipvs-12", "ipvs"),
        ("nftables-12", "nftables"),
        ("nftables-12-kp1.30.5", "nftables"),
        ("nftables-5", "nftables"),
    ],
)
def test_real_answers_prove_their_mode_and_no_other(name: str, mode: str) -> None:
    seen = node(said=captured(name))
    for wanted in ("iptables", "ipvs", "nftables"):
        state = verdict(seen, wanted=KubeProxyExpectation(mode=wanted), ds=daemonset(mode)).state
        assert state == ("wanted" if wanted == mode else "other")
    assert verdict(seen, wanted=None, ds=daemonset(mode)).state == mode


@pytest.mark.parametrize(
    ("seen", "state", "reason"),
    [
        (node(), "wanted", ""),
        (node(said=reported("iptables")), "other", "mode iptables, not nftables"),
        (node(said=reported(configz_mode="iptables")), "mixed", "its configuration says iptables"),
        (node(said=reported(configz_mode=None)), "wanted", ""),
        (node(said=reported(None)), "unknown", "did not report its mode"),
        (node(said=reported(healthz_status=503)), "unknown", "not healthy (503)"),
        (node(said=reported(healthz_status=None)), "unknown", "did not report its health"),
        (node(said=reported(metrics=None)), "unknown", "metrics have nothing"),
        (node(said=reported(metrics=SyncMetrics({}, {"": 5.0}))), "unknown", "not written its rules yet"),
        (node(said=reported(metrics=SyncMetrics({"": 0.0}, {"": 5.0}))), "unknown", "not written its rules yet"),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 55.0}))), "wanted", ""),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 65.0}))), "unknown", "behind the Services"),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 55.0}, 3.0))), "unknown", "3 attempts"),
        (node(said=reported(metrics=SyncMetrics({"": 50.0}, {"": 45.0}, 3.0))), "wanted", ""),
        (node(said=reported(metrics=SyncMetrics({"IPv4": 100.0}, {"IPv4": 99.0, "IPv6": 99.0}))), "unknown", "for IPv6"),
        (node(said=reported(errors=("kube-proxy did not answer configz (503: no)",))), "unknown", "did not answer configz"),
        (node(ready=False), "unknown", "not Ready"),
        (node(schedulable=False), "wanted", ""),
        (node(said=reported("iptables"), schedulable=False), "other", "the node is cordoned"),
        (node(pod=None), "unknown", "no kube-proxy pod"),
        (
            node(pod=dataclasses.replace(POD, ready=False, restarts=4, waiting_reason="CrashLoopBackOff"), said=ProxyAnswers()),
            "unknown",
            "(CrashLoopBackOff, 4 restarts)",
        ),
    ],
)
def test_one_node(seen: KubeProxyNode, state: str, reason: str) -> None:
    judged = verdict(seen)
    assert (judged.state, judged.nodes[0].state) == (state, state)
    assert reason in " ".join(judged.nodes[0].reasons)
    assert bool(judged.reasons) == (state != "wanted")
    assert judged.nodes_wanted == (state == "wanted")


@pytest.mark.parametrize(
    ("ipvs", "wanted", "state"),
    [
        (IpvsSettings("lc", 900.0, 120.0, 300.0), {"scheduler": "LeastConnection", "tcp_timeout_seconds": 900}, "wanted"),
        (IpvsSettings("lc", 900.0, 120.0, 300.0), {"tcp_timeout_seconds": 901}, "other"),
        (IpvsSettings("rr"), {"scheduler": "LeastConnection"}, "other"),
        (IpvsSettings(""), {"scheduler": "RoundRobin"}, "wanted"),
        (IpvsSettings(""), {}, "wanted"),
        (None, {"scheduler": "RoundRobin"}, "unknown"),
        (None, {}, "wanted"),
    ],
)
def test_ipvs_settings(ipvs: IpvsSettings | None, wanted: dict[str, t.Any], state: str) -> None:
    judged = verdict(node(said=reported("ipvs", ipvs=ipvs)), wanted=KubeProxyExpectation(True, "ipvs", wanted), ds=daemonset("ipvs"))
    assert judged.state == state


@pytest.mark.parametrize(
    ("ds", "state", "reason"),
    [
        (daemonset(), "wanted", ""),
        (daemonset(None), "wanted", ""),
        (daemonset("iptables"), "mixed", "starts its pods in mode iptables, not nftables"),
        (daemonset(generation=3), "unknown", "has not been taken up yet"),
        (daemonset(desired=2), "unknown", "1 of 2 pods are new"),
        (daemonset(ready=0), "unknown", "0 are ready"),
    ],
)
def test_the_daemonset_must_agree(ds: DaemonSet, state: str, reason: str) -> None:
    judged = verdict(node(), ds=ds)
    assert judged.state == state
    assert reason in " ".join(judged.reasons)


def test_pods_without_a_daemonset_prove_nothing() -> None:
    assert verdict(node(), bare=True).state == "mixed"


@pytest.mark.parametrize(
    ("nodes", "wanted", "state"),
    [
        ((node("a"), node("b")), NFTABLES, "wanted"),
        ((node("a"), node("b", reported("iptables"))), NFTABLES, "mixed"),
        ((node("a", reported("ipvs")), node("b", reported("iptables"))), NFTABLES, "other"),
        ((node("a"), node("b", ready=False)), NFTABLES, "unknown"),
        ((node("a", reported("iptables")), node("b", ready=False)), NFTABLES, "other"),
        ((node("a"), node("b", reported("iptables")), node("c", ready=False)), NFTABLES, "mixed"),
        ((), NFTABLES, "unknown"),
        ((node("w", os="windows", not_applicable="Windows"),), NFTABLES, "unknown"),
        ((node("a"), node("w", os="windows", pod=None, not_applicable="Windows")), NFTABLES, "wanted"),
        ((node("a"), node("b")), None, "nftables"),
        ((node("a"), node("b", reported("iptables"))), None, "mixed"),
        ((node("a"), node("b", ready=False)), None, "unknown"),
        ((node("a"), node("b")), KubeProxyExpectation(), "wanted"),
        ((node("a"), node("b", reported("iptables"))), KubeProxyExpectation(), "mixed"),
        ((node("a"),), KubeProxyExpectation(enabled=False), "other"),
    ],
)
def test_the_cluster(nodes: tuple[KubeProxyNode, ...], wanted: KubeProxyExpectation | None, state: str) -> None:
    judged = verdict(*nodes, wanted=wanted)
    assert judged.state == state
    assert bool(judged.reasons) == (state not in ("wanted", "nftables"))


@pytest.mark.parametrize(
    ("seen", "ds", "stray", "wanted", "state"),
    [
        (node(pod=None), None, (), KubeProxyExpectation(enabled=False), "wanted"),
        (node(pod=None), daemonset(desired=0, updated=0, ready=0), (), KubeProxyExpectation(enabled=False), "wanted"),
        (node(pod=None), daemonset(), (), KubeProxyExpectation(enabled=False), "mixed"),
        (node(pod=None), None, ("kube-proxy-x",), KubeProxyExpectation(enabled=False), "mixed"),
        (node(), None, (), KubeProxyExpectation(enabled=False), "other"),
        (node(pod=None, ready=False), None, (), KubeProxyExpectation(enabled=False), "unknown"),
        (node(pod=None), None, (), NFTABLES, "other"),
        (node(pod=None), None, (), None, "disabled"),
        (node(pod=None), daemonset(), (), None, "unknown"),
    ],
)
def test_disabled(
    seen: KubeProxyNode, ds: DaemonSet | None, stray: tuple[str, ...], wanted: KubeProxyExpectation | None, state: str
) -> None:
    assert judge(KubeProxyObservation((seen,), ds, stray), wanted).state == state


def test_reasons_stay_readable_in_a_large_cluster() -> None:
    judged = verdict(*(node(f"n{number:03}", reported("iptables")) for number in range(100)))
    assert len(judged.reasons) == NAMED_NODES + 1
    assert judged.reasons[-1] == "And 90 more nodes."


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((None, None, None), None),
        ((False, None, None), KubeProxyExpectation(enabled=False)),
        ((True, None, None), KubeProxyExpectation()),
        ((None, "NFTABLES", None), NFTABLES),
        (
            (None, None, {"scheduler": "RoundRobin", "udp_timeout_seconds": None}),
            KubeProxyExpectation(True, "ipvs", {"scheduler": "RoundRobin"}),
        ),
    ],
)
def test_expectation(options: tuple[t.Any, t.Any, t.Any], expected: KubeProxyExpectation | None) -> None:
    assert read_expectation(dict(zip(("enabled", "mode", "ipvs_config"), options, strict=True))) == expected


def test_the_report_is_plain_and_names_crashing_pods() -> None:
    crashing = dataclasses.replace(POD, ready=False, restarts=4, waiting_reason="CrashLoopBackOff", log=("ipvs not supported",))
    judged = verdict(node("a"), node("b", ProxyAnswers(), pod=crashing))
    result = to_result(judged, KubeProxyObservation((), daemonset()))
    assert result["crash_loops"] == [
        {"node": "b", "pod": "kube-proxy-a", "reason": "CrashLoopBackOff", "restarts": 4, "log": ["ipvs not supported"]}
    ]
    assert result["verdict"] == {
        "state": "unknown",
        "wanted": "nftables",
        "nodes_wanted": 1,
        "nodes_total": 2,
        "reasons": ["Node b: the kube-proxy pod kube-proxy-a is not Ready (CrashLoopBackOff, 4 restarts)."],
        "seen": "bad",
        "not_verifiable": [],
    }
    assert [seen["state"] for seen in result["nodes"]] == ["wanted", "unknown"]
    assert result["nodes"][1]["pod"]["waiting_reason"] == "CrashLoopBackOff"
    assert result["daemonset"]["mode"] == "nftables"
    assert crash_loops(judged) == result["crash_loops"]


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (verdict(node()), ("Succeeded", "nodes 1/1")),
        (verdict(node(said=reported("iptables")), ds=daemonset("iptables")), ("waiting for the DaemonSet", "nodes 0/1")),
        (verdict(node("a"), node("b", reported("iptables")), ds=daemonset(desired=2, ready=2)), ("rolling out", "nodes 1/2")),
        (verdict(node(said=reported(healthz_status=503))), ("verifying", "nodes 0/1")),
        (verdict(node(pod=dataclasses.replace(POD, ready=False, waiting_reason="CrashLoopBackOff"))), ("pods crash", "nodes 0/1")),
    ],
)
def test_phase_and_progress(judged: ClusterVerdict, words: tuple[str, str]) -> None:
    assert (phase(judged), progress(judged)) == words


MODE = st.sampled_from([None, "iptables", "ipvs", "nftables"])
METRICS = st.one_of(
    st.none(),
    st.builds(
        SyncMetrics,
        st.dictionaries(st.sampled_from(["", "IPv4", "IPv6"]), st.floats(0, 100)),
        st.dictionaries(st.sampled_from(["", "IPv4", "IPv6"]), st.floats(0, 100)),
        st.sampled_from([0.0, 1.0]),
    ),
)
ANSWERS = st.builds(
    ProxyAnswers,
    proxy_mode=MODE,
    configz_mode=MODE,
    ipvs=st.sampled_from([None, IpvsSettings(), IpvsSettings("lc", 900.0, 120.0, 300.0)]),
    healthz_status=st.sampled_from([None, 200, 503]),
    metrics=METRICS,
    errors=st.sampled_from([(), ("no answer",)]),
)
PODS = st.builds(AgentPod, st.just("pod"), ready=st.booleans(), phase=st.just("Running"))
NODES = st.lists(
    st.builds(
        KubeProxyNode,
        st.uuids().map(str),
        st.just("linux"),
        ready=st.booleans(),
        schedulable=st.booleans(),
        pod=st.one_of(st.none(), PODS),
        answers=ANSWERS,
        not_applicable=st.sampled_from(["", "Windows"]),
    ),
    max_size=4,
)
COUNTS = st.integers(0, 2)
DAEMONSETS = st.one_of(
    st.none(),
    st.builds(
        DaemonSet,
        MODE,
        generation=COUNTS,
        observed_generation=COUNTS,
        desired=COUNTS,
        updated=COUNTS,
        ready=COUNTS,
        image=st.just(""),
    ),
)
WANTED = st.one_of(
    st.none(),
    st.builds(KubeProxyExpectation, st.booleans(), MODE, st.sampled_from([{}, {"scheduler": "RoundRobin"}, {"tcp_timeout_seconds": 900}])),
)


@given(NODES, DAEMONSETS, WANTED)
def test_unknown_is_never_good(nodes: list[KubeProxyNode], ds: DaemonSet | None, wanted: KubeProxyExpectation | None) -> None:
    judged = judge(KubeProxyObservation(tuple(nodes), ds), wanted)
    good = ("wanted",) if wanted else ("iptables", "ipvs", "nftables", "disabled")
    assert judged.state in (*good, "other", "mixed", "unknown")
    assert bool(judged.reasons) == (judged.state not in good)
    if judged.state not in good:
        return
    assert judged.counted
    for state in judged.counted:
        assert state.state == judged.state
        assert state.node.ready
        if (wanted is not None and not wanted.enabled) or judged.state == "disabled":
            assert state.node.pod is None
            continue
        assert state.node.pod is not None
        assert state.node.pod.ready
        said = state.node.answers
        assert said.proxy_mode is not None
        assert (said.healthz_status, said.errors) == (200, ())
        assert said.metrics is not None
        assert any(said.metrics.last_sync.values())


@given(st.data(), NODES, DAEMONSETS, WANTED)
def test_the_order_of_nodes_does_not_matter(
    data: st.DataObject, nodes: list[KubeProxyNode], ds: DaemonSet | None, wanted: KubeProxyExpectation | None
) -> None:
    shuffled = data.draw(st.permutations(nodes))
    assert judge(KubeProxyObservation(tuple(nodes), ds), wanted) == judge(KubeProxyObservation(tuple(shuffled), ds), wanted)


@given(NODES, DAEMONSETS, WANTED)
def test_a_node_that_is_lost_never_makes_it_better(
    nodes: list[KubeProxyNode], ds: DaemonSet | None, wanted: KubeProxyExpectation | None
) -> None:
    lost = KubeProxyNode("lost", "linux", ready=False, schedulable=True)
    assert judge(KubeProxyObservation((*nodes, lost), ds), wanted).state in ("other", "mixed", "unknown")
