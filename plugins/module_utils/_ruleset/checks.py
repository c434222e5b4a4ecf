"""What is refused before anything is asked of the cluster's nodes. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .report import names
from .selection import CILIUM, HOST_ROUTING, SeenNode, Selection


def check_nodes_fit(selection: Selection, nodes: t.Sequence[SeenNode]) -> None:
    """DataplaneError when packets of pods would bypass the rules on a selected node."""
    wanted = [node for node in nodes if selection.wants(node)]
    bypassed = [node.name for node in wanted if node.has(HOST_ROUTING)]
    if bypassed:
        raise DataplaneError(
            f"Nodes have eBPF host routing, with which packets of pods bypass the rules: {names(bypassed)}.",
            remedy="Nothing was changed. Select other nodes with node_pools or node_labels, or use network policies of Cilium.",
            code="RulesetBypassed",
            details={"nodes": bypassed},
        )
    cilium = [node.name for node in wanted if node.has(CILIUM)]
    if cilium and not selection.cilium:
        raise DataplaneError(
            f"Nodes have Cilium, with which packets of pods may bypass the rules: {names(cilium)}.",
            remedy="Nothing was changed. Select other nodes, or set allow_cilium to true for rules about traffic of the nodes themselves.",
            code="RulesetBypassed",
            details={"nodes": cilium},
        )


def check_narrowed(selection: Selection, nodes: t.Iterable[SeenNode], keepers: t.Container[str]) -> None:
    """DataplaneError when a node would lose its pod and keep its tables. keepers: names of the nodes that have a pod."""
    left = [node.name for node in nodes if node.name in keepers and not selection.covers(node)]
    if left:
        raise DataplaneError(
            f"Nodes that have the tables are not selected any more, and would keep them unattended: {names(left)}.",
            remedy="Nothing was changed. Remove the ruleset with state absent first, and apply it to the other nodes then.",
            code="RulesetNarrowed",
            details={"nodes": left},
        )
