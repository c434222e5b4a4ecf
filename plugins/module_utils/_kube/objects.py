"""Kubernetes objects (raw JSON) to what matters of them for the data plane; no I/O."""

from __future__ import annotations

import typing as t

from .._verify.host_routing.model import LABEL
from .._verify.kube_proxy.answers import MODES
from .._verify.model import AgentPod, DaemonSetObservation, InitContainer, NodeObservation

Raw = t.Mapping[str, t.Any]

CONTAINER = "kube-proxy"


def node_of(raw: Raw) -> NodeObservation:
    """raw: a Node. The operating system comes from its label, else from what kubelet reported, else it is empty."""
    metadata = _part(raw, "metadata")
    labels = _part(metadata, "labels")
    status = _part(raw, "status")
    os = labels.get("kubernetes.io/os") or _part(status, "nodeInfo").get("operatingSystem") or ""
    return NodeObservation(
        name=str(metadata.get("name", "")),
        os=str(os),
        ready=_condition(status, "Ready"),
        schedulable=not _part(raw, "spec").get("unschedulable", False),
        not_applicable=_not_applicable(str(os), labels),
        ebpf_label=str(labels[LABEL]) if LABEL in labels else None,
    )


def _not_applicable(os: str, labels: Raw) -> str:
    if os == "windows":
        return "Windows nodes have their own kube-proxy, which this configuration does not change"
    if labels.get("type") == "virtual-kubelet":
        return "virtual nodes have no kube-proxy"
    return ""


def pods_by_node(raws: t.Iterable[Raw]) -> dict[str, Raw]:
    """The pod that counts on each node; V('') is for one that is on no node yet.

    A pod that is going away, or has ended, counts only where there is no other.
    """
    chosen: dict[str, Raw] = {}
    for raw in sorted(raws, key=_rank):
        chosen[str(_part(raw, "spec").get("nodeName") or "")] = raw
    return chosen


def _rank(raw: Raw) -> tuple[bool, bool, str]:
    metadata = _part(raw, "metadata")
    over = _part(raw, "status").get("phase") in ("Failed", "Succeeded")
    return "deletionTimestamp" not in metadata, not over, str(metadata.get("creationTimestamp", ""))


def pod_of(raw: Raw, main: str = CONTAINER) -> AgentPod:
    """main: name of the container that matters."""
    metadata, status = _part(raw, "metadata"), _part(raw, "status")
    container = _named(status.get("containerStatuses"), main)
    running = _part(_part(container, "state"), "running")
    leaving = "deletionTimestamp" in metadata
    return AgentPod(
        name=str(metadata.get("name", "")),
        ready=_condition(status, "Ready") and not leaving,
        phase=str(status.get("phase", "")),
        restarts=int(container.get("restartCount") or 0),
        waiting_reason="Terminating" if leaving else _waiting_reason(status, container),
        image=str(container.get("image") or _named(_part(raw, "spec").get("containers"), main).get("image") or ""),
        started=str(running.get("startedAt") or ""),
        init=tuple(_init_of(init) for init in status.get("initContainerStatuses") or []),
    )


def _init_of(raw: Raw) -> InitContainer:
    state = _part(raw, "state")
    return InitContainer(
        name=str(raw.get("name", "")),
        exit_code=_part(state, "terminated").get("exitCode"),
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
    state = _part(container, "state")
    return str(_part(state, "waiting").get("reason") or _part(state, "terminated").get("reason") or "")


def has_log(pod: AgentPod) -> bool:
    """Whether a pod in trouble has run, and so has something to tell."""
    return not pod.ready and (pod.restarts > 0 or bool(pod.started) or pod.waiting_reason in ("Error", "OOMKilled", "Completed"))


def daemonset_of(raw: Raw, main: str = CONTAINER) -> DaemonSetObservation:
    """main: name of the container that matters."""
    metadata, status = _part(raw, "metadata"), _part(raw, "status")
    container = _named(_part(_part(_part(raw, "spec"), "template"), "spec").get("containers"), main)
    return DaemonSetObservation(
        mode=template_mode([str(argument) for key in ("command", "args") for argument in container.get(key) or []]),
        generation=int(metadata.get("generation") or 0),
        observed_generation=int(status.get("observedGeneration") or 0),
        desired=int(status.get("desiredNumberScheduled") or 0),
        updated=int(status.get("updatedNumberScheduled") or 0),
        ready=int(status.get("numberReady") or 0),
        image=str(container.get("image") or ""),
    )


def template_mode(arguments: t.Sequence[str]) -> str | None:
    """The mode that kube-proxy's flags ask for; none when a configuration file does, or when the mode is not a known one.

    Without the flag kube-proxy takes iptables on Linux (up to 1.39 at least; AKS then sets the flag).
    """
    mode = "iptables"
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--config":
            return None
        if name == "--proxy-mode":
            mode = value if equals else next(iter(arguments[position + 1 : position + 2]), "")
    return mode if mode in MODES else None


def _named(containers: t.Any, name: str) -> Raw:
    """The container of this name, or the only one."""
    known = [container for container in containers or [] if isinstance(container, dict)]
    for container in known:
        if container.get("name") == name:
            return container
    return known[0] if len(known) == 1 else {}


def _condition(status: Raw, kind: str) -> bool:
    return any(condition.get("type") == kind and condition.get("status") == "True" for condition in status.get("conditions") or [])


def _part(raw: Raw, key: str) -> Raw:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}
