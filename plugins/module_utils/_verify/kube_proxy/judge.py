"""Observations of a cluster's kube-proxy against what is expected: one verdict. Unknown is never good."""

from __future__ import annotations

from ..model import DaemonSetObservation, KubeProxyObservation, NodeObservation
from ..verdict import TOLD_NODES, Verdict, judge_nodes, modes_of, overall, unsettled_rollout
from .expectation import Expectation
from .node import judge_node

DAEMONSET = "kube-proxy"


def judge(observation: KubeProxyObservation, wanted: Expectation | None) -> Verdict[NodeObservation]:
    """The verdict over a whole observation."""
    daemonset = observation.daemonset
    nodes = judge_nodes(observation.nodes, lambda node: judge_node(node, daemonset, wanted))
    against = _against_daemonset(daemonset, observation.stray_pods, wanted, modes_of(nodes))
    return overall(nodes, wanted.text if wanted else None, against, unsettled_rollout(daemonset, DAEMONSET))


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
