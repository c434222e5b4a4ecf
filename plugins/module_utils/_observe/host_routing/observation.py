"""How every node of a Cilium cluster routes, read through the API server, and with leave of the operator from the agents themselves."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..._common.json_parts import text_at
from ..._verify.host_routing.answers import agent_status, is_new, unexpected_rules
from ..._verify.host_routing.model import (
    EVENT_REASONS,
    MONITOR,
    SIDECAR,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
    NodeEvent,
)
from ..._verify.model import AgentPod, DaemonSet, InitContainer
from ..agents import LOG_LINE_LENGTH, LOG_LINES, LOGS, PODS, Log, list_pods, read_logs
from ..answers import reading
from ..cilium import AGENT, AGENT_LABEL, DAEMONSET, read_config, read_user_rules
from ..cluster import ClusterObjects
from ..kubernetes import KubeError, Kubernetes, Raw, TimeIsUp
from ..objects import has_log, with_pod
from ..objects import read_daemonset as read_any_daemonset
from ..questions import Questions, in_turn

EVENTS = "/api/v1/namespaces/default/events"
STATUS = ("cilium-dbg", "status", "-o", "json")
STATUS_SECONDS = 20.0

# Each WebSocket costs the API server and the kubelet more than a request.
STATUS_CONCURRENCY = 16

# The monitor names every rule it does not know, in each round again.
MONITOR_LINES = 400
MONITOR_LOGS = 50


def read_daemonset(api: Kubernetes) -> DaemonSet | None:
    """That of Cilium; none when the cluster has none. Raises KubeError."""
    raw = api.get(DAEMONSET)
    if raw is None:
        return None
    with reading(DAEMONSET):
        return read_any_daemonset(raw, AGENT)


def observe(api: Kubernetes, cluster: ClusterObjects, questions: Questions, time_is_up: TimeIsUp) -> HostRoutingObservation:
    """The cluster as it was just listed, with what AKS and Cilium leave in it about host routing, and what the agents answer.

    Agents that were not asked when the time is up are left unknown. Raises KubeError when something cannot be had or a permission is
    missing; what a single agent does not answer is in its observation.
    """
    kube_proxy_pods = tuple(sorted(pod.name for pod in cluster.kube_proxy_pods.values()))
    daemonset = read_daemonset(api)
    if daemonset is None:
        bare = tuple(with_pod(HostRoutingNode, node, None) for node in cluster.nodes)
        return HostRoutingObservation(bare, None, None, kube_proxy_pods)
    pods, config, rules, events = api.together(
        lambda: list_pods(api, AGENT_LABEL, AGENT),
        lambda: read_config(api),
        lambda: read_user_rules(api),
        lambda: _read_events(api, questions.since),
    )
    listed = [
        dataclasses.replace(
            with_pod(HostRoutingNode, node, pods.get(node.name)), user_rules=rules.get(node.name), events=events.get(node.name, ())
        )
        for node in cluster.nodes
    ]
    logs = read_logs(api, _logs_to_read(listed), STATUS_CONCURRENCY)
    nodes = api.each(
        lambda node: _observe_node(api, node, logs, questions.ask_agents, time_is_up), in_turn(listed, questions), STATUS_CONCURRENCY
    )
    return HostRoutingObservation(tuple(nodes), config, daemonset, kube_proxy_pods)


def _observe_node(
    api: Kubernetes, node: HostRoutingNode, logs: t.Mapping[str, tuple[str, ...]], ask_agents: bool, time_is_up: TimeIsUp
) -> HostRoutingNode:
    pod = node.pod
    if pod is None or node.not_applicable:
        return node
    log = logs.get(pod.name, ())
    if log:
        last = tuple(line[:LOG_LINE_LENGTH] for line in log[-LOG_LINES:])
        rules = unexpected_rules(log) if _monitor(node) else ()
        node = dataclasses.replace(node, pod=dataclasses.replace(pod, log=last), unexpected_rules=rules)
    if not ask_agents or not node.ready or not pod.ready:
        return node
    if time_is_up():
        return dataclasses.replace(node, answers=AgentAnswers(errors=("there was no time left to ask its Cilium agent",)), not_asked=True)
    return dataclasses.replace(node, answers=_ask(api, pod.name))


def _ask(api: Kubernetes, pod: str) -> AgentAnswers:
    """One agent's own answer. Its image has no shell, so the program is run as it is. A missing permission is raised as KubeError."""
    try:
        execution = api.execute(f"{PODS}/{pod}", AGENT, STATUS, STATUS_SECONDS)
    except KubeError as exc:
        if exc.status in (401, 403):
            raise
        return AgentAnswers(errors=(f"its Cilium agent could not be asked: {exc.message.rstrip('.')}",))
    if execution.error:
        return AgentAnswers(errors=(f"its Cilium agent could not report its status: {execution.error.rstrip('.')}",))
    return agent_status(execution.output)


def _init_in_trouble(pod: AgentPod) -> InitContainer | None:
    """The init container that has not ended well and has begun: init containers run one after the other."""
    first = next((container for container in pod.init if not container.done), None)
    begun = first is not None and (first.running or first.exit_code is not None or first.restarts > 0)
    return first if begun else None


def _monitor(node: HostRoutingNode) -> str:
    """The container of the iptables monitor that has rules to name; V('') when there is none."""
    pod = node.pod
    if pod is None:
        return ""
    if pod.ready:
        return SIDECAR if node.user_rules else ""
    container = _init_in_trouble(pod)
    return MONITOR if container is not None and container.name == MONITOR and container.running else ""


def _logs_to_read(nodes: t.Iterable[HostRoutingNode]) -> list[Log]:
    """Those that name the rules that the iptables monitor does not know, and why the first few other pods do not come up."""
    rules: list[Log] = []
    failing: list[Log] = []
    for node in sorted(nodes, key=lambda node: node.name):
        pod, monitor = node.pod, _monitor(node)
        if pod is None:
            continue
        container = _init_in_trouble(pod)
        if monitor:
            rules.append(Log(pod.name, monitor, restarted=False, lines=MONITOR_LINES))
        elif container is not None:
            failing.append(Log(pod.name, container.name, container.restarts > 0 and not container.running))
        elif has_log(pod):
            failing.append(Log(pod.name, AGENT, pod.restarts > 0))
    return [*rules[:MONITOR_LOGS], *failing[:LOGS]]


def _read_events(api: Kubernetes, since: datetime.datetime | None) -> dict[str, tuple[NodeEvent, ...]]:
    """By node, in the order of their times."""
    found: dict[str, list[NodeEvent]] = {}
    for reason in EVENT_REASONS if since is not None else ():
        for node, event in api.list_objects(EVENTS, _read_event, {"fieldSelector": f"reason={reason}"}):
            if since is not None and event.reason == reason and is_new(event.time, since):
                found.setdefault(node, []).append(event)
    return {node: tuple(sorted(events, key=lambda event: event.time)) for node, events in found.items()}


def _read_event(raw: Raw) -> tuple[str, NodeEvent]:
    """The name of its node, and the event."""
    times = (
        text_at(raw, "lastTimestamp"),
        text_at(raw, "series", "lastObservedTime"),
        text_at(raw, "eventTime"),
        text_at(raw, "metadata", "creationTimestamp"),
    )
    message = " ".join(text_at(raw, "message").split())[:LOG_LINE_LENGTH]
    event = NodeEvent(text_at(raw, "reason"), next((when for when in times if when), ""), message)
    return text_at(raw, "involvedObject", "name"), event
