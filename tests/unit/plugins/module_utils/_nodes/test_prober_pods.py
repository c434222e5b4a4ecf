# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prober pods: what is created for a run, what they may do, and how their states are read."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.prober_manifest import OURS, ProberNode, Probers, removal, selector
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.prober_state import ProberPod, read_places, read_prober
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.run_objects import OWNER, RUN, SECONDS

TARGETS = [{"name": "web", "host": "node", "port": 31080}]
PROBERS = Probers(
    run="r1",
    namespace="aks-dataplane",
    image="registry/pause:1",
    owner="boot:1:2:3",
    seconds=300,
    program=b"PK",
    targets=TARGETS,
    nodes=(ProberNode("n1", "amd64", (("team", "NoSchedule"), ("team", "NoSchedule"))), ProberNode("n2", "arm64")),
)
HOME = "/api/v1/namespaces/aks-dataplane"


def made(kind: str) -> list[dict[str, t.Any]]:
    return [item for _path, item in PROBERS.objects() if item["kind"] == kind]


def test_the_program_is_there_before_the_pods_and_each_node_has_one_in_each_network() -> None:
    assert [path for path, _item in PROBERS.objects()] == [f"{HOME}/configmaps", *[f"{HOME}/pods"] * 4]
    names = [item["metadata"]["name"] for _path, item in PROBERS.objects()]
    assert names == [
        "aks-dataplane-prober-r1",
        *(f"aks-dataplane-prober-r1-{number}-{network}" for number in (0, 1) for network in ("pod", "host")),
    ]
    assert [pod["spec"]["hostNetwork"] for pod in made("Pod")] == [False, True, False, True]
    wanted = [
        pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0]["matchFields"]
        for pod in made("Pod")
    ]
    assert [fields[0]["values"] for fields in wanted] == [["n1"], ["n1"], ["n2"], ["n2"]]


def test_all_objects_are_marked_as_ours_and_as_of_this_run() -> None:
    for _path, item in PROBERS.objects():
        labels, annotations = item["metadata"]["labels"], item["metadata"]["annotations"]
        assert {**OURS, RUN: "r1"}.items() <= labels.items()
        assert {OWNER: "boot:1:2:3", SECONDS: "300"}.items() <= annotations.items()
        assert all(f"{name}={labels[name]}" in PROBERS.selector for name in (*OURS, RUN))
    assert PROBERS.selector == selector("r1") != selector("r2")
    (config_map,) = made("ConfigMap")
    assert base64.b64decode(config_map["binaryData"]["prober.zip"]) == b"PK"
    assert json.loads(config_map["data"]["targets.json"]) == TARGETS


def test_what_removes_the_objects_of_a_run_by_hand() -> None:
    command = removal("looks", PROBERS.name)
    assert command.startswith("kubectl delete pods,configmaps --namespace looks --selector ")
    assert command.endswith(PROBERS.selector)


def test_the_pods_may_do_no_more_than_connect() -> None:
    for pod in made("Pod"):
        (container,) = pod["spec"]["containers"]
        security = container["securityContext"]
        assert (security["runAsUser"], security["runAsNonRoot"], security["capabilities"]) == (65534, True, {"drop": ["ALL"]})
        assert (security["privileged"], security["allowPrivilegeEscalation"], security["readOnlyRootFilesystem"]) == (False, False, True)
        assert pod["spec"]["automountServiceAccountToken"] is False
        # They must not push others from the node.
        assert "priorityClassName" not in pod["spec"]
        assert not {"hostPID", "hostIPC"} & {*pod["spec"]}
        assert all(mount["readOnly"] for mount in container["volumeMounts"])
        folders = {volume["hostPath"]["path"] for volume in pod["spec"]["volumes"] if "hostPath" in volume}
        assert folders == {
            "/usr",
            "/lib",
            "/etc/alternatives",
            *(["/lib64"] if pod["metadata"]["annotations"]["aks.dataplane/node"] == "n1" else []),
        }
        assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["spec"]["volumes"]}


def test_they_end_by_themselves_and_are_not_started_again() -> None:
    """The program first; the kubelet where the program does not, and Kubernetes does not make another one."""
    for pod in made("Pod"):
        assert pod["spec"]["containers"][0]["command"][-1] == "300"
        assert (pod["spec"]["activeDeadlineSeconds"], pod["spec"]["restartPolicy"]) == (360, "Never")


def test_they_run_on_tainted_nodes_too() -> None:
    tolerations = [pod["spec"]["tolerations"] for pod in made("Pod")]
    assert tolerations == [*[[{"key": "team", "operator": "Exists", "effect": "NoSchedule"}]] * 2, [], []]


def pod(state: dict[str, t.Any] | None, **status: t.Any) -> dict[str, t.Any]:
    metadata = {"name": "p", "annotations": {"aks.dataplane/node": "n1", "aks.dataplane/network": "host"}}
    states = [] if state is None else [{"name": "prober", "state": state}]
    return {"metadata": metadata, "status": {"containerStatuses": states, **status}}


UNPLACED = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: 1 Insufficient cpu."}


@pytest.mark.parametrize(
    ("raw", "runs", "trouble", "final"),
    [
        (pod({"running": {"startedAt": "2026-11-28T10:00:00Z"}}), True, "", False),
        (pod(None), False, "its pod did not start in time", False),
        (pod({"waiting": {"reason": "ContainerCreating"}}), False, "its pod did not start in time", False),
        (pod(None, conditions=[UNPLACED]), False, "its pod finds no place: 0/3 nodes are available: 1 Insufficient cpu", False),
        (
            pod({"waiting": {"reason": "ErrImagePull", "message": "no such host"}}),
            False,
            "its pod does not run: ErrImagePull no such host",
            False,
        ),
        (
            pod({"waiting": {"reason": "InvalidImageName", "message": "invalid reference format"}}),
            False,
            "its pod does not run: InvalidImageName invalid reference format",
            True,
        ),
        (
            pod({"terminated": {"reason": "StartError", "message": "no python3"}}, phase="Failed"),
            False,
            "its pod has ended: StartError no python3",
            True,
        ),
        # The kubelet has ended it, and says so of the pod alone.
        (
            pod(None, phase="Failed", reason="Evicted", message="The node was low on resource: memory."),
            False,
            "its pod has ended: Evicted The node was low on resource: memory",
            True,
        ),
        (pod({"terminated": {"reason": "Completed"}}, phase="Succeeded"), False, "its pod has ended: Completed", True),
    ],
)
def test_states_of_a_pod(raw: dict[str, t.Any], runs: bool, trouble: str, final: bool) -> None:
    assert read_prober(raw) == ProberPod("p", "n1", "host", runs, trouble, final)


def test_who_reads_what_was_measured_knows_of_each_pod_that_was_made() -> None:
    (_path, config_map), *pods = PROBERS.objects()
    annotations = [item["metadata"]["annotations"] for _path, item in pods]
    assert read_places(config_map) == [(one["aks.dataplane/node"], one["aks.dataplane/network"]) for one in annotations]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[["n1"]]', "[["])
def test_places_that_somebody_else_has_written(text: str) -> None:
    assert read_places({"data": {"places.json": text}}) == []
