"""Predicates on what was seen on nodes themselves, the iptables monitor's verdict among them; about eBPF host routing."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube_proxy.node_rules import by_node, current_looks, foreign_tables, known_nodes, not_seen
from ..limits import HOST_ROUTING_KERNEL, NAMES_TOLD
from ..model import (
    NotChecked,
    Part,
)
from ..monitor import Files, Prediction, predict, together
from ..monitor_patterns import BUNDLED_DATE, BUNDLED_IPV4, BUNDLED_IPV6
from ..node_look import IPV4, IPV6, NodeLook
from ..node_versions import kernel_version
from ..wording import Said, some
from .cluster_rules import is_dual_stack
from .facts import HostRoutingFacts

BUNDLED = f"published {BUNDLED_DATE}"


@dataclasses.dataclass(frozen=True)
class NodePrediction:
    """What the iptables monitor is expected to say of a node. patterns: where they are from, by family.

    backend: that of the node's iptables program, which the lines are from. gate: whether the verdict holds the Cilium agent back.
    """

    node: str
    told: Prediction
    patterns: t.Mapping[str, str]
    backend: str
    gate: bool

    def to_dict(self) -> dict[str, t.Any]:
        return {"node": self.node, **self.told.to_dict(), "patterns": dict(self.patterns), "backend": self.backend, "gate": self.gate}


def predictions(facts: HostRoutingFacts) -> tuple[NodePrediction, ...]:
    """For every node whose lines are there."""
    families = (IPV4, IPV6) if is_dual_stack(facts) else (IPV4,)
    files = {family: _files(facts, family) for family in families}
    return tuple(
        NodePrediction(
            node=look.name,
            told=_predict(look.monitor_lines, {family: found[0] for family, found in files.items()}),
            patterns={family: found[1] for family, found in files.items()},
            backend=look.backend,
            # The published manifests have no init container for it in dual-stack clusters.
            gate=IPV6 not in families,
        )
        for look in current_looks(facts)
        if look.monitor_lines is not None
    )


def _predict(lines: t.Mapping[str, t.Mapping[str, t.Sequence[str] | None]], files: t.Mapping[str, Files]) -> Prediction:
    first, *others = [predict(lines.get(family) or {}, content) for family, content in files.items()]
    for other in others:
        first = together(first, other)
    return first


def _files(facts: HostRoutingFacts, family: str) -> tuple[Files, str]:
    live = None
    if facts.kube is not None and facts.kube_part_missing("patterns") is None:
        live = facts.kube.patterns.ipv4 if family == IPV4 else facts.kube.patterns.ipv6
    if live is not None:
        return live, "cluster"
    return (BUNDLED_IPV4 if family == IPV4 else BUNDLED_IPV6), BUNDLED


def unexpected_rules(facts: HostRoutingFacts) -> Said:
    """EB15"""
    told = predictions(facts)
    for prediction in told:
        yield from _of_node(prediction)
    labelled = facts.kube.cilium_nodes if facts.kube is not None and facts.kube_part_missing("cilium_nodes") is None else {}
    known = known_nodes(facts)
    if known is None:
        if not told:
            yield NotChecked("needs the iptables rules of each node, and there are no node_observations with monitor_lines")
        return
    silent = {name for name in known if labelled.get(name) is None} - {prediction.node for prediction in told}
    if silent:
        yield NotChecked(
            f"neither the iptables monitor nor node_observations with monitor_lines tell of the iptables rules of {some(silent)}"
        )


def _of_node(prediction: NodePrediction) -> Said:
    subject, told = f"node {prediction.node}", prediction.told
    guess = sorted(set(prediction.patterns.values()) - {"cluster"})
    by = f" (by the patterns {guess[0]})" if guess else ""
    effect = "the Cilium agent would not start there" if prediction.gate else "the node would be marked for it"
    if told.verdict == "unexpected":
        lines = [f"{rule.table}: {rule.line}" for rule in told.unexpected]
        more = f" and {len(lines) - NAMES_TOLD} more" if len(lines) > NAMES_TOLD else ""
        yield Part(
            subject,
            f"The iptables monitor would find rules that it does not expect{by}, and {effect}: {'; '.join(lines[:NAMES_TOLD])}{more}.",
        )
    elif told.verdict == "unknown":
        patterns = ", ".join(f"{pattern.file}: {pattern.pattern}" for pattern in told.unsure[:NAMES_TOLD])
        yield NotChecked(f"{subject}: {len(told.doubtful)} rules may or may not match patterns that cannot be followed here ({patterns})")
    if told.skipped:
        yield NotChecked(f"{subject}: the tables {', '.join(told.skipped)} could not be listed; the monitor passes over such tables")


def native_tables(facts: HostRoutingFacts, looks: t.Sequence[NodeLook]) -> Said:
    """EB19"""
    found = {look.name: foreign_tables(look) for look in looks}
    if any(found.values()):
        yield Part("nodes", f"There are nftables tables of others on {by_node(found)}: traffic of pods will go past them.")
    own = {look.name: look.own_tables for look in looks}
    if any(own.values()):
        yield Part(
            "nodes",
            f"There are tables of node_nftables_ruleset on {by_node(own)}: traffic of pods will go past them, and the module cannot change them any more.",
        )


def kernel_unfit(facts: HostRoutingFacts) -> Said:
    """EB21"""
    nodes = facts.kube.linux_nodes if facts.kube is not None and facts.kube_part_missing("nodes") is None else ()
    kernels = {node.name: node.kernel for node in nodes} | {look.name: look.kernel for look in current_looks(facts)}
    old = [f"{name} ({text})" for name, text in kernels.items() if (found := kernel_version(text)) and found < HOST_ROUTING_KERNEL]
    if old:
        yield Part("nodes", f"The kernel is older than {'.'.join(map(str, HOST_ROUTING_KERNEL))} on {some(old)}.")
    looks = current_looks(facts)
    without = [look.name for look in looks if look.lsm is not None and "bpf" not in look.lsm]
    if without:
        yield Part("nodes", f"The security module bpf is not active on {some(without)}: what guards the node's rules cannot work.")
    first = [look.name for look in looks if not look.cgroup2]
    if first:
        yield Part("nodes", f"There is no unified cgroup hierarchy (version 2) on {some(first)}.")
    silent = [look.name for look in looks if look.lsm is None]
    if silent:
        yield NotChecked(f"the kernel does not tell its security modules on {some(silent)}")
    if not facts.looks:
        yield NotChecked("needs the security modules of each node, and no node_observations are given")
    else:
        yield from not_seen(facts, "the security modules")
