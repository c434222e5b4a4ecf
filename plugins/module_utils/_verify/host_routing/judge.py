"""Observations of a cluster's host routing against what is wanted: one verdict. Unknown is never good."""

from __future__ import annotations

from ..earlier import NOTHING_EARLIER, Earlier
from ..model import AgentPod, InitContainer
from ..verdict import (
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
from .cilium_config import contradictions, gaps
from .expectation import HostRoutingExpectation
from .model import (
    BLOCKED_RULE,
    BLOCKER,
    BPF,
    LABEL,
    LEGACY,
    MONITOR,
    UNEXPECTED_RULES,
    AgentAnswers,
    HostRoutingNode,
    HostRoutingObservation,
)

DAEMONSET = "cilium"

NAMED_RULES = 5

_MASQUERADING = ("BPF",)
_REPLACEMENT = ("True", "Strict")

_Judged = NodeVerdict[HostRoutingNode]


def judge(
    observation: HostRoutingObservation, wanted: HostRoutingExpectation | None, earlier: Earlier = NOTHING_EARLIER
) -> ClusterVerdict[HostRoutingNode]:
    """The verdict over a whole observation; wanted: none to only describe it."""
    mode = wanted.mode if wanted else None
    nodes = judge_nodes(observation.nodes, lambda node: judge_node(node, mode, observation.has_cilium), earlier)
    seen = modes_of(nodes)
    expected = mode or (next(iter(seen)) if len(seen) == 1 else None)
    against, unsettled = _contradictions_and_doubts(observation, expected, nodes)
    return judge_cluster(nodes, wanted.text if wanted else None, against, unsettled)


def _contradictions_and_doubts(
    observation: HostRoutingObservation, expected: str | None, nodes: tuple[_Judged, ...]
) -> tuple[list[str], list[str]]:
    """What in the cluster's own objects contradicts the expected mode, and what leaves it open."""
    if not observation.has_cilium and expected != BPF:
        return [], []
    unsettled = (
        ["There is no DaemonSet cilium."] if observation.daemonset is None else rollout_doubts(observation.daemonset, DAEMONSET, nodes)
    )
    if expected is None:
        return [], unsettled
    against = contradictions(observation.config or {}, expected)
    if expected == BPF:
        against += [f"The pod {name} is there, but Cilium replaces kube-proxy." for name in observation.kube_proxy_pods[:NAMED_NODES]]
    return against, [*unsettled, *gaps(observation.config, expected)]


def judge_node(node: HostRoutingNode, wanted: str | None, has_cilium: bool) -> _Judged:
    """The verdict over one node; wanted: V(bpf), V(legacy) or none."""
    if node.not_applicable:
        return NodeVerdict(node, NOT_APPLICABLE, None, ("AKS runs Cilium on no such node",))
    held = reason_held_back(node)
    if held:
        return NodeVerdict(node, OTHER if wanted == BPF and node.unexpected_rules else UNKNOWN, None, (held,), unhealthy=True)
    if not node.ready:
        return NodeVerdict(node, UNKNOWN, None, (NOT_READY,), unhealthy=True)
    label = BPF if node.ebpf_label == "true" else LEGACY
    routing = node.answers.routing if node.answers else None
    mode = routing or label
    disagree = () if mode == label else (f"its Cilium agent routes in mode {mode}, but the node has {_label(node)}",)
    if wanted and mode != wanted:
        return NodeVerdict(node, OTHER, mode, disagree or (_difference(node, routing, wanted),))
    contradicted = (*disagree, *(_node_contradictions(node) if mode == BPF else ()))
    if contradicted:
        return NodeVerdict(node, MIXED, mode, contradicted)
    doubts = _doubts(node, mode) if has_cilium or mode == BPF else ()
    if doubts:
        return NodeVerdict(node, UNKNOWN, routing, doubts, unhealthy=node.pod is None or not node.pod.ready)
    return NodeVerdict(node, WANTED if wanted else mode, mode)


def reason_held_back(node: HostRoutingNode) -> str:
    """Why the iptables monitor keeps the agent from starting; V('') when it does not."""
    monitor = _find_init(node.pod, MONITOR)
    if monitor is None or not monitor.running:
        return ""
    rules = node.unexpected_rules
    if not rules:
        return f"its Cilium agent waits for {MONITOR}, whose log names no iptables rule"
    return f"its Cilium agent is held back by iptables rules that AKS does not know: {_name_rules(rules)}"


def _name_rules(rules: tuple[str, ...]) -> str:
    more = f" and {len(rules) - NAMED_RULES} more" if len(rules) > NAMED_RULES else ""
    return " | ".join(rules[:NAMED_RULES]) + more


def _label(node: HostRoutingNode) -> str:
    return f"no label {LABEL}" if node.ebpf_label is None else f"the label {LABEL}={node.ebpf_label}"


def _difference(node: HostRoutingNode, routing: str | None, wanted: str) -> str:
    if routing:
        return f"its Cilium agent routes in mode {routing}, not {wanted}"
    return f"the node has {_label(node)}"


def _node_contradictions(node: HostRoutingNode) -> tuple[str, ...]:
    """What does not go together with eBPF host routing."""
    answers = node.answers or AgentAnswers()
    found = []
    if answers.masquerading is not None and answers.masquerading not in _MASQUERADING:
        found.append(f"its Cilium agent masquerades with {answers.masquerading}, not BPF")
    if answers.kube_proxy_replacement is not None and answers.kube_proxy_replacement not in _REPLACEMENT:
        found.append(f"its Cilium agent says {answers.kube_proxy_replacement} to replacing kube-proxy")
    if node.user_rules:
        which = f": {_name_rules(node.unexpected_rules)}" if node.unexpected_rules else ""
        found.append(f"the iptables monitor finds rules that AKS does not know, and that the traffic of pods now bypasses{which}")
    # The monitor writes the label and the event in one go, so a label that says no shows that the rules of the event are gone.
    passing = (UNEXPECTED_RULES,) if node.user_rules is False else ()
    events = {event.reason: event for event in node.events if event.reason not in passing}
    if UNEXPECTED_RULES in events and not node.user_rules:
        found.append(f"the iptables monitor found rules that AKS does not know ({events[UNEXPECTED_RULES].time})")
    if BLOCKED_RULE in events:
        found.append(f"something tried to add iptables rules and was blocked ({events[BLOCKED_RULE].time})")
    return tuple(found)


def _doubts(node: HostRoutingNode, mode: str) -> tuple[str, ...]:
    """Why the node cannot be verified."""
    pod, answers = node.pod, node.answers
    if pod is None:
        return ("there is no Cilium pod on this node",)
    if not pod.ready:
        return (pod_not_ready(f"Cilium pod {pod.name}", pod.waiting_reason, pod.restarts),)
    found = list(answers.errors) if answers else []
    if answers and answers.routing is None and not found:
        found.append("its Cilium agent did not report its routing mode")
    if mode == BPF:
        found += _init_doubts(pod)
    return tuple(found)


def _init_doubts(pod: AgentPod) -> list[str]:
    """The blocker must have been attached; the monitor's check is not on every kind of cluster."""
    if _find_init(pod, BLOCKER) is None:
        return [f"the Cilium pod {pod.name} has no init container {BLOCKER}"]
    return [
        f"the init container {container.name} of the Cilium pod {pod.name} did not end well"
        for container in pod.init
        if container.name in (BLOCKER, MONITOR) and not container.done
    ]


def _find_init(pod: AgentPod | None, name: str) -> InitContainer | None:
    return next((container for container in pod.init if container.name == name), None) if pod else None
