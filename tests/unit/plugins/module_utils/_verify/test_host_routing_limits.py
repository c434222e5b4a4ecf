# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every name that a verdict on host routing depends on: each of them, values that are none, and how much of a list a reason names.

The names are AKS's and Cilium's own, never the constants of the code.
"""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.cilium_config import notes, relevant_settings
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.expectation import read_expectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.judge import judge
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import (
    EVENT_REASONS,
    SIDECAR,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
    NodeEvent,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet, InitContainer
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import ClusterVerdict

ROLLED_OUT = DaemonSet(None, 2, 2, 1, 1, 1, "image")
INIT = (InitContainer("iptables-blocker-init", 0), InitContainer("azure-iptables-monitor-init", 0))
AGENT = AgentPod("cilium-a", ready=True, phase="Running", init=INIT)
CONFIG = {"enable-host-legacy-routing": "false", "enable-bpf-masquerade": "true", "kube-proxy-replacement": "true"}
LABEL = "kubernetes.azure.com/ebpf-host-routing"


def agent(name: str = "a", **changes: t.Any) -> HostRoutingNode:
    return dataclasses.replace(HostRoutingNode(name, "linux", True, True, AGENT, ebpf_label="true"), **changes)


def judge_as(observation: HostRoutingObservation, wanted: str | None) -> ClusterVerdict[HostRoutingNode]:
    """wanted: as the module's option has it."""
    return judge(observation, read_expectation({"host_routing": wanted}))


def agents(*nodes: HostRoutingNode, wanted: str | None = "enabled", **changes: t.Any) -> ClusterVerdict[HostRoutingNode]:
    return judge_as(dataclasses.replace(HostRoutingObservation(nodes, CONFIG, ROLLED_OUT), **changes), wanted)


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
    assert relevant_settings({**config, "cluster-name": "x", "enable-ipv6": "true"}) == config


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


def test_other_init_containers_do_not_count() -> None:
    pod = dataclasses.replace(AGENT, init=(*INIT, InitContainer("mount-cgroup", 1)))
    assert agents(agent(pod=pod)).state == "wanted"


@pytest.mark.parametrize(
    ("config", "daemonset", "answers", "there"),
    [
        (None, None, None, False),
        ({}, None, None, True),
        (None, ROLLED_OUT, None, True),
        (None, None, AgentAnswers(), True),
    ],
)
def test_what_shows_that_there_is_cilium(
    config: dict[str, str] | None, daemonset: DaemonSet | None, answers: AgentAnswers | None, there: bool
) -> None:
    observation = HostRoutingObservation((agent(ebpf_label=None, pod=None, answers=answers),), config, daemonset)
    assert observation.has_cilium is there
    # A node without a Cilium pod is as wanted only where there is none.
    assert judge_as(observation, "disabled").nodes[0].state == ("unknown" if there else "wanted")


def test_a_labelled_node_needs_its_cilium_pod() -> None:
    (one,) = agents(agent(pod=None), config=None, daemonset=None).nodes
    assert (one.state, one.reasons) == ("unknown", ("there is no Cilium pod on this node",))


def test_ten_pods_are_named() -> None:
    reasons = agents(agent(), kube_proxy_pods=tuple(f"kube-proxy-{number}" for number in range(11))).reasons
    assert reasons == tuple(f"The pod kube-proxy-{number} is there, but Cilium replaces kube-proxy." for number in range(10))


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


def test_rules_of_the_user_are_named_where_they_are_known() -> None:
    finds = "the iptables monitor finds rules that AKS does not know, and that the traffic of pods now bypasses"
    assert agents(agent(user_rules=True)).nodes[0].reasons == (finds,)
    assert agents(agent(user_rules=True, unexpected_rules=("r0", "r1"))).nodes[0].reasons == (f"{finds}: r0 | r1",)
