# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib
import threading
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.conversations import drive
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import BrokenConnection, from_status, unreachable
from ansible_collections.aks.dataplane.plugins.module_utils._kube.threads import Threads
from ansible_collections.aks.dataplane.plugins.module_utils._observe.agents import LOG_LINES, LOGS, PODS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import NODES, list_cluster
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.observation import DAEMONSET, observe
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError, NoAnswer, Raw
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import OBSERVATION_SECONDS, Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.expectation import KubeProxyExpectation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.judge import judge

CAPTURED = pathlib.Path(__file__).parents[4] / "fixtures" / "kube-proxy"
SERVER = "https://api.example"
REFUSED = (503, '{"kind":"Status","message":"error trying to reach service: connection refused","code":503}')
Text: t.TypeAlias = "tuple[int, str] | KubeError"


class FakeClient(Threads):
    """A cluster of lists and texts; notes what it was asked."""

    def __init__(self, nodes: list[dict[str, t.Any]], pods: list[dict[str, t.Any]], daemonset: dict[str, t.Any] | None = None) -> None:
        super().__init__(4, self.now)
        self.clock: t.Callable[[], float] = lambda: 0.0
        self.lists: dict[str, list[dict[str, t.Any]] | KubeError] = {NODES: nodes, PODS: pods}
        self.daemonset = daemonset
        self.texts: dict[str, Text] = {}
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.clock()

    def list_objects(self, path: str, keep: t.Callable[[Raw], t.Any], query: t.Mapping[str, t.Any] | None = None) -> list[t.Any]:
        assert query == (None if path == NODES else {"labelSelector": "component=kube-proxy"})
        found = self.lists[path]
        if isinstance(found, KubeError):
            raise found
        return [keep(raw) for raw in found]

    def get(self, path: str) -> dict[str, t.Any] | None:
        assert path == DAEMONSET
        return self.daemonset

    def converse(self, begin: t.Callable[[t.Any], t.Any], items: t.Iterable[t.Any]) -> list[t.Any]:
        return self.each(lambda item: drive(begin(item), self.text), items)

    def text(self, path: str, query: t.Mapping[str, t.Any] | None = None, *, read_seconds: float) -> tuple[int, str]:
        assert "/nodes/" not in path
        with self._lock:
            self.asked.append(f"{path}?previous" if query and "previous" in query else path)
        for end, answer in self.texts.items():
            if (
                self.asked
                and path.endswith(end.removesuffix("?previous"))
                and (not end.endswith("?previous") or (query and "previous" in query))
            ):
                if isinstance(answer, KubeError):
                    raise answer
                return answer
        return 200, captured(path.rpartition("/")[2])


def captured(question: str) -> str:
    file = {
        "proxyMode": "http-10249-proxyMode.body",
        "configz": "http-10249-configz.body",
        "healthz": "http-10256-healthz.body",
        "metrics": "metrics.txt",
    }[question]
    return (CAPTURED / "nftables-12" / file).read_text()


def node(name: str, ready: bool = True, os: str = "linux") -> dict[str, t.Any]:
    conditions = [{"type": "Ready", "status": str(ready)}]
    return {"metadata": {"name": name, "labels": {"kubernetes.io/os": os}}, "spec": {}, "status": {"conditions": conditions}}


def pod(node_name: str, ready: bool = True, restarts: int = 0, waiting: str = "") -> dict[str, t.Any]:
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": "2026-11-21T13:00:00Z"}}
    return {
        "metadata": {"name": f"kube-proxy-{node_name}"},
        "spec": {"nodeName": node_name},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [{"name": "kube-proxy", "restartCount": restarts, "state": state}],
        },
    }


def daemonset(count: int) -> dict[str, t.Any]:
    container = {"name": "kube-proxy", "command": ["kube-proxy", "--proxy-mode=nftables"]}
    status = {"observedGeneration": 1, "desiredNumberScheduled": count, "updatedNumberScheduled": count, "numberReady": count}
    return {"metadata": {"generation": 1}, "spec": {"template": {"spec": {"containers": [container]}}}, "status": status}


def cluster(count: int = 3) -> FakeClient:
    names = [f"n{number}" for number in range(count)]
    return FakeClient([node(name) for name in names], [pod(name) for name in names], daemonset(count))


def look(client: FakeClient, clock: t.Callable[[], float] | None = None, first: t.Iterable[str] = ()) -> t.Any:
    api = t.cast("t.Any", client)
    client.clock = clock or client.clock
    time_is_up = api.deadline(OBSERVATION_SECONDS)
    return observe(api, list_cluster(api), Questions(first=frozenset(first)), time_is_up)


def test_a_sound_cluster_is_proven() -> None:
    client = cluster()
    seen = look(client)
    assert judge(seen, KubeProxyExpectation(mode="nftables")).state == "wanted"
    assert len(client.asked) == 12
    assert f"{PODS}/kube-proxy-n0:10249/proxy/proxyMode" in client.asked
    assert f"{PODS}/kube-proxy-n0:10256/proxy/healthz" in client.asked


