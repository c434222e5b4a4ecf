"""How single nodes come to one verdict over a cluster, whatever is verified. Unknown is never good."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .earlier import NOTHING_EARLIER, Earlier
from .model import DaemonSet, Node

WANTED = "wanted"
OTHER = "other"
MIXED = "mixed"
UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"
# The mode of a data plane that is not there at all.
DISABLED = "disabled"

# What was seen of a node or of a cluster. Only what was seen to be bad is a reason to roll back.
GOOD = "good"
BAD = "bad"
NOT_SEEN = "not_seen"

# The reasons of so many nodes are named: a large cluster has too many to read.
NAMED_NODES = 10

NOT_READY = "the node is not Ready, so nothing about it is verified"

N = t.TypeVar("N", bound=Node)


@dataclasses.dataclass(frozen=True)
class NodeVerdict(t.Generic[N]):
    """One node: its state, its mode (none where it is not known), and what speaks against it.

    With something wanted the state is C(wanted), C(other), C(mixed) or C(unknown); without it is the verified mode, C(mixed) or C(unknown).
    C(not_applicable) nodes do not count.
    unhealthy: it is unknown because of something that was seen and that may pass, for example a pod that is not ready.
    bad_since: since when it is seen bad, in Unix seconds. again: an earlier look has seen that too. confirmed: whether what is unhealthy was
    seen for long enough to count.
    excused: it could not be verified before the change either, and so fails nothing.
    """

    node: N
    state: str
    mode: str | None
    reasons: tuple[str, ...] = ()
    unhealthy: bool = False
    bad_since: float | None = None
    again: bool = False
    confirmed: bool = True
    excused: bool = False

    @property
    def seen(self) -> str:
        """C(good), C(bad) or C(not_seen), about what is wanted."""
        if self.state in (OTHER, MIXED):
            return BAD
        if self.state == UNKNOWN:
            return BAD if self.unhealthy and self.confirmed else NOT_SEEN
        return GOOD


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
    def excused(self) -> tuple[NodeVerdict[N], ...]:
        """Those that fail nothing."""
        return tuple(node for node in self.counted if node.excused)

    @property
    def seen(self) -> str | None:
        """C(good) when all that counts was seen good, C(bad) when something was seen bad, else C(not_seen); none with nothing wanted."""
        if self.wanted is None:
            return None
        if self.state == WANTED:
            return GOOD
        bad = not self.objects_as_wanted or any(node.seen == BAD and not node.excused for node in self.counted)
        return BAD if bad else NOT_SEEN

    @property
    def nodes_wanted(self) -> int:
        return sum(node.state == WANTED for node in self.nodes)


def judge_nodes(
    nodes: t.Iterable[N], judge: t.Callable[[N], NodeVerdict[N]], earlier: Earlier = NOTHING_EARLIER
) -> tuple[NodeVerdict[N], ...]:
    """Every node's verdict, by name, in the light of earlier looks."""
    ordered = sorted(nodes, key=lambda node: node.name)
    verdicts = [_compare(_add_cordon(judge(node)), earlier) for node in ordered]
    # Nodes that came since are waited for only as long as fewer nodes are good than could be verified before.
    complete = sum(one.state == WANTED for one in verdicts) >= max(earlier.verifiable, 1)
    return tuple(_excuse(one, earlier, complete) for one in verdicts)


def _compare(verdict: NodeVerdict[N], earlier: Earlier) -> NodeVerdict[N]:
    node = verdict.node
    good = earlier.good.get(node.name)
    if node.not_asked and verdict.state == UNKNOWN and good and node.pod is not None and good[0] == node.pod.name:
        return NodeVerdict(node, WANTED, good[1])
    if verdict.unhealthy and not _speaks_against_the_change(node, earlier):
        verdict = dataclasses.replace(verdict, unhealthy=False)
    if earlier.now is None or not (verdict.unhealthy or verdict.state in (OTHER, MIXED)):
        return verdict
    since = earlier.bad_since.get(node.name, earlier.now)
    return dataclasses.replace(verdict, bad_since=since, again=since < earlier.now, confirmed=earlier.now - since >= earlier.confirm)


