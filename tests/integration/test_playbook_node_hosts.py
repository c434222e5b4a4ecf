# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes that are hosts of the inventory: looked at together, before the change and after it, and in the run record like all others."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

# Each Python waits until that of the other host has begun, too: one after the other, the first would never come to its end in time.
MEETING = """#!/bin/sh
touch {mine}
for _ in $(seq 600); do [ -e {other} ] && exec {enter} /usr/bin/python3 "$@"; sleep 0.1; done
exit 1
"""


def hosts_that_meet(simulator: Simulator, folder: pathlib.Path) -> dict[str, dict[str, str]]:
    """Two nodes of aks-a as hosts, which can only be looked at together."""
    first, second, _third = simulator.nodes("aks-a")
    hosts = {}
    for node, other in ((first, second), (second, first)):
        python = folder / f"python-{node['name']}"
        begun = {"mine": folder / f"begun-{node['name']}", "other": folder / f"begun-{other['name']}"}
        python.write_text(MEETING.format(enter=" ".join(node["enter"]), **begun), encoding="utf-8")
        python.chmod(0o755)
        hosts[node["name"]] = {"ansible_connection": "local", "ansible_python_interpreter": str(python)}
    return hosts


@pytest.mark.slow
def test_hosts_are_looked_at_together_and_both_looks_are_in_the_record(netns_simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(netns_simulator, tmp_path / "runs")
    fleet.nodes = hosts_that_meet(netns_simulator, tmp_path)
    fleet.nodes["gone"] = {"ansible_host": "127.0.0.1", "ansible_port": "1"}
    fleet.variables |= {"aks_dataplane_node_group": "aks_nodes", "aks_dataplane_node_look": "ssh"}
    names = [node["name"] for node in netns_simulator.nodes("aks-a")]
    enter = netns_simulator.nodes("aks-a")[0]["enter"]
    for rule in ("-N HOSTPORT", "-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ"):
        subprocess.run([*enter, "iptables", "-t", "nat", *rule.split()], check=True)

    run = fleet.run(arguments=["--limit", "aks-a"])

    assert run.returncode == 0, run.stdout + run.stderr
    assert list(run.stats) == ["aks-a"]
    (record,) = fleet.records()
    for look in (record["looks"]["before"], record["looks"]["after"]):
        assert look["counts"] == {"not_seen": 1, "seen": 2}, look
        assert [one["nodes"] for one in look["not_seen"]] == [["gone"]]
    rule = "-A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ (table nat, ipv4)"
    assert record["looks"]["before"]["foreign_jumps"] == [{"rules": [rule], "nodes": [names[0]]}]
    assert "aks-a: the node gone could not be inspected, so the checks that need the node itself are skipped: " in run.stdout
    assert "(leftovers: not checked)" not in run.stdout
