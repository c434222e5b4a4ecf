# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a cluster: nodes, the kube-proxy DaemonSet and its pods, and whatever objects a test adds."""

from __future__ import annotations

import asyncio
import dataclasses
import typing as t

from . import rollout
from .cilium_objects import cilium_objects, has_cilium
from .kube_objects import default_objects
from .nodes import NodeRules, make_rules
from .pods import Pod
from .proxy_template import Template, template_of

if t.TYPE_CHECKING:
    from .world import World

OLD_POD_DAYS = 3.0


@dataclasses.dataclass
class Node:
    """A node. rules: its network rules; changes: what a test merged over the node's object."""

    name: str
    pool: dict[str, t.Any]
    address: str
    rules: NodeRules
    changes: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def windows(self) -> bool:
        return self.pool.get("osType") == "Windows"


class KubeCluster:
    """deny: regular expressions of paths that are answered 403. objects: further API objects by path.

    metrics_loopback: kube-proxy's metrics port is bound to loopback, so that it cannot be reached through the API server.
    """

    def __init__(self, world: World, name: str, body: dict[str, t.Any]) -> None:
        self.world = world
        self.name = name
        self.body = body
        self.tokens = {user: world.kube_token(name, user) for user in ("user", "admin")}
        self.nodes: list[Node] = []
        self.pods: list[Pod] = []
        self.template: Template | None = None
        self.generation = 1
        self.observed = 1
        self.deny: list[str] = []
        self.objects = default_objects()
        self.metrics_loopback = False
        self._rollout: asyncio.Task[None] | None = None

    async def start(self, days: float = OLD_POD_DAYS) -> None:
        """Nodes and pods as they are once the cluster has settled, that many days ago."""
        self.template = template_of(self.body)
        for number, (name, pool) in enumerate(_node_names(self.body)):
            address = f"10.224.{number // 250}.{4 + number % 250}"
            self.nodes.append(Node(name, pool, address, make_rules(self.world.settings.node_kind)))
        if has_cilium(self.body):
            self.objects |= cilium_objects([node.name for node in self.linux_nodes()])
        await asyncio.gather(*(self._start_node(node, days) for node in self.nodes if not node.windows))

    async def _start_node(self, node: Node, days: float) -> None:
        await node.rules.start()
        if self.template is not None:
            await node.rules.switch(self.template.mode)
            pod = Pod(node.name, node.address, self.template)
            pod.age(days)
            self.pods.append(pod)

    def linux_nodes(self) -> list[Node]:
        return [node for node in self.nodes if not node.windows]

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def pod(self, name: str) -> Pod | None:
        return next((pod for pod in self.pods if pod.name == name), None)

    def follow(self, body: dict[str, t.Any]) -> None:
        """AKS applies its add-ons: the DaemonSet becomes what the cluster's configuration says."""
        self.body = body
        wanted = template_of(body)
        if wanted == self.template or self.world.faults.deep("no_rollout", self.name):
            return
        if self._rollout is not None:
            self._rollout.cancel()
        self.template = wanted
        self.generation += 1
        self._rollout = self.world.spawn(rollout.roll(self))

    async def close(self) -> None:
        if self._rollout is not None:
            self._rollout.cancel()
        await asyncio.gather(*(node.rules.close() for node in self.nodes))
        self.nodes, self.pods = [], []


def _node_names(body: dict[str, t.Any]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    for pool in body["properties"].get("agentPoolProfiles") or []:
        for number in range(pool.get("count") or 0):
            if pool.get("osType") == "Windows":
                yield f"aks{pool['name']}{number:06x}", pool
            else:
                yield f"aks-{pool['name']}-12345678-vmss{number:06d}", pool
