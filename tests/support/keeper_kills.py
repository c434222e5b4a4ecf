# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL for keepers, kubelets and containerd of the real cluster at random moments, while rules change: what must hold nevertheless.

After each of them the table of every node is the old one or the new one, whole. No packet is lost or gets through meanwhile. In the end the tables
are as declared, and those of others, such as kube-proxy's, have the chains that they had.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import pathlib
import random
import re
import signal
import threading
import time
import typing as t

from tests.support.cluster_ruleset import OTHER, RULES, ClusterRuleset, until
from tests.support.counted_traffic import CLOSED, CountedTraffic

KEEPER, KUBELET, CONTAINERD = "keeper", "kubelet", "containerd"
VICTIMS = (KEEPER, KEEPER, KUBELET, CONTAINERD)
_COMMANDS = {KEEPER: b"/prog/keeper.zip\0keep\0", CONTAINERD: b"containerd\0--config\0"}
_STATES = ({"4711"}, {"4712"})
# A run that met a node which did not come back in time has rolled back; another one ends the work.
_LAST_RUNS = 3
LONGEST_RUN = 600


class Kills:
    """seed: of the moments and the victims. done: how many of which program; violations: sentences. runs: of the module, meanwhile."""

    def __init__(self, ruleset: ClusterRuleset, seed: int) -> None:
        self._ruleset = ruleset
        self._moments = random.Random(seed)
        self._nodes = sorted(ruleset.cluster.pids())
        self.done: collections.Counter[str] = collections.Counter()
        self.violations: list[str] = []
        self.runs = 0

    def carry_out(self, kills: int) -> None:
        """So many, and then the checks of the end; AssertionError when the cluster does not take a ruleset to begin with."""
        first = self._ruleset()
        assert first["state"] == "as declared", first
        others = {node: self._others(node) for node in self._nodes}
        assert all(others.values())
        over = threading.Event()
        changes = threading.Thread(target=self._change, args=(over,))
        traffic = CountedTraffic.between_nodes(self._ruleset.cluster)
        with traffic:
            changes.start()
            try:
                while self.done.total() < kills:
                    time.sleep(self._moments.uniform(0.1, 1.0))
                    victim = self._moments.choice(VICTIMS)
                    self.done[victim] += self._kill(victim, self._moments.choice(self._nodes))
                    self._look()
            finally:
                over.set()
                # What a run may take at most, which was just started.
                changes.join(LONGEST_RUN)
        self._check(traffic.check)
        # A node that is not ready is not waited for by a run.
        self._check(lambda: until(self._nodes_are_ready, what="all nodes ready"))
        self._check(self._as_declared)
        self._check(lambda: until(lambda: {node: self._others(node) for node in self._nodes} == others, what="the chains of others"))

    def _change(self, over: threading.Event) -> None:
        for content in itertools.cycle((OTHER, RULES)):
            if over.is_set():
                return
            self._ruleset(content, min_ready_seconds=0)
            self.runs += 1

    def _kill(self, victim: str, node: str) -> bool:
        """Whether there was one."""
        cluster = self._ruleset.cluster
        if victim == KUBELET:
            cluster.set_kubelet(node, False)
            cluster.set_kubelet(node, True)
            return True
        for pid in _processes(_COMMANDS[victim], cluster.pids()[node]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def _look(self) -> None:
        for node in self._nodes:
            table = self._ruleset.nft(node, "list", "table", "inet", "base")
            if set(re.findall(r"tcp dport (\d+) drop", table)) not in _STATES or f"udp dport {CLOSED} drop" not in table:
                self.violations.append(f"{node} has neither the old table nor the new one after {dict(self.done)}: {table}")

    def _others(self, node: str) -> set[str]:
        """The chains of all tables but the declared one, kube-proxy's among them."""
        tables = re.findall(r"^table (.*?) {(.*?)^}", self._ruleset.nft(node, "list", "chains"), re.MULTILINE | re.DOTALL)
        return {f"{table} {chain}" for table, chains in tables if table != "inet base" for chain in re.findall(r"chain (\S+) {", chains)}

    def _nodes_are_ready(self) -> bool:
        nodes = self._ruleset.api.request("GET", "/api/v1/nodes").body["items"]
        conditions = [one for node in nodes for one in node["status"]["conditions"] if one["type"] == "Ready"]
        return len(conditions) == len(self._nodes) and all(one["status"] == "True" for one in conditions)

    def _as_declared(self) -> None:
        ends = []
        for _run in range(_LAST_RUNS):
            ends.append(self._ruleset(OTHER))
            if ends[-1].get("state") == "as declared":
                break
        assert ends[-1].get("state") == "as declared", ends
        seen = {
            node: self._ruleset.nft(node, "list", "table", "inet", "base")
            for node in self._nodes
            if not self._ruleset.has(node, "dport 4712")
        }
        assert not seen, (ends, seen)

    def _check(self, check: t.Callable[[], t.Any]) -> None:
        try:
            check()
        except AssertionError as wrong:
            self.violations.append(str(wrong))


def _processes(command: bytes, holder: int) -> list[int]:
    """Those with these words in their command line, in the network of a node. holder: a process of the node."""
    network = os.stat(f"/proc/{holder}/ns/net").st_ino
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if command in (process / "cmdline").read_bytes() and (process / "ns/net").stat().st_ino == network:
                found.append(int(process.name))
    return found
