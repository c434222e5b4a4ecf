"""Kubernetes objects (raw JSON) to what matters of them for the data plane; no I/O."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.json_parts import count_at, flag_at, object_at, objects_at, text_at, text_map_at, texts_at
from .._verify.host_routing.model import LABEL
from .._verify.model import AgentPod, DaemonSet, InitContainer, Node
from .kubernetes import Raw

POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")

N = t.TypeVar("N", bound=Node)


def name_of(raw: Raw) -> str:
    """Its name; V('') without one."""
    return text_at(raw, "metadata", "name")


def full_name_of(raw: Raw) -> str:
    """C(namespace/name)."""
    return f"{text_at(raw, 'metadata', 'namespace')}/{name_of(raw)}"


def text_map(raw: Raw, key: str) -> dict[str, str]:
    """The texts below a key, for example the files of a ConfigMap."""
    return text_map_at(raw, key)


def containers_of(raw: Raw, key: str = "containers") -> list[Raw]:
    """The containers in the template of a DaemonSet."""
    return [*objects_at(raw, "spec", "template", "spec", key)]


def arguments_of(container: Raw) -> list[str]:
    """The command line of a container, as far as its object has it."""
    return [*texts_at(container, "command"), *texts_at(container, "args")]


def read_node(raw: Raw) -> Node:
    """raw: a Node. The operating system comes from its label, else from what kubelet reported, else it is empty."""
    labels, info = text_map_at(raw, "metadata", "labels"), object_at(raw, "status", "nodeInfo")
    node = Node(
        name=name_of(raw),
        os=labels.get("kubernetes.io/os") or text_at(info, "operatingSystem"),
        ready=_condition(raw, "Ready"),
        schedulable=not flag_at(raw, "spec", "unschedulable"),
        ebpf_label=labels.get(LABEL),
        pool=next((labels[label] for label in POOL_LABELS if label in labels), ""),
        kernel=text_at(info, "kernelVersion"),
        kubelet=text_at(info, "kubeletVersion"),
        os_image=text_at(info, "osImage"),
        created=text_at(raw, "metadata", "creationTimestamp"),
        provider_id=text_at(raw, "spec", "providerID"),
    )
    return dataclasses.replace(node, not_applicable=_not_applicable(node, labels))


def _not_applicable(node: Node, labels: t.Mapping[str, str]) -> str:
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
        chosen[text_at(raw, "spec", "nodeName")] = raw
    return chosen


def _rank(raw: Raw) -> tuple[bool, bool, str]:
    over = text_at(raw, "status", "phase") in ("Failed", "Succeeded")
    return "deletionTimestamp" not in object_at(raw, "metadata"), not over, text_at(raw, "metadata", "creationTimestamp")


def read_pod(raw: Raw, main: str) -> AgentPod:
    """main: name of the container that matters."""
    status = object_at(raw, "status")
    container = find_container(objects_at(status, "containerStatuses"), main)
    inits = objects_at(status, "initContainerStatuses")
    leaving = "deletionTimestamp" in object_at(raw, "metadata")
    return AgentPod(
        name=name_of(raw),
        ready=_condition(raw, "Ready") and not leaving,
        phase=text_at(status, "phase"),
        restarts=count_at(container, "restartCount"),
        waiting_reason="Terminating" if leaving else _waiting_reason(status, inits, container),
        image=text_at(container, "image") or text_at(find_container(objects_at(raw, "spec", "containers"), main), "image"),
        started=text_at(container, "state", "running", "startedAt"),
        init=tuple(_read_init(init) for init in inits),
    )


def _read_init(raw: Raw) -> InitContainer:
    state = object_at(raw, "state")
    ended = object_at(state, "terminated")
    return InitContainer(
        name=text_at(raw, "name"),
        exit_code=count_at(ended, "exitCode") if ended.get("exitCode") is not None else None,
        running=state.get("running") is not None,
        restarts=count_at(raw, "restartCount"),
    )


def _waiting_reason(status: Raw, inits: t.Iterable[Raw], container: Raw) -> str:
    for init in inits:
        reason = _not_running(init)
        if reason and reason != "Completed":
            return f"Init:{reason}"
    return _not_running(container) or text_at(status, "reason")


def _not_running(container: Raw) -> str:
    return text_at(container, "state", "waiting", "reason") or text_at(container, "state", "terminated", "reason")


def has_log(pod: AgentPod) -> bool:
    """Whether a pod in trouble has run, so that its log may say why."""
    return not pod.ready and (pod.restarts > 0 or bool(pod.started) or pod.waiting_reason in ("Error", "OOMKilled", "Completed"))


def read_daemonset(raw: Raw, main: str) -> DaemonSet:
    """main: name of the container that matters."""
    status = object_at(raw, "status")
    return DaemonSet(
        mode=None,
        generation=count_at(raw, "metadata", "generation"),
        observed_generation=count_at(status, "observedGeneration"),
        desired=count_at(status, "desiredNumberScheduled"),
        updated=count_at(status, "updatedNumberScheduled"),
        ready=count_at(status, "numberReady"),
        image=text_at(find_container(containers_of(raw), main), "image"),
    )


def find_container(containers: t.Sequence[Raw], name: str) -> Raw:
    """The container of this name, or the only one; empty where there is neither."""
    for container in containers:
        if text_at(container, "name") == name:
            return container
    return containers[0] if len(containers) == 1 else {}


def _condition(raw: Raw, kind: str) -> bool:
    conditions = objects_at(raw, "status", "conditions")
    return any(text_at(condition, "type") == kind and text_at(condition, "status") == "True" for condition in conditions)
