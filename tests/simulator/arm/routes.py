# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed clusters in Azure Resource Manager: themselves, their node pools, their credentials and operations."""

from __future__ import annotations

import base64
import typing as t
import uuid

from aiohttp import web

from ..errors import aks, gateway
from ..kube.config import kubeconfig
from ..world import World
from . import acns, replacement, schema, validation
from .clusters import Cluster, created
from .dispatch import GROUP, SUBSCRIPTION, Names, Table, aks_version, json_object
from .features import KUBE_PROXY
from .operations import CREATE, DELETE, REIMAGE, UPDATE, Operation, Phase
from .run_command import RunCommands

_TYPE = "Microsoft.ContainerService/managedClusters"
_CLUSTERS = r"/providers/Microsoft\.ContainerService/managedClusters"
_CLUSTER = GROUP + _CLUSTERS + r"/(?P<name>[^/]+)"
_OPERATION = (
    SUBSCRIPTION + r"/providers/Microsoft\.ContainerService/locations/[^/]+/(?P<kind>operations|operationresults)/(?P<operation>[^/]+)"
)


def cluster_routes(world: World) -> Table:
    clusters = _Clusters(world)
    return Table(
        world,
        ("GET", SUBSCRIPTION + _CLUSTERS, clusters.listing),
        ("GET", GROUP + _CLUSTERS, clusters.listing),
        ("GET", _CLUSTER, clusters.get),
        ("PUT", _CLUSTER, clusters.put),
        ("PATCH", _CLUSTER, clusters.patch),
        ("DELETE", _CLUSTER, clusters.delete),
        ("GET", _CLUSTER + "/agentPools", clusters.pools),
        ("GET", _CLUSTER + "/agentPools/(?P<pool>[^/]+)", clusters.pool),
        ("POST", _CLUSTER + r"/(?P<action>listCluster(?:User|Admin)Credential)", clusters.credential),
        ("POST", _CLUSTER + "/runCommand", clusters.run_command),
        ("GET", _CLUSTER + "/commandResults/(?P<command>[^/]+)", clusters.command_result),
        ("GET", _OPERATION, clusters.operation),
    )


