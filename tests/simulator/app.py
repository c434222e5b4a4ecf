# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server: every part's routes behind one middleware that logs, injects faults, and checks tokens."""

from __future__ import annotations

import json
import typing as t
import uuid

from aiohttp import web

from .arm.feature_routes import feature_routes
from .arm.routes import cluster_routes
from .arm.subscription_routes import subscription_routes
from .control import ControlRoutes
from .entra_routes import EntraRoutes, check_bearer
from .errors import ApiError, gateway
from .faults import Cut, Handler
from .kube import headers
from .kube.routes import KubeRoutes
from .world import World


def make_app(world: World) -> web.Application:
    app = web.Application(middlewares=[_middleware(world)], client_max_size=16 * 1024 * 1024)
    app.on_response_prepare.append(headers.complete)
    ControlRoutes(world).add_to(app.router)
    KubeRoutes(world).add_to(app.router)
    EntraRoutes(world).add_to(app.router)
    parts = (feature_routes(world), subscription_routes(world), cluster_routes(world))

    async def arm(request: web.Request) -> web.Response:
        check_bearer(world, request)
        for part in parts:
            response = await part.dispatch(request)
            if response is not None:
                return response
        raise gateway(404, "InvalidResourceType", f"The resource type of '{request.path}' could not be found in the namespace.")

    app.router.add_route("*", "/{subscriptions:(?i:subscriptions)}{tail:(/.*)?}", arm)
    return app


def _middleware(world: World) -> t.Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_control/"):
            return await _controlled(request, handler)
        entry = world.log.open(request.method, request.path, request.query, request.headers, await _json(request))
        try:
            response = await world.faults.answer(request, handler)
        except ApiError as error:
            request[headers.OURS] = request.path.startswith("/k8s/")
            response = error.response()
        except Cut:
            return web.Response()
        entry["status"] = response.status
        if request.path.startswith("/k8s/"):
            if response.content_type == "application/json":
                # An API server names no character set.
                response.charset = None
        else:
            response.headers.setdefault("x-ms-request-id", str(uuid.uuid4()))
            response.headers.setdefault(
                "x-ms-correlation-request-id", request.headers.get("x-ms-correlation-request-id") or str(uuid.uuid4())
            )
        return response

    return middleware


async def _controlled(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A test's mistake is answered, not logged."""
    try:
        return await handler(request)
    except (TypeError, ValueError, KeyError) as error:
        return web.Response(text=str(error), status=400)


async def _json(request: web.Request) -> t.Any:
    """The request's JSON body, None for another one."""
    if request.content_type != "application/json" or not request.can_read_body:
        return None
    try:
        return json.loads(await request.text())
    except ValueError:
        return None