def test_only_ready_pods_on_ready_linux_nodes_are_asked() -> None:
    client = cluster(1)
    client.lists = {
        NODES: [node("n0"), node("away", ready=False), node("starting"), node("win", os="windows")],
        PODS: [pod("n0"), pod("away"), pod("starting", ready=False, waiting="ContainerCreating"), pod("lost")],
    }
    seen = look(client)
    assert {path.split("/")[6].partition(":")[0] for path in client.asked} == {"kube-proxy-n0"}
    assert seen.stray_pods == ("kube-proxy-lost",)
    assert [(entry.name, entry.pod is not None) for entry in seen.nodes] == [
        ("n0", True),
        ("away", True),
        ("starting", True),
        ("win", False),
    ]


@pytest.mark.parametrize(
    ("end", "answer", "error", "questions"),
    [
        ("proxyMode", REFUSED, "did not answer proxyMode (503: error trying to reach service: connection refused)", 1),
        ("proxyMode", NoAnswer(SERVER, "x", "slow"), "did not answer proxyMode in time", 1),
        ("configz", BrokenConnection(SERVER, "x", "reset"), "did not answer configz in time", 2),
        ("metrics", (404, "404 page not found"), "did not answer metrics (404: 404 page not found)", 3),
        ("healthz", REFUSED, "could not get kube-proxy's healthz (503: ", 4),
    ],
)
def test_a_pod_that_does_not_answer_is_unknown(end: str, answer: Text, error: str, questions: int) -> None:
    client = cluster(1)
    client.texts[end] = answer
    seen = look(client)
    assert error in seen.nodes[0].answers.errors[0]
    assert len(client.asked) == questions
    assert judge(seen, KubeProxyExpectation(mode="nftables")).state == "unknown"


def test_kube_proxys_own_bad_health_is_an_answer() -> None:
    client = cluster(1)
    client.texts["healthz"] = (503, '{"healthy":false}')
    assert look(client).nodes[0].answers.healthz_status == 503


@pytest.mark.parametrize(
    "error",
    [
        unreachable(SERVER, "/k", "Connection refused"),
        from_status(SERVER, "/k", "GET", "/x", 403, ""),
        from_status(SERVER, "/k", "GET", "/x", 401, ""),
    ],
)
def test_what_concerns_all_pods_ends_the_look_early(error: KubeError) -> None:
    client = cluster(500)
    client.texts["proxyMode"] = error
    with pytest.raises(KubeError) as caught:
        look(client)
    assert caught.value is error
    assert len(client.asked) <= 2 * client.concurrency


def test_a_list_that_is_refused_ends_the_look() -> None:
    client = cluster()
    client.lists[PODS] = from_status(SERVER, "/k", "GET", PODS, 403, "")
    with pytest.raises(KubeError, match="forbids"):
        look(client)
    assert client.asked == []


def test_a_look_has_an_end() -> None:
    client, times = cluster(3), iter([0.0, 1.0, OBSERVATION_SECONDS + 1, OBSERVATION_SECONDS + 1])
    client.concurrency = 1
    seen = look(client, clock=lambda: next(times))
    assert [bool(entry.answers.errors) for entry in seen.nodes] == [False, True, True]


def test_a_look_begins_with_the_nodes_that_the_last_one_did_not_see() -> None:
    client, times = cluster(3), iter([0.0, 1.0, OBSERVATION_SECONDS + 1, OBSERVATION_SECONDS + 1])
    client.concurrency = 1
    seen = look(client, clock=lambda: next(times), first=["n2"])
    assert {entry.name: entry.not_asked for entry in seen.nodes} == {"n0": True, "n1": True, "n2": False}


def test_the_log_of_the_run_before_is_read() -> None:
    client = cluster(1)
    client.lists[PODS] = [pod("n0", ready=False, restarts=3, waiting="CrashLoopBackOff")]
    client.texts["/log?previous"] = (200, "\n".join(["x" * 1000] * 50))
    seen = look(client).nodes[0].pod
    assert client.asked == [f"{PODS}/kube-proxy-n0/log?previous"]
    assert len(seen.log) == LOG_LINES
    assert {len(line) for line in seen.log} == {300}


def test_without_a_run_before_the_present_log_is_read() -> None:
    client = cluster(1)
    client.lists[PODS] = [pod("n0", ready=False, restarts=1, waiting="CrashLoopBackOff")]
    client.texts["/log?previous"] = (400, '{"kind":"Status","message":"previous terminated container not found"}')
    client.texts["/log"] = (200, "the reason")
    assert look(client).nodes[0].pod.log == ("the reason",)


def test_a_log_that_may_not_be_read_does_not_end_the_look() -> None:
    client = cluster(1)
    client.lists[PODS] = [pod("n0", ready=False, restarts=1, waiting="CrashLoopBackOff")]
    client.texts["/log"] = from_status(SERVER, "/k", "GET", "/log", 403, '{"kind":"Status","message":"no get on pods/log"}')
    assert "no get on pods/log" in look(client).nodes[0].pod.log[0]


def test_only_a_few_logs_are_read() -> None:
    client = cluster(20)
    client.lists[PODS] = [pod(f"n{number}", ready=False, restarts=1, waiting="CrashLoopBackOff") for number in range(20)]
    client.texts["/log"] = (200, "the reason")
    assert sum(bool(entry.pod.log) for entry in look(client).nodes) == LOGS
