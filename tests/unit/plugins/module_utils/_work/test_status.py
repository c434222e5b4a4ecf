# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.data_plane import DataPlane
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import from_status, unreachable
from ansible_collections.aks.dataplane.plugins.module_utils._observe.agents import PODS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import NODES
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import (
    KubeProxyNode,
    KubeProxyObservation,
    ProxyAnswers,
    SyncMetrics,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, DaemonSet
from ansible_collections.aks.dataplane.plugins.module_utils._verify.verdict import ClusterVerdict
from ansible_collections.aks.dataplane.plugins.module_utils._work.status import (
    HICCUPS,
    Goal,
    Status,
    StatusWork,
    read_status,
    report_status,
)

from tests.support.kube_server import Server

HICCUP = unreachable("https://api.example", "/k", "Connection refused")


def seen(mode: str) -> KubeProxyObservation:
    answers = ProxyAnswers(mode, mode, None, 200, SyncMetrics({"": 2.0}, {"": 1.0}))
    node = KubeProxyNode("a", "linux", True, True, AgentPod("p", True, "Running"), answers)
    return KubeProxyObservation((node,), DaemonSet(mode, 1, 1, 1, 1, 1, ""))


def work(*observations: KubeProxyObservation | KubeError, wanted: str | None = "nftables") -> StatusWork:
    answers = iter(observations)

    def read(_api: t.Any, goal: Goal | None, *_rest: t.Any) -> Status:
        answer = next(answers)
        if isinstance(answer, KubeError):
            raise answer
        return report_status(KUBE_PROXY, answer, goal.expectation if goal else None)

    goal = Goal("kube_proxy", KubeProxyExpectation(mode=wanted)) if wanted else None
    return StatusWork(lambda: t.cast("t.Any", object()), goal, Questions(), {"changed": False}, read=read)


def test_it_goes_on_until_what_is_wanted_is_there() -> None:
    status = work(seen("iptables"), seen("nftables"))
    first = status.advance({})
    assert (first.done, first.phase, first.detail) == (False, "waiting for the DaemonSet", "nodes 0/1")
    assert first.result["verdict"]["state"] == "other"
    second = status.advance(first.state)
    assert (second.done, second.phase, second.detail) == (True, "Succeeded", "nodes 1/1")
    assert second.timeout_message is None


def test_with_nothing_wanted_one_look_is_enough() -> None:
    step = work(seen("iptables"), wanted=None).advance({})
    assert (step.done, step.result["verdict"]["state"]) == (True, "iptables")


def test_a_first_look_that_fails_is_an_error() -> None:
    with pytest.raises(KubeError):
        work(HICCUP).advance({})


def test_later_hiccups_are_bridged_and_leave_the_verdict_open() -> None:
    status = work(seen("iptables"), HICCUP, seen("nftables"))
    step = status.advance(status.advance({}).state)
    assert (step.done, step.phase) == (False, "API server does not answer")
    assert step.result["verdict"]["state"] == "unknown"
    assert step.result["verdict"]["reasons"] == [HICCUP.message]
    step = status.advance(step.state)
    assert step.done
    assert step.state == {"answered": True, "hiccups": 0}


def test_hiccups_in_a_row_are_bounded() -> None:
    status = work(seen("iptables"), *[HICCUP] * (HICCUPS + 1))
    step = status.advance({})
    for _look in range(HICCUPS):
        step = status.advance(step.state)
    with pytest.raises(KubeError):
        status.advance(step.state)


def test_a_refusal_is_not_bridged() -> None:
    status = work(seen("iptables"), from_status("https://api.example", "/k", "GET", "/x", 403, ""))
    state = status.advance({}).state
    with pytest.raises(KubeError, match="forbids"):
        status.advance(state)


def plane(name: str, asked: list[str], present: bool = True) -> DataPlane:
    """A data plane that notes when it is observed, and is as wanted."""

    def observe(_api: t.Any, _cluster: t.Any, _questions: t.Any, _time_is_up: t.Any) -> str:
        asked.append(name)
        return name

    verification = dataclasses.replace(
        KUBE_PROXY.verification,
        observe=observe,
        is_present=lambda observation: present,
        judge=lambda observation, wanted: ClusterVerdict(f"{observation} {wanted.text if wanted else None}", None, (), (), True, True),
        to_result=lambda verdict, observation: {"nodes": observation, "verdict": verdict.state},
        phase=lambda verdict: f"phase {verdict.state}",
    )
    return dataclasses.replace(KUBE_PROXY, name=name, verification=verification)


@pytest.mark.parametrize(
    ("goal", "observed", "about", "result"),
    [
        (None, ["a", "b", "c"], "a None", {"b": {"nodes": "b", "verdict": "b None"}, "c": None}),
        ("a", ["a"], "a enabled", {"b": None, "c": None}),
        ("b", ["a", "b"], "b enabled", {"b": {"nodes": "b", "verdict": "b enabled"}, "c": None}),
        ("c", ["a", "c"], "c enabled", {"b": None, "c": {"nodes": "c", "verdict": "c enabled"}}),
    ],
)
def test_which_data_planes_are_observed_and_which_one_the_verdict_is_about(
    goal: str | None, observed: list[str], about: str, result: dict[str, t.Any]
) -> None:
    asked: list[str] = []
    planes = (plane("a", asked), plane("b", asked), plane("c", asked, present=False))
    server = Server()
    server.replies = {NODES: [], PODS: []}
    status = read_status(server.client(), Goal(goal, KubeProxyExpectation()) if goal else None, Questions(), planes)
    assert asked == observed
    assert (status.state, status.phase, status.detail) == (about, f"phase {about}", "nodes 0/0")
    assert status.result == {"nodes": "a", "verdict": about, **result}


def test_the_nodes_are_listed_once_for_all_data_planes() -> None:
    asked: list[str] = []
    server = Server()
    server.replies = {NODES: [], PODS: []}
    read_status(server.client(), None, Questions(), (plane("a", asked), plane("b", asked)))
    assert sorted(path.partition("?")[0] for _method, path, _body in server.asked) == sorted([NODES, PODS])


def test_a_hiccup_has_every_key_of_a_result() -> None:
    status = work(seen("iptables"), HICCUP)
    first = status.advance({})
    hiccup = status.advance(first.state).result
    assert set(hiccup) == {*first.result, *(other.name for other in data_planes()[1:])}
    assert (hiccup["nodes"], hiccup["daemonset"], hiccup["crash_loops"], hiccup["host_routing"]) == ([], None, [], None)
