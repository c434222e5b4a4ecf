"""Observations of a cluster's kube-proxy against what is expected: one verdict. Unknown is never good."""

from __future__ import annotations

import dataclasses
import typing as t

from ..earlier import NOTHING_EARLIER, Earlier
from ..model import DaemonSet
from ..verdict import (
    DISABLED,
    MIXED,
    NAMED_NODES,
    NOT_APPLICABLE,
    NOT_READY,
    OTHER,
    UNKNOWN,
    WANTED,
    ClusterVerdict,
    NodeVerdict,
    judge_cluster,
    judge_nodes,
    modes_of,
    pod_not_ready,
    rollout_doubts,
)
from .expectation import KubeProxyExpectation
from .model import IpvsSettings, KubeProxyNode, KubeProxyObservation, SyncMetrics

DAEMONSET = "kube-proxy"

# A change that was queued this many seconds after the last sync may still be on its way; with failed syncs there is no such excuse.
SYNC_SLACK = 10.0

SCHEDULERS = {"LeastConnection": "lc", "RoundRobin": "rr"}
DEFAULT_SCHEDULER = "rr"


@dataclasses.dataclass(frozen=True)
class Doubt:
    """Why a node is not verified. unhealthy: because of something that was seen, and not because nothing was."""

    reason: str
    unhealthy: bool = False


def judge(
    observation: KubeProxyObservation, wanted: KubeProxyExpectation | None, earlier: Earlier = NOTHING_EARLIER
) -> ClusterVerdict[KubeProxyNode]:
    """The verdict over a whole observation; wanted: none to only describe it."""
    daemonset = observation.daemonset
    nodes = judge_nodes(observation.nodes, lambda node: judge_node(node, daemonset, wanted), earlier)
    against = _contradictions(daemonset, observation.stray_pods, wanted, modes_of(nodes))
    return judge_cluster(nodes, wanted.text if wanted else None, against, rollout_doubts(daemonset, DAEMONSET, nodes))


def _contradictions(
    daemonset: DaemonSet | None, stray_pods: tuple[str, ...], wanted: KubeProxyExpectation | None, modes: set[str]
) -> list[str]:
    """What in the cluster's own objects contradicts the wanted state, or the nodes' common mode where nothing is wanted."""
    if wanted is not None and not wanted.enabled:
        found = [] if daemonset is None or daemonset.desired == 0 else ["The DaemonSet kube-proxy is still there."]
        return found + [f"The pod {name} is still there." for name in stray_pods[:NAMED_NODES]]
    if daemonset is None:
        return ["There is no DaemonSet kube-proxy."] if wanted is not None or modes else []
    expected = wanted.mode if wanted is not None and wanted.mode else (next(iter(modes)) if len(modes) == 1 else None)
    if daemonset.mode is not None and expected is not None and daemonset.mode != expected:
        return [f"The DaemonSet kube-proxy starts its pods in mode {daemonset.mode}, not {expected}."]
    return []


def judge_node(node: KubeProxyNode, daemonset: DaemonSet | None, wanted: KubeProxyExpectation | None) -> NodeVerdict[KubeProxyNode]:
    """The verdict over one node; without an expectation the state of a node without kube-proxy is C(disabled)."""
    if node.not_applicable:
        return NodeVerdict(node, NOT_APPLICABLE, None, (node.not_applicable,))
    if not node.ready:
        return NodeVerdict(node, UNKNOWN, None, (NOT_READY,), unhealthy=True)
    if wanted is not None and not wanted.enabled:
        return _judge_disabled(node)
    if node.pod is None:
        return _judge_without_pod(node, daemonset, wanted)
    answers = node.answers
    mode = answers.proxy_mode
    if mode and answers.configz_mode and mode != answers.configz_mode:
        return NodeVerdict(node, MIXED, mode, (f"kube-proxy says {mode}, but its configuration says {answers.configz_mode}",))
    if wanted is not None:
        differences = _differences(mode, answers.ipvs, wanted)
        if differences:
            return NodeVerdict(node, OTHER, mode, tuple(differences))
    doubts = _doubts(node, wanted)
    if doubts:
        return NodeVerdict(node, UNKNOWN, mode, tuple(doubt.reason for doubt in doubts), unhealthy=any(doubt.unhealthy for doubt in doubts))
    return NodeVerdict(node, WANTED if wanted is not None else str(mode), mode)


