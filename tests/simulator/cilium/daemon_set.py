# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DaemonSet cilium in a cluster: its pods on the nodes, and the monitor in them that looks at the nodes' iptables rules.

How the monitor works is published. Made up: that a DaemonSet's change reaches a pod only with a new node, and that a node is Ready
although its agent is held.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
import typing as t

from . import monitor, objects
from .manifest import manifest_of
from .pods import NAMESPACE, CiliumPod

if t.TYPE_CHECKING:
    from ..kube.cluster import KubeCluster, Node

CYCLE_SECONDS = 300.0
INIT_SECONDS = 5.0
READY_SECONDS = 5.0
BLOCKED = "A process on the node tried to add an iptables rule and was blocked, see https://aka.ms/acnsperformance"
EVENTS = "/api/v1/namespaces/default/events"


class Cilium:
    """user_rules: what the monitor's label on each CiliumNode says, None before there is one. events: by path."""

    def __init__(self, kube: KubeCluster) -> None:
        self.kube = kube
        self.manifest = manifest_of(kube.body)
        self.generation = 1
        self.pods: dict[str, CiliumPod] = {}
        self.user_rules: dict[str, bool | None] = {}
        self.events: dict[str, dict[str, t.Any]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        kube.objects |= objects.config_maps(self.manifest)

    def follow(self) -> None:
        """AKS applies its add-ons: configuration and DaemonSet are what the cluster's configuration says."""
        wanted = dataclasses.replace(manifest_of(self.kube.body), version=self.manifest.version)
        if wanted == self.manifest:
            return
        self.manifest = wanted
        self.generation += 1
        self.kube.objects |= objects.config_maps(wanted)

    def wanted(self) -> bool:
        """Whether nodes are to be built for eBPF host routing now."""
        return manifest_of(self.kube.body).accelerated

    def set_version(self, version: str) -> None:
        """Another Cilium, silently, in all pods."""
        self.manifest = dataclasses.replace(self.manifest, version=version)
        for pod in self.pods.values():
            pod.manifest = dataclasses.replace(pod.manifest, version=version)

    async def settle(self, node: Node, days: float) -> None:
        """The node's pod as it is after so many days; with none, the monitor has not looked at the node yet."""
        pod = self._new_pod(node)
        pod.age(days)
        if days:
            await self._look(node, pod)
        self._tasks[node.name] = self.kube.world.spawn(self._watch(node, pod))

    def boot(self, node: Node) -> None:
        """The node is new; its pod begins."""
        self._tasks[node.name] = self.kube.world.spawn(self._live(node, self._new_pod(node)))

    async def leave(self, node: Node) -> None:
        """The node goes, and its pod and CiliumNode with it."""
        await _ended([self._tasks.pop(node.name, None)])
        self.pods.pop(node.name, None)
        self.user_rules.pop(node.name, None)

    async def close(self) -> None:
        await _ended(list(self._tasks.values()))
        self._tasks.clear()

    def _new_pod(self, node: Node) -> CiliumPod:
        manifest = dataclasses.replace(self.manifest, accelerated=node.accelerated)
        where = f"{self.kube.name}/{node.name}"
        legacy = manifest.accelerated and self.kube.world.faults.deep("legacy_fallback", where) is not None
        pod = CiliumPod(node.name, node.address, manifest, legacy)
        self.pods[node.name] = pod
        self.user_rules[node.name] = None
        return pod

    async def _live(self, node: Node, pod: CiliumPod) -> None:
        clock = self.kube.world.clock
        await clock.sleep(INIT_SECONDS)
        if pod.gated:
            pod.state = "gate"
            while await self._look(node, pod):
                await clock.sleep(CYCLE_SECONDS)
        pod.begin()
        await clock.sleep(READY_SECONDS)
        pod.ready = True
        await self._watch(node, pod)

    async def _watch(self, node: Node, pod: CiliumPod) -> None:
        reported = 0
        while True:
            await self._look(node, pod)
            if pod.manifest.accelerated and pod.blocked > reported:
                reported = pod.blocked
                self._tell(node, "BlockedIPTablesRule", BLOCKED)
            await self.kube.world.clock.sleep(CYCLE_SECONDS)

    async def _look(self, node: Node, pod: CiliumPod) -> bool:
        """One cycle of the monitor: whether there are rules of the user."""
        allowed = self.kube.objects.get(objects.ALLOWED) or {}
        found = monitor.unexpected(await node.rules.lines(), allowed.get("data") or {})
        pod.report(monitor.report(found))
        self.user_rules[node.name] = bool(found)
        if found:
            self._tell(node, "UnexpectedIPTablesRules", "Node has unexpected iptables rules")
        return bool(found)

    def _tell(self, node: Node, reason: str, message: str) -> None:
        number = int(time.time())
        # Scaled cycles may be shorter than the second that real names distinguish.
        while f"{EVENTS}/{node.name}.{number}" in self.events:
            number += 1
        name = f"{node.name}.{number}"
        self.events[f"{EVENTS}/{name}"] = objects.event(node.name, name, reason, message)

    def pod(self, name: str) -> CiliumPod | None:
        return next((pod for pod in self.pods.values() if pod.name == name), None)

    def objects(self) -> dict[str, dict[str, t.Any]]:
        """By path: what changes by itself."""
        system = f"/api/v1/namespaces/{NAMESPACE}/pods"
        nodes = {f"/apis/cilium.io/v2/ciliumnodes/{name}": objects.cilium_node(name, on) for name, on in self.user_rules.items()}
        pods = {f"{system}/{pod.name}": pod.to_object() for pod in self.pods.values()}
        return {objects.DAEMON_SET_PATH: self._daemon_set(), **nodes, **pods, **self.events}

    def _daemon_set(self) -> dict[str, t.Any]:
        pods = self.pods.values()
        updated = sum(pod.manifest == self.manifest for pod in pods)
        return objects.daemon_set(self.manifest, self.generation, len(pods), updated, sum(pod.ready for pod in pods))

    def state(self, node: str) -> dict[str, t.Any] | None:
        """For tests: the pod's name, state and whether it is ready, and the monitor's label."""
        pod = self.pods.get(node)
        if pod is None:
            return None
        return {"pod": pod.name, "state": pod.state, "ready": pod.ready, "user_rules": self.user_rules[node]}


async def _ended(tasks: t.Sequence[asyncio.Task[None] | None]) -> None:
    """Stop them, before what they look at is taken away."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*running, return_exceptions=True)
