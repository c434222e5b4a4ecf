# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL for keepers and kubelets at random moments, while the rules change: the tables of each node are the old ones or the new ones, whole."""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import re
import signal
import threading
import time

from .test_node_ruleset import OTHER, Ruleset, ruleset, until

__all__ = ["ruleset"]
KILLS = 20
STATES = {"4711", "4712"}


def keepers(ruleset: Ruleset) -> list[int]:
    """The processes that keep a ruleset on the nodes of this cluster."""
    nodes = {os.stat(f"/proc/{pid}/ns/net").st_ino for pid in ruleset.cluster.pids().values()}
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if b"/prog/keeper.zip\0keep\0" in (process / "cmdline").read_bytes() and (process / "ns/net").stat().st_ino in nodes:
                found.append(int(process.name))
    return found


def of_others(ruleset: Ruleset, node: str) -> set[str]:
    """The chains of all tables but the declared one, kube-proxy's among them."""
    tables = re.findall(r"^table (.*?) {(.*?)^}", ruleset.nft(node, "list", "chains"), re.MULTILINE | re.DOTALL)
    return {f"{table} {chain}" for table, chains in tables if table != "inet base" for chain in re.findall(r"chain (\S+) {", chains)}


def test_tables_are_old_or_new(ruleset: Ruleset) -> None:
    moments = random.Random(9)
    assert ruleset()["state"] == "as declared"
    nodes = sorted(ruleset.cluster.pids())
    before = {node: of_others(ruleset, node) for node in nodes}
    assert all(before.values())
    first = {}
    change = threading.Thread(target=lambda: first.update(ruleset(OTHER, min_ready_seconds=0)))
    change.start()
    for kill in range(KILLS):
        time.sleep(moments.uniform(0.1, 1.0))
        victim = moments.choice(nodes)
        if kill % 5 == 4:
            ruleset.cluster.set_kubelet(victim, False)
            ruleset.cluster.set_kubelet(victim, True)
        elif found := keepers(ruleset):
            with contextlib.suppress(ProcessLookupError):
                os.kill(moments.choice(found), signal.SIGKILL)
        for node in nodes:
            rules = re.findall(r"tcp dport (\d+) drop", ruleset.nft(node, "list", "table", "inet", "base"))
            assert len(rules) == 1
            assert set(rules) <= STATES
    change.join(200)
    # A run that met a node which did not come back in time has rolled back; the next one ends the work.
    ends = [first, ruleset(OTHER)]
    if "state" not in ends[-1]:
        ends.append(ruleset(OTHER))
    assert ends[-1].get("state") == "as declared", ends
    assert ruleset.on_all("dport 4712") == [True] * 3
    until(lambda: {node: of_others(ruleset, node) for node in nodes} == before)
