# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft.Features and the resource provider's registration, api-version 2021-07-01."""

from __future__ import annotations

import re

from aiohttp import web

from ..errors import gateway
from ..world import World
from .features import NAMESPACE
from .routes import check_api_version

_PROVIDERS = r"/subscriptions/(?P<subscription>[^/]+)/providers"
_FEATURE = re.compile(
    _PROVIDERS + r"/Microsoft\.Features/providers/(?P<ns>[^/]+)/features/(?P<name>[^/]+?)(?P<action>/register|/unregister)?$", re.IGNORECASE
)
_FEATURES = re.compile(_PROVIDERS + r"/Microsoft\.Features/providers/(?P<ns>[^/]+)/features$", re.IGNORECASE)
_PROVIDER = re.compile(_PROVIDERS + r"/(?P<ns>Microsoft\.ContainerService)(?P<action>/register)?$", re.IGNORECASE)


class FeatureRoutes:
    def __init__(self, world: World) -> None:
        self.world = world

    async def dispatch(self, request: web.Request) -> web.Response | None:
        """The answer, or None when no path of this part is meant."""
        for pattern, answer in ((_FEATURE, self._feature), (_FEATURES, self._list), (_PROVIDER, self._provider)):
            found = pattern.match(request.path)
            if found:
                names = {key: value or "" for key, value in found.groupdict().items()}
                if not self.world.has_subscription(names["subscription"]):
                    raise gateway(404, "SubscriptionNotFound", f"The subscription '{names['subscription']}' could not be found.")
                check_api_version(request)
                if request.method != ("POST" if names.get("action") else "GET"):
                    raise gateway(405, "MethodNotAllowed", f"The requested resource does not support http method '{request.method}'.")
                return answer(names)
        return None

    def _told(self, subscription: str, name: str) -> dict[str, object]:
        scope = f"/subscriptions/{subscription}/providers/Microsoft.Features/providers/{NAMESPACE}/features/{name}"
        state = self.world.features.states[name]
        return {"properties": {"state": state}, "id": scope, "type": "Microsoft.Features/providers/features", "name": f"{NAMESPACE}/{name}"}

    def _feature(self, names: dict[str, str]) -> web.Response:
        features = self.world.features
        name = features.find(names["name"]) if names["ns"].lower() == NAMESPACE.lower() else None
        if name is None:
            raise gateway(404, "FeatureNotFound", f"The feature '{names['name']}' could not be found.")
        if names["action"].lower() == "/register":
            features.register(name)
        elif names["action"]:
            features.unregister(name)
        return web.json_response(self._told(names["subscription"], name))

    def _list(self, names: dict[str, str]) -> web.Response:
        return web.json_response({"value": [self._told(names["subscription"], name) for name in self.world.features.states]})

    def _provider(self, names: dict[str, str]) -> web.Response:
        if names["action"]:
            self.world.features.register_provider()
        return web.json_response(
            {
                "id": f"/subscriptions/{names['subscription']}/providers/{NAMESPACE}",
                "namespace": NAMESPACE,
                "registrationPolicy": "RegistrationRequired",
                "registrationState": self.world.features.provider,
                "resourceTypes": [{"resourceType": "managedClusters", "apiVersions": ["2026-08-02-preview", "2026-08-01"]}],
            }
        )
