# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import itertools
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Step
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.data_plane import DataPlane
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import from_status, tls_failure, unreachable
from ansible_collections.aks.dataplane.plugins.module_utils._observe.agents import PODS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import NODES
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError, NoAnswer
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.earlier import NOTHING_EARLIER, Earlier, read_earlier
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
    FOR_ANSWER,
    FOR_WANTED,
    SETTLING_SECONDS,
    Goal,
    Status,
    StatusWork,
    read_status,
    report_status,
)

from tests.support.kube_server import Server

HICCUP = unreachable("https://api.example", "/k", "Connection refused")
MISSING_RIGHT = from_status("https://api.example", "/k", "GET", "/x", 403, "")
TROUBLE: tuple[DataplaneError, ...] = (
    HICCUP,
    MISSING_RIGHT,
    tls_failure("https://api.example", "/k", "EOF"),
    NoAnswer("https://api.example", "GET /x", "the answer took too long"),
    *(from_status("https://api.example", "/k", "GET", "/x", status, "") for status in (401, 429, 500, 503)),
    DataplaneError("Azure gives no credentials now."),
)


def proxy(name: str, mode: str, **changes: t.Any) -> KubeProxyNode:
    answers = ProxyAnswers(mode, mode, None, 200, SyncMetrics({"": 2.0}, {"": 1.0}))
    return dataclasses.replace(KubeProxyNode(name, "linux", True, True, AgentPod(f"pod-{name}", True, "Running"), answers), **changes)


def seen(mode: str, *others: KubeProxyNode) -> KubeProxyObservation:
    nodes = (proxy("a", mode), *others)
    return KubeProxyObservation(nodes, DaemonSet(mode, 1, 1, len(nodes), len(nodes), len(nodes), ""))


def work(
    *observations: KubeProxyObservation | DataplaneError,
    wanted: str | None = "nftables",
    earlier: Earlier = NOTHING_EARLIER,
    wait_for: str = FOR_WANTED,
    confirm: float = 0.0,
) -> StatusWork:
    """Each look takes ten seconds."""
    answers = iter(observations)
    now = itertools.count(1000, 10)

    def read(_api: t.Any, goal: Goal | None, questions: Questions, _planes: t.Any, known: Earlier, sets_base: bool) -> Status:
        asked_first.append(set(questions.first))
        answer = next(answers)
        if isinstance(answer, DataplaneError):
            raise answer
        return report_status(KUBE_PROXY, answer, goal.expectation if goal else None, known, sets_base=sets_base)

    asked_first: list[set[str]] = []
    goal = Goal("kube_proxy", KubeProxyExpectation(mode=wanted)) if wanted else None
    made = StatusWork(lambda: t.cast("t.Any", object()), goal, Questions(), {"changed": False}, read=read)
    made.earlier, made.wait_for, made.confirm, made.clock = earlier, wait_for, confirm, lambda: float(next(now))
    made.asked_first = asked_first  # type: ignore[attr-defined]
    return made


def steps(status: StatusWork, number: int) -> list[Step]:
    """As many steps, one after the other, as the action plugin takes them: what is between them travels as JSON."""
    taken: list[Step] = []
    state: t.Mapping[str, t.Any] = {}
    for _step in range(number):
        taken.append(status.advance(state))
        state = json.loads(json.dumps(taken[-1].state))
    return taken


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


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.code)
def test_once_the_api_server_has_answered_nothing_that_it_says_ends_the_wait(trouble: DataplaneError) -> None:
    first, *silent, last = steps(work(seen("iptables"), *[trouble] * 50, seen("nftables")), 52)
    assert (first.done, last.done) == (False, True)
    assert {(step.done, step.phase, step.timeout_message) for step in silent} == {(False, "API server does not answer", None)}
    verdict = silent[-1].result["verdict"]
    assert (verdict["state"], verdict["seen"], verdict["reasons"]) == ("unknown", "not_seen", [trouble.message])
    assert last.result["verdict"]["seen"] == "good"


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: trouble.code)
def test_that_it_has_answered_an_earlier_call_counts(trouble: DataplaneError) -> None:
    first, second = steps(work(trouble, seen("nftables"), earlier=Earlier(answered=True)), 2)
    assert (first.done, first.result["verdict"]["seen"], second.done) == (False, "not_seen", True)


def test_credentials_that_are_refused_are_fetched_again() -> None:
    made: list[int] = []
    status = work(seen("iptables"), from_status("https://api.example", "/k", "GET", "/x", 401, ""), HICCUP, seen("nftables"))
    status.connect = lambda: t.cast("t.Any", made.append(1) or object())
    steps(status, 4)
    assert len(made) == 2


@pytest.mark.parametrize(
    ("observations", "dones"),
    [
        # Which mode they have does not matter.
        ((seen("iptables"),), [True]),
        ((HICCUP, HICCUP, HICCUP, HICCUP, HICCUP, seen("iptables")), [False] * 5 + [True]),
        # A starting API server refuses everybody for up to 9 seconds.
        ((MISSING_RIGHT, seen("iptables")), [False, True]),
        ((seen("iptables"), seen("iptables")), [True, True]),
    ],
)
def test_a_look_before_the_change_waits_until_the_nodes_are_seen(
    observations: tuple[KubeProxyObservation | DataplaneError, ...], dones: list[bool]
) -> None:
    taken = steps(work(*observations, earlier=Earlier(answered=True), wait_for=FOR_ANSWER), len(observations))
    assert [step.done for step in taken] == dones