def _speaks_against_the_change(node: Node, earlier: Earlier) -> bool:
    """Whether something unhealthy there may come from the change: not where the node is new, nor where nobody knows whether it was Ready."""
    if earlier.newest_node is None:
        return node.ready
    return not _is_new(node, earlier)


def _is_new(node: Node, earlier: Earlier) -> bool:
    return earlier.newest_node is not None and node.created > earlier.newest_node


def _excuse(verdict: NodeVerdict[N], earlier: Earlier, complete: bool) -> NodeVerdict[N]:
    if earlier.not_verifiable is None or verdict.state in (NOT_APPLICABLE, WANTED):
        return verdict
    newcomer = complete and verdict.seen == NOT_SEEN and _is_new(verdict.node, earlier)
    return dataclasses.replace(verdict, excused=newcomer or verdict.node.name in earlier.not_verifiable)


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
    counted = [node for node in nodes if node.state != NOT_APPLICABLE and not node.excused]
    modes = modes_of(counted)
    # An excused node that is healthy now and says plainly that it runs something else fails nothing, but nothing is verified over it.
    contradicting = any(node.excused and node.state == OTHER for node in nodes)
    return ClusterVerdict(
        state=_combine_states({node.state for node in counted}, modes, bool(against), bool(unsettled) or contradicting),
        wanted=wanted,
        nodes=nodes,
        reasons=(*against, *unsettled, *_node_reasons(counted, modes, any(one.excused for one in nodes))),
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


def _node_reasons(nodes: list[NodeVerdict[N]], modes: set[str], excused: bool) -> list[str]:
    """The reasons of the first nodes."""
    if not nodes:
        return ["No node could be verified before." if excused else "The cluster has no Linux node, so nothing is verified."]
    bad = [node for node in nodes if node.reasons]
    reasons = [f"Node {node.node.name}: {'; '.join(node.reasons)}{_since(node)}." for node in bad[:NAMED_NODES]]
    if len(bad) > NAMED_NODES:
        reasons.append(f"And {len(bad) - NAMED_NODES} more nodes.")
    if len(modes) > 1:
        reasons.append(f"The nodes run different modes: {', '.join(sorted(modes))}.")
    return reasons


def _since(verdict: NodeVerdict[N]) -> str:
    """Nothing at the first look that sees it."""
    return f" (seen since {moment(verdict.bad_since)})" if verdict.bad_since is not None and verdict.again else ""


def moment(seconds: float) -> str:
    """Unix seconds as Kubernetes spells times."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def rollout_doubts(daemonset: DaemonSet | None, name: str, nodes: t.Sequence[NodeVerdict[N]]) -> list[str]:
    """What of a DaemonSet's rollout is not done yet, but for its pods on nodes that fail nothing."""
    if daemonset is None:
        return []
    if daemonset.observed_generation < daemonset.generation:
        return [f"The newest change of the DaemonSet {name} has not been taken up yet."]
    excused = sum(one.excused for one in nodes)
    if min(daemonset.updated, daemonset.ready) < daemonset.desired - excused or max(daemonset.updated, daemonset.ready) > daemonset.desired:
        return [
            f"The rollout of the DaemonSet {name} is not done: "
            f"{daemonset.updated} of {daemonset.desired} pods are new, {daemonset.ready} are ready."
        ]
    return []


def pod_not_ready(pod_name: str, waiting_reason: str, restarts: int) -> str:
    """Why a pod leaves its node unknown; pod_name with its owner, for example C(kube-proxy pod kube-proxy-7hkqz)."""
    why = f"{waiting_reason}, {restarts} restarts" if waiting_reason else f"{restarts} restarts"
    return f"the {pod_name} is not Ready ({why})" if waiting_reason or restarts else f"the {pod_name} is not Ready"
