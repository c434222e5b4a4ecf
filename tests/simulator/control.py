# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test's side door, C(/_control/...), without authentication; JSON in, JSON out.

POST reset {features}                       back to the start
GET  log, DELETE log                        requests so far
GET  rights                                 what the collection's requests needed so far, resets or not: {kubernetes, azure}
POST faults {kind, ...}, GET, DELETE        see faults.py
GET  clusters/NAME                          the stored cluster
PUT  clusters/NAME {seed, patch, nodes}     make or replace a cluster
PUT  fleet {count, prefix, seed, patch, nodes}   make as many, PREFIX01 and so on, with as many digits as the last one needs
PATCH clusters/NAME {...}                   JSON merge patch of the stored cluster (nothing rolls out)
DELETE clusters/NAME
POST clusters/NAME/apply                    AKS makes nodes and add-ons what the stored cluster says, as at the end of each operation
GET  clusters/NAME/nodes                    per node: name, mode, nft_tables, kube_chains, pid, enter (the words before a command there), ready,
                                            host_routing (the label), cilium {pod, state, ready, user_rules} (null without Cilium)
PATCH clusters/NAME/kube {deny, metrics_loopback, objects, nodes, mode, made, boot_rules, user_rules, blocked, unlabelled, cilium_version}
                                            objects: by path, null removes; nodes: merge patches by node name; mode: what pods run, silently;
                                            boot_rules, user_rules, blocked, unlabelled, cilium_version: see kube/controls.py
POST features {name: state}                 set states at once; POST approval {names}: these stay Pending
PATCH settings {scale, retry_after, token_seconds, page, claims}    page: clusters on one page of a list; claims: see entra_routes.py
DELETE tokens                               neither ARM nor Kubernetes takes any of those that were issued so far
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import typing as t

from aiohttp import web

from .arm.clusters import Cluster
from .kube.controls import change, describe
from .seeds import merge
from .world import World


class ControlRoutes:
    def __init__(self, world: World) -> None:
        self.world = world

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post("/_control/reset", self.reset)
        router.add_get("/_control/log", self.log)
        router.add_delete("/_control/log", self.clear_log)
        router.add_get("/_control/rights", self.rights)
        router.add_get("/_control/faults", self.faults)
        router.add_post("/_control/faults", self.add_fault)
        router.add_delete("/_control/faults", self.clear_faults)
        router.add_get("/_control/clusters/{name}", self.cluster)
        router.add_put("/_control/clusters/{name}", self.make_cluster)
        router.add_put("/_control/fleet", self.make_fleet)
        router.add_patch("/_control/clusters/{name}", self.patch_cluster)
        router.add_delete("/_control/clusters/{name}", self.remove_cluster)
        router.add_post("/_control/clusters/{name}/apply", self.apply)
        router.add_get("/_control/clusters/{name}/nodes", self.nodes)
        router.add_patch("/_control/clusters/{name}/kube", self.patch_kube)
        router.add_post("/_control/features", self.features)
        router.add_post("/_control/approval", self.approval)
        router.add_patch("/_control/settings", self.settings)
        router.add_delete("/_control/tokens", self.revoke)

    async def reset(self, request: web.Request) -> web.Response:
        await self.world.reset((await _body(request)).get("features"))
        return web.json_response({})

    async def log(self, request: web.Request) -> web.Response:
        return web.json_response(self.world.log.entries)

    async def clear_log(self, request: web.Request) -> web.Response:
        self.world.log.clear()
        return web.json_response({})

    async def rights(self, request: web.Request) -> web.Response:
        return web.json_response(self.world.log.rights())

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response([dataclasses.asdict(fault) for fault in self.world.faults.items])

    async def add_fault(self, request: web.Request) -> web.Response:
        return web.json_response(dataclasses.asdict(self.world.faults.add(**await _body(request))))

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.world.faults.clear()
        return web.json_response({})

    def _cluster(self, request: web.Request) -> Cluster:
        cluster = self.world.cluster(request.match_info["name"])
        if cluster is None:
            raise web.HTTPNotFound(text="no such cluster")
        return cluster

    async def cluster(self, request: web.Request) -> web.Response:
        return web.json_response(self._cluster(request).body)

    async def make_cluster(self, request: web.Request) -> web.Response:
        cluster = await self.world.add_cluster(request.match_info["name"], **await _body(request))
        return web.json_response(cluster.body)

    async def make_fleet(self, request: web.Request) -> web.Response:
        how = await _body(request)
        count, prefix = how.pop("count"), how.pop("prefix")
        for number in range(1, count + 1):
            await self.world.add_cluster(f"{prefix}{number:0{len(str(count))}}", **how)
        return web.json_response({})

    async def patch_cluster(self, request: web.Request) -> web.Response:
        cluster = self._cluster(request)
        merge(cluster.body, await _body(request))
        cluster.kube.body = cluster.body
        return web.json_response(cluster.body)

    async def remove_cluster(self, request: web.Request) -> web.Response:
        await self.world.remove_cluster(self._cluster(request).name)
        return web.json_response({})

    async def apply(self, request: web.Request) -> web.Response:
        cluster = self._cluster(request)
        cluster.kube.follow(cluster.body)
        return web.json_response({})

    async def nodes(self, request: web.Request) -> web.Response:
        kube = self._cluster(request).kube
        linux = kube.linux_nodes()
        # In this order, so that whoever waits for a mode sees the rules that were written before it was answered.
        modes = await kube.modes()
        described = [describe(kube, node, modes.get(node.name)) for node in linux]
        looks = await asyncio.gather(*(node.rules.look() for node in linux))
        return web.json_response([reported | look for reported, look in zip(described, looks, strict=True)])

    async def patch_kube(self, request: web.Request) -> web.Response:
        change(self._cluster(request).kube, await _body(request))
        return web.json_response({})

    async def features(self, request: web.Request) -> web.Response:
        self.world.features.reset(self.world.features.states | await _body(request))
        return web.json_response(self.world.features.states)

    async def approval(self, request: web.Request) -> web.Response:
        self.world.features.approval = set((await _body(request))["names"])
        return web.json_response({})

    async def settings(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self.world.clock.scale = body.get("scale", self.world.clock.scale)
        self.world.retry_after = body.get("retry_after", self.world.retry_after)
        self.world.token_seconds = body.get("token_seconds", self.world.token_seconds)
        self.world.page = body.get("page", self.world.page)
        self.world.claims = body.get("claims", self.world.claims)
        return web.json_response({})

    async def revoke(self, request: web.Request) -> web.Response:
        self.world.tokens.clear()
        self.world.aks_tokens.clear()
        return web.json_response({})


async def _body(request: web.Request) -> dict[str, t.Any]:
    text = await request.text()
    return json.loads(text) if text else {}
