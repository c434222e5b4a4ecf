# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError, from_response
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import MAX_FAILURES
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.stepping import Step
from ansible_collections.aks.dataplane.plugins.module_utils._work.feature_registration import FeatureRegistration, check_feature_name
from ansible_collections.aks.dataplane.plugins.module_utils._work.stepwise import wait_for
from hypothesis import given
from hypothesis import strategies as st

NAME = "KubeProxyConfigurationPreview"
STATES = ("NotSpecified", "NotRegistered", "Registering", "Registered", "Unregistering", "Unregistered")


@dataclasses.dataclass
class Azure:
    """A subscription whose feature and provider move on with each look. approval: the feature needs it."""

    state_now: str = "NotRegistered"
    provider_now: str = "Registered"
    looks: int = 2
    approval: bool = False
    calls: list[str] = dataclasses.field(default_factory=list)
    left: int = 0
    provider_left: int = 0
    trouble: list[ArmError] = dataclasses.field(default_factory=list)

    def id(self, feature: str) -> str:
        return f"/features/{feature}"

    def state(self, feature: str) -> str:
        self.calls.append("state")
        if self.trouble:
            raise self.trouble.pop(0)
        if self.state_now.lower() in ("registering", "unregistering"):
            self.left -= 1
            if self.left < 0:
                self.state_now = {"registering": "Registered", "unregistering": "Unregistered"}[self.state_now.lower()]
        return self.state_now

    def register(self, feature: str) -> str:
        return self._ask("register", "Pending" if self.approval else "Registering")

    def unregister(self, feature: str) -> str:
        return self._ask("unregister", "Unregistering")

    def _ask(self, verb: str, state: str) -> str:
        self.calls.append(verb)
        self.state_now, self.left = state, self.looks
        return state

    def provider_state(self) -> str:
        self.calls.append("provider_state")
        if self.provider_now == "Registering":
            self.provider_left -= 1
            if self.provider_left < 0:
                self.provider_now = "Registered"
        return self.provider_now

    def register_provider(self) -> str:
        self.calls.append("register_provider")
        self.provider_now, self.provider_left = "Registering", self.looks
        return "Registering"


def work(azure: Azure, goal: t.Any = "registered", always: bool = False, check: bool = False) -> FeatureRegistration:
    return FeatureRegistration(t.cast(t.Any, azure), NAME, goal, always, check)


def finish(doing: FeatureRegistration) -> dict[str, t.Any]:
    """The result of all steps, each started from the JSON of the one before, as the action plugin does it."""

    def advance(state: t.Any) -> Step:
        return doing.advance(json.loads(json.dumps(state)))

    return wait_for(advance, timeout=1000, poll_interval=1, clock=lambda: 0.0, sleep=lambda seconds: None)


def paths(result: dict[str, t.Any]) -> list[str]:
    return [change["path"] for change in result["plan"]]


def test_the_three_documented_steps() -> None:
    azure = Azure()
    result = finish(work(azure))
    wanted = [call for call in azure.calls if call in ("register", "register_provider")]
    assert wanted == ["register", "register_provider"]
    assert azure.calls.index("register_provider") > azure.calls.index("state", 2)
    assert result["changed"]
    assert result["before"] == {"state": "NotRegistered", "provider_state": "Registered"}
    assert result["after"] == {"state": "Registered", "provider_state": "Registered"}
    assert result["feature"] == {"name": NAME, "state": "Registered", "provider_state": "Registered"}
    assert paths(result) == ["state", "provider_refreshed"]
    assert [phase["name"] for phase in result["operation"]["phases"]] == ["Registering", "ProviderRegistering", "Registered"]
    assert result["operation"]["done"]
    assert '"provider_refreshed": true' in result["diff"]["after"]


def test_nothing_to_do() -> None:
    azure = Azure(state_now="Registered")
    result = finish(work(azure))
    assert azure.calls == ["state", "provider_state"]
    assert (result["changed"], result["plan"]) == (False, [])
    assert result["diff"]["before"] == result["diff"]["after"]


def test_states_are_compared_without_regard_to_case() -> None:
    azure = Azure(state_now="registered", provider_now="registered")
    assert not finish(work(azure))["changed"]


def test_always_refreshes_the_provider() -> None:
    azure = Azure(state_now="Registered")
    result = finish(work(azure, always=True))
    assert [call for call in azure.calls if call.startswith("register")] == ["register_provider"]
    assert result["changed"]
    assert paths(result) == ["provider_refreshed"]


def test_goes_on_after_a_killed_run() -> None:
    azure = Azure(state_now="Registering", left=3)
    result = finish(work(azure))
    assert "register" not in azure.calls
    assert "register_provider" in azure.calls
    assert result["changed"]
    assert result["after"] == {"state": "Registered", "provider_state": "Registered"}


def test_waits_for_a_provider_that_a_killed_run_left() -> None:
    azure = Azure(state_now="Registered", provider_now="Registering", provider_left=3)
    result = finish(work(azure))
    assert "register_provider" not in azure.calls
    assert not result["changed"]
    assert result["after"]["provider_state"] == "Registered"


def test_a_provider_that_is_not_registered_is_registered() -> None:
    azure = Azure(state_now="Registered", provider_now="NotRegistered")
    assert finish(work(azure))["after"]["provider_state"] == "Registered"
    assert "register_provider" in azure.calls


