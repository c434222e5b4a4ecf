# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods that look at nodes: what they may do, how their states are read, whose old ones are, and why they are refused."""

from __future__ import annotations

import base64
import dataclasses
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.cluster import Found, Place
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.observation import Machine
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_manifest import OURS, Probe, taints_of
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_owner import is_over
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_owner import read as read_leftover
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_refusal import explain, is_about_priority
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_state import ProbePod, give_up, judge_log, prepare, read_pod
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.run_objects import OWNER, RUN, SECONDS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import Node

PROBE = Probe(
    run="r1",
    namespace="aks-dataplane",
    image="registry/pause:1",
    owner="boot:1:2:3",
    seconds=300,
    program=b"PK",
    architectures=("amd64", "arm64"),
    taints=(("team", "NoSchedule"), ("node.kubernetes.io/unreachable", "NoSchedule"), ("team", "NoSchedule")),
)
PLACE = Place(Node("n1", "linux", True, True), Machine("6.8", "Ubuntu 24.04.3 LTS", "amd64"))
LOOK: dict[str, t.Any] = {
    "os": {"id": "ubuntu", "version": "24.04", "pretty_name": "Ubuntu"},
    "kernel": "6.8",
    "machine": "x86_64",
    "tools": {"nft": {"version": "1.0.9"}},
    "lsm": ["bpf"],
    "cgroup2": True,
    "kube_proxy": {"mode": "iptables", "evidence": [], "leftovers": []},
    "foreign_jumps": [],
    "foreign_drops": [],
    "nft_tables": [],
    "unread": [],
}


def sets(probe: Probe = PROBE) -> list[dict[str, t.Any]]:
    return [item for _path, item in probe.objects() if item["kind"] == "DaemonSet"]


def spec(probe: Probe = PROBE, number: int = 0) -> dict[str, t.Any]:
    found: dict[str, t.Any] = sets(probe)[number]["spec"]["template"]["spec"]
    return found


