# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long-running operations: the statuses that recorded ones went through, in their order and with their (scaled) durations."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import secrets
import typing as t
import uuid

from ..clock import fine_stamp
from . import replacement

if t.TYPE_CHECKING:
    from ..world import World
    from .clusters import Cluster

API_VERSION = "2025-03-01"
STUCK_LOOK_SECONDS = 5.0
NOT_LATEST = (
    "Cannot proceed with the operation. Either the operation has been preempted by another one, or the information needed by the operation "
    "failed to be saved (or hasn't been saved yet)."
)


@dataclasses.dataclass(frozen=True)
class Phase:
    """One status and how long the recorded operation was in it. C(begins): name of the deed done when it starts."""

    status: str
    seconds: float
    begins: str = ""


# Recorded: 104 s for a Cilium cluster's update, 138 s for a kube-proxy one.
UPDATE = (Phase("InProgress", 18), Phase("ProvisioningControlPlane", 60), Phase("ReconcilingAddons", 60, "rollout"))
# The status of the last phase is made up, after that of a creation.
REIMAGE = (*UPDATE, Phase("UpgradingAgentPools", 0, "replacement"))
# Recorded: 336 s.
CREATE = (
    Phase("InProgress", 20),
    Phase("ProvisioningControlPlane", 100),
    Phase("ReconcilingDNS", 60),
    Phase("CreatingAgentPools: {nodes}/{nodes} nodes completed", 90, "nodes"),
    Phase("ReconcilingAddons", 66, "rollout"),
)
# Recorded: minutes.
DELETE = (Phase("InProgress", 120), Phase("InProgress", 0, "removal"))


@dataclasses.dataclass
class Operation:
    """One operation of a cluster; C(query) is the signed part of its URL."""

    id: str
    cluster: Cluster
    started: str
    query: dict[str, str]
    status: str = "InProgress"
    ended: str = ""
    error: dict[str, t.Any] | None = None
    task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        return bool(self.ended)

    def to_dict(self) -> dict[str, t.Any]:
        reported: dict[str, t.Any] = {"name": self.id, "status": self.status, "startTime": self.started}
        if self.ended:
            reported["endTime"] = self.ended
        if self.error is not None:
            reported["error"] = self.error
        return reported


class Operations:
    def __init__(self, world: World) -> None:
        self._world = world
        self.items: dict[str, Operation] = {}

    def clear(self) -> None:
        self.items.clear()

    def start(self, cluster: Cluster, phases: t.Sequence[Phase]) -> Operation:
        """Begin; the cluster is busy with it until it ends."""
        operation = Operation(str(uuid.uuid4()), cluster, fine_stamp(), _signature())
        self.items[operation.id] = operation
        cluster.operation = operation
        operation.task = self._world.spawn(self._run(operation, phases))
        return operation

    def url(self, operation: Operation) -> str:
        query = "&".join(f"{key}={value}" for key, value in operation.query.items())
        return (
            f"{self._world.url}/subscriptions/{self._world.settings.subscription_id}/providers/Microsoft.ContainerService"
            f"/locations/{operation.cluster.location}/operations/{operation.id}?{query}"
        )

    async def _run(self, operation: Operation, phases: t.Sequence[Phase]) -> None:
        cluster = operation.cluster
        failed = self._world.faults.deep("operation_failed", cluster.name)
        stuck = self._world.faults.deep("operation_stuck", cluster.name)
        stumbles = self._world.faults.deep("operation_error", cluster.name)
        if stumbles is not None:
            # Recorded: AKS tries again, and the operation ends well, with or without the word of what had happened.
            code, message = stumbles.code or "NotLatestOperation", stumbles.message or NOT_LATEST
            operation.error = {"code": code, "message": message}
        for phase in phases:
            if phase.begins == "rollout" and failed is not None:
                self._fail(operation, failed.code, failed.message)
                return
            operation.status = phase.status.format(nodes=len(cluster.kube.nodes))
            if phase.begins == "nodes":
                await cluster.kube.start(days=0)
                operation.status = phase.status.format(nodes=len(cluster.kube.nodes))
            elif phase.begins == "rollout":
                cluster.kube.follow(cluster.body)
            elif phase.begins == "removal":
                await self._world.remove_cluster(cluster.name)
            elif phase.begins == "replacement" and not await self._replace(operation, phase.status):
                return
            while stuck is not None and phase.begins != "" and self._world.faults.holds(stuck):
                await self._world.clock.sleep(STUCK_LOOK_SECONDS)
            await self._world.clock.sleep(phase.seconds)
        try:
            await cluster.kube.reconciled()
        except (OSError, ValueError) as error:
            self._fail(operation, "", f"Reconcile managed cluster failed: {error}")
            return
        cluster.set_state("Succeeded")
        cluster.renew_etags()
        operation.status, operation.ended = "Succeeded", fine_stamp()

    async def _replace(self, operation: Operation, status: str) -> bool:
        """Replace nodes; whether all went well."""

        def report(done: int, total: int) -> None:
            operation.status = f"{status}: {done}/{total} nodes completed"

        try:
            await replacement.replace(operation.cluster.kube, report)
        except replacement.NodeNeverReady as error:
            message = error.fault.message or f"Upgrade agent pool failed: node {error} did not become Ready in time."
            self._fail(operation, error.fault.code, message)
            return False
        return True

    def _fail(self, operation: Operation, code: str, message: str) -> None:
        """End it as AKS does: the new values stay in the body, the cluster is C(Failed). Empty texts: the usual ones."""
        operation.cluster.set_state("Failed")
        operation.cluster.renew_etags()
        code = code or "InternalOperationError"
        operation.error = {"code": code, "message": message or "Reconcile managed cluster failed: internal server error."}
        operation.status, operation.ended = ("Canceled" if code == "Canceled" else "Failed"), fine_stamp()


def _signature() -> dict[str, str]:
    """The query of an operation URL: as long as the real one, and of no meaning."""

    def blob(length: int) -> str:
        return base64.urlsafe_b64encode(secrets.token_bytes(length)).decode().rstrip("=")

    return {"api-version": API_VERSION, "t": "638948" + str(secrets.randbelow(10**12)), "c": blob(1800), "s": blob(256), "h": blob(32)}
