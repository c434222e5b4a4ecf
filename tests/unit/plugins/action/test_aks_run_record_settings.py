# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of a host say is read anew whenever the action runs: a task with C(until) runs the same one with the same variables, changed."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible_collections.aks.dataplane.plugins.action.aks_run_record import ActionModule


def test_variables_that_change_between_two_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []

    class Action(ActionModule):
        def _answer(self, known: t.Any, variables: dict[str, t.Any]) -> dict[str, t.Any]:
            settings = self._read_settings(variables)
            seen.append((settings.resource_group, id(settings)))
            assert self._read_settings(variables) is settings, "once in one attempt"
            return {}

    monkeypatch.setattr(ActionBase, "run", lambda *_args, **_named: {})
    action = Action.__new__(Action)
    action._task = types.SimpleNamespace(args={"event": "summary"})
    action._loader = DataLoader()
    action._templar = types.SimpleNamespace(template=lambda value: value)
    variables = {"inventory_hostname": "blue", "aks_dataplane_resource_group": "first"}
    action.run(task_vars=variables)
    variables["aks_dataplane_resource_group"] = "second"
    action.run(task_vars=variables)
    assert [group for group, _id in seen] == ["first", "second"]
