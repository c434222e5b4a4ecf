"""How every node of a Cilium cluster routes, read through the API server, and with leave of the operator from the agents themselves."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import time
import typing as t

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
from ..._verify.model import AgentPod, InitContainer, Node
from ..agents import LOG_LINE_LENGTH, LOG_LINES, LOGS, LOOK_SECONDS, PODS, Clock, read_log, until_failure
from ..cilium import AGENT, AGENT_LABEL, CILIUM, CILIUM_CONFIG, user_rules
from ..client import KubeClient
from ..errors import KubeError
from ..objects import daemonset_of, has_log, pod_of, pods_by_node
from ..pages import Raw

EVENTS = "/api/v1/namespaces/default/events"
STATUS = ("cilium-dbg", "status", "-o", "json")
STATUS_SECONDS = 20.0

# Each WebSocket costs the API server and the kubelet more than a request.
STATUS_CONCURRENCY = 16

# The monitor names every rule it does not know, in each round again.
MONITOR_LINES = 400
MONITOR_LOGS = 50


@dataclasses.dataclass(frozen=True)
class Questions:
    """ask_agents: run Cilium's own command in each agent. since: tell the monitor's events from then on, none without it."""

    ask_agents: bool = False
    since: datetime.datetime | None = None


def observe(
    client: KubeClient, nodes: t.Sequence[Node], kube_proxy_pods: t.Sequence[str], questions: Questions, clock: Clock = time.monotonic
) -> HostRoutingObservation:
    """The nodes, as they were just listed, with what is told about their host routing.

    Raises KubeError when a list cannot be had or a permission is missing; what a single agent does not answer is told in its observation.
    """
    until = clock() + LOOK_SECONDS
    daemonset = client.get(CILIUM)
    if daemonset is None:
        bare = tuple(_bare(node, None) for node in nodes)
        return HostRoutingObservation(bare, None, None, tuple(kube_proxy_pods))
    executor = concurrent.futures.ThreadPoolExecutor(max_workers=min(client.concurrency, STATUS_CONCURRENCY))
    try:
        listing = executor.submit(client.list, PODS, AGENT_LABEL)
        getting = executor.submit(client.get, CILIUM_CONFIG)
        labels = executor.submit(user_rules, client)
        events = executor.submit(_events, client, questions.since)
        pods = {name: pod_of(raw, AGENT) for name, raw in pods_by_node(listing.result()).items()}
        config, rules, seen = getting.result(), labels.result(), events.result()
        bare = tuple(
            dataclasses.replace(_bare(node, pods.get(node.name)), user_rules=rules.get(node.name), events=seen.get(node.name, ()))
            for node in nodes
        )
        logs = _logs(client, executor, bare)
        observed = executor.map(until_failure(lambda node: _observe_node(client, node, logs, questions.ask_agents, until, clock)), bare)
        return HostRoutingObservation(
            nodes=tuple(observed),
            config=None if config is None else {str(name): str(value) for name, value in (config.get("data") or {}).items()},
            daemonset=daemonset_of(daemonset, AGENT),
            kube_proxy_pods=tuple(kube_proxy_pods),
        )
    finally:
        executor.shutdown(cancel_futures=True)


def _bare(node: Node, pod: AgentPod | None) -> HostRoutingNode:
    shared = {field.name: getattr(node, field.name) for field in dataclasses.fields(Node)}
    return HostRoutingNode(**{**shared, "pod": pod})


def _observe_node(
    client: KubeClient, node: HostRoutingNode, logs: t.Mapping[str, tuple[str, ...]], ask_agents: bool, until: float, clock: Clock
) -> HostRoutingNode:
    pod = node.pod
    if pod is None or node.not_applicable:
        return node
    log = logs.get(pod.name, ())
    if log:
        shown = tuple(line[:LOG_LINE_LENGTH] for line in log[-LOG_LINES:])
        rules = unexpected_rules(log) if _monitor(node) else ()
        node = dataclasses.replace(node, pod=dataclasses.replace(pod, log=shown), unexpected_rules=rules)
    if not ask_agents or not node.ready or not pod.ready:
        return node
    if clock() > until:
        return dataclasses.replace(node, answers=AgentAnswers(errors=("there was no time left to ask its Cilium agent",)))
    return dataclasses.replace(node, answers=ask(client, pod.name))


def ask(client: KubeClient, pod: str) -> AgentAnswers:
    """One agent's own answer. Its image has no shell, so the program is run as it is. A missing permission is raised as KubeError."""
    try:
        told = client.execute(f"{PODS}/{pod}", AGENT, STATUS, STATUS_SECONDS)
    except KubeError as exc:
        if exc.status in (401, 403):
            raise
        return AgentAnswers(errors=(f"its Cilium agent could not be asked: {exc.message.rstrip('.')}",))
    if told.error:
        return AgentAnswers(errors=(f"its Cilium agent could not tell its status: {told.error.rstrip('.')}",))
    return agent_status(told.output)


def _in_trouble(pod: AgentPod) -> InitContainer | None:
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
    container = _in_trouble(pod)
    return MONITOR if container is not None and container.name == MONITOR and container.running else ""


def _logs(client: KubeClient, executor: concurrent.futures.Executor, nodes: t.Iterable[HostRoutingNode]) -> dict[str, tuple[str, ...]]:
    """By pod: which rules the iptables monitor does not know, and why the first few other pods do not come up."""
    rules: list[tuple[str, str, bool, int]] = []
    failing: list[tuple[str, str, bool, int]] = []
    for node in sorted(nodes, key=lambda node: node.name):
        pod, monitor = node.pod, _monitor(node)
        if pod is None:
            continue
        container = _in_trouble(pod)
        if monitor:
            rules.append((pod.name, monitor, False, MONITOR_LINES))
        elif container is not None:
            failing.append((pod.name, container.name, container.restarts > 0 and not container.running, LOG_LINES))
        elif has_log(pod):
            failing.append((pod.name, AGENT, pod.restarts > 0, LOG_LINES))
    reading = [*rules[:MONITOR_LOGS], *failing[:LOGS]]
    return dict(zip((pod for pod, *_rest in reading), executor.map(lambda what: read_log(client, *what), reading), strict=True))


def _events(client: KubeClient, since: datetime.datetime | None) -> dict[str, tuple[NodeEvent, ...]]:
    """By node, in the order of their times."""
    found: dict[str, list[NodeEvent]] = {}
    for reason in EVENT_REASONS if since is not None else ():
        for raw in client.list(EVENTS, field_selector=f"reason={reason}"):
            event = _event(raw)
            if since is not None and event.reason == reason and is_new(event.time, since):
                found.setdefault(str((raw.get("involvedObject") or {}).get("name", "")), []).append(event)
    return {node: tuple(sorted(events, key=lambda event: event.time)) for node, events in found.items()}


def _event(raw: Raw) -> NodeEvent:
    times = (
        raw.get("lastTimestamp"),
        (raw.get("series") or {}).get("lastObservedTime"),
        raw.get("eventTime"),
        (raw.get("metadata") or {}).get("creationTimestamp"),
    )
    message = " ".join(str(raw.get("message") or "").split())
    return NodeEvent(str(raw.get("reason") or ""), next((str(when) for when in times if when), ""), message[:LOG_LINE_LENGTH])
