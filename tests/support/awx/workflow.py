# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX does with a workflow: which node runs when, and what one hands to another. Jobs are run by whoever calls it.

A node runs when one of the nodes before it has ended the way that its edge asks for, and its other nodes before it have ended or will not run.
What the jobs before a node have set as statistics, its artifacts, are extra variables of its job. AWX merges them parent by parent, in the order of the
ids of the nodes: of each parent what it was handed itself, then what its own job has set. So of two parents that set the same name, or hand it on, the
one with the higher id wins, whichever job is nearer; and the ids come by chance, as nodes are created in parallel. Over these go the answers to the
survey of the workflow. Template definitions lie below both.
"""

from __future__ import annotations

import dataclasses
import typing as t

Json = dict[str, t.Any]
Status = t.Literal["successful", "failed"]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a job ended. artifacts: its statistics; none when its end was never heard of."""

    status: Status
    artifacts: Json = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Step:
    """A node that ran. given: what it was handed by the nodes before it."""

    identifier: str
    outcome: Outcome
    given: Json


# Called with the node and the extra variables that are not the template's.
RunJob = t.Callable[[Json, Json], Outcome]

_EDGES: dict[str, tuple[Status, ...]] = {
    "success_nodes": ("successful",),
    "failure_nodes": ("failed",),
    "always_nodes": ("successful", "failed"),
}


def parents(nodes: t.Sequence[Json]) -> dict[str, dict[str, tuple[Status, ...]]]:
    """For each node those before it, each with the ends that lead on from there."""
    found: dict[str, dict[str, tuple[Status, ...]]] = {node["identifier"]: {} for node in nodes}
    for node in nodes:
        for edge, ends in _EDGES.items():
            for child in node.get(edge, []):
                found[child][node["identifier"]] = ends
    return found


def order(nodes: t.Sequence[Json]) -> list[str]:
    """Nodes after those that lead to them; raises ValueError where that cannot be."""
    waiting, done = parents(nodes), list[str]()
    while waiting:
        ready = [name for name, before in waiting.items() if not set(before) - set(done)]
        if not ready:
            raise ValueError(f"nodes that lead to each other: {', '.join(sorted(waiting))}")
        done += ready
        for name in ready:
            del waiting[name]
    return done


def ancestors(nodes: t.Sequence[Json], identifier: str) -> set[str]:
    before = set(parents(nodes)[identifier])
    return before.union(*(ancestors(nodes, name) for name in before))


def walk(nodes: t.Sequence[Json], answers: Json, run: RunJob, ids: t.Sequence[str] = ()) -> list[Step]:
    """All that runs, in its order. answers: to the survey of the workflow. Approvals are given at once.

    ids: identifiers in the order of the ids that the nodes have in AWX; when not given, the nodes were created in the order in which they are listed.
    """
    by_id = list(ids or [node["identifier"] for node in nodes])
    by_name, before = {node["identifier"]: node for node in nodes}, parents(nodes)
    steps: dict[str, Step] = {}
    for name in order(nodes):
        ran = [steps[parent] for parent in sorted(before[name], key=by_id.index) if parent in steps]
        if before[name] and not any(step.outcome.status in before[name][step.identifier] for step in ran):
            continue
        given: Json = {}
        for step in ran:
            given |= {**step.given, **step.outcome.artifacts}
        node = by_name[name]
        outcome = Outcome("successful") if "approval_node" in node else run(node, {**given, **answers})
        steps[name] = Step(name, outcome, given)
    return list(steps.values())


def joining(nodes: t.Sequence[Json]) -> list[str]:
    """Nodes that lead to a node together with another one: the order of their ids shows in what that node is handed."""
    joins = [set(before) for before in parents(nodes).values() if len(before) > 1]
    return [node["identifier"] for node in nodes if any(node["identifier"] in join for join in joins)]


def succeeded(nodes: t.Sequence[Json], steps: t.Sequence[Step]) -> bool:
    """Whether AWX calls the workflow successful: no node failed without a node that was there for it."""
    by_name = {node["identifier"]: node for node in nodes}
    return all(
        step.outcome.status == "successful" or by_name[step.identifier].get("failure_nodes") or by_name[step.identifier].get("always_nodes")
        for step in steps
    )
