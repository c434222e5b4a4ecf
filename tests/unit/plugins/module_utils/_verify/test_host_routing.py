# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.expectation import read_expectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.judge import NAMED_RULES, judge
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import (
    BLOCKED_RULE,
    BLOCKER,
    MONITOR,
    UNEXPECTED_RULES,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
    NodeEvent,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.report import phase, to_result
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet, InitContainer
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import NAMED_NODES, ClusterVerdict
from hypothesis import example, given
from hypothesis import strategies as st

DONE = (InitContainer(BLOCKER, 0), InitContainer(MONITOR, 0), InitContainer("mount-cgroup", 0))
POD = AgentPod("cilium-a", ready=True, phase="Running", init=DONE)
HELD = dataclasses.replace(
    POD, ready=False, phase="Pending", waiting_reason="PodInitializing", init=(DONE[0], InitContainer(MONITOR, None, running=True))
)
BPF_CONFIG = {"enable-host-legacy-routing": "false", "enable-bpf-masquerade": "true", "kube-proxy-replacement": "true"}
LEGACY_CONFIG = {"enable-host-legacy-routing": "true"}
ROLLED_OUT = DaemonSet(None, 2, 2, 1, 1, 1, "cilium:v1.18.11")
RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"
BPF = AgentAnswers("bpf", "BPF", "True")
BLOCKED = NodeEvent(BLOCKED_RULE, "2026-11-21T13:07:01Z", "blocked")
UNEXPECTED = NodeEvent(UNEXPECTED_RULES, "2026-11-21T13:07:01Z", "unexpected")


def node(name: str = "a", **changes: t.Any) -> HostRoutingNode:
    """With eBPF host routing, as far as the API server shows it."""
    return dataclasses.replace(HostRoutingNode(name, "linux", True, True, POD, ebpf_label="true"), **changes)


def legacy(name: str = "a", **changes: t.Any) -> HostRoutingNode:
    return node(name, **{"ebpf_label": None, "pod": dataclasses.replace(POD, init=DONE[2:]), **changes})


def seen(*nodes: HostRoutingNode, **changes: t.Any) -> HostRoutingObservation:
    return dataclasses.replace(HostRoutingObservation(nodes, BPF_CONFIG, ROLLED_OUT), **changes)


def judge_as(observation: HostRoutingObservation, wanted: str | None) -> ClusterVerdict[HostRoutingNode]:
    """wanted: as the module's option has it."""
    return judge(observation, read_expectation({"host_routing": wanted}))


def init(*containers: InitContainer) -> AgentPod:
    return dataclasses.replace(POD, init=containers)


@pytest.mark.parametrize(
    ("one", "state", "reason"),
    [
        (node(), "wanted", ""),
        (node(answers=BPF), "wanted", ""),
        (node(answers=AgentAnswers("bpf")), "wanted", ""),
        (node(user_rules=False), "wanted", ""),
        (node(user_rules=False, events=(UNEXPECTED,)), "wanted", ""),
        (node(schedulable=False), "wanted", ""),
        (node(pod=init(DONE[0], DONE[2])), "wanted", ""),
        (legacy(), "other", "no label kubernetes.azure.com/ebpf-host-routing"),
        (node(ebpf_label="false"), "other", "the label kubernetes.azure.com/ebpf-host-routing=false"),
        (node(answers=AgentAnswers("legacy")), "other", "routes in mode legacy, but the node has the label"),
        (legacy(answers=AgentAnswers("legacy")), "other", "routes in mode legacy, not bpf"),
        (legacy(schedulable=False), "other", "the node is cordoned"),
        (legacy(answers=BPF), "mixed", "routes in mode bpf, but the node has no label"),
        (node(answers=AgentAnswers("bpf", "IPTables")), "mixed", "masquerades with IPTables"),
        (node(answers=AgentAnswers("bpf", "BPF", "False")), "mixed", "says False to replacing kube-proxy"),
        (node(user_rules=True), "mixed", "traffic of pods now bypasses"),
        (node(user_rules=True, unexpected_rules=(RULE,)), "mixed", f"now bypasses: {RULE}"),
        (node(events=(UNEXPECTED,)), "mixed", "found rules that AKS does not know (2026-11-21T13:07:01Z)"),
        (node(events=(BLOCKED,), user_rules=False), "mixed", "was blocked (2026-11-21T13:07:01Z)"),
        (node(ready=False), "unknown", "not Ready"),
        (node(pod=None), "unknown", "no Cilium pod"),
        (node(pod=dataclasses.replace(POD, ready=False, waiting_reason="CrashLoopBackOff", restarts=3)), "unknown", "3 restarts"),
        (node(answers=AgentAnswers()), "unknown", "did not report its routing mode"),
        (node(answers=AgentAnswers(errors=("it said something strange",))), "unknown", "something strange"),
        (node(answers=AgentAnswers("bpf", errors=("no time",))), "unknown", "no time"),
        (node(pod=init(*DONE[1:])), "unknown", f"has no init container {BLOCKER}"),
        (node(pod=init(InitContainer(BLOCKER, 1), *DONE[1:])), "unknown", f"{BLOCKER} of the Cilium pod cilium-a did not end well"),
        (node(pod=init(DONE[0], InitContainer(MONITOR))), "unknown", f"{MONITOR} of the Cilium pod cilium-a did not end well"),
        (node(pod=HELD), "unknown", "whose log names no iptables rule"),
        (node(pod=HELD, unexpected_rules=(RULE,)), "other", f"held back by iptables rules that AKS does not know: {RULE}"),
        (node(pod=HELD, unexpected_rules=(RULE,), ready=False), "other", RULE),
    ],
)
def test_one_node_that_should_have_it(one: HostRoutingNode, state: str, reason: str) -> None:
    verdict = judge_as(seen(one), "enabled")
    assert (verdict.state, verdict.nodes[0].state) == (state, state)
    assert reason in " ".join(verdict.nodes[0].reasons)
    assert bool(verdict.reasons) == (state != "wanted")
    if state != "wanted":
        assert "Node a: " in " ".join(verdict.reasons)
    assert verdict.nodes_wanted == (state == "wanted")


@pytest.mark.parametrize(
    ("one", "state", "reason"),
    [
        (legacy(), "wanted", ""),
        (legacy(answers=AgentAnswers("legacy", "IPTables")), "wanted", ""),
        (legacy(user_rules=True, events=(BLOCKED,)), "wanted", ""),
        (node(), "other", "the label kubernetes.azure.com/ebpf-host-routing=true"),
        (legacy(answers=BPF), "other", "routes in mode bpf"),
        (node(answers=AgentAnswers("legacy")), "mixed", "routes in mode legacy, but"),
        (legacy(answers=AgentAnswers()), "unknown", "did not report"),
        (legacy(pod=None), "unknown", "no Cilium pod"),
        (legacy(ready=False), "unknown", "not Ready"),
        (legacy(pod=HELD, unexpected_rules=(RULE,)), "unknown", RULE),
    ],
)
def test_one_node_that_should_not_have_it(one: HostRoutingNode, state: str, reason: str) -> None:
    verdict = judge_as(seen(one, config=LEGACY_CONFIG), "disabled")
    assert (verdict.state, verdict.nodes[0].state) == (state, state)
    assert reason in " ".join(verdict.nodes[0].reasons)


@pytest.mark.parametrize(
    ("observation", "wanted", "state", "reason"),
    [
        (seen(node(), legacy("b")), "enabled", "mixed", "Node b: "),
        (seen(node(), node("b", ready=False)), "enabled", "unknown", "Node b: "),
        (seen(legacy(), legacy("b"), config=LEGACY_CONFIG), "enabled", "other", "enable-host-legacy-routing to true, not false"),
        (seen(node(), config={**BPF_CONFIG, "enable-host-legacy-routing": "true"}), "enabled", "mixed", "enable-host-legacy-routing"),
        (seen(node(), config={**BPF_CONFIG, "enable-bpf-masquerade": "false"}), "enabled", "mixed", "enable-bpf-masquerade"),
        (seen(node(), config={**BPF_CONFIG, "kube-proxy-replacement": "false"}), "enabled", "mixed", "kube-proxy-replacement"),
        (seen(node(), config={**BPF_CONFIG, "routing-mode": "tunnel"}), "enabled", "wanted", ""),
        (seen(node(), config=None), "enabled", "unknown", "There is no ConfigMap cilium-config."),
        (seen(node(), config={}), "enabled", "unknown", "cilium-config does not set enable-host-legacy-routing."),
        (seen(node(), daemonset=None), "enabled", "unknown", "There is no DaemonSet cilium."),
        (seen(node(), daemonset=dataclasses.replace(ROLLED_OUT, updated=0)), "enabled", "unknown", "DaemonSet cilium is not done"),
        (seen(node(), daemonset=dataclasses.replace(ROLLED_OUT, generation=3)), "enabled", "unknown", "not been taken up"),
        (seen(node(), kube_proxy_pods=("kube-proxy-x",)), "enabled", "mixed", "The pod kube-proxy-x is there"),
        (seen(), "enabled", "unknown", "no Linux node"),
        (seen(node(os="windows", not_applicable="Windows")), "enabled", "unknown", "no Linux node"),
        (seen(node(), node("w", os="windows", not_applicable="Windows", ebpf_label=None)), "enabled", "wanted", ""),
        (seen(legacy(), kube_proxy_pods=("kube-proxy-x",), config=LEGACY_CONFIG), "disabled", "wanted", ""),
        (seen(legacy()), "disabled", "mixed", "enable-host-legacy-routing to false, not true"),
        (seen(legacy(), config={}), "disabled", "unknown", "does not set"),
        (seen(legacy(pod=None), config=None, daemonset=None), "disabled", "wanted", ""),
        (seen(legacy(pod=None), config=None, daemonset=None), "enabled", "other", "There is no DaemonSet cilium."),
        (seen(node(pod=None), config=None, daemonset=None), "disabled", "other", "ebpf-host-routing=true"),
        (seen(node(), node("b")), None, "bpf", ""),
        (seen(legacy(), config=LEGACY_CONFIG), None, "legacy", ""),
        (seen(legacy()), None, "mixed", "enable-host-legacy-routing"),
        (seen(node(), legacy("b")), None, "mixed", "different modes: bpf, legacy"),
        (seen(node(answers=AgentAnswers("legacy"))), None, "mixed", "routes in mode legacy, but"),
        (seen(node(pod=HELD, unexpected_rules=(RULE,))), None, "unknown", RULE),
        (seen(node(), config={}), None, "unknown", "does not set"),
    ],
)
def test_a_cluster(observation: HostRoutingObservation, wanted: str | None, state: str, reason: str) -> None:
    verdict = judge_as(observation, wanted)
    assert verdict.state == state
    assert reason in " ".join(verdict.reasons)
    assert bool(verdict.reasons) == bool(reason)
    assert verdict.wanted == wanted


def test_many_nodes_and_many_rules_are_shortened() -> None:
    rules = tuple(f"-A INPUT -s 203.0.113.{number}/32 -j DROP" for number in range(NAMED_RULES + 2))
    nodes = [node(f"n{number:02}", pod=HELD, unexpected_rules=rules) for number in range(NAMED_NODES + 3)]
    verdict = judge_as(seen(*nodes), "enabled")
    assert verdict.reasons[-1] == "And 3 more nodes."
    assert verdict.reasons[0].endswith("and 2 more.")
    assert to_result(verdict, seen(*nodes))["nodes"][0]["unexpected_rules"] == list(rules)


@pytest.mark.parametrize(
    ("observation", "reported"),
    [
        (seen(node()), "Succeeded"),
        (seen(node(), legacy("b", pod=HELD)), "agents held back by iptables rules"),
        (seen(node(pod=dataclasses.replace(POD, ready=False, waiting_reason="Init:CrashLoopBackOff"))), "pods crash"),
        (seen(legacy(), config=LEGACY_CONFIG), "waiting for the configuration"),
        (seen(node(), legacy("b")), "replacing nodes"),
        (seen(node(), daemonset=dataclasses.replace(ROLLED_OUT, ready=0)), "rolling out"),
        (seen(node(ready=False)), "verifying"),
    ],
)
def test_phases(observation: HostRoutingObservation, reported: str) -> None:
    assert phase(judge_as(observation, "enabled")) == reported


def test_the_result_is_plain_and_tells_the_evidence() -> None:
    observation = seen(
        node(answers=BPF, user_rules=True, events=(BLOCKED,)), config={**BPF_CONFIG, "routing-mode": "tunnel", "cluster-name": "x"}
    )
    result = to_result(judge_as(observation, "enabled"), observation)
    assert result["config"] == {**BPF_CONFIG, "routing-mode": "tunnel"}
    assert result["notes"] == ["cilium-config sets routing-mode to tunnel; with eBPF host routing AKS usually has native."]
    assert result["daemonset"] == {
        "generation": 2,
        "observed_generation": 2,
        "desired": 1,
        "updated": 1,
        "ready": 1,
        "image": "cilium:v1.18.11",
    }
    (reported,) = result["nodes"]
    assert reported["agent"] == {"routing": "bpf", "masquerading": "BPF", "kube_proxy_replacement": "True", "errors": []}
    assert (reported["label"], reported["user_rules"], reported["events"][0]["reason"]) == ("true", True, BLOCKED_RULE)
    assert reported["init_containers"][0] == {"name": BLOCKER, "exit_code": 0, "running": False, "restarts": 0}
    assert result["verdict"]["nodes_total"] == 1


INITS = st.lists(
    st.builds(InitContainer, st.sampled_from([BLOCKER, MONITOR, "mount-cgroup"]), st.sampled_from([None, 0, 1]), st.booleans()), max_size=3
).map(tuple)
PODS = st.builds(AgentPod, st.just("p"), st.booleans(), st.just("Running"), init=st.one_of(st.just(DONE), INITS))
MODE = st.sampled_from(["bpf", "legacy", None])
ANSWERS = st.one_of(
    st.none(),
    st.builds(
        AgentAnswers,
        MODE,
        st.sampled_from(["BPF", "IPTables", None]),
        st.sampled_from(["True", "False", None]),
        st.sampled_from([(), ("no",)]),
    ),
)
OBSERVED = st.builds(
    HostRoutingNode,
    name=st.sampled_from("abcde"),
    os=st.just("linux"),
    ready=st.booleans(),
    schedulable=st.booleans(),
    pod=st.one_of(st.none(), st.just(POD), PODS),
    ebpf_label=st.sampled_from(["true", "false", "", None]),
    answers=ANSWERS,
    user_rules=st.sampled_from([True, False, None]),
    unexpected_rules=st.sampled_from([(), (RULE,)]),
    events=st.sampled_from([(), (BLOCKED,), (UNEXPECTED,)]),
)
CONFIGS = st.one_of(
    st.none(),
    st.just(BPF_CONFIG),
    st.just(LEGACY_CONFIG),
    st.dictionaries(st.sampled_from([*BPF_CONFIG]), st.sampled_from(["true", "false"])),
)
OBSERVATIONS = st.builds(
    HostRoutingObservation,
    nodes=st.lists(OBSERVED, max_size=4).map(tuple),
    config=CONFIGS,
    daemonset=st.sampled_from([None, ROLLED_OUT, dataclasses.replace(ROLLED_OUT, ready=0)]),
    kube_proxy_pods=st.sampled_from([(), ("kube-proxy-x",)]),
)


def proves_bpf(one: HostRoutingNode) -> bool:
    asked = one.answers is None or (one.answers.routing == "bpf" and not one.answers.errors)
    inits = {container.name: container.exit_code for container in one.pod.init} if one.pod else {}
    return (
        one.ready
        and one.ebpf_label == "true"
        and one.pod is not None
        and one.pod.ready
        and asked
        and inits.get(BLOCKER) == 0
        and inits.get(MONITOR, 0) == 0
        and not one.user_rules
    )


@given(OBSERVATIONS)
def test_enabled_is_only_reported_when_everything_proves_it(observation: HostRoutingObservation) -> None:
    for wanted, good in (("enabled", "wanted"), (None, "bpf")):
        verdict: ClusterVerdict[HostRoutingNode] = judge_as(observation, wanted)
        if verdict.state == good:
            assert observation.nodes
            assert all(proves_bpf(one) for one in observation.nodes)
            assert observation.config is not None
            assert {name: observation.config.get(name) for name in BPF_CONFIG} == BPF_CONFIG
            assert observation.daemonset == ROLLED_OUT
            assert not observation.kube_proxy_pods
        else:
            assert verdict.reasons or verdict.state == "legacy"


@given(OBSERVATIONS)
@example(HostRoutingObservation((node(pod=None, ebpf_label=None, answers=AgentAnswers()),), None, None))
def test_disabled_is_only_reported_when_no_node_may_have_it(observation: HostRoutingObservation) -> None:
    verdict = judge_as(observation, "disabled")
    if verdict.state == "wanted":
        assert observation.nodes
        for one in observation.nodes:
            assert one.ready
            assert one.ebpf_label != "true"
            assert one.answers is None or one.answers.routing == "legacy"
        assert (
            observation.config == LEGACY_CONFIG or observation.config is None or observation.config["enable-host-legacy-routing"] == "true"
        )
        assert observation.config is not None or observation.daemonset is None
    else:
        assert verdict.reasons


@given(OBSERVATIONS, st.sampled_from(["enabled", "disabled"]))
def test_a_node_that_is_not_as_wanted_is_named(observation: HostRoutingObservation, wanted: str) -> None:
    verdict = judge_as(observation, wanted)
    reported = " ".join(verdict.reasons)
    for one in verdict.nodes:
        assert (one.state == "wanted") != bool(one.reasons and one.state != "wanted")
        if one.state != "wanted":
            assert f"Node {one.node.name}: " in reported
