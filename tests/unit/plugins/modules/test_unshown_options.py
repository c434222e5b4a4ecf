# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module keeps to itself is in no result and in no log of the machine, and its words are not hidden elsewhere."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import UNSHOWN, ControllerModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import run_module

from tests.support.modules import patch_module_args

SPEC = {"open": {"type": "str"}, "closed": {"type": "dict"}, "count": {"type": "int"}}
CLOSED = {"password": "hunter2", "word": "plain"}
# Newer ansible-core shows the options of a module in its result when it is asked to.
SHOWING = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}


def ended(body: t.Callable[[ControllerModule], None], capsys: pytest.CaptureFixture[str], **options: t.Any) -> dict[str, t.Any]:
    with patch_module_args({"open": "plain", **options, **SHOWING}), pytest.raises(SystemExit):
        run_module(ControllerModule(argument_spec=SPEC, unshown=("closed",)), body)
    return t.cast(dict[str, t.Any], json.loads(capsys.readouterr().out))


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(ControllerModule, "log", lambda _self, *reported, **more: found.append(f"{reported}{more}"))
    return found


def fail(module: ControllerModule) -> None:
    raise DataplaneError("A plain failure.")


def test_it_is_not_in_the_result(capsys: pytest.CaptureFixture[str], logged: list[str]) -> None:
    seen: list[t.Any] = []

    def body(module: ControllerModule) -> None:
        seen.append(module.params["closed"])
        module.exit_json(changed=False, reported="plain")

    result = ended(body, capsys, closed=CLOSED)
    assert seen == [CLOSED]
    assert result["invocation"]["module_args"] == {"open": "plain", "closed": UNSHOWN, "count": None}
    assert result["reported"] == "plain"
    assert "hunter2" not in json.dumps(result)
    assert any("plain" in line for line in logged)
    assert not any("hunter2" in line for line in logged)


def test_it_is_not_in_a_failure(capsys: pytest.CaptureFixture[str], logged: list[str]) -> None:
    result = ended(fail, capsys, closed=CLOSED)
    assert (result["failed"], result["msg"]) == (True, "A plain failure.")
    assert result["invocation"]["module_args"]["closed"] == UNSHOWN
    assert "hunter2" not in json.dumps([result, logged])


@pytest.mark.parametrize("options", [{"count": "many"}, {"surplus": 1}, {"closed": ["hunter2"]}, {"closed": "{hunter2"}], ids=str)
def test_it_is_not_in_a_refusal(options: dict[str, t.Any], capsys: pytest.CaptureFixture[str], logged: list[str]) -> None:
    result = ended(fail, capsys, **{"closed": CLOSED, **options})
    assert result["failed"] is True
    assert "hunter2" not in json.dumps([result, logged])


def test_what_was_not_given_is_shown_as_that(capsys: pytest.CaptureFixture[str], logged: list[str]) -> None:
    assert ended(fail, capsys)["invocation"]["module_args"]["closed"] is None
