# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure Resource Manager: subscriptions, resource groups, managed clusters, their credentials and operations."""

from __future__ import annotations

import base64
import json
import re
import typing as t
import uuid

from aiohttp import web

from ..errors import aks, gateway
from ..kube.config import kubeconfig
from ..world import World
from . import acns, api_versions, replacement, schema, validation
from .clusters import Cluster, created
from .features import KUBE_PROXY
from .operations import CREATE, REIMAGE, UPDATE, Operation, Phase

_TYPE = "Microsoft.ContainerService/managedClusters"
_SUB = r"/subscriptions/(?P<subscription>[^/]+)"
_GROUP = _SUB + r"/resourcegroups/(?P<group>[^/]+)"
_CLUSTERS = r"/providers/Microsoft\.ContainerService/managedClusters"
_CLUSTER = _GROUP + _CLUSTERS + r"/(?P<name>[^/]+)"

Answer = t.Callable[["ArmRoutes", web.Request, dict[str, str]], t.Awaitable[web.Response]]


class ArmRoutes:
    """Handlers by path; ARM's paths do not care about case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._routes: list[tuple[str, re.Pattern[str], Answer]] = [
            (method, re.compile(path + "/?$", re.IGNORECASE), answer)
            for method, path, answer in (
                ("GET", _SUB, ArmRoutes.subscription),
                ("GET", _GROUP, ArmRoutes.group),
                ("GET", _SUB + _CLUSTERS, ArmRoutes.listing),
                ("GET", _GROUP + _CLUSTERS, ArmRoutes.listing),
                ("GET", _CLUSTER, ArmRoutes.get),
                ("PUT", _CLUSTER, ArmRoutes.put),
                ("POST", _CLUSTER + r"/(?P<action>listCluster(?:User|Admin)Credential)", ArmRoutes.credential),
                (
                    "GET",
                    _SUB + r"/providers/Microsoft\.ContainerService/locations/[^/]+/operations/(?P<operation>[^/]+)",
                    ArmRoutes.operation,
                ),
            )
        ]

    async def dispatch(self, request: web.Request) -> web.Response | None:
        """The answer, or None when no path of this part is meant."""
        for method, pattern, answer in self._routes:
            found = pattern.match(request.path)
            if found and method == request.method:
                names = found.groupdict()
                self._check_scope(request, names)
                return await answer(self, request, names)
        return None

    def _check_scope(self, request: web.Request, names: t.Mapping[str, str]) -> None:
        subscription = names["subscription"]
        if not self.world.has_subscription(subscription):
            if not re.fullmatch(r"[0-9a-fA-F-]{36}", subscription):
                raise gateway(
                    400, "InvalidSubscriptionId", f"The provided subscription identifier '{subscription}' is malformed or invalid."
                )
            raise gateway(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        check_api_version(request)
        if "group" in names and not self.world.has_group(names["group"]):
            raise gateway(404, "ResourceGroupNotFound", f"Resource group '{names['group']}' could not be found.")

    async def subscription(self, request: web.Request, names: dict[str, str]) -> web.Response:
        settings = self.world.settings
        body = {
            "id": f"/subscriptions/{names['subscription']}",
            "subscriptionId": names["subscription"],
            "displayName": "Simulated",
            "state": "Enabled",
            "tenantId": settings.tenant,
        }
        return web.json_response(body)

    async def group(self, request: web.Request, names: dict[str, str]) -> web.Response:
        settings = self.world.settings
        return web.json_response(
            {
                "id": f"/subscriptions/{names['subscription']}/resourceGroups/{names['group']}",
                "name": names["group"],
                "type": "Microsoft.Resources/resourceGroups",
                "location": settings.location,
                "properties": {"provisioningState": "Succeeded"},
            }
        )

    async def listing(self, request: web.Request, names: dict[str, str]) -> web.Response:
        version = aks_version(request)
        scope = request.path.lower().partition("/providers/")[0] + "/"
        known = [cluster for _name, cluster in sorted(self.world.clusters.items()) if cluster.id.startswith(scope)]
        start = int(request.query.get("$skipToken", "0"))
        end = start + self.world.page
        answer: dict[str, t.Any] = {"value": [schema.visible(cluster.body, version) for cluster in known[start:end]]}
        if end < len(known):
            answer["nextLink"] = f"{self.world.url}{request.path}?api-version={version}&%24skipToken={end}"
        return web.json_response(answer)

    def _find(self, names: t.Mapping[str, str]) -> Cluster | None:
        path = f"/subscriptions/{names['subscription']}/resourcegroups/{names['group']}/providers/{_TYPE}/{names['name']}".lower()
        return next((cluster for cluster in self.world.clusters.values() if cluster.id == path), None)

    def _known(self, names: t.Mapping[str, str]) -> Cluster:
        cluster = self._find(names)
        if cluster is None:
            raise gateway(
                404,
                "ResourceNotFound",
                f"The Resource '{_TYPE}/{names['name']}' under resource group '{names['group']}' was not found. "
                "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            )
        return cluster

    async def get(self, request: web.Request, names: dict[str, str]) -> web.Response:
        version = aks_version(request)
        return web.json_response(schema.visible(self._known(names).body, version))

    async def put(self, request: web.Request, names: dict[str, str]) -> web.Response:
        version = aks_version(request)
        body = await _json_object(request)
        if self.world.faults.deep("created_meanwhile", names["name"]):
            await self.world.add_cluster(names["name"])
        cluster = self._find(names)
        feature = self.world.features.in_effect(KUBE_PROXY)
        if cluster is None:
            return await self._create(request, names["name"], body, version, feature)
        if request.headers.get("If-None-Match") == "*":
            raise aks(412, "PreconditionFailed", "The managed cluster exists already, and the If-None-Match header says that it must not.")
        if cluster.busy():
            state = cluster.body["properties"]["provisioningState"]
            message = (
                f"Operation is not allowed: Another operation ({state}) is in progress, please wait for it to finish before starting a new "
                "operation. See https://aka.ms/aks-pending-operation for more details"
            )
            raise aks(409, "OperationNotAllowed", message)
        _check_etag(request, cluster)
        schema.refuse_unknown(body, cluster.body, version)
        if not api_versions.knows_kube_proxy(version):
            ((body.get("properties") or {}).get("networkProfile") or {}).pop("kubeProxyConfig", None)
        leaf = validation.leaf_of(body)
        merged = cluster.merged(body)
        validation.check(merged, leaf, validation.leaf_of(cluster.body), version, feature)
        acns.check(merged, acns.leaf_of(body), acns.leaf_of(cluster.body))
        cluster.body = merged
        cluster.set_state("Updating")
        # The nodes follow the new body.
        cluster.kube.body = merged
        return self._accepted(cluster, REIMAGE if replacement.outdated(cluster.kube) else UPDATE, 200, version)

    async def _create(self, request: web.Request, name: str, body: dict[str, t.Any], version: str, feature: bool) -> web.Response:
        if request.headers.get("If-Match") not in (None, "*"):
            message = "Resource not found but ETag header is provided. If this is a request to create, please do not provide ETag."
            raise aks(412, "PreconditionFailed", message)
        if not body.get("location"):
            raise gateway(400, "LocationRequired", "The location property is required for this definition.")
        schema.refuse_unknown(body, None, version)
        if not (body.get("properties") or {}).get("agentPoolProfiles"):
            raise aks(400, "InvalidParameter", "Required parameter agentPoolProfiles is missing (null).", target="agentPoolProfiles")
        stored = created(self.world, name, body)
        validation.check(stored, validation.leaf_of(body), None, version, feature)
        acns.check(stored, acns.leaf_of(body), None)
        cluster = Cluster(self.world, name, stored)
        self.world.clusters[name.lower()] = cluster
        return self._accepted(cluster, CREATE, 201, version)

    def _accepted(self, cluster: Cluster, phases: t.Sequence[Phase], status: int, version: str) -> web.Response:
        operation = self.world.operations.start(cluster, phases)
        self.world.faults.come("accepted", cluster.name)
        headers = {"Azure-AsyncOperation": self.world.operations.url(operation), "x-ms-ratelimit-remaining-subscription-writes": "799"}
        if self.world.retry_after is not None:
            headers["Retry-After"] = self.world.retry_after
        return web.json_response(schema.visible(cluster.body, version), status=status, headers=headers)

    async def credential(self, request: web.Request, names: dict[str, str]) -> web.Response:
        aks_version(request)
        cluster = self._known(names)
        admin = "admin" in names["action"].lower()
        if admin and cluster.body["properties"].get("disableLocalAccounts"):
            raise aks(400, "BadRequest", "Getting static credential is not allowed because this cluster is set to disable local accounts.")
        text = kubeconfig(self.world, cluster, admin)
        value = base64.b64encode(text.encode()).decode()
        return web.json_response({"kubeconfigs": [{"name": "clusterAdmin" if admin else "clusterUser", "value": value}]})

    async def operation(self, request: web.Request, names: dict[str, str]) -> web.Response:
        operation: Operation | None = self.world.operations.items.get(names["operation"].lower())
        if operation is None:
            raise gateway(404, "OperationNotFound", f"The operation '{names['operation']}' could not be found.")
        if dict(request.query) != operation.query:
            raise gateway(400, "InvalidRequest", "The signature of the operation URL is not valid.")
        headers = {"x-ms-operation-identifier": f"tenantId={self.world.settings.tenant},objectId={uuid.uuid4()}"}
        if self.world.retry_after is not None and not operation.done:
            headers["Retry-After"] = self.world.retry_after
        return web.json_response(operation.to_dict(), headers=headers)


def _check_etag(request: web.Request, cluster: Cluster) -> None:
    """If-None-Match: V(*) allows a creation only, other values are ignored; If-Match: V(*) allows an update only, as every eTag does."""
    if request.headers.get("If-None-Match") == "*":
        raise aks(412, "PreconditionFailed", "The managed cluster exists already, and the If-None-Match header allows to create it only.")
    wanted = request.headers.get("If-Match")
    etag = cluster.body.get("eTag")
    if wanted in (None, "", "*") or etag is None or wanted.strip('"') == etag:
        return
    raise aks(412, "PreconditionFailed", "Etag of the managed cluster does not match the one in the If-Match header.")


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


async def _json_object(request: web.Request) -> dict[str, t.Any]:
    try:
        body = json.loads(await request.text())
    except ValueError as exc:
        raise gateway(400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{exc}'.") from exc
    if not isinstance(body, dict):
        raise gateway(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized: an object is expected.")
    return body
