"""A verdict as a module's result: plain JSON types."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import AgentPod, DaemonSetObservation, Node, NodeObservation
from .verdict import WANTED, NodeVerdict, Verdict

CRASH_REASONS = ("CrashLoopBackOff", "Error", "OOMKilled")


def to_result(verdict: Verdict[NodeObservation], daemonset: DaemonSetObservation | None) -> dict[str, t.Any]:
    """The keys C(nodes), C(daemonset), C(crash_loops) and C(verdict)."""
    return {
        "nodes": [_node(node) for node in verdict.nodes],
        "daemonset": dataclasses.asdict(daemonset) if daemonset is not None else None,
        "crash_loops": crash_loops(verdict),
        "verdict": verdict_result(verdict),
    }


def verdict_result(verdict: Verdict[t.Any]) -> dict[str, t.Any]:
    """The key C(verdict): C(nodes_total) leaves out nodes to which it does not apply."""
    return {
        "state": verdict.state,
        "wanted": verdict.wanted,
        "nodes_wanted": verdict.nodes_wanted,
        "nodes_total": len(verdict.counted),
        "reasons": list(verdict.reasons),
    }


def node_result(verdict: NodeVerdict[t.Any]) -> dict[str, t.Any]:
    """What every verified node tells."""
    node: Node = verdict.node
    return {
        "name": node.name,
        "os": node.os,
        "ready": node.ready,
        "schedulable": node.schedulable,
        "state": verdict.state,
        "mode": verdict.mode,
        "reasons": list(verdict.reasons),
        "pod": pod_result(node.pod) if node.pod else None,
    }


def pod_result(pod: AgentPod) -> dict[str, t.Any]:
    """Without its log, which only C(crash_loops) has, and without its init containers."""
    return {key: value for key, value in dataclasses.asdict(pod).items() if key not in ("log", "init")}


def _node(verdict: NodeVerdict[NodeObservation]) -> dict[str, t.Any]:
    answers = verdict.node.answers
    return {
        **node_result(verdict),
        "healthz_status": answers.healthz_status,
        "sync_failures": int(answers.metrics.failures) if answers.metrics else None,
        "ipvs_config": dataclasses.asdict(answers.ipvs) if verdict.mode == "ipvs" and answers.ipvs else None,
    }


def crash_loops(verdict: Verdict[t.Any]) -> list[dict[str, t.Any]]:
    """The pods that do not come up, with their last log lines as far as they were read."""
    return [_crash(node.node, node.node.pod) for node in verdict.nodes if node.node.pod is not None and _crashes(node.node.pod)]


def _crashes(pod: AgentPod) -> bool:
    return not pod.ready and pod.waiting_reason.removeprefix("Init:") in CRASH_REASONS


def _crash(node: Node, pod: AgentPod) -> dict[str, t.Any]:
    return {"node": node.name, "pod": pod.name, "reason": pod.waiting_reason, "restarts": pod.restarts, "log": list(pod.log)}


def phase(verdict: Verdict[t.Any]) -> str:
    """Where a rollout stands, in a few words."""
    if verdict.state == WANTED:
        return "Succeeded"
    if crash_loops(verdict):
        return "pods crash"
    if not verdict.objects_as_wanted:
        return "waiting for the DaemonSet"
    return "verifying" if verdict.rollout_done else "rolling out"


def progress(verdict: Verdict[t.Any]) -> str:
    """How many nodes are proven, for example C(nodes 3/12)."""
    return f"nodes {verdict.nodes_wanted}/{len(verdict.counted)}"
