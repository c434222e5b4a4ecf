# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a cluster: nodes, the kube-proxy DaemonSet and its pods, and whatever objects a test adds."""

from __future__ import annotations

import asyncio
import dataclasses
import string
import typing as t

from ..cilium.daemon_set import Cilium
from ..cilium.manifest import has_cilium
from ..nodes.network import NodeRules, make_rules
from . import rollout
from .made import Made
from .objects import default_objects
from .proxy_pods import Pod
from .proxy_template import Template, template_of

if t.TYPE_CHECKING:
    from ..world import World

OLD_POD_DAYS = 3.0


@dataclasses.dataclass
class Node:
    """A node. rules: its network rules; changes: what a test merged over the node's object.

    accelerated: built for eBPF host routing; labelled: bears the label of that.
    """

    name: str
    pool: dict[str, t.Any]
    address: str
    rules: NodeRules
    accelerated: bool = False
    labelled: bool = False
    ready: bool = True
    unschedulable: bool = False
    changes: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    @property
    def windows(self) -> bool:
        return self.pool.get("osType") == "Windows"


class KubeCluster:
    """deny: regular expressions of paths that are answered 403. objects: further API objects by path.

    hidden: paths of objects that a test took away. boot_rules: iptables rules that something writes into every new node.
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
        self.hidden: set[str] = set()
        self.boot_rules: list[str] = []
        self.metrics_loopback = False
        self.cilium: Cilium | None = None
        self.made = Made()
        self._numbers: dict[str, int] = {}
        self._addresses = 0
        self._rollout: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Of the API server."""
        return self.world.kube_url(self.name)

    @property
    def authority(self) -> str:
        """Who has signed its certificate, in PEM."""
        return self.world.ca

    async def start(self, days: float = OLD_POD_DAYS) -> None:
        """Nodes and pods as they are once the cluster has settled, that many days ago."""
        self.template = template_of(self.body)
        self.cilium = Cilium(self) if has_cilium(self.body) else None
        for pool in self.body["properties"].get("agentPoolProfiles") or []:
            self.nodes += [self._new_node(pool) for _node in range(pool.get("count") or 0)]
        await asyncio.gather(*(self._start_node(node, days) for node in self.linux_nodes()))

    def _new_node(self, pool: dict[str, t.Any]) -> Node:
        """The next one of the pool; its rules are not started."""
        number, count = self._numbers.get(pool["name"], 0), self._addresses
        self._numbers[pool["name"]], self._addresses = number + 1, count + 1
        address = f"10.224.{count // 250}.{4 + count % 250}"
        node = Node(_node_name(pool, number), pool, address, make_rules(self.world.settings.node_kind))
        if self.cilium is not None and not node.windows:
            node.accelerated = self.cilium.wanted()
            node.labelled = node.accelerated and not self.world.faults.deep("no_label", f"{self.name}/{node.name}")
        return node

    async def _start_node(self, node: Node, days: float) -> None:
        await node.rules.start()
        if self.cilium is not None:
            await self.cilium.settle(node, days)
        if self.template is not None:
            await node.rules.switch(self.template.mode)
            pod = Pod(node.name, node.address, self.template)
            pod.age(days)
            self.pods.append(pod)

    async def add_node(self, pool: dict[str, t.Any]) -> Node:
        """A new machine joins; it is not ready yet, and no pod runs on it."""
        node = self._new_node(pool)
        node.ready = False
        self.nodes.append(node)
        if not node.windows:
            await node.rules.start()
            for rule in self.boot_rules:
                await node.rules.write(rule)
        return node

    def start_pods(self, node: Node) -> None:
        if self.cilium is not None and not node.windows:
            self.cilium.boot(node)

    async def remove_node(self, node: Node) -> None:
        self.nodes.remove(node)
        if self.cilium is not None:
            await self.cilium.leave(node)
        await node.rules.close()

    def linux_nodes(self) -> list[Node]:
        return [node for node in self.nodes if not node.windows]

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def pod(self, name: str) -> Pod | None:
        return next((pod for pod in self.pods if pod.name == name), None)

    def follow(self, body: dict[str, t.Any]) -> None:
        """AKS applies its add-ons: the DaemonSet becomes what the cluster's configuration says."""
        self.body = body
        if self.cilium is not None:
            self.cilium.follow()
        wanted = template_of(body)
        if wanted == self.template or self.world.faults.deep("no_rollout", self.name):
            return
        if self._rollout is not None:
            self._rollout.cancel()
        self.template = wanted
        self.generation += 1
        self._rollout = self.world.spawn(rollout.roll(self))

    async def reconciled(self) -> None:
        """Returns when what Azure itself does to follow is done; the pods are the DaemonSet controller's. OSError, ValueError: it cannot be."""

    def adopt(self, body: dict[str, t.Any]) -> None:
        """ARM has accepted another configuration; what is in the cluster follows in the course of the operation."""
        self.body = body
        if self.cilium is None and has_cilium(body):
            self.cilium = Cilium(self)

    async def modes(self) -> dict[str, str]:
        """By node, the mode of a kube-proxy that runs there."""
        return {pod.node: pod.template.mode for pod in self.pods if pod.state == "running"}

    def with_user_rules(self) -> int:
        """Nodes that are labelled as having iptables rules of users, or not labelled yet."""
        return 0 if self.cilium is None else sum(label is not False for label in self.cilium.user_rules.values())

    async def close(self) -> None:
        if self._rollout is not None:
            self._rollout.cancel()
        if self.cilium is not None:
            await self.cilium.close()
        self.made.probers.close()
        await asyncio.gather(*(node.rules.close() for node in self.nodes))
        self.nodes, self.pods = [], []


def _node_name(pool: t.Mapping[str, t.Any], number: int) -> str:
    """Virtual machine scale sets count in base 36."""
    if pool.get("osType") == "Windows":
        return f"aks{pool['name']}{_base36(number)}"
    return f"aks-{pool['name']}-12345678-vmss{_base36(number)}"


def _base36(number: int) -> str:
    digits = ""
    for _digit in range(6):
        number, digit = divmod(number, 36)
        digits = f"{string.digits}{string.ascii_lowercase}"[digit] + digits
    return digits
