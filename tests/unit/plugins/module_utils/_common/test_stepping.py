# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Phases, Step, Turn, pause_before_next, with_phases
from hypothesis import given
from hypothesis import strategies as st


def working(phase: str, **fields: t.Any) -> Step:
    return Step(done=False, phase=phase, result={"changed": True, "operation": {"id": "1"}}, **fields)


@pytest.mark.parametrize(
    ("retry_after", "left", "pause"),
    [(None, 100, 10), (0.0, 100, 10), (5.0, 100, 10), (30.0, 100, 30), (30.0, 20, 20), (None, 3, 3), (None, -1, 0)],
)
def test_the_pause_is_the_interval_or_what_was_asked_for(retry_after: float | None, left: float, pause: float) -> None:
    assert pause_before_next(working("Updating", retry_after=retry_after), 10, left) == pause


def test_phases_that_come_back_are_reported_again() -> None:
    phases = Phases(0)
    assert [phases.see(name, now) for now, name in enumerate(["a", "a", "b", "a"])] == [True, False, True, True]
    assert [phase["name"] for phase in phases.to_list(9)] == ["a", "b", "a"]
    assert phases.elapsed(9) == 9


@pytest.mark.parametrize("result", [{}, {"operation": None}, {"changed": False}])
def test_a_result_without_operation_gets_no_phases(result: dict[str, t.Any]) -> None:
    assert with_phases(result, [{"name": "a", "seconds": 1.0}]) == result


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.builds(
        Turn,
        st.dictionaries(st.text(max_size=5), json_values, max_size=4),
        st.none() | st.tuples(st.text(), st.text()),
        st.floats(-1, 1e6),
    )
)
def test_a_turn_survives_its_way(turn: Turn) -> None:
    assert Turn.decode(turn.encode()) == turn


def test_a_step_survives_its_way() -> None:
    step = working("Updating", state={"n": 1}, detail="nodes 3/12", retry_after=2.5, timeout_message="No", timeout_remedy="Yes")
    reported = json.loads(json.dumps(step.to_progress()))
    assert "result" not in reported
    assert Step.from_progress(reported, step.result) == step
