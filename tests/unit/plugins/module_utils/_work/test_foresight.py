# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one command brings is what the readers ask, and no more: else a look would take several commands."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._observe.host_routing.preflight import read_facts as host_routing
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.preflight import read_facts as kube_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from ansible_collections.aks.dataplane.plugins.module_utils._work.foresight import PREFLIGHT, STATUS, audit
from ansible_collections.aks.dataplane.plugins.module_utils._work.left_objects import left_by_runs
from ansible_collections.aks.dataplane.plugins.module_utils._work.status import read_status

from tests.support.kube_server import Server

NODE = {
    "metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux"}},
    "status": {"conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {}},
}
POD = {
    "metadata": {"name": "kube-proxy-a"},
    "spec": {"nodeName": "n1", "containers": [{"name": "kube-proxy"}]},
    "status": {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "kube-proxy", "ready": True, "restartCount": 0, "state": {"running": {}}}],
    },
}
LISTS = (
    *("/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/apis/apps/v1/daemonsets", "/api/v1/namespaces"),
    *("/apis/policy/v1/poddisruptionbudgets", "/apis/cilium.io/v2/ciliumnodes", "/api/v1/namespaces/looks/configmaps"),
)
DAEMONSET = {"metadata": {"name": "d", "generation": 1}, "spec": {"template": {"spec": {"containers": []}}}, "status": {}}


@pytest.fixture
def server() -> Server:
    server = Server()
    server.replies = {"/api/v1/nodes": [NODE], "/api/v1/namespaces/kube-system/pods": [POD], **{path: [] for path in LISTS}}
    for name in ("kube-proxy", "cilium"):
        server.replies[f"/apis/apps/v1/namespaces/kube-system/daemonsets/{name}"] = (200, {"kind": "DaemonSet", **DAEMONSET})
    answers = {"10249/proxy/proxyMode": "iptables", "10249/proxy/configz": "{}", "10249/proxy/metrics": "", "10256/proxy/healthz": "{}"}
    for end, text in answers.items():
        server.replies[f"/api/v1/namespaces/kube-system/pods/kube-proxy-a:{end}"] = (200, text)
    return server


def asked(server: Server) -> set[str]:
    return {path for _method, path, _body in server.asked}


def foreseen(foresight: t.Any) -> set[str]:
    return {*foresight.targets, *(f"/api/v1/namespaces/kube-system/pods/kube-proxy-a{end}" for end in foresight.pods.ends)}


def status(api: KubeClient) -> t.Any:
    return read_status(api, None, Questions(), data_planes())


def test_the_status(server: Server) -> None:
    status(server.client())
    assert asked(server) == foreseen(STATUS)


def test_the_preflights(server: Server) -> None:
    for read in (kube_proxy, host_routing, status):
        read(server.client())
    assert asked(server) == foreseen(PREFLIGHT)


def test_an_audit(server: Server) -> None:
    for read in (kube_proxy, host_routing, status, lambda api: left_by_runs(api, "looks")):
        read(server.client())
    assert asked(server) == foreseen(audit("looks"))
