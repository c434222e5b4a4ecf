# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of a change to a real cluster: under way until the change has reached the cluster, failed when it cannot."""

from __future__ import annotations

import asyncio
import copy
import threading
import typing as t
from pathlib import Path

import pytest

from tests.simulator.arm.operations import UPDATE
from tests.simulator.settings import Settings
from tests.simulator.world import World

NAME = "aks-a"


class Runner:
    """A cluster that takes changes of kube-proxy only while C(open) is set. refusal: raised instead."""

    version, address, authority, tokens = "1.36.3", "https://127.0.0.1:1", "", t.cast(t.Mapping[str, str], {})

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.changes = 0
        self.open = threading.Event()
        self.open.set()
        self.refusal: Exception | None = None

    def node_names(self) -> list[str]:
        return list(self.nodes)

    def add_node(self, *, name: str, **_how: t.Any) -> None:
        self.nodes.append(name)

    def remove_node(self, name: str) -> None:
        self.nodes.remove(name)

    def set_proxy(self, _daemon_set: t.Mapping[str, t.Any] | None) -> None:
        self.open.wait(60)
        if self.refusal is not None:
            raise self.refusal
        self.changes += 1

    def proxy_modes(self) -> dict[str, str]:
        return {}

    def renew_proxies(self) -> None:
        pass

    def settle(self) -> None:
        return None

    def enter(self, node: str) -> tuple[int, t.Sequence[str]]:
        raise KeyError(node)


@pytest.fixture
def real() -> Runner:
    return Runner()


def with_nftables(body: dict[str, t.Any]) -> dict[str, t.Any]:
    changed = copy.deepcopy(body)
    changed["properties"]["networkProfile"]["kubeProxyConfig"] = {"enabled": True, "mode": "NFTABLES"}
    return changed


async def world_with(real: Runner, folder: Path) -> World:
    world = World(Settings(folder, clusters=(NAME,), nodes=1, scale=0.0), {NAME: real})
    await world.reset()
    return world


def test_it_ends_when_the_change_has_reached_the_cluster(real: Runner, tmp_path: Path) -> None:
    async def run() -> tuple[tuple[str, bool], tuple[str, str, int]]:
        world = await world_with(real, tmp_path)
        cluster = world.clusters[NAME]
        cluster.body = with_nftables(cluster.body)
        before = real.changes
        real.open.clear()
        operation = world.operations.start(cluster, UPDATE)
        assert operation.task is not None
        await asyncio.wait([operation.task], timeout=0.2)
        meanwhile = operation.status, operation.done
        real.open.set()
        await operation.task
        after = operation.status, cluster.body["properties"]["provisioningState"], real.changes - before
        await world.close()
        return meanwhile, after

    assert asyncio.run(run()) == (("ReconcilingAddons", False), ("Succeeded", "Succeeded", 1))


@pytest.mark.parametrize("refusal", [ConnectionRefusedError(111, "Connection refused"), ValueError("invalid"), TimeoutError("not seen")])
def test_it_fails_when_the_change_cannot_reach_the_cluster(real: Runner, tmp_path: Path, refusal: Exception) -> None:
    async def run() -> tuple[str, str, dict[str, t.Any]]:
        world = await world_with(real, tmp_path)
        cluster = world.clusters[NAME]
        cluster.body = with_nftables(cluster.body)
        real.refusal = refusal
        operation = world.operations.start(cluster, UPDATE)
        assert operation.task is not None
        await operation.task
        assert operation.error is not None
        await world.close()
        return operation.status, cluster.body["properties"]["provisioningState"], operation.error

    status, state, error = asyncio.run(run())
    assert (status, state, error["code"]) == ("Failed", "Failed", "InternalOperationError")
    assert str(refusal) in error["message"]


def test_what_is_reset_meanwhile_changes_nothing_afterwards(real: Runner, tmp_path: Path) -> None:
    async def run() -> int:
        world = await world_with(real, tmp_path)
        cluster = world.clusters[NAME]
        real.open.clear()
        cluster.kube.follow(with_nftables(cluster.body))
        await asyncio.sleep(0.1)
        ending = asyncio.ensure_future(world.close())
        await asyncio.wait([ending], timeout=0.2)
        assert not ending.done(), "the change is still on its way"
        real.open.set()
        await ending
        return real.changes

    assert asyncio.run(run()) == 2
