"""What AKS's iptables monitor is expected to say of each node."""

from __future__ import annotations

import dataclasses
import typing as t

from ..monitor import Files, Prediction, combine, predict
from ..monitor_patterns import BUNDLED_DATE, BUNDLED_IPV4, BUNDLED_IPV6
from ..node_observation import IPV4, IPV6
from .facts import HostRoutingFacts

BUNDLED = f"published {BUNDLED_DATE}"


@dataclasses.dataclass(frozen=True)
class NodePrediction:
    """What the iptables monitor is expected to say of a node. patterns: where they are from, by family.

    backend: that of the node's iptables program, which the lines are from. gate: whether the verdict holds the Cilium agent back.
    """

    node: str
    prediction: Prediction
    patterns: t.Mapping[str, str]
    backend: str
    gate: bool

    def to_dict(self) -> dict[str, t.Any]:
        return {"node": self.node, **self.prediction.to_dict(), "patterns": dict(self.patterns), "backend": self.backend, "gate": self.gate}


def predict_nodes(facts: HostRoutingFacts) -> tuple[NodePrediction, ...]:
    """For every node whose lines are there."""
    families = (IPV4, IPV6) if facts.dual_stack else (IPV4,)
    files = {family: _files(facts, family) for family in families}
    return tuple(
        NodePrediction(
            node=seen.name,
            prediction=_predict(seen.monitor_lines, {family: found[0] for family, found in files.items()}),
            patterns={family: found[1] for family, found in files.items()},
            backend=seen.backend,
            # The published manifests have no init container for it in dual-stack clusters.
            gate=IPV6 not in families,
        )
        for seen in facts.current_observations
        if seen.monitor_lines is not None
    )


def _predict(lines: t.Mapping[str, t.Mapping[str, t.Sequence[str] | None]], files: t.Mapping[str, Files]) -> Prediction:
    first, *others = [predict(lines.get(family) or {}, content) for family, content in files.items()]
    for other in others:
        first = combine(first, other)
    return first


def _files(facts: HostRoutingFacts, family: str) -> tuple[Files, str]:
    live = None
    if facts.kube is not None and facts.kube_part_missing("patterns") is None:
        live = facts.kube.patterns.ipv4 if family == IPV4 else facts.kube.patterns.ipv6
    if live is not None:
        return live, "cluster"
    return (BUNDLED_IPV4 if family == IPV4 else BUNDLED_IPV6), BUNDLED
