# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in the place of Kubernetes: a look ends with values of the right types, or with one error of ours."""

from __future__ import annotations

import copy
import datetime
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import list_cluster
from ansible_collections.aks.dataplane.plugins.module_utils._observe.host_routing import observation as host_routing
from ansible_collections.aks.dataplane.plugins.module_utils._observe.host_routing import preflight as host_routing_preflight
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy import observation as kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy import preflight as kube_proxy_preflight
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Execution, KubeError
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from hypothesis import given
from hypothesis import strategies as st

SINCE = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)


def pod(name: str, container: str, **labels: str) -> dict[str, t.Any]:
    return {
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels, "creationTimestamp": "2026-11-01T00:00:00Z"},
        "spec": {"nodeName": "n1", "containers": [{"name": container, "image": "i:1"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [
                {"name": container, "image": "i:1", "restartCount": 1, "state": {"running": {"startedAt": "2026-11-01T00:00:00Z"}}}
            ],
            "initContainerStatuses": [{"name": "init", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}],
        },
    }


def daemonset(name: str) -> dict[str, t.Any]:
    container = {
        "name": name,
        "image": "i:1",
        "command": ["kube-proxy"],
        "args": ["--proxy-mode=nftables"],
        "securityContext": {"privileged": False, "capabilities": {"add": ["NET_ADMIN"]}},
    }
    return {
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "kube-system", "generation": 2, "labels": {"a": "b"}},
        "spec": {"template": {"spec": {"hostNetwork": True, "containers": [container], "initContainers": [container]}}},
        "status": {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberReady": 1},
    }


def config(**data: str) -> dict[str, t.Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def items(kind: str, *objects: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"kind": f"{kind}List", "metadata": {"continue": ""}, "items": list(objects)}


KUBE_SYSTEM = "/api/v1/namespaces/kube-system"
NODE = {
    "metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux", "agentpool": "p"}, "creationTimestamp": "2026-11-01T00:00:00Z"},
    "spec": {"unschedulable": False},
    "status": {
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"kernelVersion": "6.8", "kubeletVersion": "v1.34.1", "osImage": "Ubuntu", "operatingSystem": "linux"},
    },
}
EVENT = {
    "metadata": {"name": "e", "creationTimestamp": "2026-11-02T00:00:00Z"},
    "reason": "IPTablesRuleFound",
    "message": "m",
    "lastTimestamp": "2026-11-02T00:00:00Z",
    "eventTime": None,
    "series": {"lastObservedTime": "2026-11-02T00:00:00Z"},
    "involvedObject": {"name": "n1"},
}
ANSWERS: dict[str, t.Any] = {
    "/api/v1/nodes": items("Node", NODE),
    f"{KUBE_SYSTEM}/pods": items("Pod", pod("proxy-1", "kube-proxy"), pod("cilium-1", "cilium-agent")),
    "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy": daemonset("kube-proxy"),
    "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium": daemonset("cilium"),
    "/apis/apps/v1/daemonsets": items("DaemonSet", daemonset("d")),
    f"{KUBE_SYSTEM}/configmaps/cilium-config": config(**{"kube-proxy-replacement": "true"}),
    f"{KUBE_SYSTEM}/configmaps/allowed-iptables-patterns": config(nat="^-A X"),
    f"{KUBE_SYSTEM}/configmaps/allowed-ip6tables-patterns": config(nat="^-A X"),
    f"{KUBE_SYSTEM}/configmaps/azure-ip-masq-agent-config": config(**{"ip-masq-agent": "nonMasqueradeCIDRs: [10.0.0.0/8]"}),
    "/apis/cilium.io/v2/ciliumnodes": items("CiliumNode", {"metadata": {"name": "n1", "labels": {"user-iptables-rules": "false"}}}),
    "/api/v1/namespaces/default/events": items("Event", EVENT),
    "/api/v1/services": items(
        "Service", {"metadata": {"name": "s", "namespace": "d"}, "spec": {"type": "NodePort", "ports": [{"nodePort": 30000}]}}
    ),
    "/apis/discovery.k8s.io/v1/endpointslices": items(
        "EndpointSlice", {"metadata": {"name": "s-1", "namespace": "d"}, "endpoints": [{"addresses": ["10.0.0.9"]}]}
    ),
    "/api/v1/namespaces": items("Namespace", {"metadata": {"name": "d", "labels": {"istio.io/dataplane-mode": "ambient"}}}),
    "/apis/policy/v1/poddisruptionbudgets": items(
        "PodDisruptionBudget", {"metadata": {"name": "b", "namespace": "d"}, "status": {"disruptionsAllowed": 0, "expectedPods": 1}}
    ),
    "/apis/operator.tigera.io/v1/installations/default": {
        "kind": "Installation",
        "metadata": {"name": "default"},
        "spec": {"calicoNetwork": {"linuxDataplane": "Nftables"}},
    },
    "/apis/crd.projectcalico.org/v1/felixconfigurations/default": {
        "kind": "FelixConfiguration",
        "metadata": {"name": "default"},
        "spec": {"nftablesMode": "Enabled", "bpfEnabled": False},
    },
}
SAID = {
    "proxyMode": "nftables",
    "configz": json.dumps({"kubeproxy.config.k8s.io": {"mode": "nftables", "ipvs": {"scheduler": "rr", "tcpTimeout": "1s"}}}),
    "metrics": 'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7e+09\n',
    "healthz": "{}",
    "cilium": json.dumps({"routing": {"intra-host-routing-mode": "BPF"}, "masquerading": {"mode": "BPF"}}),
}


