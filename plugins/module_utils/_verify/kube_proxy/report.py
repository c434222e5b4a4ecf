"""A verdict over kube-proxy as part of a module's result: plain JSON types."""

from __future__ import annotations

import dataclasses
import typing as t

from ..report import crash_loops, daemonset_result, node_result, verdict_result
from ..times import read_time
from ..verdict import WANTED, ClusterVerdict, NodeVerdict
from .model import KubeProxyNode, KubeProxyObservation

# What the result has instead when nothing could be observed, next to the verdict.
NOTHING_OBSERVED: t.Mapping[str, t.Any] = {"nodes": [], "daemonset": None, "crash_loops": []}


def to_result(verdict: ClusterVerdict[KubeProxyNode], observation: KubeProxyObservation) -> dict[str, t.Any]:
    """The keys C(nodes), C(daemonset), C(crash_loops) and C(verdict) of the module."""
    daemonset = observation.daemonset
    return {
        "nodes": [_node(node) for node in verdict.nodes],
        "daemonset": {"mode": daemonset.mode, **daemonset_result(daemonset)} if daemonset is not None else None,
        "crash_loops": crash_loops(verdict),
        "verdict": verdict_result(verdict),
    }


def _node(verdict: NodeVerdict[KubeProxyNode]) -> dict[str, t.Any]:
    answers = verdict.node.answers
    return {
        **node_result(verdict),
        "healthz_status": answers.healthz_status,
        "sync_failures": int(answers.metrics.failures) if answers.metrics else None,
        "ipvs_config": dataclasses.asdict(answers.ipvs) if verdict.mode == "ipvs" and answers.ipvs else None,
        "rules_after": _rules_after(verdict.node),
    }


def _rules_after(node: KubeProxyNode) -> float | None:
    """Seconds from the start of kube-proxy to the last time it wrote its rules; the first time was not later."""
    started = read_time(node.pod.started) if node.pod else None
    written = [when for when in node.answers.metrics.last_sync.values() if when > 0] if node.answers.metrics else []
    if started is None or not written:
        return None
    seconds = max(written) - started.timestamp()
    # Before its start it wrote nothing: the clocks of the node do not agree.
    return round(max(0.0, seconds), 1) if seconds > -1 else None


def phase(verdict: ClusterVerdict[KubeProxyNode]) -> str:
    """Where a rollout stands, in a few words."""
    if verdict.state == WANTED:
        return "Succeeded"
    if crash_loops(verdict):
        return "pods crash"
    if not verdict.objects_as_wanted:
        return "waiting for the DaemonSet"
    return "verifying" if verdict.rollout_done else "rolling out"
