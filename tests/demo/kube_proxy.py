# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first story: one cluster switches from iptables to nftables under traffic, and stays as it is; on another one the switch fails, and is rolled back."""

from __future__ import annotations

import typing as t

from tests.demo import traffic
from tests.demo.nodes import NodeView, grid, look
from tests.demo.playing import Outcome, Stage
from tests.demo.telling import expect, heading, show_record
from tests.support.simulator import Simulator

PLAYBOOK = "aks.dataplane.kube_proxy"
GROUP = "aks_clusters"
CLUSTERS = ("aks-blue", "aks-green")
VARIABLES: dict[str, t.Any] = {
    "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
    # A node whose kube-proxy crashes is given up soon.
    "aks_dataplane_rollout_timeout": 5,
}
# Seconds, in place of a baseline of 60 before the change and 150 after the verdict.
PROBE_TIMES = {"baseline": 4, "after": 4}
# Seconds of Azure's time, 0.8 real ones: a real kube-proxy takes 0.5 to 1.1 from its clean-up to its first rules with up to 500 Services.
SYNC_SECONDS = 80


def inventory() -> dict[str, t.Any]:
    """The group of this story's clusters."""
    return {GROUP: {"hosts": {cluster: {} for cluster in CLUSTERS}, "vars": VARIABLES}}


def story(simulator: Simulator, stage: Stage) -> None:
    switch(simulator, stage)
    again(stage)
    failure(simulator, stage)


def probed(port: int) -> dict[str, t.Any]:
    """Variables by which a run measures what becomes of the connections to this port."""
    target = {"name": traffic.SERVICE, "url": f"http://127.0.0.1:{port}/", "interval": 0.1, "max_gap": 5}
    return {"aks_dataplane_probe": [target], "__aks_dataplane_probe_times": PROBE_TIMES}


def late_first_rules(simulator: Simulator, cluster: str) -> None:
    """The time that a node has no rules of either mode, which the simulated kube-proxy has none of otherwise."""
    simulator.fault("no_sync", path=f"{cluster}/", mode="nftables", times=None, seconds=SYNC_SECONDS)


def switch(simulator: Simulator, stage: Stage) -> None:
    heading("First run: aks-blue switches from iptables to nftables, with traffic through a Service")
    before = look_at(simulator, "aks-blue")
    expect(all(view.runs_iptables for view in before), "every node has the KUBE-SVC chains of kube-proxy in mode iptables")
    late_first_rules(simulator, "aks-blue")
    with traffic.through(simulator.nodes("aks-blue")[0]) as port:
        print(f"  10 new connections a second to Service {traffic.SERVICE}, through the kernel rules of {before[0].name}.")
        print(
            f"  {PROBE_TIMES['baseline']} s before the change and {PROBE_TIMES['after']} s after it, in place of 60 and 150 on a real cluster."
        )
        print("  How long a node has no rules is simulated, after measurements on real kube-proxies. The gap is measured on connections.\n")
        outcome = stage.play(PLAYBOOK, "--limit", "aks-blue", **probed(port))
    simulator.clear_faults()
    expect(outcome.returncode == 0, "the playbook ended well")
    after = look_at(simulator, "aks-blue")
    expect(all(view.runs_nftables for view in after), "every node has the tables of kube-proxy in mode nftables, and no KUBE-SVC chain")

    heading("What changed on the nodes, and for the traffic")
    print("\n".join(grid(before, after)))
    print("\n  The tables ip and ip6 filter, nat and mangle stay: they are those of the iptables command, and lead no Service any more.")
    print("  Chain KUBE-FIREWALL in them stays too: kubelet makes it as well.\n")
    record = show_record("aks-blue")
    (target,) = record["interruption"]["targets"]
    print(f"    longest gap of new connections: {target['longest_gap']:.1f} s", flush=True)
    expect(record["verdict"] == "switched" and target["longest_gap"] > 0, "the record says that the cluster was switched, with a gap")


def again(stage: Stage) -> None:
    heading("Second run: nothing is left to change")
    outcome = stage.play(PLAYBOOK, "--limit", "aks-blue")
    expect(outcome.returncode == 0 and outcome.changed == {"aks-blue": 0}, "changed=0")


def failure(simulator: Simulator, stage: Stage) -> None:
    heading("Third run: aks-green is to switch to nftables, and kube-proxy crashes on one of its nodes")
    before = look_at(simulator, "aks-green")
    simulator.fault("crash_loop", path="aks-green/.*1$", mode="nftables", times=None)
    check_failure(stage.play(PLAYBOOK, "--limit", "aks-green"))
    simulator.clear_faults()
    after = look_at(simulator, "aks-green")
    print("\n".join(grid(before, after)) + "\n")
    expect(all(view.runs_iptables for view in after), "every node of aks-green has the rules of mode iptables again")
    expect(show_record("aks-green")["verdict"] == "rolled_back", "the record says that the previous configuration was restored")


def check_failure(outcome: Outcome) -> None:
    text = " ".join(outcome.output.split())
    expect(outcome.returncode == 2 and outcome.failed == {"aks-green": 1}, "the playbook failed for aks-green")
    expect("NFTABLES is not verified on every node" in text, "it showed what failed")
    expect(
        "The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes." in text,
        "it showed the result of the rollback",
    )


def look_at(simulator: Simulator, cluster: str) -> list[NodeView]:
    return [look(node["name"], node["pid"]) for node in simulator.nodes(cluster)]
