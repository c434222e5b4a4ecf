"""What the observation of every data plane begins with: the nodes, and the pods of kube-proxy on them."""

from __future__ import annotations

import dataclasses
import typing as t

from .._verify.model import AgentPod, Node
from .agents import list_pods
from .kubernetes import Kubernetes
from .objects import read_node

NODES = "/api/v1/nodes"
KUBE_PROXY = "kube-proxy"
KUBE_PROXY_LABEL = "component=kube-proxy"


@dataclasses.dataclass(frozen=True)
class ClusterObjects:
    """kube_proxy_pods: the pod that counts, by the name of its node; V('') for one that is on no node yet."""

    nodes: tuple[Node, ...]
    kube_proxy_pods: t.Mapping[str, AgentPod]


def list_cluster(api: Kubernetes) -> ClusterObjects:
    """Nodes and pods of kube-proxy, as Kubernetes lists them now. Raises KubeError."""
    nodes, pods = api.together(lambda: list_nodes(api), lambda: list_pods(api, KUBE_PROXY_LABEL, KUBE_PROXY))
    return ClusterObjects(nodes, pods)


def list_nodes(api: Kubernetes) -> tuple[Node, ...]:
    """Every node of the cluster. Raises KubeError."""
    return tuple(api.list_objects(NODES, read_node))
