# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a DaemonSet's change reaches the nodes: one pod after the other, and on each node the rules follow the new mode."""

from __future__ import annotations

import typing as t

from ..clock import now
from .proxy_pods import Pod
from .proxy_template import Template

if t.TYPE_CHECKING:
    from ..faults import Fault
    from .cluster import KubeCluster, Node

OBSERVE_SECONDS = 2.0
TERMINATE_SECONDS = 2.0
CREATE_SECONDS = 3.0
READY_SECONDS = 2.0
RESTART_SECONDS = 10.0
SYNC_LOOK_SECONDS = 1.0


async def roll(kube: KubeCluster) -> None:
    """Replace every pod that is not of the current template; a pod that does not get ready stops the rollout there."""
    await kube.world.clock.sleep(OBSERVE_SECONDS)
    kube.observed = kube.generation
    kube.world.faults.come("rollout", kube.name)
    if kube.template is None:
        await _remove_all(kube)
    else:
        await _replace_all(kube, kube.template)
    kube.world.faults.come("rolled_out", kube.name)


async def _replace_all(kube: KubeCluster, template: Template) -> None:
    clock = kube.world.clock
    for node in sorted(kube.linux_nodes(), key=lambda node: _is_ready(kube, node)):
        old = next((pod for pod in kube.pods if pod.node == node.name), None)
        if old is not None and old.template == template:
            await _until_ready(kube, old)
            continue
        if old is not None:
            await _terminate(kube, old)
        pod = Pod(node.name, node.address, template)
        kube.pods.append(pod)
        await clock.sleep(CREATE_SECONDS)
        await _begin(kube, node, pod)


def _is_ready(kube: KubeCluster, node: Node) -> bool:
    """Nodes whose pod is down come first, as the DaemonSet controller has it."""
    return any(pod.node == node.name and pod.ready for pod in kube.pods)


async def _terminate(kube: KubeCluster, pod: Pod) -> None:
    pod.deleted = now()
    await kube.world.clock.sleep(TERMINATE_SECONDS)
    kube.pods.remove(pod)


async def _remove_all(kube: KubeCluster) -> None:
    """kube-proxy does not remove its rules when it ends."""
    for pod in list(kube.pods):
        pod.deleted = now()
    await kube.world.clock.sleep(TERMINATE_SECONDS)
    kube.pods.clear()


async def _begin(kube: KubeCluster, node: Node, pod: Pod) -> None:
    where, mode = f"{kube.name}/{node.name}", pod.template.mode
    faults, clock = kube.world.faults, kube.world.clock
    crash = faults.deep("crash_loop", where, mode)
    while crash is not None and faults.holds(crash):
        pod.crash()
        pod.restarts += 1
        await clock.sleep(RESTART_SECONDS)
    if faults.deep("stale_rules", where, mode):
        pod.begin_stale()
    else:
        waiting = faults.deep("no_sync", where, mode)
        if waiting is not None:
            await node.rules.clean(mode)
            await _without_rules(kube, pod, waiting)
        await node.rules.switch(mode)
        pod.begin()
    await clock.sleep(READY_SECONDS)
    pod.ready = True


async def _without_rules(kube: KubeCluster, pod: Pod, fault: Fault) -> None:
    """The process runs and is ready, but its first rules are still to be written."""
    clock, waited = kube.world.clock, 0.0
    pod.begin_without_rules()
    pod.ready = True
    while kube.world.faults.holds(fault) and not (fault.seconds and waited >= fault.seconds):
        await clock.sleep(SYNC_LOOK_SECONDS)
        waited += SYNC_LOOK_SECONDS


async def _until_ready(kube: KubeCluster, pod: Pod) -> None:
    """A pod of this template that an interrupted rollout left behind: the kubelet finishes it."""
    if pod.ready:
        return
    node = kube.node(pod.node)
    if node is not None:
        await _begin(kube, node, pod)
