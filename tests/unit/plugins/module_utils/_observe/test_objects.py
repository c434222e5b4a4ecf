# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._observe import objects
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.observation import DAEMONSET, read_daemonset
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import DaemonSet

from tests.support.kube_server import Server

READY = {"conditions": [{"type": "MemoryPressure", "status": "True"}, {"type": "Ready", "status": "True"}]}


def pod(
    name: str, node: str = "a", created: str = "2026-01-01T00:00:00Z", phase: str = "Running", leaving: bool = False
) -> dict[str, t.Any]:
    metadata = {"name": name, "creationTimestamp": created, **({"deletionTimestamp": created} if leaving else {})}
    container = {"name": "kube-proxy", "image": "kube-proxy:v1", "restartCount": 2, "state": {"running": {"startedAt": created}}}
    return {"metadata": metadata, "spec": {"nodeName": node}, "status": {**READY, "phase": phase, "containerStatuses": [container]}}


@pytest.mark.parametrize(
    ("labels", "spec", "status", "seen"),
    [
        ({"kubernetes.io/os": "linux"}, {}, READY, ("linux", True, True, "")),
        ({}, {"unschedulable": True}, {"nodeInfo": {"operatingSystem": "linux"}}, ("linux", False, False, "")),
        ({"kubernetes.io/os": "windows"}, {}, READY, ("windows", True, True, "Windows nodes")),
        ({"kubernetes.io/os": "linux", "type": "virtual-kubelet"}, {}, READY, ("linux", True, True, "virtual nodes")),
        ({}, {}, {"conditions": [{"type": "Ready", "status": "Unknown"}]}, ("", False, True, "")),
    ],
)
def test_nodes(labels: dict[str, str], spec: dict[str, t.Any], status: dict[str, t.Any], seen: tuple[str, bool, bool, str]) -> None:
    node = objects.read_node({"metadata": {"name": "a", "labels": labels}, "spec": spec, "status": status})
    assert (node.name, node.os, node.ready, node.schedulable) == ("a", *seen[:3])
    assert node.not_applicable.startswith(seen[3])
    assert bool(node.not_applicable) == bool(seen[3])


@pytest.mark.parametrize(
    "pods",
    [
        [pod("old"), pod("new", created="2026-02-01T00:00:00Z")],
        [pod("old", created="2026-03-01T00:00:00Z", leaving=True), pod("new")],
        [pod("old", created="2026-03-01T00:00:00Z", phase="Failed"), pod("new")],
    ],
)
def test_the_pod_that_counts(pods: list[dict[str, t.Any]]) -> None:
    for order in (pods, pods[::-1]):
        assert objects.pods_by_node(order)["a"]["metadata"]["name"] == "new"


def test_a_running_pod() -> None:
    seen = objects.read_pod(pod("a"), "kube-proxy")
    assert (seen.name, seen.ready, seen.phase, seen.restarts) == ("a", True, "Running", 2)
    assert (seen.waiting_reason, seen.image, seen.started) == ("", "kube-proxy:v1", "2026-01-01T00:00:00Z")


def test_a_leaving_pod_is_not_ready() -> None:
    seen = objects.read_pod(pod("a", leaving=True), "kube-proxy")
    assert (seen.ready, seen.waiting_reason) == (False, "Terminating")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"containerStatuses": [{"name": "kube-proxy", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}, "CrashLoopBackOff"),
        ({"containerStatuses": [{"name": "kube-proxy", "state": {"terminated": {"reason": "Error"}}}]}, "Error"),
        (
            {
                "initContainerStatuses": [
                    {"name": "a", "state": {"terminated": {"reason": "Completed"}}},
                    {"name": "b", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
                ],
                "containerStatuses": [{"name": "kube-proxy", "state": {"waiting": {"reason": "PodInitializing"}}}],
            },
            "Init:CrashLoopBackOff",
        ),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({}, ""),
    ],
)
def test_why_a_pod_does_not_run(status: dict[str, t.Any], reason: str) -> None:
    assert objects.read_pod({"metadata": {"name": "a"}, "status": status}, "kube-proxy").waiting_reason == reason


def test_daemonset() -> None:
    def read(raw: dict[str, t.Any]) -> DaemonSet | None:
        server = Server()
        server.replies[DAEMONSET] = (200, raw)
        return read_daemonset(server.client())

    sidecar = {"name": "shared-health-probe", "image": "probe:v1", "args": ["--proxy-mode=ipvs"]}
    container = {"name": "kube-proxy", "image": "kube-proxy:v1", "command": ["kube-proxy"], "args": ["--proxy-mode=nftables"]}
    raw = {
        "metadata": {"generation": 4},
        "spec": {"template": {"spec": {"containers": [sidecar, container]}}},
        "status": {"observedGeneration": 3, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2, "numberReady": 1},
    }
    assert read(raw) == DaemonSet("nftables", 4, 3, 3, 2, 1, "kube-proxy:v1")
    assert read({}) == DaemonSet("iptables", 0, 0, 0, 0, 0, "")
