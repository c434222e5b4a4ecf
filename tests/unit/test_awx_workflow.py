# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for AWX's workflows does what AWX does."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.awx.workflow import Json, Outcome, Step, joining, order, succeeded, walk

NODES: list[Json] = [
    {"identifier": "plan", "success_nodes": ["approval"]},
    {"identifier": "approval", "approval_node": {"name": "?"}, "success_nodes": ["switch"]},
    {"identifier": "switch", "success_nodes": ["proof"], "failure_nodes": ["back"]},
    {"identifier": "proof", "success_nodes": ["report"], "failure_nodes": ["back"]},
    {"identifier": "back", "always_nodes": ["report"]},
    {"identifier": "report"},
]


def run(failing: t.Collection[str], ids: t.Sequence[str] = ()) -> list[Step]:
    """Each job sets its name under its own key, and under one that all have."""

    def job(node: Json, extra_vars: Json) -> Outcome:
        name = node["identifier"]
        return Outcome("failed" if name in failing else "successful", {name: extra_vars["answer"], "nearest": name})

    return walk(NODES, {"answer": 1}, job, ids)


@pytest.mark.parametrize(
    ("failing", "ran", "success"),
    [
        ([], ["plan", "approval", "switch", "proof", "report"], True),
        (["switch"], ["plan", "approval", "switch", "back", "report"], True),
        (["proof"], ["plan", "approval", "switch", "proof", "back", "report"], True),
        (["proof", "back"], ["plan", "approval", "switch", "proof", "back", "report"], True),
        (["plan"], ["plan"], False),
        (["report"], ["plan", "approval", "switch", "proof", "report"], False),
    ],
)
def test_which_nodes_run(failing: list[str], ran: list[str], success: bool) -> None:
    steps = run(failing)
    assert [step.identifier for step in steps] == ran
    assert succeeded(NODES, steps) is success


def test_of_two_parents_the_one_with_the_higher_id_wins() -> None:
    given = {step.identifier: step.given for step in run(["proof"])}
    assert given["switch"] == {"plan": 1, "nearest": "plan"}, "through the approval"
    assert given["back"] == {"plan": 1, "switch": 1, "proof": 1, "nearest": "proof"}
    assert given["report"]["nearest"] == "back"

    given = {step.identifier: step.given for step in run(["proof"], ids=["back", "proof", "switch", "plan", "approval", "report"])}
    assert given["back"] == {"plan": 1, "switch": 1, "proof": 1, "nearest": "switch"}, "although the proof is nearer"
    assert given["report"]["nearest"] == "proof"
    assert given["proof"]["nearest"] == "switch", "one parent is nearer than what was handed to it"


def test_which_nodes_lead_to_one_together() -> None:
    assert joining(NODES) == ["switch", "proof", "back"]


def test_nodes_that_lead_to_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="a, b"):
        order([{"identifier": "a", "success_nodes": ["b"]}, {"identifier": "b", "success_nodes": ["a"]}])
