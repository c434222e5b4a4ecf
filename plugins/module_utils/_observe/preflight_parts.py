"""What the preflight rules of every data plane need of a cluster: parts that may be refused one by one, nodes."""

from __future__ import annotations

import functools
import typing as t

from .._common.json_parts import flag_at, object_at, text_at, texts_at
from .._preflight.kube_model import KubeFacts, KubePart, WorkloadFacts
from .cilium import read_config
from .kubernetes import TOO_LARGE, KubeError, Kubernetes, Raw
from .objects import containers_of, full_name_of

DAEMONSETS = "/apis/apps/v1/daemonsets"
MANAGED_LABELS = ("addonmanager.kubernetes.io/mode", "kubernetes.azure.com/managedby")

# The field of KubeFacts, where it has another name than the part.
_FIELDS: t.Mapping[KubePart, str] = {"cilium": "kube_proxy_replacement"}

Readers = t.Mapping[KubePart, t.Callable[[Kubernetes], t.Any]]


def read_parts(api: Kubernetes, readers: Readers) -> KubeFacts:
    """Everything in one call. A part that the user may not read, or that is too large, is named in C(unread); any other failure is raised as KubeError."""
    facts: dict[str, t.Any] = {}
    unread: dict[KubePart, str] = {}
    answers = api.together(*(functools.partial(_read, reader, api) for reader in readers.values()))
    for part, (value, refusal) in zip(readers, answers, strict=True):
        if refusal:
            unread[part] = refusal
        else:
            facts[_FIELDS.get(part, part)] = value
    return KubeFacts(**facts, server=api.server, unread=unread)


def _read(reader: t.Callable[[Kubernetes], t.Any], api: Kubernetes) -> tuple[t.Any, str]:
    """What was read and V(''), or nothing and why it may not be read."""
    try:
        return reader(api), ""
    except KubeError as exc:
        if exc.status != 403 and exc.code != TOO_LARGE:
            raise
        return None, exc.message.rstrip(".")


def kube_proxy_replacement(api: Kubernetes) -> str | None:
    """Cilium's setting of that name; none when there is no Cilium. Raises KubeError."""
    config = read_config(api)
    return None if config is None else config.get("kube-proxy-replacement")


def workloads(api: Kubernetes) -> tuple[WorkloadFacts, ...]:
    """Every DaemonSet of the cluster. Raises KubeError."""
    return tuple(api.list_objects(DAEMONSETS, _workload))


def _workload(raw: Raw) -> WorkloadFacts:
    containers = [*containers_of(raw, "initContainers"), *containers_of(raw)]
    labels = object_at(raw, "metadata", "labels")
    on_host_network = bool(flag_at(raw, "spec", "template", "spec", "hostNetwork"))
    return WorkloadFacts(
        name=full_name_of(raw),
        images=tuple(text_at(container, "image") for container in containers),
        managed=any(label in labels for label in MANAGED_LABELS),
        firewall=on_host_network and any(_may_change_rules(container) for container in containers),
    )


def _may_change_rules(container: Raw) -> bool:
    context = object_at(container, "securityContext")
    added = {name.upper().removeprefix("CAP_") for name in texts_at(context, "capabilities", "add")}
    return bool(flag_at(context, "privileged")) or bool(added & {"NET_ADMIN", "SYS_ADMIN", "ALL"})
