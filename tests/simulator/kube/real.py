# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster whose Kubernetes is real: Azure's part in it is simulated, as ever, and all else is asked of the runner."""

from __future__ import annotations

import asyncio
import typing as t

from ..nodes import rules, shown
from ..nodes.netns import run_in
from . import daemon_set
from .cluster import OLD_POD_DAYS, KubeCluster, Node
from .objects import image_and_kernel, node_labels, provider_id
from .proxy_template import template_of
from .runner import Runner

if t.TYPE_CHECKING:
    from ..world import World


class RealRules:
    """The rules of a real node: its own kube-proxy writes them."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.name = ""

    async def start(self) -> None:
        return None

    async def switch(self, mode: str) -> None:
        return None

    async def clean(self, mode: str) -> None:
        return None

    async def look(self) -> dict[str, t.Any]:
        pid, enter = await asyncio.to_thread(self._runner.enter, self.name)
        tables = await run_in(enter, "nft", "list", "tables")
        chains = rules.chains_of(await run_in(enter, "iptables-save"))
        own = [line.removeprefix("table ") for line in tables.splitlines() if line.endswith(" kube-proxy")]
        return {"nft_tables": own, "kube_chains": chains, "pid": pid, "enter": list(enter)}

    async def write(self, rule: str) -> None:
        raise NotImplementedError(rule)

    async def lines(self) -> dict[str, list[str]]:
        return {}

    async def run(self, command: t.Sequence[str]) -> shown.Printed:
        raise NotImplementedError("the real API server runs commands in the pods of its nodes")

    async def close(self) -> None:
        return None


class RealKube(KubeCluster):
    """What the collection reads comes from the real API server; nodes here are what Azure knows of them."""

    def __init__(self, world: World, name: str, body: dict[str, t.Any], runner: Runner) -> None:
        super().__init__(world, name, body)
        self.runner = runner
        self.tokens = dict(runner.tokens)
        properties = body["properties"]
        properties["kubernetesVersion"] = properties["currentKubernetesVersion"] = runner.version
        for pool in properties["agentPoolProfiles"]:
            pool["orchestratorVersion"] = pool["currentOrchestratorVersion"] = runner.version

    @property
    def url(self) -> str:
        return self.runner.address

    @property
    def authority(self) -> str:
        return self.runner.authority

    async def start(self, days: float = OLD_POD_DAYS) -> None:
        """As Azure wants it, from whatever there is: nodes of the pools and no others, kube-proxy as configured, all of it ready."""
        self.template = template_of(self.body)
        for pool in self.body["properties"]["agentPoolProfiles"]:
            self.nodes += [self._new_node(pool) for _node in range(pool.get("count") or 0)]
        there = set(await asyncio.to_thread(self.runner.node_names))
        wanted = {node.name for node in self.nodes}
        await asyncio.gather(*(asyncio.to_thread(self.runner.remove_node, name) for name in there - wanted))
        await asyncio.to_thread(self._set_proxy)
        await asyncio.to_thread(self.runner.renew_proxies)
        await asyncio.gather(*(asyncio.to_thread(self._join, node) for node in self.nodes if node.name not in there))
        await asyncio.to_thread(self.runner.settle)

    def _new_node(self, pool: dict[str, t.Any]) -> Node:
        node = super()._new_node(pool)
        node.rules = made = RealRules(self.runner)
        made.name = node.name
        return node

    def _join(self, node: Node) -> None:
        self.runner.add_node(
            name=node.name,
            address=node.address,
            pods=f"10.244.{node.address.rpartition('.')[2]}.0/24",
            labels=node_labels(self, node),
            taints=node.pool.get("nodeTaints") or (),
            provider_id=provider_id(self, node),
            os_image=image_and_kernel(node)[0],
        )

    def _set_proxy(self) -> None:
        self.runner.set_proxy(None if self.template is None else daemon_set.manifest(self.template))

    def follow(self, body: dict[str, t.Any]) -> None:
        """kube-proxy becomes what the cluster's configuration says, and the real controller rolls it out; then nodes come and go."""
        self.body = body
        wanted = template_of(body)
        if self.world.faults.deep("no_rollout", self.name):
            return
        changes, self.template = wanted != self.template, wanted
        self._rollout = self.world.spawn(self._apply(changes))

    async def reconciled(self) -> None:
        if self._rollout is not None:
            await asyncio.shield(self._rollout)

    async def _apply(self, proxy_changes: bool) -> None:
        if proxy_changes:
            await _whole(self._set_proxy)
        for pool in self.body["properties"]["agentPoolProfiles"]:
            nodes = [node for node in self.nodes if node.pool["name"] == pool["name"]]
            current = [node for node in nodes if node.pool.get("nodeImageVersion") == pool.get("nodeImageVersion")]
            # New machines come before old ones go, as in an upgrade.
            for _node in range(len(current), pool.get("count") or 0):
                await self.add_node(pool)
            for node in [node for node in nodes if node not in current] + current[pool.get("count") or 0 :]:
                await self.remove_node(node)

    async def add_node(self, pool: dict[str, t.Any]) -> Node:
        node = self._new_node(pool)
        await _whole(self._join, node)
        self.nodes.append(node)
        return node

    async def remove_node(self, node: Node) -> None:
        await _whole(self.runner.remove_node, node.name)
        self.nodes.remove(node)

    async def modes(self) -> dict[str, str]:
        return await asyncio.to_thread(self.runner.proxy_modes)

    async def close(self) -> None:
        """The real cluster goes on; the next start takes it as it finds it."""
        if self._rollout is not None:
            await asyncio.wait([self._rollout])
        self.nodes = []


async def _whole(deed: t.Callable[..., None], *arguments: t.Any) -> None:
    """In a thread. Who is cancelled meanwhile waits for its end, since nothing can stop it: it would change what comes after."""
    work = asyncio.ensure_future(asyncio.to_thread(deed, *arguments))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
