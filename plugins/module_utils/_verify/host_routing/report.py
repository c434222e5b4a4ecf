"""A verdict over host routing as part of a module's result: plain JSON types."""

from __future__ import annotations

import dataclasses
import typing as t

from ..report import crash_loops, daemonset_result, node_result, verdict_result
from ..verdict import WANTED, ClusterVerdict, NodeVerdict, modes_of
from .cilium_config import notes, relevant_settings
from .expectation import MODES
from .judge import reason_held_back
from .model import BPF, HostRoutingNode, HostRoutingObservation


def to_result(verdict: ClusterVerdict[HostRoutingNode], observation: HostRoutingObservation) -> dict[str, t.Any]:
    """The module's key C(host_routing)."""
    config = observation.config or {}
    modes = {MODES[verdict.wanted]} if verdict.wanted else modes_of(verdict.nodes)
    return {
        "nodes": [_node(node) for node in verdict.nodes],
        "daemonset": daemonset_result(observation.daemonset) if observation.daemonset is not None else None,
        "crash_loops": crash_loops(verdict),
        "config": relevant_settings(config),
        "notes": [note for mode in sorted(modes) for note in notes(config, mode)],
        "verdict": verdict_result(verdict),
    }


def _node(verdict: NodeVerdict[HostRoutingNode]) -> dict[str, t.Any]:
    node = verdict.node
    return {
        **node_result(verdict),
        "label": node.ebpf_label,
        "agent": {**dataclasses.asdict(node.answers), "errors": list(node.answers.errors)} if node.answers else None,
        "init_containers": [dataclasses.asdict(container) for container in node.pod.init] if node.pod else [],
        "user_rules": node.user_rules,
        "unexpected_rules": list(node.unexpected_rules),
        "events": [dataclasses.asdict(event) for event in node.events],
    }


def phase(verdict: ClusterVerdict[HostRoutingNode]) -> str:
    """Where the switch stands, in a few words."""
    if verdict.state == WANTED:
        return "Succeeded"
    if any(reason_held_back(node.node) for node in verdict.counted):
        return "agents held back by iptables rules"
    if crash_loops(verdict):
        return "pods crash"
    if not verdict.objects_as_wanted:
        return "waiting for the configuration"
    wants_label = verdict.wanted is not None and MODES[verdict.wanted] == BPF
    if any((node.node.ebpf_label == "true") != wants_label for node in verdict.counted):
        return "replacing nodes"
    return "verifying" if verdict.rollout_done else "rolling out"
