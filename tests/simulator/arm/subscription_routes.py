# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subscriptions, resource groups, and the Kubernetes versions of a region."""

from __future__ import annotations

import typing as t

from aiohttp import web

from ..world import World
from .dispatch import GROUP, SUBSCRIPTION, Names, Table, aks_version

# Minor versions, the last patch of each, and the plans that they are supported in.
VERSIONS = {"1.33": 7, "1.34": 3, "1.35": 2, "1.36": 1}
LONG_TERM = ("1.33",)
DEFAULT = "1.34"


def subscription_routes(world: World) -> Table:
    scope = _Subscriptions(world)
    return Table(
        world,
        ("GET", "/subscriptions", scope.listing),
        ("GET", SUBSCRIPTION, scope.get),
        ("GET", SUBSCRIPTION + "/resourcegroups", scope.groups),
        ("GET", GROUP, scope.group),
        ("HEAD", GROUP, scope.group_exists),
        ("GET", SUBSCRIPTION + r"/providers/Microsoft\.ContainerService/locations/[^/]+/kubernetesVersions", scope.kubernetes_versions),
    )


class _Subscriptions:
    def __init__(self, world: World) -> None:
        self.world = world

    def _subscription(self, name: str) -> dict[str, t.Any]:
        return {
            "id": f"/subscriptions/{name}",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": name,
            "tenantId": self.world.settings.tenant,
            "displayName": "Simulated",
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }

    async def listing(self, request: web.Request, names: Names) -> web.Response:
        found = [self._subscription(name) for name in self.world.subscriptions()]
        return web.json_response({"value": found, "count": {"type": "Total", "value": len(found)}})

    async def get(self, request: web.Request, names: Names) -> web.Response:
        return web.json_response(self._subscription(names["subscription"]))

    def _group(self, subscription: str, name: str) -> dict[str, t.Any]:
        return {
            "id": f"/subscriptions/{subscription}/resourceGroups/{name}",
            "name": name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.world.settings.location,
            "properties": {"provisioningState": "Succeeded"},
        }

    async def groups(self, request: web.Request, names: Names) -> web.Response:
        return web.json_response({"value": [self._group(names["subscription"], self.world.settings.resource_group)]})

    async def group(self, request: web.Request, names: Names) -> web.Response:
        return web.json_response(self._group(names["subscription"], names["group"]))

    async def group_exists(self, request: web.Request, names: Names) -> web.Response:
        return web.Response(status=204)

    async def kubernetes_versions(self, request: web.Request, names: Names) -> web.Response:
        """In the recorded shape; the versions are those of now."""
        aks_version(request)
        return web.json_response({"values": [_minor(minor) for minor in reversed(VERSIONS)]})


def _minor(minor: str) -> dict[str, t.Any]:
    following = list(VERSIONS)[list(VERSIONS).index(minor) + 1 :][:1]
    upgrades = [f"{after}.{patch}" for after in following for patch in range(VERSIONS[after], -1, -1)]
    patches = {
        f"{minor}.{patch}": {"upgrades": [*(f"{minor}.{later}" for later in range(VERSIONS[minor], patch, -1)), *upgrades]}
        for patch in range(VERSIONS[minor] + 1)
    }
    plans = ["AKSLongTermSupport"] if minor in LONG_TERM else ["KubernetesOfficial", "AKSLongTermSupport"]
    default = {"isDefault": True} if minor == DEFAULT else {}
    return {"version": minor, "capabilities": {"supportPlan": plans}, **default, "patchVersions": patches}