def test_the_pods_may_do_no_more_than_look() -> None:
    (container,) = spec()["containers"]
    assert container["securityContext"] == {
        "runAsUser": 0,
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "NET_RAW"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec()["automountServiceAccountToken"] is False
    assert not {"hostPID", "hostIPC"} & {*spec()}
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert {volume["hostPath"]["path"] for volume in spec()["volumes"] if "hostPath" in volume} == {
        *("/usr", "/lib", "/lib64", "/etc/alternatives", "/sys/kernel/security")
    }


def test_arm_gets_a_daemon_set_of_its_own_without_the_folder_that_it_has_not() -> None:
    assert [one["spec"]["template"]["spec"]["nodeSelector"]["kubernetes.io/arch"] for one in sets()] == ["amd64", "arm64"]
    assert "/lib64" not in json.dumps(spec(number=1))


def test_all_objects_are_marked_as_ours_and_as_of_this_run() -> None:
    for _path, item in PROBE.objects():
        assert item["metadata"]["labels"] == {**OURS, RUN: "r1"}
        assert item["metadata"]["annotations"] == {OWNER: "boot:1:2:3", SECONDS: "300"}
    for one in sets():
        assert one["spec"]["selector"]["matchLabels"] == one["spec"]["template"]["metadata"]["labels"]
    config_map = PROBE.objects()[0][1]
    assert base64.b64decode(config_map["binaryData"]["look.zip"]) == b"PK"


def test_taints_of_nodes_are_tolerated_but_not_those_of_dead_ones() -> None:
    assert spec()["tolerations"] == [{"key": "team", "operator": "Exists", "effect": "NoSchedule"}]
    assert taints_of({"spec": {"taints": [{"key": "a", "effect": "NoExecute", "value": "1"}]}}) == [("a", "NoExecute")]


def test_only_named_nodes_and_never_virtual_ones() -> None:
    def terms(probe: Probe) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = spec(probe)["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][
            "nodeSelectorTerms"
        ]
        return found

    assert all("virtual-kubelet" in json.dumps(term) for term in terms(PROBE))
    assert ["matchFields" in term for term in terms(PROBE)] == [False]
    named = terms(dataclasses.replace(PROBE, nodes=("a", "b")))
    # Kubernetes takes one name in each term.
    assert [term["matchFields"][0]["values"] for term in named] == [["a"], ["b"]]


def test_options_of_the_pods() -> None:
    assert spec()["containers"][0]["command"] == ["/usr/bin/python3", "-IB", "/prog/look.zip"]
    assert spec(dataclasses.replace(PROBE, monitor_lines=True))["containers"][0]["command"][-1] == "--monitor-lines"
    assert spec()["priorityClassName"] == "system-node-critical"
    assert "priorityClassName" not in spec(dataclasses.replace(PROBE, priority=False))
    pod = PROBE.pod()
    assert (pod["kind"], pod["spec"]) == ("Pod", spec())


def pod(state: dict[str, t.Any], last: dict[str, t.Any] | None = None, **further: t.Any) -> dict[str, t.Any]:
    status = {"containerStatuses": [{"name": "look", "state": state, "lastState": last or {}}], **further}
    return {"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}, "status": status}


NO_PYTHON = 'exec: "/usr/bin/python3": stat /usr/bin/python3: no such file or directory: unknown'


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (pod({"running": {"startedAt": "2026-11-28T10:00:00Z"}}), ProbePod("p", "n1", runs=True)),
        (pod({"waiting": {"reason": "ContainerCreating"}}), ProbePod("p", "n1")),
        ({"metadata": {"name": "p"}, "spec": {"nodeName": "n1"}}, ProbePod("p", "n1")),
        (
            pod({"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "x"'}}),
            ProbePod("p", "n1", trouble='its pod does not run: ImagePullBackOff Back-off pulling image "x"'),
        ),
        (
            pod({"waiting": {"reason": "InvalidImageName", "message": "invalid reference format"}}),
            ProbePod("p", "n1", trouble="its pod does not run: InvalidImageName invalid reference format", final=True),
        ),
        (
            pod({"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"reason": "StartError", "message": NO_PYTHON}}),
            ProbePod("p", "n1", trouble="the node has no /usr/bin/python3", final=True),
        ),
        (
            pod({"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"reason": "OOMKilled"}}),
            ProbePod("p", "n1", trouble="the look needs more memory than the pod may take", final=True),
        ),
    ],
)
def test_states_of_a_pod(raw: dict[str, t.Any], wanted: ProbePod) -> None:
    assert read_pod(raw) == wanted


def test_a_pod_without_a_place_is_that_of_the_node_it_waits_for() -> None:
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]}
    needed = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}
    condition = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: 1 Insufficient memory."}
    found = read_pod({"metadata": {"name": "p"}, "spec": {"affinity": needed}, "status": {"conditions": [condition]}})
    assert (found.node, found.trouble) == ("n2", "its pod finds no place: 0/3 nodes are available: 1 Insufficient memory")


@pytest.mark.parametrize(
    ("changes", "state", "reason"),
    [
        ({"not_applicable": "Windows"}, "not_applicable", "Windows"),
        ({"ready": False}, "not_seen", "not ready"),
    ],
)
def test_nodes_that_no_pod_is_for(changes: dict[str, t.Any], state: str, reason: str) -> None:
    found = prepare(dataclasses.replace(PLACE, node=dataclasses.replace(PLACE.node, **changes)))
    assert found is not None
    assert (found.state, reason in found.reason) == (state, True)


def test_an_architecture_without_pods() -> None:
    assert prepare(PLACE) is None
    found = prepare(dataclasses.replace(PLACE, machine=Machine("6.8", "x", "s390x")))
    assert found is not None
    assert found.reason == "there are no pods for its architecture s390x"


def judged(text: str) -> Found:
    found = judge_log(PLACE, "p", text)
    assert found is not None
    return found


def test_what_a_pod_has_printed() -> None:
    found = judged(json.dumps({"aks_dataplane_look": LOOK}) + "\n")
    assert found.state == "seen"
    assert found.observation == {**LOOK, "via": "pods", "not_seen": [], "nft_crash": None}
    assert (found.to_dict()["pod"], found.to_dict()["container"]) == ("p", "look")
    unread = {**LOOK, "unread": [{"what": "names of ipsets", "reason": "ipset is not installed"}]}
    partly = judged(json.dumps({"aks_dataplane_look": unread}) + "\n")
    assert (partly.state, partly.reason) == ("partly_seen", "names of ipsets: ipset is not installed")


@pytest.mark.parametrize("text", ["", '{"aks_dataplane_look": {'])
def test_a_line_that_is_not_whole_is_waited_for(text: str) -> None:
    assert judge_log(PLACE, "p", text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n", "its answer cannot be understood"),
        ("Traceback (most recent call last):\n", "its answer cannot be understood"),
        ("[]\n", "its answer cannot be understood"),
        ('{"aks_dataplane_look": null}\n', "its answer cannot be understood"),
        (
            '{"aks_dataplane_look": {"kernel": 1, "kube_proxy": [], "nft_tables": 2, "foreign_jumps": "", "foreign_drops": 0}}\n',
            "its answer cannot be understood",
        ),
        (json.dumps({"aks_dataplane_look": {**LOOK, "unread": "x"}}) + "\n", "its answer cannot be understood"),
        ('{"aks_dataplane_problem": "its python3 is older than 3.9"}\n', "its python3 is older than 3.9"),
        ("x" * 300_001, "its answer is longer than 300 kB"),
    ],
)
def test_answers_that_are_none(text: str, reason: str) -> None:
    found = judged(text)
    assert (found.state, found.reason, found.observation) == ("not_seen", reason, None)


def test_what_is_known_of_the_pod_goes_before_that_it_is_late() -> None:
    assert give_up(PLACE, ProbePod("p", "n1", trouble="no image"), "late").reason == "no image"
    assert give_up(PLACE, None, "late").to_dict() == {**Found(PLACE, "not_seen", "late").to_dict()}


def leftover(owner: str, created: str = "2026-11-28T10:00:00Z", seconds: str = "300") -> t.Any:
    metadata = {"name": "x", "creationTimestamp": created, "annotations": {OWNER: owner, SECONDS: seconds}}
    return read_leftover({"metadata": metadata}, "/path", "DaemonSet")


TEN = 1795860000.0


@pytest.mark.parametrize(
    ("alive", "created", "now", "over"),
    [
        (True, "2020-01-01T00:00:00Z", TEN, False),
        (False, "2026-11-28T10:00:00Z", TEN, True),
        (None, "2026-11-28T10:00:00Z", TEN + 599, False),
        (None, "2026-11-28T10:00:00Z", TEN + 601, True),
        (None, "", TEN, True),
    ],
)
def test_what_an_earlier_run_left_is_over_when_nobody_can_need_it(alive: bool | None, created: str, now: float, over: bool) -> None:
    assert is_over(leftover("o", created), now, lambda owner: alive) is over


def refused(status: int, message: str) -> KubeError:
    return KubeError(message, status=status, code="KubeForbidden" if status == 403 else "KubeAnswer")


@pytest.mark.parametrize(
    ("status", "message", "by"),
    [
        (403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes', "Pod Security"),
        (403, 'pods "x" is forbidden: exceeded quota: q, requested: pods=1', "a quota"),
        (403, 'pods "x" is forbidden: failed quota: q: must specify limits.cpu for: look', "a quota"),
        (403, 'pods "x" is forbidden: maximum memory usage per Container is 100Mi, but limit is 500Mi', "a limit range"),
        (403, 'pods "x" is forbidden: minimum cpu usage per Container is 1, but request is 100m', "a limit range"),
        (
            403,
            'pods "x" is forbidden: cpu max limit to request ratio per Pod is 1, but no limit is specified or limit is 0',
            "a limit range",
        ),
        (422, "pods \"x\" is invalid: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", "a ValidatingAdmissionPolicy"),
        (403, 'admission webhook "validation.gatekeeper.sh" denied the request: no', "an admission webhook"),
    ],
)
def test_who_refuses(status: int, message: str, by: str) -> None:
    error = explain(refused(status, message), "aks-dataplane")
    assert (error.code, error.details["by"]) == ("ProbeRefused", by)
    assert "aks-dataplane" in error.remedy
    # What is explained already stays.
    assert explain(error, "aks-dataplane") is error


def test_what_is_no_refusal_of_pods() -> None:
    assert "pods.yml" in explain(refused(403, 'User "x" cannot create resource "pods"'), "ns").remedy
    missing = explain(refused(404, 'namespaces "ns" not found'), "ns")
    assert (missing.code, "pods.yml" in missing.remedy) == ("ProbeNamespaceMissing", True)
    leaving = explain(refused(403, "unable to create new content in namespace ns because it is being terminated"), "ns")
    assert (leaving.code, "kubectl get namespace ns" in leaving.remedy) == ("ProbeNamespaceMissing", True)
    broken = refused(500, "admission webhook is not there")
    assert explain(broken, "ns") is broken


def test_a_priority_that_is_not_for_everybody() -> None:
    assert is_about_priority(refused(403, "pods with system-node-critical priorityClass is not permitted in x namespace"))
    assert is_about_priority(refused(403, "insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]"))
    assert not is_about_priority(refused(403, "exceeded quota"))
