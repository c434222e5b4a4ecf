# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ARM itself looks at before a resource provider sees a request: path and method, subscription and resource group, api-version."""

from __future__ import annotations

import json
import re
import typing as t

from aiohttp import web

from ..errors import gateway
from ..world import World
from . import api_versions

SUBSCRIPTION = r"/subscriptions/(?P<subscription>[^/]+)"
GROUP = SUBSCRIPTION + r"/resourcegroups/(?P<group>[^/]+)"

Names = dict[str, str]
Answer = t.Callable[[web.Request, Names], t.Awaitable[web.Response]]


class Table:
    """Handlers by method and path (a regular expression whose groups are the handler's names); ARM's paths do not care about case."""

    def __init__(self, world: World, *routes: tuple[str, str, Answer]) -> None:
        self.world = world
        self._routes = [(method, re.compile(path + "/?$", re.IGNORECASE), answer) for method, path, answer in routes]

    async def dispatch(self, request: web.Request) -> web.Response | None:
        """The answer, or None when no path of this table is meant."""
        found = [(method, match.groupdict(), answer) for method, path, answer in self._routes if (match := path.match(request.path))]
        for method, names, answer in found:
            if method == request.method:
                self._check_scope(request, names)
                return await answer(request, names)
        if found:
            raise gateway(405, "MethodNotAllowed", f"The requested resource does not support http method '{request.method}'.")
        return None

    def _check_scope(self, request: web.Request, names: Names) -> None:
        subscription = names.get("subscription")
        if subscription is not None and not self.world.has_subscription(subscription):
            if not re.fullmatch(r"[0-9a-fA-F-]{36}", subscription):
                raise gateway(
                    400, "InvalidSubscriptionId", f"The provided subscription identifier '{subscription}' is malformed or invalid."
                )
            raise gateway(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        check_api_version(request)
        if "group" in names and not self.world.has_group(names["group"]):
            raise gateway(404, "ResourceGroupNotFound", f"Resource group '{names['group']}' could not be found.")


def check_api_version(request: web.Request) -> str:
    """ARM's gateway: every request names a well-formed api-version."""
    version = request.query.get("api-version", "")
    if not version:
        raise gateway(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
    if not api_versions.well_formed(version):
        raise gateway(
            400,
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are '2026-08-01,2021-07-01'.",
        )
    return version


def aks_version(request: web.Request) -> str:
    """One that managed clusters have."""
    version = check_api_version(request)
    if not api_versions.exists(version):
        raise gateway(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for location 'westeurope' and API version '{version}' for type 'managedClusters'. "
            "The supported api-versions are '2026-08-02-preview, 2026-08-01, 2025-09-02-preview'.",
        )
    return version


async def json_object(request: web.Request) -> dict[str, t.Any]:
    """The request's body."""
    try:
        body = json.loads(await request.text())
    except ValueError as exc:
        raise gateway(400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{exc}'.") from exc
    if not isinstance(body, dict):
        raise gateway(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized: an object is expected.")
    return body
