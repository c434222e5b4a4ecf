# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every number and name that a verdict depends on: the last value that is good and the first that is not, each name and one that is none.

The names are AKS's, Cilium's and kube-proxy's own, never the constants of the code.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify import host_routing, kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._verify.expectation import Expectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing_config import notes, shown
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing_model import (
    EVENT_REASONS,
    SIDECAR,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
    NodeEvent,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import (
    AgentPod,
    DaemonSetObservation,
    InitContainer,
    IpvsSettings,
    KubeProxyObservation,
    NodeObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import Verdict, not_ready

CURRENT = SyncMetrics({"": 100.0}, {"": 100.0})
PROXY = AgentPod("kube-proxy-a", ready=True, phase="Running")
ROLLED_OUT = DaemonSetObservation(None, 2, 2, 1, 1, 1, "image")
NFTABLES = Expectation(mode="nftables")
INIT = (InitContainer("iptables-blocker-init", 0), InitContainer("azure-iptables-monitor-init", 0))
AGENT = AgentPod("cilium-a", ready=True, phase="Running", init=INIT)
CONFIG = {"enable-host-legacy-routing": "false", "enable-bpf-masquerade": "true", "kube-proxy-replacement": "true"}
LABEL = "kubernetes.azure.com/ebpf-host-routing"


def told(mode: str = "nftables", **changes: t.Any) -> ProxyAnswers:
    known = {"proxy_mode": mode, "configz_mode": mode, "ipvs": None, "healthz_status": 200, "metrics": CURRENT}
    return ProxyAnswers(**{**known, **changes})


def node(name: str = "a", said: ProxyAnswers | None = None, **changes: t.Any) -> NodeObservation:
    return dataclasses.replace(NodeObservation(name, "linux", True, True, PROXY, said or told()), **changes)


def proxies(*nodes: NodeObservation, wanted: Expectation | None = NFTABLES, **changes: t.Any) -> Verdict[NodeObservation]:
    return kube_proxy.judge(dataclasses.replace(KubeProxyObservation(nodes, ROLLED_OUT), **changes), wanted)


def agent(name: str = "a", **changes: t.Any) -> HostRoutingNode:
    return dataclasses.replace(HostRoutingNode(name, "linux", True, True, AGENT, ebpf_label="true"), **changes)


def agents(*nodes: HostRoutingNode, wanted: str | None = "enabled", **changes: t.Any) -> Verdict[HostRoutingNode]:
    return host_routing.judge(dataclasses.replace(HostRoutingObservation(nodes, CONFIG, ROLLED_OUT), **changes), wanted)


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
    assert proxies(node(said=told(metrics=SyncMetrics({"": synced}, {"": queued}, failures)))).state == state


def test_rules_that_are_late_are_named_by_family() -> None:
    def reasons(synced: dict[str, float], queued: dict[str, float], failures: float = 0.0) -> tuple[str, ...]:
        return proxies(node(said=told(metrics=SyncMetrics(synced, queued, failures)))).nodes[0].reasons

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
        (None, "kube-proxy did not tell its health"),
    ],
)
def test_only_one_answer_is_healthy(status: int | None, reason: str | None) -> None:
    verdict = proxies(node(said=told(healthz_status=status)))
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
    expected = Expectation(True, "ipvs", {"scheduler": wanted})
    assert proxies(node(said=told("ipvs", ipvs=IpvsSettings(seen))), wanted=expected).state == state


@pytest.mark.parametrize("name", ["tcp_timeout_seconds", "tcp_fin_timeout_seconds", "udp_timeout_seconds"])
def test_a_timeout_is_compared_to_the_second(name: str) -> None:
    expected = Expectation(True, "ipvs", {name: 900})
    for seconds, state in ((900.0, "wanted"), (899.0, "other"), (901.0, "other")):
        verdict = proxies(node(said=told("ipvs", ipvs=IpvsSettings(**{name: seconds}))), wanted=expected)
        assert verdict.state == state
        assert verdict.nodes[0].reasons == (() if state == "wanted" else (f"its IPVS {name} is {seconds:g}, not 900",))


@pytest.mark.parametrize(
    ("desired", "wanted", "state"), [(0, None, "disabled"), (0, NFTABLES, "other"), (1, None, "unknown"), (1, NFTABLES, "unknown")]
)
def test_a_node_without_kube_proxy_where_the_daemonset_wants_pods(desired: int, wanted: Expectation | None, state: str) -> None:
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
    daemonset = DaemonSetObservation(None, 2, observed, 3, updated, ready, "image")
    verdict = proxies(node(), daemonset=daemonset)
    assert (verdict.reasons, verdict.rollout_done) == ((reason,) if reason else (), reason is None)


@pytest.mark.parametrize(("number", "last"), [(9, "Node n9: "), (10, "Node n10: "), (11, "And 1 more nodes.")])
def test_ten_nodes_are_named(number: int, last: str) -> None:
    reasons = proxies(*(node(f"n{index + 1}", ready=False) for index in range(number))).reasons
    assert len(reasons) == number
    assert any(reason.startswith(last) for reason in reasons)