def _judge_disabled(node: KubeProxyNode) -> NodeVerdict[KubeProxyNode]:
    if node.pod is None:
        return NodeVerdict(node, WANTED, None)
    return NodeVerdict(node, OTHER, node.answers.proxy_mode, (f"kube-proxy still runs (pod {node.pod.name})",))


def _judge_without_pod(node: KubeProxyNode, daemonset: DaemonSet | None, wanted: KubeProxyExpectation | None) -> NodeVerdict[KubeProxyNode]:
    if daemonset is not None and daemonset.desired > 0:
        return NodeVerdict(node, UNKNOWN, None, ("there is no kube-proxy pod on this node",), unhealthy=True)
    if wanted is None:
        return NodeVerdict(node, DISABLED, None)
    return NodeVerdict(node, OTHER, None, ("kube-proxy does not run",))


def _differences(mode: str | None, ipvs: IpvsSettings | None, wanted: KubeProxyExpectation) -> list[str]:
    """What is known to be otherwise than wanted."""
    if mode is None:
        return []
    if wanted.mode is not None and mode != wanted.mode:
        return [f"kube-proxy runs in mode {mode}, not {wanted.mode}"]
    if not wanted.ipvs or ipvs is None:
        return []
    found = []
    for name, value in wanted.ipvs.items():
        seen: t.Any = getattr(ipvs, name)
        expected: t.Any = value
        if name == "scheduler":
            seen, expected = seen or DEFAULT_SCHEDULER, SCHEDULERS.get(value, value)
        if seen != expected:
            found.append(f"its IPVS {name} is {_number(seen)}, not {_number(expected)}")
    return found


def _number(value: t.Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _doubts(node: KubeProxyNode, wanted: KubeProxyExpectation | None) -> list[Doubt]:
    """Why the node cannot be verified."""
    pod, answers = node.pod, node.answers
    if pod is not None and not pod.ready:
        return [Doubt(pod_not_ready(f"kube-proxy pod {pod.name}", pod.waiting_reason, pod.restarts), unhealthy=True)]
    found: list[Doubt] = []
    if answers.proxy_mode is None:
        found.append(Doubt("kube-proxy did not report its mode"))
    if wanted is not None and wanted.ipvs and answers.ipvs is None:
        found.append(Doubt("kube-proxy did not report its IPVS settings"))
    if answers.healthz_status is None:
        found.append(Doubt("kube-proxy did not report its health"))
    elif answers.healthz_status != 200:
        found.append(Doubt(f"kube-proxy says that it is not healthy ({answers.healthz_status})", unhealthy=True))
    found += _sync_doubts(answers.metrics)
    if answers.errors:
        # The first question without an answer was the last one: whatever else is missing has the same cause.
        return [*map(Doubt, answers.errors), *(doubt for doubt in found if doubt.unhealthy)]
    return found


def _sync_doubts(metrics: SyncMetrics | None) -> list[Doubt]:
    if metrics is None:
        return [Doubt("kube-proxy's metrics have nothing about its rules")]
    synced = {family: when for family, when in metrics.last_sync.items() if when > 0}
    if not synced:
        return [Doubt("kube-proxy has not written its rules yet", unhealthy=True)]
    slack = 0.0 if metrics.failures else SYNC_SLACK
    behind = sorted(family for family, queued in metrics.last_queued.items() if queued > 0 and synced.get(family, 0.0) < queued - slack)
    if not behind:
        return []
    which = " and ".join(family for family in behind if family)
    failed = f", and {_number(metrics.failures)} attempts to write them failed" if metrics.failures else ""
    return [Doubt(f"kube-proxy's rules{f' for {which}' if which else ''} are behind the Services{failed}", unhealthy=True)]
