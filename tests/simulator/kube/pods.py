# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods of whatever kind by name, their containers and logs, in the words of the API server."""

from __future__ import annotations

import typing as t

from aiohttp import web

from ..cilium.pods import CiliumPod
from ..errors import kubernetes
from .cluster import KubeCluster
from .proxy_pods import Pod

Query = t.Mapping[str, str]


def find(kube: KubeCluster, name: str) -> Pod | CiliumPod:
    """ApiError for one that is not there."""
    pod = kube.pod(name) or (kube.cilium.pod(name) if kube.cilium is not None else None)
    if pod is None:
        raise kubernetes(404, "NotFound", f'pods "{name}" not found', {"name": name, "kind": "pods"})
    return pod


def container(pod: CiliumPod, query: Query) -> str:
    """The one that is asked for; there are several, so it has to be named."""
    wanted, inits, mains = query.get("container", ""), pod.manifest.init_containers, pod.manifest.containers
    if not wanted:
        choice = f"[{' '.join(mains)}] or one of the init containers: [{' '.join(inits)}]"
        raise kubernetes(400, "BadRequest", f"a container name must be specified for pod {pod.name}, choose one of: {choice}")
    if wanted not in (*inits, *mains):
        raise kubernetes(400, "BadRequest", f"container {wanted} is not valid for pod {pod.name}")
    return wanted


def log(kube: KubeCluster, name: str, query: Query) -> web.Response:
    pod = find(kube, name)
    lines = _cilium_log(pod, query) if isinstance(pod, CiliumPod) else _kube_proxy_log(pod, query)
    tail = int(query.get("tailLines", len(lines)))
    text = "".join(f"{line}\n" for line in (lines[-tail:] if tail else []))
    limit = int(query.get("limitBytes", 0)) or len(text.encode())
    return web.Response(body=text.encode()[:limit], content_type="text/plain", charset="utf-8")


def _kube_proxy_log(pod: Pod, query: Query) -> list[str]:
    if query.get("previous") == "true" and not pod.restarts:
        raise kubernetes(400, "BadRequest", f'previous terminated container "kube-proxy" in pod "{pod.name}" not found')
    if pod.state == "creating":
        raise kubernetes(400, "BadRequest", f'container "kube-proxy" in pod "{pod.name}" is waiting to start: ContainerCreating')
    return pod.log


def _cilium_log(pod: CiliumPod, query: Query) -> list[str]:
    wanted = container(pod, query)
    if query.get("previous") == "true":
        raise kubernetes(400, "BadRequest", f'previous terminated container "{wanted}" in pod "{pod.name}" not found')
    waiting = pod.container_state(wanted).get("waiting")
    if waiting is not None:
        raise kubernetes(400, "BadRequest", f'container "{wanted}" in pod "{pod.name}" is waiting to start: {waiting["reason"]}')
    return pod.logs.get(wanted, [])
