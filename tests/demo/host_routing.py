# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second story: eBPF host routing is refused because of a custom rule on one node, and enabled and verified once that rule is gone."""

from __future__ import annotations

import subprocess
import time
import typing as t

from tests.demo.playing import Stage
from tests.demo.telling import Unexpected, expect, heading, show_record
from tests.support.simulator import Simulator

PLAYBOOK = "aks.dataplane.ebpf_host_routing"
GROUP = "aks_cilium_clusters"
CLUSTER = "aks-red"
RULE = ("INPUT", "-s", "203.0.113.7/32", "-j", "DROP")
VARIABLES: dict[str, t.Any] = {
    "aks_dataplane_host_routing": "enabled",
    # The nodes share this machine's kernel, which may lack what that of an AKS node has (the unified cgroup hierarchy, the security module bpf).
    "aks_dataplane_ignore": [{"id": "EB21", "reason": "the nodes of the demo have the kernel of this machine"}],
}


def prepare(simulator: Simulator) -> dict[str, t.Any]:
    """Make the cluster, with Cilium and ACNS and without eBPF host routing; the group of the inventory."""
    network = {"advancedNetworking": {"performance": {"accelerationMode": "None"}}}
    patch = {"properties": {"currentKubernetesVersion": "1.34.2", "networkProfile": network}}
    simulator.make_cluster(CLUSTER, seed="cilium-acns", patch=patch, nodes=3)
    return {GROUP: {"hosts": {CLUSTER: {}}, "vars": VARIABLES}}


def story(simulator: Simulator, stage: Stage) -> None:
    node = simulator.nodes(CLUSTER)[1]
    heading(f"eBPF host routing: a custom rule is on a node of {CLUSTER}")
    iptables(node, "-A", *RULE)

    heading("First run: it looks at the nodes without ssh, refuses the change, and names the rule")
    outcome = stage.play(PLAYBOOK, "--limit", GROUP)
    text = " ".join(outcome.output.split())
    expect(outcome.returncode == 2 and outcome.changed == {CLUSTER: 0}, "the playbook refused, and changed nothing")
    expect(f"EB15: node {node['name']}" in text and f"-A {' '.join(RULE)}" in text, "it named the node and the rule")
    expect(not any(labels(simulator)), "no node has eBPF host routing")

    heading("The rule is removed")
    iptables(node, "-D", *RULE)
    wait_for_the_monitor(simulator)

    heading("Second run: enabled, every node replaced, verified by the Cilium agent of each")
    former = names(simulator)
    outcome = stage.play(PLAYBOOK, "--limit", GROUP)
    expect(outcome.returncode == 0, "the playbook ended well")
    expect(not former & names(simulator), f"all nodes are new: {', '.join(sorted(names(simulator)))}")
    expect(all(labels(simulator)), "every node has AKS's label of eBPF host routing")
    record = show_record(CLUSTER)
    expect(
        record["verdict"] == "switched" and [node["mode"] for node in record["nodes"]] == ["bpf"] * 3,
        "the record says that each agent routes by eBPF",
    )


def wait_for_the_monitor(simulator: Simulator) -> None:
    """It looks every five minutes, so in three seconds here; until then the cluster says of the node that it has rules of the user."""
    print("  waiting for the next look of AKS's iptables monitor, which clears the node", flush=True)
    limit = time.monotonic() + 60
    while any(node["cilium"]["user_rules"] for node in simulator.nodes(CLUSTER)):
        if time.monotonic() > limit:
            raise Unexpected("the iptables monitor did not look again")
        time.sleep(0.2)


def iptables(node: t.Mapping[str, t.Any], *arguments: str) -> None:
    print(f"  {node['name']} $ iptables {' '.join(arguments)}", flush=True)
    subprocess.run([*node["enter"], "iptables", *arguments], check=True)


def names(simulator: Simulator) -> set[str]:
    return {node["name"] for node in simulator.nodes(CLUSTER)}


def labels(simulator: Simulator) -> list[bool]:
    return [bool(node["host_routing"]) for node in simulator.nodes(CLUSTER)]
