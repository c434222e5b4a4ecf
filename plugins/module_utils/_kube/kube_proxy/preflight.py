"""What the preflight rules of kube-proxy need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

import re
import typing as t

from ..._preflight.kube_model import CalicoFacts, DaemonSetFacts, KubeFacts, ProbePodFacts, ProxyFacts, ServiceFacts
from ..agents import PODS
from ..client import KubeClient
from ..errors import KubeError
from ..objects import CONTAINER, daemonset_of
from ..pages import pages
from ..preflight_parts import kube_proxy_replacement, nodes, read_parts
from .observation import DAEMONSET, observe

SERVICES = "/api/v1/services"
CALICO_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
CALICO_FELIX = "/apis/crd.projectcalico.org/v1/felixconfigurations/default"

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


def read_facts(client: KubeClient) -> KubeFacts:
    """What the rules of kube-proxy need. A part that may not be read is told in C(unread); any other failure is raised as KubeError."""
    return read_parts(
        client,
        {
            "nodes": nodes,
            "daemonset": _daemonset,
            "proxies": _proxies,
            "services": _services,
            "calico": _calico,
            "cilium": kube_proxy_replacement,
            "probe_pod": _probe_pod,
        },
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
    kept = pages(client, SERVICES, _service)
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


def _probe_pod(client: KubeClient) -> ProbePodFacts:
    try:
        client.post(PODS, PROBE_POD, {"dryRun": "All"})
    except KubeError as exc:
        if exc.status is None or exc.status == 401 or (exc.status == 403 and _MAY_NOT_CREATE.search(exc.message)):
            raise
        return ProbePodFacts(False, exc.message.rstrip("."))
    return ProbePodFacts(True)
