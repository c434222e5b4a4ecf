# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for Azure Resource Manager, Microsoft Entra, AKS clusters and their nodes, on the loopback address.

  python -m tests.simulator --dir DIR [--clusters aks-a,aks-b=SEED] [--nodes 3] [--node-kind netns|memory] [--scale 0.02] [--port 0]
    [--resource-group rg-dataplane]

Writes DIR/simulator.json once it answers: arm, control, ca, tenant, client_id, secret, subscription_id, resource_group, clusters, pid.
It ends with the process that started it, and its nodes' namespaces end with it. Times are those of the real service multiplied by the scale.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import pathlib
import signal
import typing as t

from aiohttp import web

from . import certificates
from .app import make_app
from .kube.config import kubeconfig
from .kube.doors import Doors
from .kube.runner import Runner
from .settings import Settings
from .world import World

PR_SET_PDEATHSIG = 1


def parse() -> Settings:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description="Simulated Azure and Kubernetes for the aks.dataplane collection."
    )
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="folder for simulator.json, ca.pem and the kubeconfigs")
    parser.add_argument("--clusters", default="aks-a,aks-b", help="names, separated by commas, each as NAME or NAME=SEED")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--node-kind", choices=("netns", "memory"), default="memory")
    parser.add_argument("--scale", type=float, default=0.02, help="real seconds per simulated second")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--resource-group", default=Settings.resource_group)
    chosen = parser.parse_args()
    return Settings(
        directory=chosen.dir.resolve(),
        clusters=tuple(name for name in chosen.clusters.split(",") if name),
        nodes=chosen.nodes,
        node_kind=chosen.node_kind,
        scale=chosen.scale,
        port=chosen.port,
        resource_group=chosen.resource_group,
    )


def end_with_parent() -> None:
    """Be terminated when the parent process ends, however it ends."""
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit("the parent process has ended already")


def describe(world: World) -> dict[str, t.Any]:
    settings = world.settings
    return {
        "arm": world.url,
        "control": f"{world.url}/_control",
        "ca": str(settings.directory / "ca.pem"),
        "tenant": settings.tenant,
        "client_id": settings.client_id,
        "secret": settings.secret,
        "subscription_id": settings.subscription_id,
        "resource_group": settings.resource_group,
        "clusters": {cluster.name: {"kubeconfig": str(write_kubeconfig(world, cluster.name))} for cluster in world.clusters.values()},
        "pid": os.getpid(),
    }


def write_kubeconfig(world: World, name: str) -> pathlib.Path:
    cluster = world.cluster(name)
    if cluster is None:
        raise KeyError(name)
    file = world.settings.directory / f"{name}.kubeconfig"
    file.write_text(kubeconfig(world, cluster, admin=False), encoding="utf-8")
    file.chmod(0o600)
    return file


async def serve(settings: Settings, runners: t.Mapping[str, Runner] | None = None) -> None:
    """Until it is asked to end. runners: of clusters that are real, by name in lower case."""
    world = World(settings, runners)
    settings.directory.mkdir(parents=True, exist_ok=True)
    context, authority = certificates.make(settings.directory)
    world.ca = authority.read_text(encoding="ascii")
    runner = web.AppRunner(make_app(world), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", settings.port, ssl_context=context, shutdown_timeout=1.0)
    await site.start()
    world.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    loop, server = asyncio.get_running_loop(), t.cast(web.Server, runner.server)
    world.doors = Doors(world.faults, lambda connection: loop.connect_accepted_socket(server, connection, ssl=context))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Real clusters are put away by whoever started them; what is being asked of one may take minutes.
        loop.add_signal_handler(number, *([os._exit, 0] if runners else [stop.set]))
    try:
        await world.reset()
        ready = settings.directory / "simulator.json"
        draft = ready.with_suffix(".new")
        draft.write_text(json.dumps(describe(world), indent=2) + "\n", encoding="utf-8")
        draft.replace(ready)
        await stop.wait()
    finally:
        await world.close()
        world.doors.close()
        await runner.cleanup()


if __name__ == "__main__":
    end_with_parent()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse()))
