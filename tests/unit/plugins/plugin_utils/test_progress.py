# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.aks.dataplane.plugins.action import aks_dataplane_status_info, aks_kube_proxy, aks_preview_feature
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import WAIT_ENDED, Step, Turn
from ansible_collections.aks.dataplane.plugins.plugin_utils import _progress
from ansible_collections.aks.dataplane.plugins.plugin_utils._progress import ActionModule


class Screen:
    """Stands for Display."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def display(self, text: str, *, stderr: bool) -> None:
        assert stderr
        self.lines.append(text)


class Plugin(ActionModule):
    """The plugin with a module that answers from a list, and a clock that only sleeping moves."""

    def __init__(self, answers: t.Sequence[t.Any], args: dict[str, t.Any], **task: t.Any) -> None:
        fields = {"args": args, "async_val": 0, "check_mode": False, "no_log": False, "action": "aks.dataplane.aks_kube_proxy", **task}
        self._task = t.cast(t.Any, types.SimpleNamespace(**fields))
        shell = types.SimpleNamespace(tmpdir="/nowhere")
        self._connection = t.cast(t.Any, types.SimpleNamespace(_shell=shell, has_native_async=False))
        self.answers = list(answers)
        self.calls: list[dict[str, t.Any]] = []
        self.slept: list[float] = []
        self.now = 50.0

    def _execute_module(self, **call: t.Any) -> dict[str, t.Any]:  # type: ignore[override]
        self.calls.append(call)
        answer = self.answers[min(len(self.calls), len(self.answers)) - 1]
        if isinstance(answer, BaseException):
            raise answer
        return copy.deepcopy(answer)

    def _clock(self) -> float:  # type: ignore[override]
        return self.now

    def _sleep(self, seconds: float) -> None:  # type: ignore[override]
        self.slept.append(seconds)
        self.now += seconds

    @property
    def turns(self) -> list[Turn]:
        return [Turn.decode(call["module_args"]["wait_step"]) for call in self.calls]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr(_progress, "Display", lambda: screen)
    return screen


ARGS = {"resource_group": "rg", "name": "aks-prod", "mode": "NFTABLES"}


def answer(phase: str, *, done: bool = False, timeout: float = 600, poll_interval: float = 10, **fields: t.Any) -> dict[str, t.Any]:
    """What the module returns for one step."""
    result = {"changed": True, "operation": {"id": "op-1", "status": phase, "done": done}}
    step = Step(done=done, phase=phase, result=result, **fields)
    reported = {"step": step.to_progress(), "timeout": timeout, "poll_interval": poll_interval}
    return {**result, "progress": reported, "invocation": {"module_args": {**ARGS, "wait_step": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}}


def run(plugin: Plugin, host: str = "aks-prod") -> dict[str, t.Any]:
    return plugin.run(task_vars={"inventory_hostname": host})


def test_work_without_waiting_shows_nothing(screen: Screen) -> None:
    plugin = Plugin([answer("Succeeded", done=True)], ARGS)
    result = run(plugin)
    assert screen.lines == []
    assert plugin.turns == [Turn()]
    assert result == {
        "changed": True,
        "operation": {"id": "op-1", "status": "Succeeded", "done": True, "phases": [{"name": "Succeeded", "seconds": 0.0}]},
        "invocation": {"module_args": ARGS},
    }


def test_a_line_for_each_new_phase_and_detail(screen: Screen) -> None:
    plugin = Plugin(
        [
            answer("Updating", state={"n": 1}),
            answer("ReconcilingAddons", state={"n": 2}, retry_after=25.0),
            answer("ReconcilingAddons", state={"n": 3}, detail="nodes 3/12"),
            answer("ReconcilingAddons", state={"n": 4}, detail="nodes 3/12"),
            answer("Succeeded", done=True),
        ],
        ARGS,
    )
    result = run(plugin)
    assert screen.lines == [
        "aks-prod | Updating | 0 s",
        "aks-prod | ReconcilingAddons | 10 s",
        "aks-prod | ReconcilingAddons | 35 s | nodes 3/12",
        "aks-prod | Succeeded | 55 s",
    ]
    assert [turn.state for turn in plugin.turns] == [{}, {"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]
    assert [turn.seen for turn in plugin.turns] == [
        None,
        ("Updating", ""),
        ("ReconcilingAddons", ""),
        ("ReconcilingAddons", "nodes 3/12"),
        ("ReconcilingAddons", "nodes 3/12"),
    ]
    assert plugin.slept == [10, 25, 10, 10]
    assert "progress" not in result
    assert result["invocation"] == {"module_args": ARGS}
    assert result["operation"]["phases"] == [
        {"name": "Updating", "seconds": 10.0},
        {"name": "ReconcilingAddons", "seconds": 45.0},
        {"name": "Succeeded", "seconds": 0.0},
    ]


def test_a_line_once_a_minute_when_nothing_changes(screen: Screen) -> None:
    plugin = Plugin([*[answer("Updating")] * 14, answer("Succeeded", done=True)], ARGS)
    run(plugin)
    assert screen.lines == [f"aks-prod | Updating | {seconds} s" for seconds in (0, 60, 120)] + ["aks-prod | Succeeded | 140 s"]


def test_the_module_looks_by_itself_until_a_line_is_due_or_the_time_is_up(screen: Screen) -> None:
    plugin = Plugin([answer("Updating", timeout=100)], ARGS)
    run(plugin)
    assert [turn.quiet for turn in plugin.turns[:7]] == [0, 60, 60, 60, 60, 50, 40]


def test_nothing_is_shown_under_no_log(screen: Screen) -> None:
    run(Plugin([answer("Updating"), answer("Succeeded", done=True)], ARGS, no_log=True))
    assert screen.lines == []


@pytest.mark.parametrize(
    ("host", "args", "label"),
    [
        ("aks-west", ARGS, "aks-west"),
        ("localhost", ARGS, "aks-prod"),
        ("127.0.0.1", ARGS, "aks-prod"),
        ("localhost", {}, "localhost"),
    ],
)
def test_lines_begin_with_the_host_or_what_it_works_on(screen: Screen, host: str, args: dict[str, t.Any], label: str) -> None:
    run(Plugin([answer("Updating"), answer("Succeeded", done=True)], args), host)
    assert screen.lines[0] == f"{label} | Updating | 0 s"


def test_a_result_without_progress_is_passed_on(screen: Screen) -> None:
    reported = {
        "changed": True,
        "operation": {"id": "op-1", "url": "https://x"},
        "invocation": {"module_args": {"wait": False, "wait_step": "x"}},
    }
    plugin = Plugin([reported], ARGS)
    assert run(plugin) == {"changed": True, "operation": {"id": "op-1", "url": "https://x"}, "invocation": {"module_args": {"wait": False}}}
    assert (len(plugin.calls), plugin.slept, screen.lines) == (1, [], [])


def test_a_failure_at_the_first_step_is_passed_on() -> None:
    assert run(Plugin([{"failed": True, "msg": "No."}], ARGS)) == {"failed": True, "msg": "No."}


def test_a_failure_on_the_way_tells_the_phases(screen: Screen) -> None:
    failed = {"failed": True, "msg": "No.", "changed": True, "operation": {"id": "op-1", "status": "Failed", "done": True}}
    result = run(Plugin([answer("Updating"), failed], ARGS))
    assert result["failed"] is True
    assert result["operation"]["phases"] == [{"name": "Updating", "seconds": 10.0}]
    assert screen.lines == ["aks-prod | Updating | 0 s"]


def test_the_end_of_the_time_is_a_failure(screen: Screen) -> None:
    plugin = Plugin([answer("Updating", timeout=25, timeout_message="The update had not ended", timeout_remedy="Wait longer.")], ARGS)
    result = run(plugin)
    assert plugin.slept == [10, 10, 5]
    assert result["failed"] is True
    assert result["changed"] is True
    assert result["msg"] == "The update had not ended after 25 seconds (last seen: Updating). Wait longer."
    assert result["error"]["code"] == WAIT_ENDED
    assert result["operation"]["phases"] == [{"name": "Updating", "seconds": 25.0}]
    assert screen.lines == ["aks-prod | Updating | 0 s"]


def test_the_end_of_the_time_without_a_message_is_the_last_result(screen: Screen) -> None:
    result = run(Plugin([answer("Rolling out", timeout=25)], ARGS))
    assert "failed" not in result
    assert screen.lines


def test_under_async_the_module_does_it_all() -> None:
    plugin = Plugin([{"ansible_job_id": "1"}], ARGS, async_val=600)
    assert run(plugin) == {"ansible_job_id": "1"}
    (call,) = plugin.calls
    assert call["wrap_async"] is True
    assert "module_args" not in call


def test_the_arguments_of_the_task_stay_as_they_are() -> None:
    args = dict(ARGS)
    run(Plugin([answer("Succeeded", done=True)], args))
    assert args == ARGS


def test_an_interrupt_ends_it_at_once(screen: Screen) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(Plugin([answer("Updating"), KeyboardInterrupt()], ARGS))
    assert len(screen.lines) == 1


@pytest.mark.parametrize("plugin", [aks_kube_proxy, aks_preview_feature, aks_dataplane_status_info])
def test_the_modules_that_wait_have_it(plugin: types.ModuleType) -> None:
    assert plugin.ActionModule is ActionModule
    assert ActionModule.TRANSFERS_FILES is False
    assert ActionModule._supports_check_mode is True
    assert ActionModule._supports_async is True


def test_nobody_is_left_who_waits_when_ansible_has_ended(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = Plugin([answer("Updating")], ARGS)
    parents = iter([4711, 4711, 1])
    monkeypatch.setattr(_progress.os, "getppid", lambda: next(parents))
    with pytest.raises(AnsibleActionFail, match="Ansible has ended"):
        run(plugin)
    assert len(plugin.calls) == 2
