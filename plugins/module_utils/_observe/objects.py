"""Kubernetes objects (raw JSON) to what matters of them for the data plane; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import object_of
from .._verify.host_routing.model import LABEL
from .._verify.model import AgentPod, DaemonSet, InitContainer, Node
from .kubernetes import Raw

POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")

N = t.TypeVar("N", bound=Node)


def name_of(raw: Raw) -> str:
    """Its name; V('') without one."""
    return str(object_of(raw, "metadata").get("name", ""))


def full_name_of(raw: Raw) -> str:
    """C(namespace/name)."""
    return f"{object_of(raw, 'metadata').get('namespace', '')}/{name_of(raw)}"


def text_map(raw: Raw, key: str) -> dict[str, str]:
    """The texts below a key, for example the files of a ConfigMap."""
    return {str(name): str(value) for name, value in object_of(raw, key).items()}


def containers_of(raw: Raw, key: str = "containers") -> list[Raw]:
    """The containers in the template of a DaemonSet."""
    return [container for container in object_of(raw, "spec", "template", "spec").get(key) or [] if isinstance(container, dict)]


def arguments_of(container: Raw) -> list[str]:
    """The command line of a container, as far as its object has it."""
    return [str(argument) for key in ("command", "args") for argument in container.get(key) or []]


def read_node(raw: Raw) -> Node:
    """raw: a Node. The operating system comes from its label, else from what kubelet reported, else it is empty."""
    labels, status = object_of(raw, "metadata", "labels"), object_of(raw, "status")
    info = object_of(status, "nodeInfo")
    os = labels.get("kubernetes.io/os") or info.get("operatingSystem") or ""
    node = Node(
        name=name_of(raw),
        os=str(os),
        ready=_condition(status, "Ready"),
        schedulable=not object_of(raw, "spec").get("unschedulable", False),
        ebpf_label=str(labels[LABEL]) if LABEL in labels else None,
        pool=next((str(labels[label]) for label in POOL_LABELS if label in labels), ""),
        kernel=str(info.get("kernelVersion") or ""),
        kubelet=str(info.get("kubeletVersion") or ""),
        os_image=str(info.get("osImage") or ""),
        created=str(object_of(raw, "metadata").get("creationTimestamp") or ""),
    )
    return dataclasses.replace(node, not_applicable=_not_applicable(node, labels))


def _not_applicable(node: Node, labels: Raw) -> str:
    if node.is_windows:
        return "Windows nodes have their own kube-proxy, which this configuration does not change"
    if labels.get("type") == "virtual-kubelet":
        return "virtual nodes have no kube-proxy"
    return ""


def with_pod(kind: type[N], node: Node, pod: AgentPod | None) -> N:
    """The node as that of one data plane, with the pod that serves it there and nothing more known yet."""
    shared = {field.name: getattr(node, field.name) for field in dataclasses.fields(Node)}
    return kind(**{**shared, "pod": pod})


def pods_by_node(raws: t.Iterable[Raw]) -> dict[str, Raw]:
    """The pod that counts on each node; V('') is for one that is on no node yet.

    A pod that is going away, or has ended, counts only where there is no other.
    """
    chosen: dict[str, Raw] = {}
    for raw in sorted(raws, key=_rank):
        chosen[str(object_of(raw, "spec").get("nodeName") or "")] = raw
    return chosen


def _rank(raw: Raw) -> tuple[bool, bool, str]:
    metadata = object_of(raw, "metadata")
    over = object_of(raw, "status").get("phase") in ("Failed", "Succeeded")
    return "deletionTimestamp" not in metadata, not over, str(metadata.get("creationTimestamp", ""))


def read_pod(raw: Raw, main: str) -> AgentPod:
    """main: name of the container that matters."""
    metadata, status = object_of(raw, "metadata"), object_of(raw, "status")
    container = find_container(status.get("containerStatuses"), main)
    running = object_of(container, "state", "running")
    leaving = "deletionTimestamp" in metadata
    return AgentPod(
        name=name_of(raw),
        ready=_condition(status, "Ready") and not leaving,
        phase=str(status.get("phase", "")),
        restarts=int(container.get("restartCount") or 0),
        waiting_reason="Terminating" if leaving else _waiting_reason(status, container),
        image=str(container.get("image") or find_container(object_of(raw, "spec").get("containers"), main).get("image") or ""),
        started=str(running.get("startedAt") or ""),
        init=tuple(_read_init(init) for init in status.get("initContainerStatuses") or []),
    )


def _read_init(raw: Raw) -> InitContainer:
    state = object_of(raw, "state")
    return InitContainer(
        name=str(raw.get("name", "")),
        exit_code=object_of(state, "terminated").get("exitCode"),
        running="running" in state,
        restarts=int(raw.get("restartCount") or 0),
    )


def _waiting_reason(status: Raw, container: Raw) -> str:
    for init in status.get("initContainerStatuses") or []:
        reason = _not_running(init)
        if reason and reason != "Completed":
            return f"Init:{reason}"
    return _not_running(container) or str(status.get("reason") or "")


def _not_running(container: Raw) -> str:
    state = object_of(container, "state")
    return str(object_of(state, "waiting").get("reason") or object_of(state, "terminated").get("reason") or "")


def has_log(pod: AgentPod) -> bool:
    """Whether a pod in trouble has run, so that its log may say why."""
    return not pod.ready and (pod.restarts > 0 or bool(pod.started) or pod.waiting_reason in ("Error", "OOMKilled", "Completed"))


def read_daemonset(raw: Raw, main: str) -> DaemonSet:
    """main: name of the container that matters."""
    metadata, status = object_of(raw, "metadata"), object_of(raw, "status")
    return DaemonSet(
        mode=None,
        generation=int(metadata.get("generation") or 0),
        observed_generation=int(status.get("observedGeneration") or 0),
        desired=int(status.get("desiredNumberScheduled") or 0),
        updated=int(status.get("updatedNumberScheduled") or 0),
        ready=int(status.get("numberReady") or 0),
        image=str(find_container(containers_of(raw), main).get("image") or ""),
    )


def find_container(containers: t.Any, name: str) -> Raw:
    """The container of this name, or the only one; empty where there is neither."""
    known = [container for container in containers or [] if isinstance(container, dict)]
    for container in known:
        if container.get("name") == name:
            return container
    return known[0] if len(known) == 1 else {}


def _condition(status: Raw, kind: str) -> bool:
    return any(condition.get("type") == kind and condition.get("status") == "True" for condition in status.get("conditions") or [])
