# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aks_preview_feature against the simulator, whose features come into effect only after the documented three steps."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Turn

from tests.support.modules import run_module
from tests.support.simulator import FEATURE, Simulator

QUICK = {"poll_interval": 1, "wait_timeout": 60}


def run(env: dict[str, str], check: bool = False, **args: t.Any) -> dict[str, t.Any]:
    return run_module("aks_preview_feature", {"name": FEATURE, **QUICK, **args}, check=check, diff=True, env=env)


def writes(simulator: Simulator) -> list[str]:
    return [entry["path"].rsplit("/providers/", 1)[1] for entry in simulator.log(method="POST") if entry["kind"] != "token"]


@pytest.fixture
def unregistered(simulator: Simulator) -> Simulator:
    simulator.reset(feature=False)
    simulator.settings(retry_after=None)
    return simulator


def test_missing_arguments(azure_env: dict[str, str]) -> None:
    result = run_module("aks_preview_feature", {}, env=azure_env)
    assert result["failed"]
    assert "name" in result["msg"]


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({"name": "Microsoft.ContainerService/X"}, "not the name of a feature"),
        ({"poll_interval": 0}, "poll_interval"),
        ({"wait_timeout": -1}, "wait_timeout"),
        ({"state": "absent"}, "registered"),
        ({"refresh_provider": "never"}, "when_changed"),
    ],
)
def test_bad_arguments_ask_nobody(simulator: Simulator, azure_env: dict[str, str], args: dict[str, t.Any], word: str) -> None:
    simulator.clear_log()
    result = run(azure_env, **args)
    assert result["failed"]
    assert word in result["msg"]
    assert simulator.log() == []


def test_check_mode_changes_nothing(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env, check=True)
    assert result["changed"]
    assert result["after"] == {"state": "Registered", "provider_state": "Registered"}
    assert [change["path"] for change in result["plan"]] == ["state", "provider_refreshed"]
    assert result["feature"]["state"] == "NotRegistered"
    assert writes(unregistered) == []


def test_register_and_again(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env)
    assert result["changed"]
    assert result["before"] == {"state": "NotRegistered", "provider_state": "Registered"}
    assert result["feature"] == {"name": FEATURE, "state": "Registered", "provider_state": "Registered"}
    phases = [phase["name"] for phase in result["operation"]["phases"]]
    assert phases[0] == "Registering"
    assert phases[-1] == "Registered"
    assert writes(unregistered) == [f"Microsoft.ContainerService/features/{FEATURE}/register", "Microsoft.ContainerService/register"]
    unregistered.clear_log()
    again = run(azure_env)
    assert not again["changed"]
    assert (again["plan"], again["before"]) == ([], again["after"])
    assert writes(unregistered) == []
    assert len(unregistered.log(kind="token", method="POST")) == 1


def test_refresh_always(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env, refresh_provider="always")
    assert result["changed"]
    assert [change["path"] for change in result["plan"]] == ["provider_refreshed"]
    assert writes(simulator) == ["Microsoft.ContainerService/register"]
    assert run(azure_env, check=True, refresh_provider="always")["changed"]


def test_without_waiting(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env, wait=False)
    assert result["changed"]
    assert result["feature"]["state"] == "Registering"
    assert not result["operation"]["done"]
    assert writes(unregistered) == [f"Microsoft.ContainerService/features/{FEATURE}/register"]


def test_run_after_a_killed_one_goes_on(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    unregistered.settings(scale=0.02)
    run(azure_env, wait=False)
    unregistered.clear_log()
    result = run(azure_env)
    assert result["before"]["state"] == "Registering"
    assert result["after"] == {"state": "Registered", "provider_state": "Registered"}
    assert writes(unregistered) == ["Microsoft.ContainerService/register"]


def test_steps_of_the_action_plugin(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    """One module run per step, and each hands its state on as text."""
    state: dict[str, t.Any] = {}
    for _step in range(100):
        result = run(azure_env, wait_step=Turn(state).encode())
        assert not result.get("failed"), result
        progress = result["progress"]["step"]
        state = json.loads(json.dumps(progress["state"]))
        if progress["done"]:
            break
    assert result["changed"]
    assert result["before"]["state"] == "NotRegistered"
    assert writes(unregistered)[-1] == "Microsoft.ContainerService/register"


def test_time_up(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    unregistered.settings(scale=1)
    result = run(azure_env, wait_timeout=1)
    assert result["failed"]
    assert result["error"]["code"] == "WaitTimeout"
    assert FEATURE in result["msg"]
    assert "Run again" in result["msg"]
    assert result["changed"]


def test_pending(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    unregistered.needs_approval(FEATURE)
    result = run(azure_env)
    assert result["failed"]
    assert result["error"]["code"] == "FeaturePending"
    assert "must approve" in result["msg"]
    again = run(azure_env)
    assert again["error"]["code"] == "FeaturePending"
    assert not again["changed"]


def test_unregister_and_again(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env, state="unregistered")
    assert result["changed"]
    assert result["after"]["state"] == "Unregistered"
    assert any("does not switch it off" in str(warning) for warning in result["warnings"])
    assert writes(simulator) == [f"Microsoft.ContainerService/features/{FEATURE}/unregister", "Microsoft.ContainerService/register"]
    assert not run(azure_env, state="unregistered")["changed"]


def test_unknown_feature(simulator: Simulator, azure_env: dict[str, str]) -> None:
    result = run(azure_env, name="NoSuchPreview")
    assert result["failed"]
    assert result["error"]["code"] == "FeatureNotFound"
    assert "az feature list" in result["msg"]


@pytest.mark.parametrize(
    ("path", "right"),
    [
        (f"features/{FEATURE}/register$", "Microsoft.Features/providers/features/register/action"),
        ("providers/Microsoft.ContainerService/register$", "Microsoft.ContainerService/register/action"),
    ],
)
def test_missing_rights(unregistered: Simulator, azure_env: dict[str, str], path: str, right: str) -> None:
    unregistered.fault("forbidden", path=path, method="POST", times=None)
    result = run(azure_env)
    assert result["failed"]
    assert result["error"]["status"] == 403
    assert right in result["msg"]
    assert f"/subscriptions/{unregistered.subscription_id}" in result["msg"]


def test_trouble_while_waiting(unregistered: Simulator, azure_env: dict[str, str]) -> None:
    unregistered.fault("server_error", path=f"features/{FEATURE}$", method="GET", times=2, skip=1, status=502)
    unregistered.fault("throttle", path=f"features/{FEATURE}$", method="GET", times=1, retry_after="1")
    assert run(azure_env)["feature"]["state"] == "Registered"
