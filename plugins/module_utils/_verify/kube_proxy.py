# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Observations of a cluster's kube-proxy against what is expected: one verdict. Unknown is never good."""

from __future__ import annotations

import dataclasses

from .expectation import Expectation
from .model import DaemonSetObservation, KubeProxyObservation
from .node_state import MIXED, NOT_APPLICABLE, OTHER, UNKNOWN, WANTED, NodeVerdict, judge_node

TOLD_NODES = 10


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The cluster: C(wanted) only when every Linux node is and the DaemonSet agrees."""

    state: str
    wanted: str | None
    nodes: tuple[NodeVerdict, ...]
    reasons: tuple[str, ...]
    daemonset_as_wanted: bool
    rollout_done: bool

    @property
    def counted(self) -> tuple[NodeVerdict, ...]:
        return tuple(node for node in self.nodes if node.state != NOT_APPLICABLE)

    @property
    def nodes_wanted(self) -> int:
        return sum(node.state == WANTED for node in self.nodes)


def judge(observation: KubeProxyObservation, wanted: Expectation | None) -> Verdict:
    """The verdict over a whole observation."""
    daemonset = observation.daemonset
    nodes = tuple(judge_node(node, daemonset, wanted) for node in sorted(observation.nodes, key=lambda node: node.name))
    counted = [node for node in nodes if node.state != NOT_APPLICABLE]
    modes = {node.mode for node in counted if node.mode}
    against = _against_daemonset(daemonset, observation.stray_pods, wanted, modes)
    unsettled = _unsettled(daemonset)
    return Verdict(
        state=_combined({node.state for node in counted}, modes, bool(against), bool(unsettled)),
        wanted=wanted.text if wanted else None,
        nodes=nodes,
        reasons=(*against, *unsettled, *_told(counted, modes)),
        daemonset_as_wanted=not against,
        rollout_done=not unsettled,
    )


def _combined(states: set[str], modes: set[str], contradicted: bool, unsettled: bool) -> str:
    """One word for all nodes. Nodes that told nothing leave it open, unless the others are known not to be as wanted."""
    known = states - {UNKNOWN}
    if len(known) > 1 or MIXED in known or (WANTED in known and len(modes) > 1):
        return MIXED
    if OTHER in known:
        return OTHER
    if UNKNOWN in states or not known:
        return UNKNOWN
    if contradicted:
        return MIXED
    return UNKNOWN if unsettled else next(iter(known))


def _told(nodes: list[NodeVerdict], modes: set[str]) -> list[str]:
    """The nodes' reasons, shortened to the first nodes: a large cluster has too many to read."""
    if not nodes:
        return ["The cluster has no Linux node, so nothing is proven."]
    bad = [node for node in nodes if node.reasons]
    told = [f"Node {node.node.name}: {'; '.join(node.reasons)}." for node in bad[:TOLD_NODES]]
    if len(bad) > TOLD_NODES:
        told.append(f"And {len(bad) - TOLD_NODES} more nodes.")
    if len(modes) > 1:
        told.append(f"The nodes run different modes: {', '.join(sorted(modes))}.")
    return told


def _against_daemonset(
    daemonset: DaemonSetObservation | None, stray_pods: tuple[str, ...], wanted: Expectation | None, modes: set[str]
) -> list[str]:
    """What in the cluster's own objects contradicts the wanted state, or the nodes' common mode where nothing is wanted."""
    if wanted is not None and not wanted.enabled:
        found = [] if daemonset is None or daemonset.desired == 0 else ["The DaemonSet kube-proxy is still there."]
        return found + [f"The pod {name} is still there." for name in stray_pods[:TOLD_NODES]]
    if daemonset is None:
        return ["There is no DaemonSet kube-proxy."] if wanted is not None or modes else []
    expected = wanted.mode if wanted is not None and wanted.mode else (next(iter(modes)) if len(modes) == 1 else None)
    if daemonset.mode is not None and expected is not None and daemonset.mode != expected:
        return [f"The DaemonSet kube-proxy starts its pods in mode {daemonset.mode}, not {expected}."]
    return []


def _unsettled(daemonset: DaemonSetObservation | None) -> list[str]:
    if daemonset is None:
        return []
    if daemonset.observed_generation < daemonset.generation:
        return ["The newest change of the DaemonSet kube-proxy has not been taken up yet."]
    if not daemonset.updated == daemonset.desired == daemonset.ready:
        return [
            "The rollout of the DaemonSet kube-proxy is not done: "
            f"{daemonset.updated} of {daemonset.desired} pods are new, {daemonset.ready} are ready."
        ]
    return []
