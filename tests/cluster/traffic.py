# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clients of a cluster have seen of its Service."""

from __future__ import annotations

import time

from .api import Api
from .workload import NAMESPACE, PORT

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
FLOW_SECONDS = 60.0
LOOK_SECONDS = 0.3
# Ten a second, on each node.
ENOUGH = 10


class Traffic:
    def __init__(self, api: Api) -> None:
        self._api = api

    def answers(self) -> dict[str, int]:
        """By node, how many requests have been answered so far."""
        pods = self._api.request("GET", f"{PODS}?labelSelector=app%3Dclient").body["items"]
        found = {}
        for pod in pods:
            answer = self._api.request("GET", f"{PODS}/{pod['metadata']['name']}:{PORT}/proxy/")
            if answer.status == 200:
                found[pod["spec"]["nodeName"]] = int(answer.body["good"])
        return found

    def flows(self, nodes: int) -> None:
        """From so many nodes, now; AssertionError when it does not."""
        deadline = time.monotonic() + FLOW_SECONDS
        before = self.answers()
        while True:
            time.sleep(LOOK_SECONDS)
            now = self.answers()
            flowing = [node for node, count in now.items() if count >= before.setdefault(node, count) + ENOUGH]
            if len(flowing) >= nodes:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"traffic flows from {len(flowing)} of {nodes} nodes: {before}, then {now}")
