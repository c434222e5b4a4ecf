# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft.Features, api-version 2021-07-01, and the registration of resource providers."""

from __future__ import annotations

import typing as t

from aiohttp import web

from ..errors import gateway
from ..world import World
from .dispatch import SUBSCRIPTION, Names, Table
from .features import NAMESPACE

_PROVIDERS = SUBSCRIPTION + "/providers"
_FEATURES = _PROVIDERS + r"/Microsoft\.Features/providers/(?P<ns>[^/]+)/features"
_REGISTRATIONS = _PROVIDERS + r"/Microsoft\.Features/featureProviders/(?P<ns>[^/]+)/subscriptionFeatureRegistrations"

# Of those that are always registered.
OTHERS = {"Microsoft.Features": ("features", "2021-07-01"), "Microsoft.Resources": ("resourceGroups", "2025-04-01")}
OUT = ("NotRegistered", "Unregistered")


def feature_routes(world: World) -> Table:
    features = _Features(world)
    return Table(
        world,
        ("GET", _PROVIDERS + r"/Microsoft\.Features/features", features.listing),
        ("GET", _FEATURES, features.listing),
        ("GET", _FEATURES + "/(?P<name>[^/]+)", features.feature),
        ("POST", _FEATURES + "/(?P<name>[^/]+)/(?P<action>register|unregister)", features.feature),
        ("GET", _REGISTRATIONS, features.registrations),
        ("GET", _REGISTRATIONS + "/(?P<name>[^/]+)", features.registration),
        ("PUT", _REGISTRATIONS + "/(?P<name>[^/]+)", features.registration),
        ("DELETE", _REGISTRATIONS + "/(?P<name>[^/]+)", features.registration),
        ("GET", _PROVIDERS, features.providers),
        ("GET", _PROVIDERS + "/(?P<ns>[^/]+)", features.provider),
        ("POST", _PROVIDERS + "/(?P<ns>[^/]+)/(?P<action>register)", features.provider),
    )


class _Features:
    def __init__(self, world: World) -> None:
        self.world = world

    def _find(self, names: Names) -> str:
        name = self.world.features.find(names["name"]) if names["ns"].lower() == NAMESPACE.lower() else None
        if name is None:
            raise gateway(404, "FeatureNotFound", f"The feature '{names['name']}' could not be found.")
        return name

    def _described(self, subscription: str, name: str) -> dict[str, t.Any]:
        scope = f"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{NAMESPACE}/features/{name}"
        state = self.world.features.states[name]
        return {"properties": {"state": state}, "id": scope, "type": "Microsoft.Features/providers/features", "name": f"{NAMESPACE}/{name}"}

    async def listing(self, request: web.Request, names: Names) -> web.Response:
        known = self.world.features.states if names.get("ns", NAMESPACE).lower() == NAMESPACE.lower() else {}
        return web.json_response({"value": [self._described(names["subscription"], name) for name in known]})

    async def feature(self, request: web.Request, names: Names) -> web.Response:
        name, action = self._find(names), names.get("action", "").lower()
        if action == "register":
            self.world.features.register(name)
        elif action:
            self.world.features.unregister(name)
        return web.json_response(self._described(names["subscription"], name))

    def _registered(self, subscription: str, name: str) -> dict[str, t.Any]:
        """A feature in the newer shape, which there is only for those that somebody has registered."""
        kind = "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations"
        waits = name in self.world.features.approval
        return {
            "id": f"/subscriptions/{subscription}/providers/{kind.replace('Providers/', f'Providers/{NAMESPACE}/', 1)}/{name}",
            "name": name,
            "type": kind,
            "properties": {
                "tenantId": self.world.settings.tenant,
                "subscriptionId": subscription,
                "providerNamespace": NAMESPACE,
                "featureName": name,
                "displayName": name,
                "state": self.world.features.states[name],
                "approvalType": "ApprovalRequired" if waits else "AutoApproval",
            },
        }

    async def registrations(self, request: web.Request, names: Names) -> web.Response:
        known = self.world.features.states if names["ns"].lower() == NAMESPACE.lower() else {}
        found = [self._registered(names["subscription"], name) for name, state in known.items() if state not in OUT]
        return web.json_response({"value": found})

    async def registration(self, request: web.Request, names: Names) -> web.Response:
        name = self._find(names)
        if request.method == "PUT":
            self.world.features.register(name)
        elif self.world.features.states[name] in OUT:
            if request.method == "DELETE":
                return web.Response(status=204)
            raise gateway(404, "SubscriptionFeatureRegistrationNotFound", f"The registration of feature '{name}' could not be found.")
        elif request.method == "DELETE":
            self.world.features.unregister(name)
            return web.Response(status=200)
        return web.json_response(self._registered(names["subscription"], name))

    def _provider(self, subscription: str, name: str) -> dict[str, t.Any]:
        kind, version = OTHERS.get(name, ("", ""))
        location = self.world.settings.location
        clusters = {"resourceType": "managedClusters", "locations": [location], "apiVersions": ["2026-08-02-preview", "2026-08-01"]}
        return {
            "id": f"/subscriptions/{subscription}/providers/{name}",
            "namespace": name,
            "registrationPolicy": "RegistrationFree" if kind else "RegistrationRequired",
            "registrationState": "Registered" if kind else self.world.features.provider,
            "resourceTypes": [{"resourceType": kind, "locations": [location], "apiVersions": [version]} if kind else clusters],
        }

    async def providers(self, request: web.Request, names: Names) -> web.Response:
        return web.json_response({"value": [self._provider(names["subscription"], name) for name in (NAMESPACE, *OTHERS)]})

    async def provider(self, request: web.Request, names: Names) -> web.Response:
        name = next((known for known in (NAMESPACE, *OTHERS) if known.lower() == names["ns"].lower()), None)
        if name is None:
            raise gateway(404, "InvalidResourceNamespace", f"The resource namespace '{names['ns']}' is invalid.")
        if "action" in names and name == NAMESPACE:
            self.world.features.register_provider()
        return web.json_response(self._provider(names["subscription"], name))
