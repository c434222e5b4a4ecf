# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What the preflight rules need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

import concurrent.futures
import re
import typing as t

from .._preflight.model import CalicoFacts, DaemonSetFacts, KubeFacts, KubePart, NodeFacts, ProbePodFacts, ProxyFacts, ServiceFacts
from .client import PAGE, KubeClient
from .errors import KubeError
from .kube_proxy import DAEMONSET, NODES, PODS, observe
from .objects import CONTAINER, daemonset_of, node_of

SERVICES = "/api/v1/services"
CALICO_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
CALICO_FELIX = "/apis/crd.projectcalico.org/v1/felixconfigurations/default"
CILIUM_CONFIG = "/api/v1/namespaces/kube-system/configmaps/cilium-config"

# Where the sidecar of the shared health probe mode listens.
SHARED_PROBE_PORT = "10356"

# How RBAC says no; an admission policy says it in other words.
_MAY_NOT_CREATE = re.compile(r"cannot create resource")

# What a pod of the node checks needs: the host's network, and the right to look at its rules.
PROBE_POD: t.Mapping[str, t.Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"generateName": "aks-dataplane-probe-", "namespace": "kube-system"},
    "spec": {
        "hostNetwork": True,
        "restartPolicy": "Never",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": "probe",
                "image": "mcr.microsoft.com/oss/kubernetes/pause:3.9",
                "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}},
            }
        ],
    },
}

Raw = t.Mapping[str, t.Any]
T = t.TypeVar("T")


def read_facts(client: KubeClient) -> KubeFacts:
    """Everything at once. A part that the user may not read is told in C(unread); any other failure is raised as KubeError."""
    readers: dict[KubePart, t.Callable[[KubeClient], t.Any]] = {
        "nodes": _nodes,
        "daemonset": _daemonset,
        "proxies": _proxies,
        "services": _services,
        "calico": _calico,
        "cilium": _kube_proxy_replacement,
        "probe_pod": _probe_pod,
    }
    fields = {"cilium": "kube_proxy_replacement"}
    told: dict[str, t.Any] = {}
    unread: dict[KubePart, str] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(readers)) as executor:
        answers = executor.map(lambda reader: _read(reader, client), readers.values())
    for part, (value, refusal) in zip(readers, answers, strict=True):
        if refusal:
            unread[part] = refusal
        else:
            told[fields.get(part, part)] = value
    return KubeFacts(**told, unread=unread)


def _read(reader: t.Callable[[KubeClient], t.Any], client: KubeClient) -> tuple[t.Any, str]:
    """What was read and V(''), or nothing and why it may not be read."""
    try:
        return reader(client), ""
    except KubeError as exc:
        if exc.status != 403:
            raise
        return None, exc.message.rstrip(".")


def _pages(client: KubeClient, path: str, keep: t.Callable[[Raw], T]) -> list[T]:
    """What is kept of each object of a list; a page is let go before the next is read."""
    kept: list[T] = []
    query: dict[str, t.Any] = {"limit": PAGE}
    while True:
        try:
            page = client.get(path, query) or {}
        except KubeError as exc:
            if exc.status != 410 or "continue" not in query:
                raise
            # The pages were of a moment that the server has forgotten by now.
            kept, query = [], {}
            continue
        kept += [keep(item) for item in page.get("items") or []]
        following = (page.get("metadata") or {}).get("continue")
        if not following:
            return kept
        query["continue"] = following


def _nodes(client: KubeClient) -> tuple[NodeFacts, ...]:
    return tuple(node for node in _pages(client, NODES, _node) if node is not None)


def _node(raw: Raw) -> NodeFacts | None:
    """A node; none for a virtual one, on which nothing of this runs."""
    seen = node_of(raw)
    if seen.not_applicable and seen.os != "windows":
        return None
    info = (raw.get("status") or {}).get("nodeInfo") or {}
    return NodeFacts(
        name=seen.name,
        os=seen.os,
        ready=seen.ready,
        schedulable=seen.schedulable,
        kernel=str(info.get("kernelVersion") or ""),
        kubelet=str(info.get("kubeletVersion") or ""),
        os_image=str(info.get("osImage") or ""),
    )


def _daemonset(client: KubeClient) -> DaemonSetFacts | None:
    raw = client.get(DAEMONSET)
    if raw is None:
        return None
    seen = daemonset_of(raw)
    containers = (((raw.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or []
    main: Raw = next((container for container in containers if container.get("name") == CONTAINER), {})
    sidecars = [container for container in containers if container.get("name") != CONTAINER]
    return DaemonSetFacts(
        image_tag=_tag(seen.image),
        args=tuple(str(argument) for key in ("command", "args") for argument in main.get(key) or []),
        desired=seen.desired,
        updated=seen.updated,
        ready=seen.ready,
        current_generation=seen.observed_generation >= seen.generation,
        shared_health_probe=any(SHARED_PROBE_PORT in str(container) for container in sidecars),
    )


def _tag(image: str) -> str:
    """The tag of an image; V('') when it has none, only a digest for example."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def _proxies(client: KubeClient) -> tuple[ProxyFacts, ...]:
    """The pods that can be asked: ready ones on ready nodes. The others are the business of the DaemonSet's and the nodes' rules."""
    return tuple(
        ProxyFacts(node.name, node.answers.proxy_mode)
        for node in observe(client).nodes
        if node.ready and not node.not_applicable and node.pod is not None and node.pod.ready
    )


def _services(client: KubeClient) -> ServiceFacts:
    kept = _pages(client, SERVICES, _service)
    return ServiceFacts(
        total=len(kept),
        node_port=tuple(name for kind, name in kept if kind == "NodePort"),
        load_balancer=tuple(name for kind, name in kept if kind == "LoadBalancer"),
    )


def _service(raw: Raw) -> tuple[str, str]:
    """Type and name, both V('') for a service without node ports."""
    spec, metadata = raw.get("spec") or {}, raw.get("metadata") or {}
    if not any(port.get("nodePort") for port in spec.get("ports") or []):
        return "", ""
    return str(spec.get("type", "")), f"{metadata.get('namespace')}/{metadata.get('name')}"


def _calico(client: KubeClient) -> CalicoFacts | None:
    installation, felix = client.get(CALICO_INSTALLATION), client.get(CALICO_FELIX)
    if installation is None and felix is None:
        return None
    network = ((installation or {}).get("spec") or {}).get("calicoNetwork") or {}
    settings = (felix or {}).get("spec") or {}
    return CalicoFacts(
        linux_dataplane=network.get("linuxDataplane"),
        nftables_mode=settings.get("nftablesMode"),
        bpf_enabled=settings.get("bpfEnabled"),
    )


def _kube_proxy_replacement(client: KubeClient) -> str | None:
    config = client.get(CILIUM_CONFIG)
    return None if config is None else (config.get("data") or {}).get("kube-proxy-replacement")


def _probe_pod(client: KubeClient) -> ProbePodFacts:
    try:
        client.post(PODS, PROBE_POD, {"dryRun": "All"})
    except KubeError as exc:
        if exc.status is None or exc.status == 401 or (exc.status == 403 and _MAY_NOT_CREATE.search(exc.message)):
            raise
        return ProbePodFacts(False, exc.message.rstrip("."))
    return ProbePodFacts(True)
