"""How single nodes come to one verdict over a cluster, whatever is verified. Unknown is never good."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import DaemonSet, Node

WANTED = "wanted"
OTHER = "other"
MIXED = "mixed"
UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"
# The mode of a data plane that is not there at all.
DISABLED = "disabled"

# The reasons of so many nodes are named: a large cluster has too many to read.
NAMED_NODES = 10

NOT_READY = "the node is not Ready, so nothing about it is proven"

N = t.TypeVar("N", bound=Node)


@dataclasses.dataclass(frozen=True)
class NodeVerdict(t.Generic[N]):
    """One node: its state, its mode (none where it is not known), and what speaks against it.

    With something wanted the state is C(wanted), C(other), C(mixed) or C(unknown); without it is the proven mode, C(mixed) or C(unknown).
    C(not_applicable) nodes do not count.
    """

    node: N
    state: str
    mode: str | None
    reasons: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class ClusterVerdict(t.Generic[N]):
    """The cluster: C(wanted) only when every node that counts is, and the cluster's own objects agree.

    objects_as_wanted: nothing in the cluster's own objects contradicts it. rollout_done: nothing in them is still on its way.
    """

    state: str
    wanted: str | None
    nodes: tuple[NodeVerdict[N], ...]
    reasons: tuple[str, ...]
    objects_as_wanted: bool
    rollout_done: bool

    @property
    def counted(self) -> tuple[NodeVerdict[N], ...]:
        return tuple(node for node in self.nodes if node.state != NOT_APPLICABLE)

    @property
    def nodes_wanted(self) -> int:
        return sum(node.state == WANTED for node in self.nodes)


def judge_nodes(nodes: t.Iterable[N], judge: t.Callable[[N], NodeVerdict[N]]) -> tuple[NodeVerdict[N], ...]:
    """Every node's verdict, by name."""
    return tuple(_add_cordon(judge(node)) for node in sorted(nodes, key=lambda node: node.name))


def _add_cordon(verdict: NodeVerdict[N]) -> NodeVerdict[N]:
    if verdict.reasons and not verdict.node.schedulable and verdict.state != NOT_APPLICABLE:
        return dataclasses.replace(verdict, reasons=(*verdict.reasons, "the node is cordoned"))
    return verdict


def modes_of(nodes: t.Iterable[NodeVerdict[N]]) -> set[str]:
    """The modes that the nodes are known to have."""
    return {node.mode for node in nodes if node.mode and node.state != NOT_APPLICABLE}


def judge_cluster(
    nodes: tuple[NodeVerdict[N], ...], wanted: str | None, against: t.Sequence[str] = (), unsettled: t.Sequence[str] = ()
) -> ClusterVerdict[N]:
    """The verdict over a cluster.

    against: what in the cluster's own objects contradicts what is wanted, or the nodes' common mode where nothing is.
    unsettled: what there is still on its way or not known.
    """
    counted = [node for node in nodes if node.state != NOT_APPLICABLE]
    modes = modes_of(counted)
    return ClusterVerdict(
        state=_combine_states({node.state for node in counted}, modes, bool(against), bool(unsettled)),
        wanted=wanted,
        nodes=nodes,
        reasons=(*against, *unsettled, *_node_reasons(counted, modes)),
        objects_as_wanted=not against,
        rollout_done=not unsettled,
    )


def _combine_states(states: set[str], modes: set[str], contradicted: bool, unsettled: bool) -> str:
    """One word for all nodes. Nodes of which nothing is known leave it open, unless the others are known not to be as wanted."""
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


def _node_reasons(nodes: list[NodeVerdict[N]], modes: set[str]) -> list[str]:
    """The reasons of the first nodes."""
    if not nodes:
        return ["The cluster has no Linux node, so nothing is proven."]
    bad = [node for node in nodes if node.reasons]
    reasons = [f"Node {node.node.name}: {'; '.join(node.reasons)}." for node in bad[:NAMED_NODES]]
    if len(bad) > NAMED_NODES:
        reasons.append(f"And {len(bad) - NAMED_NODES} more nodes.")
    if len(modes) > 1:
        reasons.append(f"The nodes run different modes: {', '.join(sorted(modes))}.")
    return reasons


def rollout_doubts(daemonset: DaemonSet | None, name: str) -> list[str]:
    """What of a DaemonSet's rollout is not done yet."""
    if daemonset is None:
        return []
    if daemonset.observed_generation < daemonset.generation:
        return [f"The newest change of the DaemonSet {name} has not been taken up yet."]
    if not daemonset.updated == daemonset.desired == daemonset.ready:
        return [
            f"The rollout of the DaemonSet {name} is not done: "
            f"{daemonset.updated} of {daemonset.desired} pods are new, {daemonset.ready} are ready."
        ]
    return []


def pod_not_ready(pod_name: str, waiting_reason: str, restarts: int) -> str:
    """Why a pod leaves its node unknown; pod_name with its owner, for example C(kube-proxy pod kube-proxy-7hkqz)."""
    why = f"{waiting_reason}, {restarts} restarts" if waiting_reason else f"{restarts} restarts"
    return f"the {pod_name} is not Ready ({why})" if waiting_reason or restarts else f"the {pod_name} is not Ready"
