"""Registering a preview feature, as AKS documents it: register, wait until it is registered, register the resource provider anew, wait again.

Unregistering goes the same way. https://learn.microsoft.com/azure/azure-resource-manager/management/preview-features
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._arm.errors import ArmError
from .._arm.features import NAMESPACE, Features
from .._arm.transient import MAX_FAILURES, is_transient
from .._common.errors import DataplaneError
from .._common.result import Change, diff
from .._common.stepping import State, Step

Goal = t.Literal["registered", "unregistered"]

_REACHED = {"registered": frozenset({"registered"}), "unregistered": frozenset({"unregistered", "notregistered", "notspecified"})}
_NAMES = {"registered": "Registered", "unregistered": "Unregistered"}
_MOVING = frozenset({"registering", "unregistering"})
_PENDING = "pending"

STAYS_ON = (
    "Unregistering a feature does not switch it off on clusters that use it already; it only keeps it from being set up anew. "
    "Some features must stay registered as long as a cluster uses them."
)


def check_feature_name(name: str) -> None:
    """DataplaneError for what is not the bare name of a feature. Asks nobody."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise DataplaneError(
            f"name is {name!r}, which is not the name of a feature.",
            remedy=f"Set the name only, without {NAMESPACE}/ before it, for example KubeProxyConfigurationPreview.",
        )


@dataclasses.dataclass(frozen=True)
class RegistrationState:
    """What the registration must know at its next step; plain JSON types.

    before, provider_before: states at the first look. state, provider_state: at the last one.
    refresh: the provider has to be registered anew, once the feature is where it should be.
    asked: the feature's state was changed by us. refreshed: the provider was registered anew by us. failures: looks in a row without an answer.
    """

    before: str
    provider_before: str
    state: str
    provider_state: str
    refresh: bool
    asked: bool = False
    refreshed: bool = False
    failures: int = 0


class FeatureRegistration:
    """One feature's way to its goal, as C(advance) for the steps of C(stepping).

    name: without the namespace before it. always_refresh: register the provider anew even when the feature is at its goal already.
    check_mode: nothing is changed, and the first step is the last.
    """

    def __init__(self, features: Features, name: str, goal: Goal, always_refresh: bool, check_mode: bool) -> None:
        self._features = features
        self._name = name
        self._goal = goal
        self._always_refresh = always_refresh
        self._check_mode = check_mode

    def advance(self, state: State) -> Step:
        """One look, and the next request if it is time for it. ArmError for a refusal, DataplaneError when the feature needs an approval."""
        memory = self._read_again(RegistrationState(**state)) if state else self._begin()
        self._refuse_pending(memory)
        if not self._check_mode and not memory.failures:
            memory = self._request_next(memory)
            self._refuse_pending(memory)
        return self._step(memory)

    def _begin(self) -> RegistrationState:
        state, provider = self._features.state(self._name), self._features.provider_state()
        # A feature that is on its way (an earlier run may have been killed) needs the rest of the way from us.
        refresh = self._always_refresh or not self._is_reached(state)
        if self._goal == "registered":
            refresh = refresh or provider.lower() not in ("registered", "registering")
        return RegistrationState(before=state, provider_before=provider, state=state, provider_state=provider, refresh=refresh)

    def _read_again(self, memory: RegistrationState) -> RegistrationState:
        try:
            if self._is_reached(memory.state):
                return dataclasses.replace(memory, provider_state=self._features.provider_state(), failures=0)
            return dataclasses.replace(memory, state=self._features.state(self._name), failures=0)
        except ArmError as exc:
            if not is_transient(exc) or memory.failures >= MAX_FAILURES:
                raise
            return dataclasses.replace(memory, failures=memory.failures + 1)

    def _request_next(self, memory: RegistrationState) -> RegistrationState:
        if not self._is_reached(memory.state) and memory.state.lower() not in _MOVING:
            ask = self._features.register if self._goal == "registered" else self._features.unregister
            memory = dataclasses.replace(memory, state=ask(self._name), asked=True)
        if self._is_reached(memory.state) and memory.refresh and not memory.refreshed:
            memory = dataclasses.replace(memory, provider_state=self._features.register_provider(), refreshed=True)
        return memory

    def _refuse_pending(self, memory: RegistrationState) -> None:
        if self._goal == "registered" and memory.state.lower() == _PENDING:
            raise DataplaneError(
                f"The registration of feature {NAMESPACE}/{self._name} is pending: the product team must approve it.",
                remedy="Wait for the approval (open a request with Azure support if necessary), and run again.",
                code="FeaturePending",
                result={**self._result(memory, done=False), "changed": memory.asked},
            )

    def _is_reached(self, state: str) -> bool:
        return state.lower() in _REACHED[self._goal]

    def _is_done(self, memory: RegistrationState) -> bool:
        if not self._is_reached(memory.state) or (memory.refresh and not memory.refreshed):
            return False
        is_waited_for = memory.refreshed or self._goal == "registered"
        return not is_waited_for or memory.provider_state.lower() == "registered"

    def _step(self, memory: RegistrationState) -> Step:
        done = self._is_done(memory)
        is_feature_there = self._is_reached(memory.state)
        phase = memory.state if done or not is_feature_there else f"Provider{memory.provider_state}"
        return Step(
            done=done,
            phase=phase,
            result=self._result(memory, done),
            state=dataclasses.asdict(memory),
            detail=f"feature {self._name}",
            timeout_message=f"Feature {NAMESPACE}/{self._name} is not {self._goal} with its provider refreshed",
            timeout_remedy="Azure can take half an hour for it. Run again to continue to wait, or set the option wait_timeout to a longer time.",
        )

    def _result(self, memory: RegistrationState, done: bool) -> dict[str, t.Any]:
        plan = self._plan(memory)
        before = {"state": memory.before, "provider_state": memory.provider_before}
        after = {"state": memory.state, "provider_state": memory.provider_state}
        if self._check_mode and plan:
            after = {
                "state": memory.state if self._is_reached(memory.state) else _NAMES[self._goal],
                "provider_state": "Registered" if memory.refresh else memory.provider_state,
            }
        changed = bool(plan) if self._check_mode else memory.asked or memory.refreshed
        result: dict[str, t.Any] = {
            "changed": changed,
            "feature": {"name": self._name, "state": memory.state, "provider_state": memory.provider_state},
            "before": before,
            "after": after,
            "plan": [change.to_dict() for change in plan],
            "diff": diff(f"feature {NAMESPACE}/{self._name}", *self._diff_sides(before, after, memory)),
            "operation": {"id": self._features.id(self._name), "status": memory.state, "done": done},
        }
        if self._goal == "unregistered" and changed:
            result["warnings"] = [STAYS_ON]
        return result

    def _plan(self, memory: RegistrationState) -> list[Change]:
        plan = [] if self._is_reached(memory.before) else [Change("state", memory.before, _NAMES[self._goal])]
        return plan + ([Change("provider_refreshed", False, True)] if memory.refresh else [])

    def _diff_sides(
        self, before: dict[str, t.Any], after: dict[str, t.Any], memory: RegistrationState
    ) -> tuple[dict[str, t.Any], dict[str, t.Any]]:
        """A refresh leaves no trace in the states, so the diff names it."""
        is_refreshed = memory.refresh if self._check_mode else memory.refreshed
        return {**before, "provider_refreshed": False}, {**after, "provider_refreshed": is_refreshed}
