# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a change of eBPF host routing reaches the nodes: new ones come, old ones go, one after the other.

Documented: all pools are rolled, and the new nodes bear the label. Made up: that nodes get new names, the order, and the times.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..faults import Fault
    from ..kube.cluster import KubeCluster, Node

CREATE_SECONDS = 30.0
JOIN_SECONDS = 30.0
DRAIN_SECONDS = 30.0
STUCK_LOOK_SECONDS = 5.0

Report = t.Callable[[int, int], None]


class NodeNeverReady(Exception):
    """A new node did not get ready in the time that the fault gives it."""

    def __init__(self, fault: Fault, node: str) -> None:
        super().__init__(node)
        self.fault = fault


def outdated(kube: KubeCluster) -> list[Node]:
    """The nodes that were built for another acceleration mode, or another data plane, than the cluster has."""
    cilium = kube.cilium
    if cilium is None:
        return []
    return [node for node in kube.nodes if node.accelerated != cilium.wanted() or not (node.windows or node.name in cilium.pods)]


async def replace(kube: KubeCluster, report: Report) -> None:
    """Replace the outdated nodes, pool by pool. report: called with how many are done and how many there are. NodeNeverReady."""
    if kube.world.faults.deep("no_rollout", kube.name):
        return
    old = outdated(kube)
    kube.world.faults.come("rollout", kube.name)
    for node in [node for node in old if not node.ready]:
        # What a failed replacement has left over.
        old.remove(node)
        await kube.remove_node(node)
    for done, node in enumerate(old):
        report(done, len(old))
        await _add(kube, node.pool)
        node.unschedulable = True
        await kube.world.clock.sleep(DRAIN_SECONDS)
        await kube.remove_node(node)
    report(len(old), len(old))
    kube.world.faults.come("rolled_out", kube.name)


async def _add(kube: KubeCluster, pool: dict[str, t.Any]) -> None:
    clock, faults = kube.world.clock, kube.world.faults
    await clock.sleep(CREATE_SECONDS)
    node = await kube.add_node(pool)
    await clock.sleep(JOIN_SECONDS)
    stuck, waited = faults.deep("node_stuck", f"{kube.name}/{node.name}"), 0.0
    while stuck is not None and faults.holds(stuck):
        if stuck.seconds and waited >= stuck.seconds:
            raise NodeNeverReady(stuck, node.name)
        await clock.sleep(STUCK_LOOK_SECONDS)
        waited += STUCK_LOOK_SECONDS
    node.ready = True
    kube.start_pods(node)
