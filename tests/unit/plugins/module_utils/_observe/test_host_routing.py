# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cluster's host routing, from raw objects and from agents that answer badly."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import from_status
from ansible_collections.aks.dataplane.plugins.module_utils._observe.agents import PODS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cilium import CILIUM_NODES, CONFIG, DAEMONSET
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import ClusterObjects
from ansible_collections.aks.dataplane.plugins.module_utils._observe.host_routing.observation import EVENTS, STATUS, observe
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Execution, KubeError, NoAnswer
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import OBSERVATION_SECONDS, Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.answers import read_since
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.model import HostRoutingNode, HostRoutingObservation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import AgentPod, Node

from tests.support.kube_server import Server

BPF = Execution('{"routing": {"intra-host-routing-mode": "BPF"}}', "", "")
WHERE = "https://cluster.example"


class Cluster(Server):
    """Nodes a and b with a Cilium agent each; executions answer by pod."""

    def __init__(self) -> None:
        super().__init__()
        self.executions: dict[str, Execution | KubeError] = {}
        self.executed: list[tuple[str, str, tuple[str, ...]]] = []
        self.pods = [pod("a"), pod("b")]
        self.replies = {DAEMONSET: (200, {}), CONFIG: (200, {"data": {"routing-mode": "native"}}), PODS: self.pods, CILIUM_NODES: []}

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        self.executed.append((pod, container, tuple(command)))
        answer = self.executions.get(pod.rpartition("/")[2], BPF)
        if isinstance(answer, KubeError):
            raise answer
        return answer

    def look(self, questions: Questions | None = None, clock: t.Callable[[], float] = lambda: 0.0) -> HostRoutingObservation:
        nodes = tuple(Node(name, "linux", True, True, ebpf_label="true") for name in "ab")
        listed = ClusterObjects(nodes, {"": AgentPod("kube-proxy-x", True, "Running")})
        api = self.client(clock)
        return observe(api, listed, questions or Questions(), api.deadline(OBSERVATION_SECONDS))


def pod(node: str, ready: bool = True, init: t.Sequence[dict[str, t.Any]] = ()) -> dict[str, t.Any]:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    main = {"name": "cilium-agent", "state": {"running": {"startedAt": "2026-11-21T13:00:00Z"}}}
    status = {"phase": "Running", "conditions": conditions, "containerStatuses": [main], "initContainerStatuses": list(init)}
    return {"metadata": {"name": f"cilium-{node}"}, "spec": {"nodeName": node}, "status": status}


def container(name: str, restarts: int = 0, **state: t.Any) -> dict[str, t.Any]:
    return {"name": name, "restartCount": restarts, "state": state}


def first(observation: HostRoutingObservation) -> HostRoutingNode:
    return observation.nodes[0]


def test_without_cilium_nothing_more_is_asked() -> None:
    cluster = Cluster()
    cluster.replies = {}
    seen = cluster.look()
    assert [path for _method, path, _body in cluster.asked] == [DAEMONSET]
    assert (seen.has_cilium, seen.config, [node.ebpf_label for node in seen.nodes]) == (False, None, ["true", "true"])


def test_what_is_read_without_leave_to_ask() -> None:
    cluster = Cluster()
    seen = cluster.look()
    assert cluster.executed == []
    assert not any(path.startswith(EVENTS) for _method, path, _body in cluster.asked)
    assert (seen.config, seen.kube_proxy_pods) == ({"routing-mode": "native"}, ("kube-proxy-x",))
    assert [(node.name, node.pod.name if node.pod else "", node.answers) for node in seen.nodes] == [
        ("a", "cilium-a", None),
        ("b", "cilium-b", None),
    ]


def test_a_cluster_without_cilium_nodes() -> None:
    cluster = Cluster()
    del cluster.replies[CILIUM_NODES], cluster.replies[CONFIG]
    seen = cluster.look()
    assert (seen.config, first(seen).user_rules) == (None, None)


def test_each_ready_agent_is_asked_without_a_shell() -> None:
    cluster = Cluster()
    cluster.pods[1] = pod("b", ready=False)
    seen = cluster.look(Questions(ask_agents=True))
    assert cluster.executed == [(f"{PODS}/cilium-a", "cilium-agent", STATUS)]
    assert [node.answers.routing if node.answers else None for node in seen.nodes] == ["bpf", None]


