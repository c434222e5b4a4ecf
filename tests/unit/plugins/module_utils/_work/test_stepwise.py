# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import types
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import WAIT_ENDED, State, Step, Turn
from ansible_collections.aks.dataplane.plugins.module_utils._work.stepwise import exit_stepwise, look_for_news, wait_for


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Script:
    """Steps one after the other; the last one again and again. Keeps the states that it was called with."""

    def __init__(self, *steps: Step | Exception) -> None:
        self.steps = list(steps)
        self.states: list[State] = []

    def __call__(self, state: State) -> Step:
        self.states.append(state)
        step = self.steps[min(len(self.states), len(self.steps)) - 1]
        if isinstance(step, Exception):
            raise step
        return step


def working(phase: str, **fields: t.Any) -> Step:
    return Step(done=False, phase=phase, result={"changed": True, "operation": {"id": "1"}}, **fields)


DONE = Step(done=True, phase="Succeeded", result={"changed": True, "operation": {"id": "1", "status": "Succeeded"}})


def wait(script: Script, time: Time, timeout: float = 100, poll_interval: float = 10) -> dict[str, t.Any]:
    return wait_for(script, timeout=timeout, poll_interval=poll_interval, clock=time.clock, sleep=time.sleep)


def test_work_that_is_done_is_not_waited_for() -> None:
    time, script = Time(), Script(DONE)
    assert wait(script, time)["operation"]["phases"] == [{"name": "Succeeded", "seconds": 0.0}]
    assert time.slept == []
    assert script.states == [{}]


def test_each_step_gets_the_state_of_the_last_and_phases_are_measured() -> None:
    time = Time()
    script = Script(working("Updating", state={"n": 1}), working("Updating", state={"n": 2}), working("Reconciling", state={"n": 3}), DONE)
    result = wait(script, time)
    assert script.states == [{}, {"n": 1}, {"n": 2}, {"n": 3}]
    assert time.slept == [10, 10, 10]
    assert result["operation"] == {
        "id": "1",
        "status": "Succeeded",
        "phases": [{"name": "Updating", "seconds": 20.0}, {"name": "Reconciling", "seconds": 10.0}, {"name": "Succeeded", "seconds": 0.0}],
    }


def test_the_end_of_the_time_is_a_failure_that_tells_where_the_work_stands() -> None:
    time = Time()
    script = Script(working("Updating", timeout_message="The update had not ended", timeout_remedy="Wait longer."))
    with pytest.raises(DataplaneError) as caught:
        wait(script, time, timeout=25)
    assert time.slept == [10, 10, 5]
    assert len(script.states) == 4
    assert caught.value.text == "The update had not ended after 25 seconds (last seen: Updating). Wait longer."
    assert caught.value.code == WAIT_ENDED
    assert caught.value.result == {"changed": True, "operation": {"id": "1", "phases": [{"name": "Updating", "seconds": 25.0}]}}


def test_without_a_timeout_message_the_end_of_the_time_is_none() -> None:
    assert wait(Script(working("Updating")), Time(), timeout=25)["changed"] is True


def test_a_failure_on_the_way_tells_the_phases() -> None:
    error = DataplaneError("No.", result={"changed": True, "operation": {"id": "1"}})
    with pytest.raises(DataplaneError) as caught:
        wait(Script(working("Updating"), error), Time())
    assert caught.value.result["operation"] == {"id": "1", "phases": [{"name": "Updating", "seconds": 10.0}]}


class Exited(Exception):
    pass


def exit_of(advance: Script, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
    """What the module would return."""
    reported: dict[str, t.Any] = {}

    def exit_json(**result: t.Any) -> t.NoReturn:
        reported.update(result)
        raise Exited

    options = {"wait": True, "wait_timeout": 60, "poll_interval": 1, "wait_step": None, **params}
    module = types.SimpleNamespace(params=options, check_mode=check_mode, exit_json=exit_json)
    with pytest.raises(Exited):
        exit_stepwise(t.cast(t.Any, module), advance)
    return reported


def news(script: Script, time: Time, turn: Turn) -> Step:
    return look_for_news(script, turn, poll_interval=10, clock=time.clock, sleep=time.sleep)


@pytest.mark.parametrize(
    ("turn", "looks"),
    [
        (Turn(), 1),
        (Turn({"n": 0}, ("Created", ""), quiet=60), 1),
        (Turn({"n": 0}, ("Updating", ""), quiet=0), 1),
        (Turn({"n": 0}, ("Updating", ""), quiet=-5), 1),
        (Turn({"n": 0}, ("Updating", ""), quiet=20), 3),
        (Turn({"n": 0}, ("Updating", ""), quiet=60), 4),
    ],
)
def test_the_module_looks_again_while_there_is_nothing_new(turn: Turn, looks: int) -> None:
    steps = [*[working("Updating", state={"n": n}) for n in (1, 2, 3)], working("Updating", state={"n": 4}, detail="nodes 1/3"), DONE]
    time, script = Time(), Script(*steps)
    assert news(script, time, turn) == steps[looks - 1]
    assert script.states == [turn.state, *[step.state for step in steps[: looks - 1]]]
    assert time.slept == [10] * (looks - 1)


def test_the_module_never_looks_longer_than_it_may() -> None:
    time = Time()
    news(Script(working("Updating", retry_after=25)), time, Turn(seen=("Updating", ""), quiet=60))
    assert time.slept == [25, 25, 10]


def test_the_action_plugin_gets_one_step_and_what_it_needs_to_go_on() -> None:
    script = Script(working("Updating", state={"n": 2}))
    reported = exit_of(script, wait_step=Turn({"n": 1}).encode())
    assert script.states == [{"n": 1}]
    assert reported["changed"] is True
    assert reported["progress"]["timeout"] == 60
    assert reported["progress"]["poll_interval"] == 1
    assert reported["progress"]["step"]["state"] == {"n": 2}


@pytest.mark.parametrize("step", [None, Turn().encode()])
@pytest.mark.parametrize("options", [{"wait": False}, {"check_mode": True}], ids=str)
def test_without_waiting_there_is_one_step_and_no_progress(step: str | None, options: dict[str, t.Any]) -> None:
    script = Script(working("Updating"))
    reported = exit_of(script, wait_step=step, **options)
    assert script.states == [{}]
    assert reported == {"changed": True, "operation": {"id": "1"}}


def test_alone_the_module_waits_by_itself() -> None:
    reported = exit_of(Script(DONE))
    assert "progress" not in reported
    assert reported["operation"]["phases"] == [{"name": "Succeeded", "seconds": 0.0}]
