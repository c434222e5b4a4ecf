"""The parts of a module's result that a verdict over any data plane has: plain JSON types."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import AgentPod, DaemonSet, Node
from .verdict import NOT_APPLICABLE, ClusterVerdict, NodeVerdict, moment

CRASH_REASONS = ("CrashLoopBackOff", "Error", "OOMKilled")


def verdict_result(verdict: ClusterVerdict[t.Any]) -> dict[str, t.Any]:
    """The key C(verdict): C(nodes_total) leaves out nodes to which it does not apply."""
    return {
        "state": verdict.state,
        "wanted": verdict.wanted,
        "nodes_wanted": verdict.nodes_wanted,
        "nodes_total": len(verdict.counted),
        "reasons": list(verdict.reasons),
        "seen": verdict.seen,
        "not_verifiable": excuses(verdict.excused),
    }


def excuses(nodes: t.Iterable[NodeVerdict[t.Any]]) -> list[dict[str, t.Any]]:
    """The key C(not_verifiable) of C(verdict): nodes that could not be verified before a change, and why."""
    return [{"name": one.node.name, "reasons": list(one.reasons)} for one in nodes]


def node_result(verdict: NodeVerdict[t.Any]) -> dict[str, t.Any]:
    """The keys that every entry of C(nodes) has."""
    node: Node = verdict.node
    return {
        "name": node.name,
        "os": node.os,
        "ready": node.ready,
        "schedulable": node.schedulable,
        "state": verdict.state,
        "mode": verdict.mode,
        "reasons": list(verdict.reasons),
        "seen": None if verdict.state == NOT_APPLICABLE else verdict.seen,
        "bad_since": None if verdict.bad_since is None else moment(verdict.bad_since),
        "excused": verdict.excused,
        "pod": pod_result(node.pod) if node.pod else None,
    }


def pod_result(pod: AgentPod) -> dict[str, t.Any]:
    """Without its log, which only C(crash_loops) has, and without its init containers."""
    return {key: value for key, value in dataclasses.asdict(pod).items() if key not in ("log", "init")}


def daemonset_result(daemonset: DaemonSet) -> dict[str, t.Any]:
    """The keys that every C(daemonset) has."""
    return {
        "generation": daemonset.generation,
        "observed_generation": daemonset.observed_generation,
        "desired": daemonset.desired,
        "updated": daemonset.updated,
        "ready": daemonset.ready,
        "image": daemonset.image,
    }


def crash_loops(verdict: ClusterVerdict[t.Any]) -> list[dict[str, t.Any]]:
    """The pods that do not come up, with their last log lines as far as they were read."""
    return [_crash(node.node, node.node.pod) for node in verdict.nodes if node.node.pod is not None and _crashes(node.node.pod)]


def _crashes(pod: AgentPod) -> bool:
    return not pod.ready and pod.waiting_reason.removeprefix("Init:") in CRASH_REASONS


def _crash(node: Node, pod: AgentPod) -> dict[str, t.Any]:
    return {"node": node.name, "pod": pod.name, "reason": pod.waiting_reason, "restarts": pod.restarts, "log": list(pod.log)}


def progress(verdict: ClusterVerdict[t.Any]) -> str:
    """How many nodes are verified, for example C(nodes 3/12)."""
    return f"nodes {verdict.nodes_wanted}/{len(verdict.counted)}"
