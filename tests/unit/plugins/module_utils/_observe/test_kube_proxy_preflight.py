# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a cluster for the preflight rules, from raw objects behind a transport of the test's own."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cilium import CONFIG
from ansible_collections.aks.dataplane.plugins.module_utils._observe.cluster import NODES
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy import preflight as reading
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kube_proxy.observation import DAEMONSET, PODS
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError
from ansible_collections.aks.dataplane.plugins.module_utils._observe.preflight_parts import DAEMONSETS
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import (
    CalicoFacts,
    ProxyFacts,
    ServiceFacts,
)

from tests.support.kube_server import Server, answer, forbidden, refusal


class Empty(Server):
    """A cluster without anything."""

    def __init__(self) -> None:
        super().__init__()
        self.replies = {NODES: [], PODS: [], reading.SERVICES: [], reading.ENDPOINT_SLICES: [], DAEMONSETS: []}


def a_node(name: str, os: str = "linux", ready: str = "True", **labels: str) -> dict[str, t.Any]:
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/os": os, **labels}},
        "spec": {"unschedulable": True} if name == "cordoned" else {},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "nodeInfo": {"kernelVersion": "6.8.0-1041-azure", "kubeletVersion": "v1.34.2", "osImage": "Ubuntu 24.04.3 LTS"},
        },
    }


def a_pod(node: str, ready: str = "True") -> dict[str, t.Any]:
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": ready}]}
    return {"metadata": {"name": f"kube-proxy-{node}"}, "spec": {"nodeName": node}, "status": status}


def a_service(name: str, kind: str, node_port: int | None) -> dict[str, t.Any]:
    port = {"port": 80} if node_port is None else {"port": 80, "nodePort": node_port}
    return {"metadata": {"namespace": "shop", "name": name}, "spec": {"type": kind, "ports": [port]}}


def a_daemonset(*sidecars: dict[str, t.Any], image: str = "mcr.example/kube-proxy:v1.34.2-1", observed: int = 5) -> dict[str, t.Any]:
    main = {"name": "kube-proxy", "image": image, "command": ["kube-proxy", "--v=3"], "args": ["--proxy-mode=ipvs"]}
    return {
        "metadata": {"generation": 5},
        "spec": {"template": {"spec": {"containers": [*sidecars, main]}}},
        "status": {"observedGeneration": observed, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2, "numberReady": 1},
    }


def test_an_empty_cluster() -> None:
    facts = reading.read_facts(Empty().client())
    assert facts.nodes == ()
    assert facts.daemonset is None
    assert facts.proxies == ()
    assert facts.services == ServiceFacts(0)
    assert facts.calico is None
    assert facts.kube_proxy_replacement is None
    assert facts.unread == {}


def test_nodes_without_virtual_ones() -> None:
    server = Empty()
    server.replies[NODES] = [
        a_node("a", ready="False"),
        a_node("cordoned"),
        a_node("win", os="windows"),
        a_node("aci", type="virtual-kubelet"),
    ]
    read = reading.read_facts(server.client())
    nodes = {node.name: node for node in read.nodes if not node.is_virtual}
    assert list(nodes) == ["a", "cordoned", "win"]
    assert [node.name for node in read.linux_nodes] == ["a", "cordoned"]
    assert [node.name for node in read.virtual_nodes] == ["aci"]
    assert (nodes["a"].ready, nodes["a"].schedulable, nodes["a"].kernel) == (False, True, "6.8.0-1041-azure")
    assert (nodes["cordoned"].ready, nodes["cordoned"].schedulable) == (True, False)
    assert (nodes["win"].os, nodes["win"].os_image) == ("windows", "Ubuntu 24.04.3 LTS")


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("mcr.example/oss/v2/kubernetes/kube-proxy:v1.34.2-1", "v1.34.2-1"),
        ("localhost:5000/kube-proxy", ""),
        ("localhost:5000/kube-proxy:v1.33.0@sha256:00", "v1.33.0"),
        ("kube-proxy@sha256:00", ""),
    ],
)
def test_the_daemonset(image: str, tag: str) -> None:
    server = Empty()
    server.replies[DAEMONSET] = (200, a_daemonset(image=image))
    daemonset = reading.read_facts(server.client()).daemonset
    assert daemonset is not None
    assert daemonset.image_tag == tag
    assert daemonset.mode == "ipvs"
    assert (daemonset.desired, daemonset.updated, daemonset.ready) == (3, 2, 1)
    assert (daemonset.current_generation, daemonset.rolling, daemonset.shared_health_probe) == (True, True, False)


def test_a_sidecar_for_shared_health_probes_and_a_generation_not_seen_yet() -> None:
    server = Empty()
    server.replies[DAEMONSET] = (200, a_daemonset({"name": "health-probe-proxy", "args": ["--port=10356"]}, observed=4))
    daemonset = reading.read_facts(server.client()).daemonset
    assert daemonset is not None
    assert daemonset.shared_health_probe
    assert not daemonset.current_generation


def test_only_ready_pods_on_ready_nodes_are_asked_for_their_mode() -> None:
    server = Empty()
    server.replies[NODES] = [a_node("a"), a_node("b"), a_node("c", ready="False"), a_node("d"), a_node("w", os="windows")]
    server.replies[PODS] = [a_pod("a"), a_pod("b"), a_pod("c"), a_pod("d", ready="False")]
    server.replies[f"{PODS}/kube-proxy-a:10249/proxy/proxyMode"] = (200, "ipvs")
    assert set(reading.read_facts(server.client()).proxies) == {ProxyFacts("a", "ipvs"), ProxyFacts("b", None)}