class Server:
    """Answers by path; said: what pods and commands say."""

    server, origin = "https://kube.example", "k"

    def __init__(self, answers: dict[str, t.Any], said: dict[str, str]) -> None:
        self.answers, self.said = answers, said

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = 1.0) -> Answer:
        bare = path.partition("?")[0]
        if bare.endswith("/log"):
            return Answer(200, b"a line")
        if "/proxy/" in bare:
            return Answer(200, self.said[bare.rpartition("/")[2]].encode("utf-8", "surrogatepass"))
        if method == "POST":
            return Answer(201, b'{"kind": "Pod"}')
        answer = self.answers.get(bare)
        if answer is None:
            return Answer(404, b'{"kind": "Status", "code": 404}')
        return Answer(200, answer.encode("utf-8", "surrogatepass") if isinstance(answer, str) else json.dumps(answer).encode())

    def lines(self, at_most: int) -> t.Sequence[t.Any]:
        return ()

    def execute(self, pod: str, container: str, command: t.Sequence[str], seconds: float, at_most: int | None = None) -> Execution:
        return Execution(self.said["cilium"], "", "")


def look(answers: dict[str, t.Any], said: dict[str, str]) -> list[KubeError]:
    """All that is read of a cluster; the failures."""
    api = KubeClient(Server(answers, said), 2, sleep=lambda _seconds: None)
    looks: tuple[t.Callable[[], t.Any], ...] = (
        lambda: kube_proxy.observe(api, list_cluster(api), Questions(), lambda: False),
        lambda: host_routing.observe(api, list_cluster(api), Questions(since=SINCE, ask_agents=True), lambda: False),
        lambda: kube_proxy_preflight.read_facts(api),
        lambda: host_routing_preflight.read_facts(api),
    )
    failures = [error for error in map(failure_of, looks) if error is not None]
    assert {error.code for error in failures} <= {"BadAnswer", "KubeNoAnswer", "KubeAnswer"}
    return failures


def failure_of(ask: t.Callable[[], t.Any]) -> KubeError | None:
    """Any other exception is a failure of the test."""
    try:
        # What is made of it goes into results.
        repr(ask())
    except KubeError as exc:
        return exc
    return None


def test_what_is_whole_is_read() -> None:
    assert look(ANSWERS, SAID) == []


def places(node: t.Any, above: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in pairs:
        yield (*above, key)
        yield from places(value, (*above, key))


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from([10**30, -(10**400), "\ud800", 1e308])
)
KEYS = st.sampled_from(["metadata", "name", "labels", "status", "kind", "items", "spec", "conditions", "type"])
ANYTHING = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=6)


@given(place=st.sampled_from(list(places(ANSWERS))), value=ANYTHING)
def test_anything_anywhere_is_read_or_refused(place: tuple[t.Any, ...], value: t.Any) -> None:
    mutated = copy.deepcopy(ANSWERS)
    node: t.Any = mutated
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    look(mutated, SAID)


HARD = [
    "",
    "null",
    "3",
    "<html>",
    "[" * 100_000,
    '{"a":' * 100_000,
    '{"kind": "NodeList", "items": ' + "[" * 900 + "]" * 900 + "}",
    '{"kind": "NodeList", "items": [], "n": ' + "9" * 5000 + "}",
    '{"kind": "NodeList", "items": [{"metadata": {"name": "\\ud800"}}]}',
    '{"kind": "NodeList", "items": [], "x": NaN}',
    "\ud800",
    "\ufeff{}",
]


@pytest.mark.parametrize("text", HARD, ids=lambda text: ascii(text[:12]))
def test_text_that_nobody_can_read(text: str) -> None:
    assert len(look(dict.fromkeys(ANSWERS, text), SAID)) == 4
    for name in SAID:
        look(ANSWERS, {**SAID, name: text})


def test_a_wrong_part_is_named() -> None:
    nodes = items("Node", {**NODE, "status": {"conditions": "none"}})
    (first, *_others) = look({**ANSWERS, "/api/v1/nodes": nodes}, SAID)
    assert "has an item in which status.conditions is no list" in first.message
    assert first.transient
