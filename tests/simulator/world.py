# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the simulated cloud knows, in one place; the routes are functions over it."""

from __future__ import annotations

import asyncio
import secrets
import typing as t

from .arm.clusters import Cluster
from .arm.features import Features
from .arm.operations import Operations
from .clock import Clock
from .faults import Faults
from .kube.cluster import KubeCluster
from .kube.doors import Doors
from .kube.real import RealKube
from .kube.runner import Runner
from .request_log import RequestLog
from .seeds import seeded_body
from .settings import Settings

# Clusters on one page of a list; few, so that ordinary tests see more than one page.
PAGE = 2


class World:
    """State and background work. C(url), C(ca) and C(doors) are set once the server listens. runners: of clusters that are real, by name."""

    def __init__(self, settings: Settings, runners: t.Mapping[str, Runner] | None = None) -> None:
        self.settings = settings
        self.runners = runners or {}
        self.url = ""
        self.ca = ""
        self.clock = Clock(settings.scale)
        self.log = RequestLog()
        self.doors: Doors | None = None
        self.faults = Faults(self.clock.now)
        self.features = Features(self.clock, self.spawn)
        self.operations = Operations(self)
        self.clusters: dict[str, Cluster] = {}
        self.tokens: dict[str, float] = {}
        # For the API servers of all clusters.
        self.aks_tokens: dict[str, float] = {}
        self.claims = ""
        self.claimed: set[str] = set()
        self.token_seconds = 3600.0
        self.retry_after: str | None = None
        self.page = PAGE
        self._kube_tokens: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: t.Coroutine[t.Any, t.Any, None]) -> asyncio.Task[None]:
        """Start background work that ends with the world."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def has_subscription(self, name: str) -> bool:
        """Ours, and every other one that a test has put a cluster into by giving it such an id."""
        return name.lower() == self.settings.subscription_id.lower() or self._in_an_id(f"/subscriptions/{name}/")

    def subscriptions(self) -> list[str]:
        """Ours first."""
        others = {cluster.id.split("/")[2] for cluster in self.clusters.values()} - {self.settings.subscription_id.lower()}
        return [self.settings.subscription_id, *sorted(others)]

    def has_group(self, name: str) -> bool:
        """As C(has_subscription), in any subscription."""
        return name.lower() == self.settings.resource_group.lower() or self._in_an_id(f"/resourcegroups/{name}/")

    def _in_an_id(self, part: str) -> bool:
        return any(part.lower() in cluster.id for cluster in self.clusters.values())

    def cluster(self, name: str) -> Cluster | None:
        return self.clusters.get(name.lower())

    def make_kube(self, name: str, body: dict[str, t.Any]) -> KubeCluster:
        """What runs in the cluster of this name."""
        runner = self.runners.get(name.lower())
        return KubeCluster(self, name, body) if runner is None else RealKube(self, name, body, runner)

    def kube_url(self, cluster: str) -> str:
        """Of the API server of a cluster."""
        return f"{self.url}/k8s/{cluster}" if self.doors is None else self.doors.url(cluster)

    def kube_token(self, cluster: str, user: str) -> str:
        """The Kubernetes token of a cluster's user; it outlives a reset, so that kubeconfig files stay valid."""
        return self._kube_tokens.setdefault(f"{cluster.lower()}/{user}", secrets.token_hex(32))

    async def add_cluster(
        self, name: str, seed: str = "overlay", patch: t.Mapping[str, t.Any] | None = None, nodes: int | None = None
    ) -> Cluster:
        """A cluster that has been there for a while; one of the same name is replaced."""
        body = seeded_body(self.settings, name, seed, patch or {}, self.settings.nodes if nodes is None else nodes)
        await self.remove_cluster(name)
        cluster = Cluster(self, name, body)
        self.clusters[name.lower()] = cluster
        await cluster.kube.start()
        return cluster

    async def remove_cluster(self, name: str) -> None:
        old = self.clusters.pop(name.lower(), None)
        if old is not None:
            await old.close()

    async def close(self) -> None:
        """Stop all background work and take the nodes away."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for cluster in self.clusters.values():
            await cluster.close()
        self.clusters.clear()

    async def reset(self, features: t.Mapping[str, str] | None = None) -> None:
        """Back to the start: clusters as seeded, no faults, empty log, features as given."""
        await self.close()
        self.clock.scale = self.settings.scale
        self.log.clear()
        self.faults.clear()
        self.features.reset(features or {})
        self.operations.clear()
        self.tokens.clear()
        self.aks_tokens.clear()
        self.claims = ""
        self.claimed.clear()
        self.token_seconds = 3600.0
        self.retry_after = None
        self.page = PAGE
        for item in self.settings.clusters:
            name, _equals, seed = item.partition("=")
            await self.add_cluster(name, seed or "overlay")
