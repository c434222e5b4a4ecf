# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The third story: what kube-proxy leaves on the nodes at a switch from iptables to ipvs is named, and then removed on the way through nftables."""

from __future__ import annotations

import typing as t

from tests.demo.kube_proxy import PLAYBOOK, look_at
from tests.demo.nodes import grid
from tests.demo.playing import Stage
from tests.demo.telling import expect, heading, show_record
from tests.support.simulator import Simulator

GROUP = "aks_ipvs_clusters"
CLUSTER = "aks-yellow"
VARIABLES: dict[str, t.Any] = {
    "aks_dataplane_kube_proxy": {"mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}},
    "aks_dataplane_profile": "current",
    "aks_dataplane_ignore": [{"id": "KP07", "reason": "the demo shows what a switch to IPVS leaves"}],
}


def prepare(simulator: Simulator) -> dict[str, t.Any]:
    """Make the cluster; the group of the inventory."""
    simulator.make_cluster(CLUSTER, nodes=3)
    return {GROUP: {"hosts": {CLUSTER: {}}, "vars": VARIABLES}}


def story(simulator: Simulator, stage: Stage) -> None:
    heading(f"{CLUSTER} switches from iptables to ipvs, which leaves the chains of iptables")
    outcome = stage.play(PLAYBOOK, "--limit", GROUP)
    expect(outcome.returncode == 0, "the playbook ended well")
    names = [node["name"] for node in simulator.nodes(CLUSTER)]
    text = " ".join(outcome.output.split())
    expect("leftovers of IPTABLES on 3 of 3 nodes" in text, "it looked at the nodes, without ssh, and counted those with leftovers")
    expect(all(f"left on {name} of IPTABLES: chain" in text for name in names), "it named what is left on each")
    with_both = look_at(simulator, CLUSTER)
    expect(any(view.service_chains for view in with_both), "the chains of mode iptables are there")

    heading("The leftovers are removed: through nftables and on, as both steps of the plan say")
    outcome = stage.play(PLAYBOOK, "--limit", GROUP, aks_dataplane_leftovers="remove")
    expect(outcome.returncode == 0, "the playbook ended well")
    expect("leftovers: none on 3 nodes" in " ".join(outcome.output.split()), "a second look at the nodes found none")
    clean = look_at(simulator, CLUSTER)
    print("\n".join(grid(with_both, clean)))
    print("\n  The chains that stay are in use: kube-proxy needs them in mode IPVS, and kubelet makes KUBE-FIREWALL as well.\n")
    expect(not any(view.service_chains for view in clean), "no KUBE-SVC chain of mode iptables is on a node")
    record = show_record(CLUSTER)
    left = {item["mode"] for item in record["looks"]["after"]["leftovers"]}
    expect((record["verdict"], record["through"]["mode"], left) == ("switched", "NFTABLES", set()), "the record says so")