def test_what_kube_proxy_has_dropped() -> None:
    server = Empty()
    server.replies[NODES], server.replies[PODS] = [a_node("a")], [a_pod("a")]
    answers = {"proxyMode": "iptables", "configz": "{}", "metrics": "x 1\nkubeproxy_iptables_ct_state_invalid_dropped_packets_total 7\n"}
    server.replies |= {f"{PODS}/kube-proxy-a:10249/proxy/{what}": (200, text) for what, text in answers.items()}
    assert reading.read_facts(server.client()).proxies == (ProxyFacts("a", "iptables", 7),)


def test_endpoints_are_counted_over_all_slices_and_pages() -> None:
    server = Empty()
    one = {"addresses": ["10.244.0.9"], "conditions": {"ready": True}}
    slices = [{"metadata": {"namespace": "shop", "name": f"s{number}"}, "endpoints": [one] * 3} for number in range(600)]
    server.replies[reading.ENDPOINT_SLICES] = [*slices, {"metadata": {"name": "empty"}, "endpoints": None}, {"metadata": {"name": "none"}}]
    assert reading.read_facts(server.client()).endpoints == 1800


def test_other_daemonsets_and_how_kube_proxy_tells_local_traffic() -> None:
    server = Empty()
    server.replies[DAEMONSETS] = [{"metadata": {"namespace": "kube-system", "name": "node-local-dns"}}]
    raw = a_daemonset()
    raw["spec"]["template"]["spec"]["containers"][-1]["args"] += ["--detect-local-mode=InterfaceNamePrefix"]
    server.replies[DAEMONSET] = (200, raw)
    facts = reading.read_facts(server.client())
    assert [workload.name for workload in facts.workloads] == ["kube-system/node-local-dns"]
    assert facts.daemonset is not None
    assert facts.daemonset.detect_local_mode == "InterfaceNamePrefix"


def test_services_are_counted_page_bypage() -> None:
    server = Empty()
    many = [a_service(f"s{number}", "ClusterIP", None) for number in range(1200)]
    ported = [a_service("np", "NodePort", 31000), a_service("lb", "LoadBalancer", 31001), a_service("bare", "LoadBalancer", None)]
    server.replies[reading.SERVICES] = [*many, *ported]
    assert reading.read_facts(server.client()).services == ServiceFacts(1203, ("shop/np",), ("shop/lb",))
    assert len([path for _rest, path, _rest in server.asked if path.startswith(reading.SERVICES)]) == 3


def test_pages_that_expire_are_read_again_at_once() -> None:
    everything = [a_service(f"s{number}", "ClusterIP", None) for number in range(600)]

    class Expiring(Empty):
        def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = 0) -> Answer:
            return answer((410, refusal(410, "too old"))) if "continue=" in path else super().request(method, path, body, read_seconds)

    server = Expiring()
    server.replies[reading.SERVICES] = everything
    assert reading.read_facts(server.client()).services.total == 600


@pytest.mark.parametrize(
    ("installation", "felix", "expected"),
    [
        ({"calicoNetwork": {"linuxDataplane": "Nftables"}}, None, CalicoFacts("Nftables")),
        (None, {"nftablesMode": "Enabled", "bpfEnabled": False}, CalicoFacts(None, "Enabled", False)),
        ({}, {"bpfEnabled": True}, CalicoFacts(None, None, True)),
        (None, None, None),
    ],
)
def test_calico(installation: t.Any, felix: t.Any, expected: CalicoFacts | None) -> None:
    server = Empty()
    for path, spec in ((reading.CALICO_INSTALLATION, installation), (reading.CALICO_FELIX, felix)):
        if spec is not None:
            server.replies[path] = (200, {"spec": spec})
    assert reading.read_facts(server.client()).calico == expected


def test_ciliums_kube_proxy_replacement() -> None:
    server = Empty()
    server.replies[CONFIG] = (200, {"data": {"kube-proxy-replacement": "true"}})
    assert reading.read_facts(server.client()).kube_proxy_replacement == "true"


def test_nothing_is_sent() -> None:
    server = Empty()
    reading.read_facts(server.client())
    assert {method for method, *_more in server.asked} == {"GET"}


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (reading.SERVICES, {"services"}),
        (NODES, {"nodes", "proxies"}),
        (PODS, {"proxies"}),
        (DAEMONSET, {"daemonset", "proxies"}),
        (reading.CALICO_FELIX, {"calico"}),
        (CONFIG, {"cilium"}),
        (reading.ENDPOINT_SLICES, {"endpoints"}),
        (DAEMONSETS, {"workloads"}),
    ],
)
def test_what_may_not_be_read_is_reported_part_by_part(path: str, parts: set[str]) -> None:
    server = Empty()
    server.replies[path] = forbidden("things")
    facts = reading.read_facts(server.client())
    assert set(facts.unread) == parts
    for reason in facts.unread.values():
        assert 'cannot list resource "things"' in reason
        assert not reason.endswith(".")


@pytest.mark.parametrize("status", [401, 500])
def test_every_other_refusal_ends_the_reading(status: int) -> None:
    server = Empty()
    server.replies[CONFIG] = (status, refusal(status, "no"))
    with pytest.raises(KubeError) as caught:
        reading.read_facts(server.client())
    assert caught.value.status == status


@pytest.mark.parametrize("path", [NODES, PODS, reading.SERVICES])
def test_a_list_that_every_cluster_has_is_not_empty_because_it_is_missing(path: str) -> None:
    server = Empty()
    del server.replies[path]
    with pytest.raises(KubeError) as caught:
        reading.read_facts(server.client())
    assert caught.value.status == 404
