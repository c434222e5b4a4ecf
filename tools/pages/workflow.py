# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the workflows of AWX, drawn from awx/workflows.yml."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

import yaml

from tools.made import ROOT
from tools.pages.shapes import IPTABLES, WORK, Box, Label, Picture, Shape, Way

SOURCE = ROOT / "awx" / "workflows.yml"
# By the end of its name in AWX: what the link means, its colour, and its dashes.
LINKS = {
    "success_nodes": ("after success", "#2b6a3a", ""),
    "failure_nodes": ("after a failure", "#b3261e", "7 4"),
    "always_nodes": ("in any case", "#44546a", "2 3"),
}
# In pixels: a box, the distance to the next one, the tops of both rows, and of the legend.
WIDE, HIGH, APART, LEFT = 94.0, 34.0, 27.0, 10.0
CHAIN, SIDE, LEGEND = 14.0, 88.0, 164.0


@dataclasses.dataclass(frozen=True)
class Node:
    """person: whether a person approves there. links: to names of nodes, by the keys of C(LINKS)."""

    name: str
    person: bool
    links: tuple[tuple[str, str], ...]


def read_nodes() -> tuple[Node, ...]:
    """Those that all workflows have alike; raises ValueError where they differ."""
    workflows = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["controller_workflows"]
    found = {tuple(map(_node, workflow["simplified_workflow_nodes"])) for workflow in workflows}
    if len(found) != 1:
        raise ValueError(f"The workflows in {SOURCE} have different nodes or links: one picture does not show them.")
    return found.pop()


def _node(raw: t.Mapping[str, t.Any]) -> Node:
    links = tuple((key, end) for key in LINKS for end in raw.get(key, ()))
    return Node(raw["identifier"], "approval_node" in raw, links)


def picture() -> Picture:
    """The chain of nodes that follow each other after success, and below it those that only a failure leads to."""
    nodes = {node.name: node for node in read_nodes()}
    chain = _chain(nodes)
    centers = {name: LEFT + WIDE / 2 + number * (WIDE + APART) for number, name in enumerate(chain)}
    for name in nodes:
        if name not in centers:
            sources = [centers[node.name] for node in nodes.values() if name in (end for _key, end in node.links)]
            centers[name] = sum(sources) / len(sources)
    shapes: list[Shape] = [
        Box(
            center - WIDE / 2,
            CHAIN if name in chain else SIDE,
            WIDE,
            HIGH,
            IPTABLES if nodes[name].person else WORK,
            name.replace("_", " "),
        )
        for name, center in centers.items()
    ]
    for node in nodes.values():
        shapes += [Way(_corners(node.name, end, chain, centers), *LINKS[key][1:]) for key, end in node.links]
    return Picture(_title(nodes, chain), max(centers.values()) + WIDE / 2 + LEFT, 184, (*shapes, *_legend()))


def _title(nodes: t.Mapping[str, Node], chain: t.Sequence[str]) -> str:
    """The order of the nodes, which a screen reader has instead of the picture."""
    aside = [
        f"{name.replace('_', ' ')} after a failure of {' or '.join(node.name for node in nodes.values() if ('failure_nodes', name) in node.links)}"
        for name in nodes
        if name not in chain
    ]
    return "; ".join([f"The workflow in AWX: {', '.join(chain)}", *aside])


def _chain(nodes: t.Mapping[str, Node]) -> list[str]:
    """From the node that nothing leads to."""
    ends = {end for node in nodes.values() for _key, end in node.links}
    (name,) = [name for name in nodes if name not in ends]
    chain = [name]
    while following := [end for key, end in nodes[chain[-1]].links if key == "success_nodes"]:
        chain += following
    return chain


def _corners(begin: str, end: str, chain: t.Sequence[str], centers: t.Mapping[str, float]) -> tuple[tuple[float, float], ...]:
    """To the right in the chain, down and aside from it, or below all boxes up to it; raises ValueError for anything else."""
    x, to = centers[begin], centers[end]
    if (begin, end) in itertools.pairwise(chain):
        return (x + WIDE / 2, CHAIN + HIGH / 2), (to - WIDE / 2, CHAIN + HIGH / 2)
    if begin in chain and end not in chain:
        edge = to - WIDE / 2 if x < to else to + WIDE / 2
        return (x, CHAIN + HIGH), (x, SIDE + HIGH / 2), (edge, SIDE + HIGH / 2)
    if begin not in chain and end in chain:
        below = SIDE + HIGH + 16
        return (x, SIDE + HIGH), (x, below), (to, below), (to, CHAIN + HIGH)
    raise ValueError(f"The picture has no way for a link from {begin} to {end}.")


def _legend() -> t.Iterator[Shape]:
    left = LEFT
    for text, colour, dashes in LINKS.values():
        yield Way(((left, LEGEND + 7), (left + 40, LEGEND + 7)), colour, dashes)
        yield Label(left + 48, LEGEND + 12, text, bold=False)
        left += 170
    yield Box(left, LEGEND, 16, 14, IPTABLES)
    yield Label(left + 24, LEGEND + 12, "waits for the approval of a person", bold=False)
