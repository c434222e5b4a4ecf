# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one of the modules that change one leaf of a cluster, and see what it did to the simulated one."""

from __future__ import annotations

import json
import typing as t

from .modules import run_module
from .simulator import Simulator


class LeafModule:
    """Call it with the module's options. leaf: the key in the network profile that the module changes."""

    def __init__(self, simulator: Simulator, env: dict[str, str], module: str, leaf: str) -> None:
        self.simulator, self.env, self.module, self.key = simulator, env, module, leaf

    def __call__(
        self, *, cluster: str = "aks-a", check: bool = False, env: dict[str, str] | None = None, **options: t.Any
    ) -> dict[str, t.Any]:
        """The result, in which nothing of the credentials may be shown."""
        env = self.env if env is None else env
        args = {"resource_group": self.simulator.resource_group, "name": cluster, "poll_interval": 1, "wait_timeout": 60, **options}
        result = run_module(self.module, args, check=check, diff=True, env=env)
        text = json.dumps(result)
        if env.get("AZURE_SECRET", "no secret") in text or "Traceback" in text:
            raise AssertionError(f"showed too much: {text}")
        return result

    def requests(self) -> list[str]:
        """What was asked of Azure, without sign-in and metadata."""
        kinds = {"arm": "", "operation": " operation"}
        return [f"{entry['method']}{kinds[entry['kind']]}" for entry in self.simulator.log() if entry["kind"] in kinds]

    def leaf(self, cluster: str = "aks-a") -> t.Any:
        return self.simulator.cluster(cluster)["properties"]["networkProfile"].get(self.key)

    def without_leaf(self, cluster: str = "aks-a") -> dict[str, t.Any]:
        """The stored cluster but for the leaf and the eTags, which every change renews."""
        body = self.simulator.cluster(cluster)
        body["properties"]["networkProfile"].pop(self.key, None)
        for holder in (body, *body["properties"]["agentPoolProfiles"]):
            holder.pop("eTag", None)
        return body