def test_ten_pods_are_named() -> None:
    pods = tuple(f"kube-proxy-{number}" for number in range(11))
    disabled = proxies(node(pod=None), wanted=Expectation(enabled=False), daemonset=None, stray_pods=pods)
    assert disabled.reasons == tuple(f"The pod kube-proxy-{number} is still there." for number in range(10))
    switched = agents(agent(), kube_proxy_pods=pods)
    assert switched.reasons == tuple(f"The pod kube-proxy-{number} is there, but Cilium replaces kube-proxy." for number in range(10))


@pytest.mark.parametrize(
    ("number", "named"),
    [(1, "r0"), (2, "r0 | r1"), (5, "r0 | r1 | r2 | r3 | r4"), (6, "r0 | r1 | r2 | r3 | r4 and 1 more")],
)
def test_five_rules_are_named(number: int, named: str) -> None:
    held = dataclasses.replace(AGENT, ready=False, init=(INIT[0], InitContainer("azure-iptables-monitor-init", None, running=True)))
    rules = tuple(f"r{index}" for index in range(number))
    assert agents(agent(pod=held, unexpected_rules=rules)).nodes[0].reasons == (
        f"its Cilium agent is held back by iptables rules that AKS does not know: {named}",
    )


@pytest.mark.parametrize(
    ("waiting", "restarts", "told"),
    [
        ("", 0, "the pod a is not Ready"),
        ("Error", 0, "the pod a is not Ready (Error, 0 restarts)"),
        ("", 1, "the pod a is not Ready (1 restarts)"),
    ],
)
def test_why_a_pod_is_not_ready(waiting: str, restarts: int, told: str) -> None:
    assert not_ready("pod a", waiting, restarts) == told


@pytest.mark.parametrize(
    ("wanted", "said", "reason"),
    [
        (Expectation(enabled=False), node(), "kube-proxy still runs (pod kube-proxy-a)"),
        (NFTABLES, node(pod=None), "there is no kube-proxy pod on this node"),
        (NFTABLES, node(os="windows", not_applicable="AKS runs another one"), "AKS runs another one"),
    ],
)
def test_what_is_said_of_a_node(wanted: Expectation, said: NodeObservation, reason: str) -> None:
    assert proxies(said, wanted=wanted).nodes[0].reasons == (reason,)


def test_a_node_without_kube_proxy_that_should_have_it() -> None:
    assert proxies(node(pod=None), daemonset=None).nodes[0].reasons == ("kube-proxy does not run",)


def test_the_daemonset_goes_by_the_common_mode_where_nothing_is_wanted() -> None:
    iptables = dataclasses.replace(ROLLED_OUT, mode="iptables")
    contradiction = "The DaemonSet kube-proxy starts its pods in mode iptables, not nftables."
    assert proxies(node(), wanted=None, daemonset=iptables).reasons == (contradiction,)
    both = proxies(node(), node("b", told("ipvs")), wanted=None, daemonset=iptables)
    assert both.reasons == ("The nodes run different modes: ipvs, nftables.",)


def test_rules_of_the_user_are_named_where_they_are_known() -> None:
    finds = "the iptables monitor finds rules that AKS does not know, and that the traffic of pods now bypasses"
    assert agents(agent(user_rules=True)).nodes[0].reasons == (finds,)
    assert agents(agent(user_rules=True, unexpected_rules=("r0", "r1"))).nodes[0].reasons == (f"{finds}: r0 | r1",)


def test_reasons_of_one_node_are_joined_and_a_cordoned_one_is_called_so() -> None:
    verdict = proxies(node(said=told(healthz_status=503, errors=("no answer",)), schedulable=False))
    assert verdict.reasons == ("Node a: no answer; kube-proxy says that it is not healthy (503); the node is cordoned.",)


def test_a_missing_daemonset_contradicts_what_is_wanted_and_what_is_seen() -> None:
    missing = "There is no DaemonSet kube-proxy."
    silent = node(pod=None)
    assert missing in proxies(silent, daemonset=None).reasons
    assert missing in proxies(node(), wanted=None, daemonset=None).reasons
    assert missing not in proxies(silent, wanted=None, daemonset=None).reasons


@pytest.mark.parametrize(
    ("expected", "text"), [(Expectation(), "enabled"), (Expectation(enabled=False), "disabled"), (NFTABLES, "nftables")]
)
def test_what_is_wanted_in_one_word(expected: Expectation, text: str) -> None:
    assert expected.text == text


# What cilium-config holds with eBPF host routing: what decides it, and what AKS sets beside it.
PROVING = {
    "enable-host-legacy-routing": ("false", "true"),
    "enable-bpf-masquerade": ("true", "false"),
    "kube-proxy-replacement": ("true", "false"),
}
USUAL = {
    "enable-ipv4-masquerade": ("true", "false"),
    "enable-ip-masq-agent": ("true", "false"),
    "routing-mode": ("native", "tunnel"),
    "datapath-mode": ("veth", "netkit"),
    "bpf-lb-mode": ("snat", "dsr"),
    "bpf-lb-acceleration": ("disabled", "native"),
}


