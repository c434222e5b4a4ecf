# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the boxes of a picture stand, so that every arrow leads down: rows, the order in a row, and room for arrows that pass a row."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import typing as t

Edges = t.Mapping[str, t.Collection[str]]

GAP = 12.0
# Of an arrow that passes a row.
LANE = 2.0
SWEEPS = 24


@dataclasses.dataclass(frozen=True)
class Layout:
    """width: of the whole, in pixels. rows: the keys of the boxes, from the top. centers: the middle of each box, in pixels from the left.

    ways: for each arrow, by its two ends, the places that it goes through in the rows between them, as pairs of row and pixels from the left.
    """

    width: float
    rows: list[list[str]]
    centers: dict[str, float]
    ways: dict[tuple[str, str], list[tuple[int, float]]]


def reduce_edges(edges: Edges) -> dict[str, list[str]]:
    """Without the arrows to what is reached by others as well. C(edges): by key, what it uses; raises ValueError when they go round in a circle."""
    below: dict[str, set[str]] = {}
    for key in reversed(sort_downward(edges)):
        below[key] = set(edges[key]).union(*(below[user] for user in edges[key]))
    return {key: sorted(set(ends) - {far for near in ends for far in below[near]}) for key, ends in edges.items()}


def sort_downward(edges: Edges) -> list[str]:
    """The keys, each before all that it uses; raises ValueError when they go round in a circle."""
    users = collections.Counter(end for ends in edges.values() for end in ends)
    ready = sorted(key for key in edges if not users[key])
    done: list[str] = []
    while ready:
        done.append(ready.pop(0))
        for end in sorted(edges[done[-1]]):
            users[end] -= 1
            if not users[end]:
                ready.append(end)
    if len(done) != len(edges):
        raise ValueError(f"These use each other in a circle: {', '.join(sorted(set(edges) - set(done)))}")
    return done


def rank(edges: Edges, bands: t.Sequence[t.Collection[str]]) -> dict[str, int]:
    """The row of each key: below all that use it, and below the whole band before its own."""
    rows: dict[str, int] = {}
    first = 0
    for band in bands:
        for key in (key for key in sort_downward(edges) if key in band):
            rows[key] = max([first, *(rows[user] + 1 for user in rows if key in edges[user])])
        first = max([first, *(rows[key] + 1 for key in band)])
    return rows


def lay_out(edges: Edges, rows: t.Mapping[str, int], widths: t.Mapping[str, float]) -> Layout:
    """edges: by key, what it uses. rows: of each key, as C(rank) gives them. widths: of the boxes, in pixels."""
    chains = {(key, end): _chain(key, end, rows) for key, ends in edges.items() for end in ends}
    near: dict[str, list[str]] = collections.defaultdict(list)
    for chain in chains.values():
        for upper, lower in itertools.pairwise(chain):
            near[upper].append(lower)
            near[lower].append(upper)
    where = dict(rows) | {node: rows[chain[0]] + step for chain in chains.values() for step, node in enumerate(chain[1:-1], 1)}
    grid = [sorted(node for node in where if where[node] == row) for row in range(max(where.values()) + 1)]
    size = {node: widths.get(node, LANE) for node in where}
    total = max(sum(size[node] for node in line) + GAP * (len(line) + 1) for line in grid)
    centers = {node: total * (place + 1) / (len(line) + 1) for line in grid for place, node in enumerate(line)}
    for sweep in range(SWEEPS):
        for line in grid if sweep % 2 else reversed(grid):
            wanted = {node: _mean([centers[other] for other in near[node]], centers[node]) for node in line}
            line.sort(key=lambda node: (wanted[node], node))
            centers.update(_spread(line, wanted, size, total))
    return Layout(
        width=total,
        rows=[[node for node in line if node in rows] for line in grid],
        centers={node: centers[node] for node in rows},
        ways={ends: [(where[node], centers[node]) for node in chain[1:-1]] for ends, chain in chains.items()},
    )


def _chain(key: str, end: str, rows: t.Mapping[str, int]) -> list[str]:
    """The two ends of an arrow, with a lane between them for each row that it passes."""
    return [key, *(f"{key} > {end} {row}" for row in range(rows[key] + 1, rows[end])), end]


def _mean(values: t.Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _spread(line: t.Sequence[str], wanted: t.Mapping[str, float], size: t.Mapping[str, float], total: float) -> dict[str, float]:
    """Near to where each wants to be, in this order, without touching, and within the picture."""
    # One of the two prefers to move boxes to the right, the other to the left.
    one = _from_right(line, _from_left(line, wanted, size), size, total)
    other = _from_left(line, _from_right(line, wanted, size, total), size)
    return {node: (one[node] + other[node]) / 2 for node in line}


def _from_left(line: t.Sequence[str], wanted: t.Mapping[str, float], size: t.Mapping[str, float]) -> dict[str, float]:
    centers: dict[str, float] = {}
    edge = GAP
    for node in line:
        centers[node] = max(wanted[node], edge + size[node] / 2)
        edge = centers[node] + size[node] / 2 + GAP
    return centers


def _from_right(line: t.Sequence[str], wanted: t.Mapping[str, float], size: t.Mapping[str, float], total: float) -> dict[str, float]:
    centers: dict[str, float] = {}
    edge = total - GAP
    for node in reversed(line):
        centers[node] = min(wanted[node], edge - size[node] / 2)
        edge = centers[node] - size[node] / 2 - GAP
    return centers
