"""What every node's kube-proxy really does, read through the API server: pods/proxy only, never nodes/proxy."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._verify.kube_proxy import answers as reading
from ..._verify.kube_proxy.model import KubeProxyNode, KubeProxyObservation, ProxyAnswers
from ..._verify.model import AgentPod, DaemonSet, Node
from ..agents import LOGS, PODS, QUESTION_SECONDS, Log, read_logs
from ..answers import reading as checked
from ..cluster import KUBE_PROXY, ClusterObjects
from ..kubernetes import Conversation, Kubernetes, NoAnswer, Question, TimeIsUp, status_message, status_of
from ..objects import arguments_of, containers_of, find_container, has_log, with_pod
from ..objects import read_daemonset as read_any_daemonset
from ..questions import Questions, in_turn

DAEMONSET = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy"
METRICS_PORT = 10249
HEALTH_PORT = 10256

# Where the sidecar of the shared health probe mode listens.
SHARED_PROBE_PORT = "10356"


def read_daemonset(api: Kubernetes) -> DaemonSet | None:
    """That of kube-proxy; none when the cluster has none. Raises KubeError."""
    raw = api.get(DAEMONSET)
    if raw is None:
        return None
    with checked(DAEMONSET):
        containers = containers_of(raw)
        arguments = arguments_of(find_container(containers, KUBE_PROXY))
        sidecars = [container for container in containers if container.get("name") != KUBE_PROXY]
        return dataclasses.replace(
            read_any_daemonset(raw, KUBE_PROXY),
            mode=reading.template_mode(arguments),
            detect_local_mode=reading.flag_value(arguments, "--detect-local-mode") or "",
            shared_health_probe=any(SHARED_PROBE_PORT in str(container) for container in sidecars),
        )


def observe(api: Kubernetes, cluster: ClusterObjects, questions: Questions, time_is_up: TimeIsUp) -> KubeProxyObservation:
    """The cluster as it was just listed, its DaemonSet, and each ready kube-proxy's own answers.

    Pods that were not asked when the time is up are left unknown. Raises KubeError when the DaemonSet cannot be had or a permission is
    missing; what a single pod does not answer is in its observation.
    """
    pods = cluster.kube_proxy_pods
    daemonset = read_daemonset(api)
    troubled = sorted((pod for pod in pods.values() if has_log(pod)), key=lambda pod: pod.name)[:LOGS]
    logs = read_logs(api, [Log(pod.name, KUBE_PROXY, pod.restarts > 0) for pod in troubled])
    nodes = api.converse(lambda node: _observe_node(node, pods.get(node.name), logs, time_is_up), in_turn(cluster.nodes, questions))
    known = {node.name for node in nodes}
    return KubeProxyObservation(tuple(nodes), daemonset, tuple(sorted(pod.name for name, pod in pods.items() if name not in known)))


def _observe_node(
    listed: Node, pod: AgentPod | None, logs: t.Mapping[str, tuple[str, ...]], time_is_up: TimeIsUp
) -> Conversation[KubeProxyNode]:
    if pod is None:
        return with_pod(KubeProxyNode, listed, None)
    node = with_pod(KubeProxyNode, listed, dataclasses.replace(pod, log=logs.get(pod.name, ())))
    if node.not_applicable or not node.ready or not pod.ready:
        return node
    if time_is_up():
        return dataclasses.replace(node, answers=ProxyAnswers(errors=("there was no time left to ask kube-proxy",)), not_asked=True)
    answers = yield from _ask(pod.name)
    return dataclasses.replace(node, answers=answers)


def _ask(pod: str) -> Conversation[ProxyAnswers]:
    """One kube-proxy's answers. The first question without an answer is the last: the others would wait just as long for nothing."""
    answers: dict[str, t.Any] = {}
    try:
        mode = yield from _question(pod, METRICS_PORT, "proxyMode")
        answers["proxy_mode"] = reading.proxy_mode(mode)
        config = yield from _question(pod, METRICS_PORT, "configz")
        answers["configz_mode"], answers["ipvs"] = reading.configz(config)
        metrics = yield from _question(pod, METRICS_PORT, "metrics")
        answers["metrics"] = reading.metrics(metrics)
        answers["invalid_dropped"] = reading.invalid_dropped(metrics)
        answers["healthz_status"] = yield from _health(pod)
    except _Unanswered as exc:
        answers["errors"] = (str(exc),)
    return ProxyAnswers(**answers)


class _Unanswered(Exception):
    """One kube-proxy did not answer; the text says what and why."""


def _health(pod: str) -> Conversation[int]:
    """The status of kube-proxy's own health answer: 200, or 503 when it is not healthy."""
    status, text = yield from _pod_proxy(pod, HEALTH_PORT, "healthz")
    if status_of(text) is not None:
        raise _Unanswered(f"the API server could not get kube-proxy's healthz ({status}: {status_message(text)})")
    return status


def _question(pod: str, port: int, what: str) -> Conversation[str]:
    status, text = yield from _pod_proxy(pod, port, what)
    if status != 200:
        raise _Unanswered(f"kube-proxy did not answer {what} ({status}: {status_message(text)})")
    return text


def _pod_proxy(pod: str, port: int, what: str) -> Conversation[tuple[int, str]]:
    try:
        return (yield Question(f"{PODS}/{pod}:{port}/proxy/{what}", QUESTION_SECONDS))
    except NoAnswer as exc:
        raise _Unanswered(f"kube-proxy did not answer {what} in time") from exc
