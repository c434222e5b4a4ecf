# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else who changes the cluster, and the disk with the run records. Each happens once, when its point is reached and it is possible."""

from __future__ import annotations

import contextlib
import copy
import pathlib

from tests.simulator.arm import replacement
from tests.simulator.arm.clusters import Cluster
from tests.simulator.arm.operations import REIMAGE, UPDATE
from tests.simulator.world import World

from . import bodies
from .plan import Event
from .trouble import Json

BALLAST = "ballast"


def change_outside(body: Json, event: Event) -> None:
    """What somebody else changes outside of any leaf, in a body."""
    properties = body["properties"]
    if event.name == "other_tag":
        body["tags"] = {**(body.get("tags") or {}), event.value: event.value}
    elif event.name == "other_setting":
        properties["autoUpgradeProfile"] = {**(properties.get("autoUpgradeProfile") or {}), "nodeOSUpgradeChannel": event.value}
    elif event.name == "other_label":
        for pool in properties["agentPoolProfiles"]:
            pool["nodeLabels"] = {**(pool.get("nodeLabels") or {}), event.value: event.value}


async def act(world: World, cluster: Cluster, event: Event, plane: str) -> bool:
    """Whether Azure takes it now: not while another operation is under way."""
    if cluster.busy():
        return False
    body = copy.deepcopy(cluster.body)
    if event.name == "other_leaf":
        bodies.set_value(body, plane, event.value)
    else:
        change_outside(body, event)
    cluster.body = body
    cluster.kube.body = body
    cluster.renew_etags()
    if event.name in ("other_leaf", "other_operation"):
        cluster.set_state("Updating")
        world.operations.start(cluster, REIMAGE if replacement.outdated(cluster.kube) else UPDATE)
    return True


def fill(disk: pathlib.Path) -> None:
    """Until nothing more goes onto it."""
    with (disk / BALLAST).open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"\0" * 4096):
            pass


def free(disk: pathlib.Path) -> None:
    (disk / BALLAST).unlink(missing_ok=True)
