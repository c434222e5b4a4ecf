# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft.Features and the registration of the resource provider: states, and the time they take.

A feature counts for AKS only once the provider was registered again after the feature had become C(Registered), as documented.
"""

from __future__ import annotations

import typing as t

from ..clock import Clock

NAMESPACE = "Microsoft.ContainerService"
KUBE_PROXY = "KubeProxyConfigurationPreview"
KNOWN = (KUBE_PROXY, "AdvancedNetworkingPerformancePreview", "AutoUpgradePreview", "NodeDisruptionProfile")

REGISTER_SECONDS = 150.0
UNREGISTER_SECONDS = 60.0
PROVIDER_SECONDS = 45.0

Spawn = t.Callable[[t.Coroutine[t.Any, t.Any, None]], t.Any]


class Features:
    """approval: names of features that stay C(Pending) until the product team approves them."""

    def __init__(self, clock: Clock, spawn: Spawn) -> None:
        self._clock = clock
        self._spawn = spawn
        self.states: dict[str, str] = {}
        self.approval: set[str] = set()
        self.propagated: set[str] = set()
        self.provider = "Registered"
        self._turn: dict[str, int] = {}
        self.reset({})

    def reset(self, states: t.Mapping[str, str]) -> None:
        """All known features C(NotRegistered) but those given; a feature given as C(Registered) is in effect already."""
        self.states = dict.fromkeys(KNOWN, "NotRegistered") | dict(states)
        self.approval = set()
        self.propagated = {name for name, state in self.states.items() if state == "Registered"}
        self.provider = "Registered"
        self._turn = {}

    def find(self, name: str) -> str | None:
        """The feature's name as it is spelled here."""
        return next((known for known in self.states if known.lower() == name.lower()), None)

    def in_effect(self, name: str) -> bool:
        return name in self.propagated

    def register(self, name: str) -> None:
        if self.states[name] in ("Registered", "Registering", "Pending"):
            return
        if name in self.approval:
            self.states[name] = "Pending"
            return
        self.states[name] = "Registering"
        self._later(name, "Registering", "Registered", REGISTER_SECONDS)

    def unregister(self, name: str) -> None:
        """Clusters that use the feature keep it; the provider forgets it at its next registration."""
        if self.states[name] in ("NotRegistered", "Unregistered", "Unregistering"):
            return
        self.states[name] = "Unregistering"
        self._later(name, "Unregistering", "Unregistered", UNREGISTER_SECONDS)

    def register_provider(self) -> None:
        self.provider = "Registering"
        turn = self._turn["provider"] = self._turn.get("provider", 0) + 1

        async def work() -> None:
            await self._clock.sleep(PROVIDER_SECONDS)
            if turn == self._turn.get("provider"):
                self.provider = "Registered"
                self.propagated = {name for name, state in self.states.items() if state == "Registered"}

        self._spawn(work())

    def _later(self, name: str, before: str, after: str, seconds: float) -> None:
        async def work() -> None:
            await self._clock.sleep(seconds)
            if self.states.get(name) == before:
                self.states[name] = after

        self._spawn(work())
