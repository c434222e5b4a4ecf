"""What every node's kube-proxy really does, read through the API server: pods/proxy only, never nodes/proxy."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import time
import typing as t

from ..._verify.kube_proxy import answers as reading
from ..._verify.model import AgentPod, KubeProxyObservation, NodeObservation, ProxyAnswers
from ..agents import LOGS, LOOK_SECONDS, PODS, QUESTION_SECONDS, Clock, read_log, until_failure
from ..client import KubeClient
from ..errors import NoAnswer, status_message, status_of
from ..objects import CONTAINER, daemonset_of, has_log, node_of, pod_of, pods_by_node

NODES = "/api/v1/nodes"
DAEMONSET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
POD_LABEL = "component=kube-proxy"
METRICS_PORT = 10249
HEALTH_PORT = 10256


def observe(client: KubeClient, clock: Clock = time.monotonic) -> KubeProxyObservation:
    """Nodes, DaemonSet and each ready kube-proxy's own answers, at one moment.

    Raises KubeError when the lists cannot be had or a permission is missing; what a single pod does not answer is told in its observation.
    """
    until = clock() + LOOK_SECONDS
    executor = concurrent.futures.ThreadPoolExecutor(max_workers=client.concurrency)
    try:
        listing_nodes = executor.submit(client.list, NODES)
        listing_pods = executor.submit(client.list, PODS, POD_LABEL)
        getting = executor.submit(client.get, DAEMONSET)
        nodes = [node_of(raw) for raw in listing_nodes.result()]
        raw_pods = pods_by_node(listing_pods.result())
        daemonset = getting.result()
        pods = {name: pod_of(raw) for name, raw in raw_pods.items()}
        logs = _logs(client, executor, pods.values())
        observed = list(
            executor.map(until_failure(lambda node: _observe_node(client, node, pods.get(node.name), logs, until, clock)), nodes)
        )
    finally:
        executor.shutdown(cancel_futures=True)
    known = {node.name for node in nodes}
    return KubeProxyObservation(
        nodes=tuple(observed),
        daemonset=daemonset_of(daemonset) if daemonset is not None else None,
        stray_pods=tuple(sorted(pod.name for name, pod in pods.items() if name not in known)),
    )


def _observe_node(
    client: KubeClient, node: NodeObservation, pod: AgentPod | None, logs: t.Mapping[str, tuple[str, ...]], until: float, clock: Clock
) -> NodeObservation:
    if pod is None:
        return node
    pod = dataclasses.replace(pod, log=logs.get(pod.name, ()))
    node = dataclasses.replace(node, pod=pod)
    if node.not_applicable or not node.ready or not pod.ready:
        return node
    if clock() > until:
        return dataclasses.replace(node, answers=ProxyAnswers(errors=("there was no time left to ask kube-proxy",)))
    return dataclasses.replace(node, answers=ask(client, pod.name))


def ask(client: KubeClient, pod: str) -> ProxyAnswers:
    """One kube-proxy's answers. The first question without an answer is the last: the others would wait just as long for nothing."""
    told: dict[str, t.Any] = {}
    try:
        told["proxy_mode"] = reading.proxy_mode(_question(client, pod, METRICS_PORT, "proxyMode"))
        told["configz_mode"], told["ipvs"] = reading.configz(_question(client, pod, METRICS_PORT, "configz"))
        told["metrics"] = reading.metrics(_question(client, pod, METRICS_PORT, "metrics"))
        told["healthz_status"] = _health(client, pod)
    except _Unanswered as exc:
        told["errors"] = (str(exc),)
    return ProxyAnswers(**told)


class _Unanswered(Exception):
    """One kube-proxy did not answer; the text says what and why."""


def _health(client: KubeClient, pod: str) -> int:
    """The status of kube-proxy's own health answer: 200, or 503 when it is not healthy."""
    status, text = _pod_proxy(client, pod, HEALTH_PORT, "healthz")
    if status_of(text) is not None:
        raise _Unanswered(f"the API server could not get kube-proxy's healthz ({status}: {status_message(text)})")
    return status


def _question(client: KubeClient, pod: str, port: int, what: str) -> str:
    status, text = _pod_proxy(client, pod, port, what)
    if status != 200:
        raise _Unanswered(f"kube-proxy did not answer {what} ({status}: {status_message(text)})")
    return text


def _pod_proxy(client: KubeClient, pod: str, port: int, what: str) -> tuple[int, str]:
    try:
        return client.text(f"{PODS}/{pod}:{port}/proxy/{what}", read_seconds=QUESTION_SECONDS)
    except NoAnswer as exc:
        raise _Unanswered(f"kube-proxy did not answer {what} in time") from exc


def _logs(client: KubeClient, executor: concurrent.futures.Executor, pods: t.Iterable[AgentPod]) -> dict[str, tuple[str, ...]]:
    """The last log lines of the first few pods in trouble, by pod name."""
    troubled = sorted((pod for pod in pods if has_log(pod)), key=lambda pod: pod.name)[:LOGS]
    return dict(
        zip(
            (pod.name for pod in troubled),
            executor.map(lambda pod: read_log(client, pod.name, CONTAINER, pod.restarts > 0), troubled),
            strict=True,
        )
    )
