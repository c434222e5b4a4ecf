"""What every subject of preflight rules needs to read of a cluster: parts that may be refused one by one, nodes."""

from __future__ import annotations

import concurrent.futures
import typing as t

from .._preflight.kube_model import KubeFacts, KubePart, NodeFacts
from .cilium import CILIUM_CONFIG
from .client import KubeClient
from .errors import KubeError
from .kube_proxy.observation import NODES
from .objects import node_of
from .pages import Raw, pages

POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")

# The field of KubeFacts, where it has another name than the part.
_FIELDS: t.Mapping[KubePart, str] = {"cilium": "kube_proxy_replacement"}

Readers = t.Mapping[KubePart, t.Callable[[KubeClient], t.Any]]


def read_parts(client: KubeClient, readers: Readers) -> KubeFacts:
    """Everything at once. A part that the user may not read is told in C(unread); any other failure is raised as KubeError."""
    told: dict[str, t.Any] = {}
    unread: dict[KubePart, str] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(readers)) as executor:
        answers = executor.map(lambda reader: _read(reader, client), readers.values())
    for part, (value, refusal) in zip(readers, answers, strict=True):
        if refusal:
            unread[part] = refusal
        else:
            told[_FIELDS.get(part, part)] = value
    return KubeFacts(**told, unread=unread)


def _read(reader: t.Callable[[KubeClient], t.Any], client: KubeClient) -> tuple[t.Any, str]:
    """What was read and V(''), or nothing and why it may not be read."""
    try:
        return reader(client), ""
    except KubeError as exc:
        if exc.status != 403:
            raise
        return None, exc.message.rstrip(".")


def nodes(client: KubeClient) -> tuple[NodeFacts, ...]:
    """Of the whole cluster, without virtual nodes. Raises KubeError."""
    return tuple(node for node in pages(client, NODES, _node) if node is not None)


def _node(raw: Raw) -> NodeFacts | None:
    """A node; none for a virtual one, on which nothing of this runs."""
    seen = node_of(raw)
    if seen.not_applicable and seen.os != "windows":
        return None
    labels = (raw.get("metadata") or {}).get("labels") or {}
    info = (raw.get("status") or {}).get("nodeInfo") or {}
    return NodeFacts(
        name=seen.name,
        os=seen.os,
        ready=seen.ready,
        schedulable=seen.schedulable,
        kernel=str(info.get("kernelVersion") or ""),
        kubelet=str(info.get("kubeletVersion") or ""),
        os_image=str(info.get("osImage") or ""),
        pool=next((str(labels[label]) for label in POOL_LABELS if label in labels), ""),
    )


def kube_proxy_replacement(client: KubeClient) -> str | None:
    """Cilium's setting of that name; none when there is no Cilium."""
    config = client.get(CILIUM_CONFIG)
    return None if config is None else (config.get("data") or {}).get("kube-proxy-replacement")
