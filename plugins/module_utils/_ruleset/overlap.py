"""Rulesets that get into each other's way: one table twice on a node, or the same port. Pure."""

from __future__ import annotations

import hashlib
import typing as t

from .._common.errors import DataplaneError
from .live import LiveSet
from .selection import SeenNode, Selection

# Ports on the loopback address of nodes. Services and outgoing connections have higher ones, Kubernetes lower ones.
_FIRST_PORT, _PORTS = 19840, 100


def choose_port(ruleset: str, others: t.Iterable[LiveSet]) -> int:
    """The port of a new ruleset: by its name, and the next one where another ruleset has that."""
    taken = {one.port for one in others}
    start = int(hashlib.sha256(ruleset.encode()).hexdigest()[:8], 16)
    ports = (_FIRST_PORT + (start + step) % _PORTS for step in range(_PORTS))
    return next((port for port in ports if port not in taken), _FIRST_PORT)


def check_overlap(tables: t.Collection[str], selection: Selection, nodes: t.Sequence[SeenNode], others: t.Iterable[LiveSet]) -> None:
    """DataplaneError when another ruleset declares one of the tables (C(FAMILY NAME)) on a node that is selected."""
    for other in others:
        shared = sorted({*tables} & {*other.tables})
        if not shared or other.selection is None:
            continue
        both = [node.name for node in nodes if selection.covers(node) and other.selection.covers(node)]
        if both:
            raise DataplaneError(
                f"The ruleset {other.ruleset} declares table {shared[0]}, too, and is for {_some(both)} as well.",
                remedy="Nothing was changed. Declare each table in one ruleset, or select other nodes with node_pools or node_labels.",
                code="RulesetOverlap",
                details={"other": other.ruleset, "tables": shared, "nodes": both},
            )


def _some(names: t.Sequence[str]) -> str:
    return f"node {names[0]}" if len(names) == 1 else f"{len(names)} of its nodes, such as {names[0]},"