@pytest.mark.parametrize(
    ("answer", "reported"),
    [
        (NoAnswer(WHERE, "GET /exec", "the command took too long"), "could not be asked: The Kubernetes API server"),
        (from_status(WHERE, "k", "GET", "/exec", 404, ""), "could not be asked"),
        (from_status(WHERE, "k", "GET", "/exec", 500, "container not found"), "container not found"),
        (Execution("", "", "exit status 1"), "could not report its status: exit status 1"),
        (Execution("oops", "", ""), "no JSON object"),
    ],
)
def test_an_agent_that_does_not_answer_leaves_only_its_node_open(answer: Execution | KubeError, reported: str) -> None:
    cluster = Cluster()
    cluster.executions["cilium-a"] = answer
    one, other = cluster.look(Questions(ask_agents=True)).nodes
    assert one.answers is not None
    assert one.answers.routing is None
    assert reported in one.answers.errors[0]
    assert other.answers is not None
    assert other.answers.routing == "bpf"


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_ends_the_look(status: int) -> None:
    cluster = Cluster()
    cluster.executions["cilium-a"] = from_status(WHERE, "k", "GET", "/exec", status, "")
    with pytest.raises(KubeError) as raised:
        cluster.look(Questions(ask_agents=True))
    assert raised.value.status == status


def test_agents_for_which_no_time_is_left_are_unknown() -> None:
    times = itertools.chain([0.0], itertools.repeat(OBSERVATION_SECONDS + 1))
    cluster = Cluster()
    seen = cluster.look(Questions(ask_agents=True), lambda: next(times))
    assert cluster.executed == []
    assert all(node.answers and "no time left" in node.answers.errors[0] for node in seen.nodes)


@pytest.mark.parametrize(
    ("one", "asked", "rules"),
    [
        (pod("a", False, [container("azure-iptables-monitor-init", running={})]), "container=azure-iptables-monitor-init", ("-A A -j B",)),
        (pod("a", False, [container("iptables-blocker-init", terminated={"exitCode": 1})]), "container=iptables-blocker-init", ()),
        (pod("a", False, [container("iptables-blocker-init", 2, waiting={"reason": "CrashLoopBackOff"})]), "previous=true", ()),
        (pod("a", False, [container("iptables-blocker-init", waiting={"reason": "PodInitializing"})]), "container=cilium-agent", ()),
        (pod("a"), "", ()),
    ],
)
def test_the_log_that_tells_why(one: dict[str, t.Any], asked: str, rules: tuple[str, ...]) -> None:
    cluster = Cluster()
    cluster.pods[0] = one
    cluster.replies[f"{PODS}/cilium-a/log"] = (200, "I1121 x] Unexpected rule: -A A -j B\n")
    seen = first(cluster.look())
    logs = [path for _method, path, _body in cluster.asked if "/log" in path]
    assert (len(logs), seen.unexpected_rules) == (1 if asked else 0, rules)
    assert asked in "".join(logs)
    assert seen.pod is not None
    assert bool(seen.pod.log) == bool(asked)


def test_new_events_by_node() -> None:
    def event(node: str, reason: str, time: str | None, **more: t.Any) -> dict[str, t.Any]:
        return {
            "involvedObject": {"name": node},
            "reason": reason,
            "lastTimestamp": time,
            "message": "such\nwords",
            "metadata": {"name": f"{node}.1"},
            **more,
        }

    cluster = Cluster()
    cluster.replies[EVENTS] = [
        event("a", "BlockedIPTablesRule", "2026-11-21T13:00:01Z"),
        event("a", "BlockedIPTablesRule", "2026-11-21T12:59:59Z"),
        event("a", "Other", "2026-11-21T13:00:01Z"),
        event("b", "BlockedIPTablesRule", None, eventTime="2026-11-21T13:00:02.000000Z"),
        event("b", "BlockedIPTablesRule", None),
    ]
    one, other = cluster.look(Questions(since=read_since("2026-11-21T13:00:00Z"))).nodes
    assert [event.time for event in one.events] == ["2026-11-21T13:00:01Z"]
    assert [event.time for event in other.events] == ["", "2026-11-21T13:00:02.000000Z"]
    assert one.events[0].message == "such words"
    asked = [path for _method, path, _body in cluster.asked if path.startswith(EVENTS)]
    assert [path.rpartition("fieldSelector=")[2] for path in sorted(asked)] == [
        "reason%3DBlockedIPTablesRule",
        "reason%3DUnexpectedIPTablesRules",
    ]