@pytest.mark.parametrize(("name", "good", "bad"), [(name, *values) for name, values in PROVING.items()])
def test_settings_that_decide_the_mode(name: str, good: str, bad: str) -> None:
    for spelled in (good, f" {good.upper()}\n"):
        assert agents(agent(), config={**CONFIG, name: spelled}).state == "wanted"
    wrong = agents(agent(), config={**CONFIG, name: bad})
    assert (wrong.state, wrong.reasons) == ("mixed", (f"cilium-config sets {name} to {bad}, not {good}.",))
    gone = agents(agent(), config={key: value for key, value in CONFIG.items() if key != name})
    assert (gone.state, gone.reasons) == ("unknown", (f"cilium-config does not set {name}.",))


@pytest.mark.parametrize("value", ["true", "false", None])
def test_one_setting_decides_legacy_mode(value: str | None) -> None:
    config = {} if value is None else {"enable-host-legacy-routing": value}
    legacy = agent(ebpf_label=None)
    state = {"true": "wanted", "false": "mixed", None: "unknown"}[value]
    assert agents(legacy, wanted="disabled", config=config).state == state


@pytest.mark.parametrize(("name", "usual", "other"), [(name, *values) for name, values in USUAL.items()])
def test_settings_that_are_only_usual(name: str, usual: str, other: str) -> None:
    assert notes({**CONFIG, name: usual}, "bpf") == []
    assert notes({**CONFIG, name: other}, "bpf") == [
        f"cilium-config sets {name} to {other}; with eBPF host routing AKS usually has {usual}."
    ]
    assert notes({**CONFIG, name: other}, "legacy") == []
    assert agents(agent(), config={**CONFIG, name: other}).state == "wanted"


def test_which_settings_are_shown() -> None:
    config = {name: good for name, (good, _bad) in (PROVING | USUAL).items()}
    assert shown({**config, "cluster-name": "x", "enable-ipv6": "true"}) == config


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (AgentAnswers("bpf", "BPF", "True"), "wanted"),
        (AgentAnswers("bpf", "BPF", "Strict"), "wanted"),
        (AgentAnswers("bpf", "BPF", "Probe"), "mixed"),
        (AgentAnswers("bpf", "BPF", "Disabled"), "mixed"),
        (AgentAnswers("bpf", "BPF-hybrid", "True"), "mixed"),
        (AgentAnswers("bpf", "iptables", "True"), "mixed"),
    ],
)
def test_what_an_agent_must_say(answers: AgentAnswers, state: str) -> None:
    assert agents(agent(answers=answers)).state == state


@pytest.mark.parametrize(("value", "state"), [("true", "wanted"), ("false", "other"), ("True", "other"), ("", "other"), (None, "other")])
def test_the_label_of_a_node(value: str | None, state: str) -> None:
    seen = agents(agent(ebpf_label=value))
    assert seen.state == state
    if value is None:
        assert seen.nodes[0].reasons == (f"the node has no label {LABEL}",)


@pytest.mark.parametrize(("missing", "state"), [("iptables-blocker-init", "unknown"), ("azure-iptables-monitor-init", "wanted")])
def test_which_init_containers_there_must_be(missing: str, state: str) -> None:
    pod = dataclasses.replace(AGENT, init=tuple(container for container in INIT if container.name != missing))
    assert agents(agent(pod=pod)).state == state


@pytest.mark.parametrize("name", ["iptables-blocker-init", "azure-iptables-monitor-init"])
@pytest.mark.parametrize(("exit_code", "state"), [(0, "wanted"), (1, "unknown"), (-1, "unknown"), (None, "unknown")])
def test_how_init_containers_must_end(name: str, exit_code: int | None, state: str) -> None:
    pod = dataclasses.replace(AGENT, init=tuple(InitContainer(one.name, exit_code if one.name == name else 0) for one in INIT))
    assert agents(agent(pod=pod)).state == state


@pytest.mark.parametrize(
    ("reason", "state"), [("UnexpectedIPTablesRules", "mixed"), ("BlockedIPTablesRule", "mixed"), ("Rebooted", "wanted")]
)
def test_which_events_speak_against_a_node(reason: str, state: str) -> None:
    assert agents(agent(events=(NodeEvent(reason, "2026-11-21T13:07:01Z", "x"),))).state == state
    assert (reason in EVENT_REASONS) == (state == "mixed")


def test_the_monitors_sidecar_and_windows() -> None:
    assert SIDECAR == "azure-iptables-monitor"
    windows = agents(agent(os="windows", not_applicable="Windows"))
    assert [(one.state, one.reasons) for one in windows.nodes] == [("not_applicable", ("AKS runs Cilium on no such node",))]