def test_registers_after_an_unregistration_that_is_under_way() -> None:
    azure = Azure(state_now="Unregistering", left=2)
    assert finish(work(azure))["after"]["state"] == "Registered"
    assert azure.calls.index("register") > 2


@pytest.mark.parametrize(
    ("azure", "check"), [(Azure(approval=True), False), (Azure(state_now="pending"), False), (Azure(state_now="Pending"), True)]
)
def test_pending_needs_approval(azure: Azure, check: bool) -> None:
    with pytest.raises(DataplaneError) as caught:
        work(azure, check=check).advance({})
    assert caught.value.code == "FeaturePending"
    assert "product team must approve" in caught.value.message
    assert caught.value.result["changed"] is azure.approval
    assert caught.value.result["feature"]["state"].lower() == "pending"


def test_unregister() -> None:
    azure = Azure(state_now="Registered")
    result = finish(work(azure, "unregistered"))
    assert [call for call in azure.calls if "register" in call] == ["unregister", "register_provider"]
    assert result["changed"]
    assert result["after"] == {"state": "Unregistered", "provider_state": "Registered"}
    assert "does not switch it off" in result["warnings"][0]


@pytest.mark.parametrize("state", ["NotRegistered", "Unregistered", "notspecified"])
def test_nothing_to_unregister(state: str) -> None:
    azure = Azure(state_now=state, provider_now="NotRegistered")
    result = finish(work(azure, "unregistered"))
    assert azure.calls == ["state", "provider_state"]
    assert not result["changed"]
    assert "warnings" not in result


def test_a_pending_registration_can_be_withdrawn() -> None:
    azure = Azure(state_now="Pending")
    assert finish(work(azure, "unregistered"))["after"]["state"] == "Unregistered"


@given(
    state=st.sampled_from(STATES),
    provider=st.sampled_from(["NotRegistered", "Registering", "Registered", "Unregistered"]),
    goal=st.sampled_from(["registered", "unregistered"]),
    always=st.booleans(),
)
def test_check_mode_tells_what_a_run_does(state: str, provider: str, goal: str, always: bool) -> None:
    asked = Azure(state_now=state, provider_now=provider)
    predicted = work(asked, goal, always, check=True).advance({}).result
    assert not {"register", "unregister", "register_provider"} & set(asked.calls)
    done = finish(work(Azure(state_now=state, provider_now=provider), goal, always))
    assert predicted["changed"] == done["changed"]
    assert predicted["plan"] == done["plan"]
    assert predicted["after"]["state"] in (done["after"]["state"], *(("Unregistered",) if goal == "unregistered" else ()))
    again = finish(work(Azure(state_now=done["after"]["state"], provider_now=done["after"]["provider_state"]), goal))
    assert not again["changed"]


@pytest.mark.parametrize("stop_after", [1, 2, 4, 5, 6])
def test_a_run_killed_at_any_step_is_finished_by_the_next(stop_after: int) -> None:
    azure, state = Azure(), {}
    for _step in range(stop_after):
        state = dict(work(azure).advance(state).state)
    result = finish(work(azure))
    assert result["after"] == {"state": "Registered", "provider_state": "Registered"}
    assert azure.calls.count("register") == 1
    assert azure.calls.count("register_provider") == 1


def test_a_registration_that_ended_while_nobody_looked_needs_always() -> None:
    """Azure does not report whether the provider was registered after the feature, so the operator has to."""
    azure = Azure(state_now="Registered")
    assert not finish(work(azure))["changed"]
    assert finish(work(azure, always=True))["changed"]


def test_without_waiting_only_the_first_step_is_made() -> None:
    azure = Azure()
    step = work(azure).advance({})
    assert not step.done
    assert step.result["changed"]
    assert step.result["after"]["state"] == "Registering"
    assert azure.calls == ["state", "provider_state", "register"]
    assert not work(azure).advance({}).result["changed"]


def test_time_up() -> None:
    step = work(Azure(looks=100)).advance({})
    error = step.timeout_error(1800)
    assert error is not None
    assert NAME in error.message
    assert "Run again" in error.remedy
    assert error.result["operation"]["done"] is False


def test_lost_answers_are_bridged_while_waiting() -> None:
    azure = Azure()
    state = work(azure).advance({}).state
    azure.trouble = [from_response(503, None, {}, "x"), ArmError("x", code="NoAnswer")]
    while not (step := work(azure).advance(state)).done:
        state = step.state
    assert step.result["after"]["state"] == "Registered"
    assert azure.trouble == []


def test_too_many_lost_answers_end_the_wait() -> None:
    azure = Azure()
    state = work(azure).advance({}).state
    azure.trouble = [from_response(503, None, {}, "x") for _number in range(MAX_FAILURES + 1)]
    for _number in range(MAX_FAILURES):
        state = work(azure).advance(state).state
    with pytest.raises(ArmError):
        work(azure).advance(state)


def test_refusals_are_not_bridged() -> None:
    azure = Azure()
    state = work(azure).advance({}).state
    azure.trouble = [from_response(403, None, {}, "x")]
    with pytest.raises(ArmError):
        work(azure).advance(state)


@pytest.mark.parametrize("name", ["", "Microsoft.ContainerService/X", "a b", "../x", "x?y"])
def test_bad_name(name: str) -> None:
    with pytest.raises(DataplaneError, match="not the name of a feature"):
        check_feature_name(name)


def test_good_name() -> None:
    check_feature_name(NAME)
