"""What the preflight rules of kube-proxy need of a cluster, read through the API server; nothing is changed."""

from __future__ import annotations

from ..._common.json_parts import count_at, flag_at, objects_at, text_at
from ..._preflight.kube_model import CalicoFacts, KubeFacts, ProxyFacts, ServiceFacts
from ..answers import reading
from ..cluster import list_cluster, list_nodes
from ..kubernetes import Kubernetes, Raw
from ..objects import full_name_of
from ..preflight_parts import kube_proxy_replacement, read_parts, workloads
from ..questions import OBSERVATION_SECONDS, Questions
from .observation import observe, read_daemonset

SERVICES = "/api/v1/services"
ENDPOINT_SLICES = "/apis/discovery.k8s.io/v1/endpointslices"
CALICO_INSTALLATION = "/apis/operator.tigera.io/v1/installations/default"
CALICO_FELIX = "/apis/crd.projectcalico.org/v1/felixconfigurations/default"


def read_facts(api: Kubernetes) -> KubeFacts:
    """What the rules of kube-proxy need. A part that may not be read is named in C(unread); any other failure is raised as KubeError."""
    return read_parts(
        api,
        {
            "nodes": list_nodes,
            "daemonset": read_daemonset,
            "proxies": _proxies,
            "services": _services,
            "endpoints": _endpoints,
            "workloads": workloads,
            "calico": _calico,
            "cilium": kube_proxy_replacement,
        },
    )


def _proxies(api: Kubernetes) -> tuple[ProxyFacts, ...]:
    """The pods that can be asked: ready ones on ready nodes. The others are the business of the DaemonSet's and the nodes' rules."""
    time_is_up = api.deadline(OBSERVATION_SECONDS)
    observation = observe(api, list_cluster(api), Questions(), time_is_up)
    return tuple(
        ProxyFacts(node.name, node.answers.proxy_mode, node.answers.invalid_dropped)
        for node in observation.nodes
        if node.ready and not node.not_applicable and node.pod is not None and node.pod.ready
    )


def _services(api: Kubernetes) -> ServiceFacts:
    kept = api.list_objects(SERVICES, _service)
    return ServiceFacts(
        total=len(kept),
        node_port=tuple(name for kind, name in kept if kind == "NodePort"),
        load_balancer=tuple(name for kind, name in kept if kind == "LoadBalancer"),
    )


def _endpoints(api: Kubernetes) -> int:
    return sum(api.list_objects(ENDPOINT_SLICES, lambda raw: len(objects_at(raw, "endpoints"))))


def _service(raw: Raw) -> tuple[str, str]:
    """Type and name, both V('') for a service without node ports."""
    if not any(count_at(port, "nodePort") for port in objects_at(raw, "spec", "ports")):
        return "", ""
    return text_at(raw, "spec", "type"), full_name_of(raw)


def _calico(api: Kubernetes) -> CalicoFacts | None:
    installation, felix = api.get(CALICO_INSTALLATION), api.get(CALICO_FELIX)
    if installation is None and felix is None:
        return None
    with reading(CALICO_FELIX if installation is None else CALICO_INSTALLATION):
        return CalicoFacts(
            linux_dataplane=text_at(installation, "spec", "calicoNetwork", "linuxDataplane") or None,
            nftables_mode=text_at(felix, "spec", "nftablesMode") or None,
            bpf_enabled=flag_at(felix, "spec", "bpfEnabled"),
        )