class _Clusters:
    def __init__(self, world: World) -> None:
        self.world = world
        self._commands = RunCommands(world)

    async def listing(self, request: web.Request, names: Names) -> web.Response:
        version = aks_version(request)
        scope = request.path.lower().partition("/providers/")[0] + "/"
        known = [cluster for _name, cluster in sorted(self.world.clusters.items()) if cluster.id.startswith(scope)]
        start = int(request.query.get("$skipToken", "0"))
        end = start + self.world.page
        answer: dict[str, t.Any] = {"value": [schema.visible(cluster.body, version) for cluster in known[start:end]]}
        if end < len(known):
            answer["nextLink"] = f"{self.world.url}{request.path}?api-version={version}&%24skipToken={end}"
        return web.json_response(answer)

    def _find(self, names: Names) -> Cluster | None:
        path = f"/subscriptions/{names['subscription']}/resourcegroups/{names['group']}/providers/{_TYPE}/{names['name']}".lower()
        return next((cluster for cluster in self.world.clusters.values() if cluster.id == path), None)

    def _known(self, names: Names) -> Cluster:
        cluster = self._find(names)
        if cluster is None:
            raise gateway(
                404,
                "ResourceNotFound",
                f"The Resource '{_TYPE}/{names['name']}' under resource group '{names['group']}' was not found. "
                "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            )
        return cluster

    async def get(self, request: web.Request, names: Names) -> web.Response:
        version = aks_version(request)
        return web.json_response(schema.visible(self._known(names).body, version))

    async def put(self, request: web.Request, names: Names) -> web.Response:
        version = aks_version(request)
        body = await json_object(request)
        if self.world.faults.deep("created_meanwhile", names["name"]):
            await self.world.add_cluster(names["name"])
        cluster = self._find(names)
        feature = self.world.features.in_effect(KUBE_PROXY)
        if cluster is None:
            return await self._create(request, names["name"], body, version, feature)
        self._check_free(request, cluster)
        body = schema.read(body, version)
        leaf = validation.leaf_of(body)
        merged = cluster.merged(body)
        validation.check(merged, leaf, validation.leaf_of(cluster.body), version, feature)
        acns.check(merged, acns.leaf_of(body), acns.leaf_of(cluster.body), cluster.kube.with_user_rules())
        cluster.body = merged
        cluster.set_state("Updating")
        # The nodes follow the new body.
        cluster.kube.adopt(merged)
        return self._accepted(cluster, REIMAGE if replacement.outdated(cluster.kube) else UPDATE, 200, version)

    async def patch(self, request: web.Request, names: Names) -> web.Response:
        """Of the cluster's tags, which is all that it is for."""
        version, body = aks_version(request), await json_object(request)
        cluster = self._known(names)
        self._check_free(request, cluster)
        wrong = next((key for key in body if key != "tags"), None)
        if wrong is not None:
            raise schema.unknown_field(wrong)
        cluster.body = {**cluster.body, "tags": body.get("tags") or {}}
        cluster.set_state("Updating")
        return self._accepted(cluster, UPDATE, 200, version)

    async def delete(self, request: web.Request, names: Names) -> web.Response:
        aks_version(request)
        cluster = self._find(names)
        if cluster is None:
            return web.Response(status=204)
        self._check_free(request, cluster)
        cluster.set_state("Deleting")
        operation = self.world.operations.start(cluster, DELETE)
        url = self.world.operations.url(operation)
        return web.Response(
            status=202, headers={"Azure-AsyncOperation": url, "Location": url.replace("/operations/", "/operationresults/")}
        )

    def _check_free(self, request: web.Request, cluster: Cluster) -> None:
        """Whether a request that changes an existing cluster may."""
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

    async def _create(self, request: web.Request, name: str, body: dict[str, t.Any], version: str, feature: bool) -> web.Response:
        if request.headers.get("If-Match") not in (None, "*"):
            message = "Resource not found but ETag header is provided. If this is a request to create, please do not provide ETag."
            raise aks(412, "PreconditionFailed", message)
        if not body.get("location"):
            raise gateway(400, "LocationRequired", "The location property is required for this definition.")
        body = schema.read(body, version)
        if not (body.get("properties") or {}).get("agentPoolProfiles"):
            raise aks(400, "InvalidParameter", "Required parameter agentPoolProfiles is missing (null).", target="agentPoolProfiles")
        stored = created(self.world, name, body)
        validation.check(stored, validation.leaf_of(body), None, version, feature)
        acns.check(stored, acns.leaf_of(body), None, 0)
        cluster = Cluster(self.world, name, stored)
        self.world.clusters[name.lower()] = cluster
        return self._accepted(cluster, CREATE, 201, version)

    def _accepted(self, cluster: Cluster, phases: t.Sequence[Phase], status: int, version: str) -> web.Response:
        operation = self.world.operations.start(cluster, phases)
        self.world.faults.come("accepted", cluster.name)
        headers = {"Azure-AsyncOperation": self.world.operations.url(operation), "x-ms-ratelimit-remaining-subscription-writes": "799"}
        if self.world.retry_after is not None:
            headers["Retry-After"] = self.world.retry_after
        shown = schema.visible(cluster.body, version)
        return web.json_response(_without_etags(shown) if status == 201 else shown, status=status, headers=headers)

    async def pools(self, request: web.Request, names: Names) -> web.Response:
        version, cluster = aks_version(request), self._known(names)
        return web.json_response({"value": [_pool(cluster, pool, version) for pool in cluster.pools]})

    async def pool(self, request: web.Request, names: Names) -> web.Response:
        version, cluster = aks_version(request), self._known(names)
        found = next((pool for pool in cluster.pools if pool["name"].lower() == names["pool"].lower()), None)
        if found is None:
            raise aks(404, "NotFound", f"Could not find the agent pool {names['pool']} of cluster {cluster.name}.", target="agentPoolName")
        return web.json_response(_pool(cluster, found, version))

    async def credential(self, request: web.Request, names: Names) -> web.Response:
        aks_version(request)
        cluster = self._known(names)
        admin = "admin" in names["action"].lower()
        if admin and cluster.body["properties"].get("disableLocalAccounts"):
            raise aks(400, "BadRequest", "Getting static credential is not allowed because this cluster is set to disable local accounts.")
        text = kubeconfig(self.world, cluster, admin)
        value = base64.b64encode(text.encode()).decode()
        return web.json_response({"kubeconfigs": [{"name": "clusterAdmin" if admin else "clusterUser", "value": value}]})

    async def run_command(self, request: web.Request, names: Names) -> web.Response:
        return await self._commands.start(request, self._known(names))

    async def command_result(self, request: web.Request, names: Names) -> web.Response:
        return await self._commands.result(request, names, self._known(names))

    async def operation(self, request: web.Request, names: Names) -> web.Response:
        operation: Operation | None = self.world.operations.items.get(names["operation"].lower())
        if operation is None:
            raise gateway(404, "OperationNotFound", f"The operation '{names['operation']}' could not be found.")
        if dict(request.query) != operation.query:
            raise gateway(400, "InvalidRequest", "The signature of the operation URL is not valid.")
        headers = {"x-ms-operation-identifier": f"tenantId={self.world.settings.tenant},objectId={uuid.uuid4()}"}
        if self.world.retry_after is not None and not operation.done:
            headers["Retry-After"] = self.world.retry_after
        if names["kind"].lower() == "operationresults":
            return web.Response(status=204 if operation.done else 202, headers=headers)
        return web.json_response(operation.to_dict(), headers=headers)


def _pool(cluster: Cluster, pool: t.Mapping[str, t.Any], version: str) -> dict[str, t.Any]:
    """A node pool as a resource of its own."""
    properties = schema.visible_pool({key: value for key, value in pool.items() if key != "name"}, version)
    name, kind = pool["name"], f"{_TYPE}/agentPools"
    return {"id": f"{cluster.body['id']}/agentPools/{name}", "name": name, "type": kind, "properties": properties}


def _without_etags(shown: dict[str, t.Any]) -> dict[str, t.Any]:
    """As the answer to a creation is."""
    for holder in (shown, *(shown["properties"].get("agentPoolProfiles") or [])):
        holder.pop("eTag", None)
    return shown


def _check_etag(request: web.Request, cluster: Cluster) -> None:
    """V(*) allows an update only, as every eTag does."""
    wanted = request.headers.get("If-Match")
    etag = cluster.body.get("eTag")
    if wanted in (None, "", "*") or etag is None or wanted.strip('"') == etag:
        return
    raise aks(412, "PreconditionFailed", "Etag of the managed cluster does not match the one in the If-Match header.")