def test_a_right_that_is_missing_before_the_change_is_an_error() -> None:
    status = work(*[MISSING_RIGHT] * 9, earlier=Earlier(answered=True), wait_for=FOR_ANSWER)
    with pytest.raises(KubeError, match="forbids"):
        steps(status, 2 + int(SETTLING_SECONDS / 10))
    status = work(*[MISSING_RIGHT] * 99, earlier=Earlier(answered=True, not_verifiable=()), wait_for=FOR_ANSWER)
    assert not steps(status, 99)[-1].done, "after the change it is waited for as well"


def test_without_a_node_that_can_be_verified_the_look_before_the_change_ends_soon() -> None:
    silent = dataclasses.replace(proxy("a", "iptables"), answers=ProxyAnswers(errors=("no answer",)))
    taken = steps(work(*[KubeProxyObservation((silent,), None)] * 4, earlier=Earlier(answered=True), wait_for=FOR_ANSWER), 4)
    assert [step.done for step in taken] == [False, False, False, True]
    assert taken[-1].result["look"]["verifiable"] == 0
    assert taken[-1].result["verdict"]["not_verifiable"] == [{"name": "a", "reasons": ["no answer"]}]


def test_what_was_not_verifiable_before_fails_nothing_after() -> None:
    lost = proxy("b", "iptables", ready=False)
    before = steps(work(seen("iptables", lost), earlier=Earlier(answered=True), wait_for=FOR_ANSWER), 1)[0]
    assert before.result["look"]["not_verifiable"] == ["b"]
    after = work(HICCUP, seen("nftables", lost), earlier=read_earlier(before.result["look"]))
    _silent, last = steps(after, 2)
    assert last.done
    verdict = last.result["verdict"]
    assert (verdict["state"], verdict["seen"], verdict["nodes_wanted"], verdict["nodes_total"], verdict["reasons"]) == (
        "wanted",
        "good",
        1,
        2,
        [],
    )
    assert [one["name"] for one in verdict["not_verifiable"]] == ["b"]
    assert [node["excused"] for node in last.result["nodes"]] == [False, True]


def test_where_nothing_is_changed_nodes_that_are_not_ready_fail_nothing() -> None:
    crashing = proxy("b", "nftables", pod=AgentPod("pod-b", False, "Running", 9, "CrashLoopBackOff"))
    lost = proxy("c", "nftables", ready=False)
    unchanged = Earlier(answered=True, ready_only=True)
    assert steps(work(seen("nftables", lost), earlier=unchanged), 1)[0].done
    step = steps(work(seen("nftables", lost, crashing), earlier=unchanged), 1)[0]
    assert (step.done, step.result["verdict"]["seen"], step.result["look"]["not_verifiable"]) == (False, "bad", ["c"])


def test_what_may_pass_is_bad_only_when_it_stays_and_says_since_when() -> None:
    unready = seen("nftables", proxy("b", "nftables", pod=AgentPod("pod-b", False, "Running")))
    taken = steps(work(seen("nftables", proxy("b", "iptables")), unready, unready, HICCUP, unready, unready, confirm=10.0), 6)
    assert [step.result["verdict"]["seen"] for step in taken] == ["bad", "bad", "bad", "not_seen", "not_seen", "bad"]
    assert "(seen since 1970-01-01T00:16:40Z)" in taken[2].result["verdict"]["reasons"][-1]
    assert [node["bad_since"] for node in taken[-1].result["nodes"]] == [None, "1970-01-01T00:17:20Z"]


def test_nodes_that_a_look_had_no_time_for_are_asked_first_and_the_others_need_not_be_asked_again() -> None:
    late = ProxyAnswers(errors=("there was no time left to ask kube-proxy",))
    asked, unasked = proxy("a", "nftables"), proxy("a", "nftables", answers=late, not_asked=True)
    others = (proxy("b", "nftables", answers=late, not_asked=True), proxy("b", "nftables"))
    daemonset = DaemonSet("nftables", 1, 1, 2, 2, 2, "")
    status = work(*(KubeProxyObservation((one, other), daemonset) for one, other in zip((asked, unasked), others, strict=True)))
    first, second = steps(status, 2)
    assert (first.done, second.done) == (False, True)
    assert status.asked_first == [set(), {"b"}]  # type: ignore[attr-defined]

    replaced = dataclasses.replace(unasked, pod=AgentPod("another", True, "Running"))
    status = work(*(KubeProxyObservation((one, other), daemonset) for one, other in zip((asked, replaced), others, strict=True)))
    assert not steps(status, 2)[-1].done, "a pod that was replaced is asked again"


def test_a_look_that_is_not_of_this_module_is_refused() -> None:
    with pytest.raises(DataplaneError, match="earlier_look"):
        read_earlier({"bad_since": ["a"]})
    assert read_earlier(None) == NOTHING_EARLIER


def plane(name: str, asked: list[str], present: bool = True) -> DataPlane:
    """A data plane that notes when it is observed, and is as wanted."""

    def observe(_api: t.Any, _cluster: t.Any, _questions: t.Any, _time_is_up: t.Any) -> str:
        asked.append(name)
        return name

    verification = dataclasses.replace(
        KUBE_PROXY.verification,
        observe=observe,
        is_present=lambda observation: present,
        judge=lambda observation, wanted, *_earlier: ClusterVerdict(
            f"{observation} {wanted.text if wanted else None}", None, (), (), True, True
        ),
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
