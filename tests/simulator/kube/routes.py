# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API of each cluster, under C(/k8s/NAME): the paths that the collection reads."""

from __future__ import annotations

import json
import re
import time
import typing as t

from aiohttp import web

from ..errors import ApiError, kubernetes
from ..world import World
from . import exec_channel, headers, keepers, lists, objects, pods, proxy_http
from .cluster import KubeCluster
from .daemon_set import DAEMON_SET, NAMESPACE
from .rights import PROXY, RESOURCE, forbidden

_MADE_LOG = re.compile(r"(?P<path>/api/v1/namespaces/[^/]+/pods/aks-dataplane-(?:look|ruleset|prober)-[^/]+)/log$")
_PART = re.compile(r"/api/v1/namespaces/kube-system/pods/(?P<name>[^/]+)/(?P<part>log|exec)$")


class KubeRoutes:
    def __init__(self, world: World) -> None:
        self.world = world

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/k8s/{cluster}{path:/.*}", self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        cluster = self.world.cluster(request.match_info["cluster"])
        if cluster is None:
            raise kubernetes(404, "NotFound", "404 page not found")
        request[headers.OURS] = True
        kube, path = cluster.kube, request.match_info["path"].rstrip("/")
        user = self._user(kube, request)
        self._check_rights(kube, request, path, user)
        if path == "/version":
            return _version(kube)
        proxied = PROXY.match(path)
        if proxied:
            return self._proxied(kube, proxied.groupdict(), user)
        part = _PART.match(path)
        if part and part["part"] == "log":
            return pods.log(kube, part["name"], request.query)
        if part:
            return await exec_channel.run(kube, request, part["name"])
        made_log = _MADE_LOG.match(path)
        if made_log:
            return kube.made.log(made_log["path"], request.query)
        resource = RESOURCE.match(path)
        if resource is None:
            return web.Response(text="404 page not found\n", status=404)
        return await self._on_resource(kube, request, path, resource.groupdict())

    async def _on_resource(self, kube: KubeCluster, request: web.Request, path: str, names: dict[str, str | None]) -> web.StreamResponse:
        if request.method == "GET":
            return self._read(kube, request, path, names)
        if request.method == "POST":
            return await self._create(kube, request, path, names)
        if request.method == "PUT":
            return await self._replace(kube, request, path, names)
        if request.method == "DELETE":
            return _delete(kube, path, names["plural"] or "")
        return web.Response(text="404 page not found\n", status=404)

    def _user(self, kube: KubeCluster, request: web.Request) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        user = next((name for name, known in kube.tokens.items() if known == token), None)
        if user is None and self.world.aks_tokens.get(token, 0.0) > time.time():
            user = "user"
        if user is None:
            raise kubernetes(401, "Unauthorized", "Unauthorized")
        return f"cluster{user.capitalize()}"

    def _check_rights(self, kube: KubeCluster, request: web.Request, path: str, user: str) -> None:
        if any(re.search(pattern, path) for pattern in kube.deny):
            raise forbidden(path, request.method, user)

    def _read(self, kube: KubeCluster, request: web.Request, path: str, names: dict[str, str | None]) -> web.Response:
        if names["plural"] == "pods" and not names["name"]:
            keepers.tick(kube.made, kube)
            kube.made.probers.tick(kube.made.objects)
        plural, name, version = names["plural"] or "", names["name"], (names["api"] or "").removeprefix("apis/").removeprefix("api/")
        known = self._objects(kube, plural)
        if not known and plural not in lists.KINDS:
            # No such custom resource definition.
            return web.Response(text="404 page not found\n", status=404)
        if names["namespace"] and not name:
            known = {where: item for where, item in known.items() if item["metadata"].get("namespace") == names["namespace"]}
        if name is None:
            found = [item for item in known.values() if item["apiVersion"] == version]
            return lists.page(found, lists.kind_of_collection(found, plural), version, request.query)
        wanted = known.get(path)
        if wanted is None:
            raise _not_found(path, plural, name)
        return web.json_response(wanted)

    def _objects(self, kube: KubeCluster, plural: str) -> dict[str, dict[str, t.Any]]:
        """Objects of one plural, by path."""
        if plural == "nodes":
            return {f"/api/v1/nodes/{node.name}": objects.node_object(kube, node) for node in kube.nodes}
        if plural == "namespaces":
            used = {item["metadata"].get("namespace") for item in kube.objects.values()} - {None}
            known = {f"/api/v1/namespaces/{name}": objects.namespace_object(name) for name in sorted({*objects.NAMESPACES, *used})}
            return known | {where: item for where, item in kube.objects.items() if where.count("/") == 4 and _plural_of(where) == plural}
        system = f"/namespaces/{NAMESPACE}"
        found: dict[str, dict[str, t.Any]] = {}
        if plural == "pods":
            found |= {f"/api/v1{system}/pods/{pod.name}": objects.pod_object(pod) for pod in kube.pods}
        daemon_set = objects.daemon_set_object(kube) if plural == "daemonsets" else None
        if daemon_set is not None:
            found[f"/apis/apps/v1{system}/daemonsets/{DAEMON_SET}"] = daemon_set
        added = (kube.cilium.objects() if kube.cilium is not None else {}) | kube.objects | kube.made.objects
        found |= {where: item for where, item in added.items() if f"/{plural}/" in where and _plural_of(where) == plural}
        return {where: item for where, item in found.items() if where not in kube.hidden}

    def _is_allowed(self, kube: KubeCluster, review: dict[str, t.Any]) -> bool:
        """By the path of such a request, for an object of any name."""
        asked = review["spec"]["resourceAttributes"]
        where = (
            f"/api/v1/namespaces/{asked.get('namespace')}/{asked.get('resource')}/{asked.get('name', 'any')}/{asked.get('subresource', '')}"
        )
        return not any(re.search(pattern, where) for pattern in kube.deny)

    async def _create(self, kube: KubeCluster, request: web.Request, path: str, names: dict[str, str | None]) -> web.Response:
        """Dry runs and access reviews, and what temporary pods are made of."""
        body: dict[str, t.Any] = json.loads(await request.text())
        plural, namespace = names["plural"] or "", names["namespace"] or ""
        if plural == "selfsubjectaccessreviews":
            return web.json_response({**body, "status": {"allowed": self._is_allowed(kube, body)}}, status=201)
        if namespace != NAMESPACE:
            kube.made.admit(namespace, plural, body)
        if request.query.get("dryRun") == "All":
            return web.json_response(body, status=201)
        if namespace != NAMESPACE and plural in ("configmaps", "daemonsets", "pods"):
            return web.json_response(await kube.made.create(kube, path, body), status=201)
        raise kubernetes(405, "MethodNotAllowed", "the simulator does not create this: only dryRun=All is allowed")

    async def _replace(self, kube: KubeCluster, request: web.Request, path: str, names: dict[str, str | None]) -> web.Response:
        """What temporary pods and rulesets are made of."""
        body: dict[str, t.Any] = json.loads(await request.text())
        kube.made.admit(names["namespace"] or "", names["plural"] or "", body)
        return web.json_response(kube.made.replace(path, body, dry=request.query.get("dryRun") == "All"))

    def _proxied(self, kube: KubeCluster, names: dict[str, str | None], user: str) -> web.Response:
        """C(pods/NAME:PORT/proxy/PATH); C(nodes/proxy) is refused, as AKS Automatic does."""
        target = (names["target"] or "").removeprefix("http:").removesuffix(":")
        name, _colon, port = target.partition(":")
        if names["kind"] != "pods":
            message = f'{names["kind"]} "{target}" is forbidden: User "{user}" cannot get resource "{names["kind"]}/proxy" in API group ""'
            raise kubernetes(403, "Forbidden", message, {"name": target, "kind": names["kind"]})
        pod = kube.pod(name)
        if pod is None:
            raise kubernetes(404, "NotFound", f'pods "{name}" not found', {"name": name, "kind": "pods"})
        unreachable = port == proxy_http.METRICS_PORT and kube.metrics_loopback
        if pod.state != "running" or unreachable or port not in (proxy_http.METRICS_PORT, proxy_http.HEALTH_PORT):
            address = f"{pod.address}:{port or 80}"
            raise kubernetes(503, "ServiceUnavailable", f"error trying to reach service: dial tcp {address}: connect: connection refused")
        return proxy_http.answer(pod, port, names["path"] or "")


def _delete(kube: KubeCluster, path: str, plural: str) -> web.Response:
    name = path.rpartition("/")[2]
    if kube.made.delete(path) is None:
        raise _not_found(path, plural, name)
    return web.json_response({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})


def _not_found(path: str, plural: str, name: str) -> ApiError:
    group = path.split("/")[2] if path.startswith("/apis/") else ""
    what = f"{plural}.{group}" if group else plural
    return kubernetes(404, "NotFound", f'{what} "{name}" not found', {"name": name, "group": group, "kind": plural})


def _version(kube: KubeCluster) -> web.Response:
    properties = kube.body["properties"]
    text = properties.get("currentKubernetesVersion") or properties["kubernetesVersion"]
    major, minor = text.split(".")[:2]
    reported = {"major": major, "minor": minor, "gitVersion": f"v{text}", "gitCommit": "0" * 40, "gitTreeState": "clean"}
    return web.json_response(
        {**reported, "buildDate": "2026-10-14T09:00:00Z", "goVersion": "go1.26.6", "compiler": "gc", "platform": "linux/amd64"}
    )


def _plural_of(path: str) -> str:
    """The resource that an object's path names."""
    found = RESOURCE.fullmatch(path)
    return found["plural"] if found else ""
