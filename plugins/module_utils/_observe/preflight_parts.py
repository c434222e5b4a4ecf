"""What the preflight rules of every data plane need of a cluster: parts that may be refused one by one, nodes."""

from __future__ import annotations

import functools
import typing as t

from .._preflight.kube_model import KubeFacts, KubePart
from .._verify.model import Node
from .cilium import read_config
from .cluster import list_nodes
from .kubernetes import KubeError, Kubernetes

# The field of KubeFacts, where it has another name than the part.
_FIELDS: t.Mapping[KubePart, str] = {"cilium": "kube_proxy_replacement"}

Readers = t.Mapping[KubePart, t.Callable[[Kubernetes], t.Any]]


def read_parts(api: Kubernetes, readers: Readers) -> KubeFacts:
    """Everything at once. A part that the user may not read is named in C(unread); any other failure is raised as KubeError."""
    facts: dict[str, t.Any] = {}
    unread: dict[KubePart, str] = {}
    answers = api.together(*(functools.partial(_read, reader, api) for reader in readers.values()))
    for part, (value, refusal) in zip(readers, answers, strict=True):
        if refusal:
            unread[part] = refusal
        else:
            facts[_FIELDS.get(part, part)] = value
    return KubeFacts(**facts, unread=unread)


def _read(reader: t.Callable[[Kubernetes], t.Any], api: Kubernetes) -> tuple[t.Any, str]:
    """What was read and V(''), or nothing and why it may not be read."""
    try:
        return reader(api), ""
    except KubeError as exc:
        if exc.status != 403:
            raise
        return None, exc.message.rstrip(".")


def applicable_nodes(api: Kubernetes) -> tuple[Node, ...]:
    """Of the whole cluster, without virtual nodes, on which nothing of this runs. Raises KubeError."""
    return tuple(node for node in list_nodes(api) if not node.is_virtual)


def kube_proxy_replacement(api: Kubernetes) -> str | None:
    """Cilium's setting of that name; none when there is no Cilium. Raises KubeError."""
    config = read_config(api)
    return None if config is None else config.get("kube-proxy-replacement")
