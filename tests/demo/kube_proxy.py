# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first story: two clusters switch from iptables to nftables, stay as they are, and one takes a failed switch back."""

from __future__ import annotations

import json
import typing as t

from tests.demo.nodes import NodeView, look, reported
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


def inventory() -> dict[str, t.Any]:
    """The group of this story's clusters."""
    return {GROUP: {"hosts": {cluster: {} for cluster in CLUSTERS}, "vars": VARIABLES}}


def story(simulator: Simulator, stage: Stage) -> None:
    switch(simulator, stage)
    again(stage)
    failure(simulator, stage)


def switch(simulator: Simulator, stage: Stage) -> None:
    heading("kube-proxy, before: what each node's namespace says")
    expect(all(view.runs_iptables for view in show_nodes(simulator)), "every node has the KUBE-SVC chains of kube-proxy in mode iptables")

    heading("First run: iptables becomes nftables on both clusters")
    outcome = stage.play(PLAYBOOK, "--limit", GROUP)
    expect(outcome.returncode == 0, "the playbook ended well")

    heading("After: what each node's namespace says")
    expect(
        all(view.runs_nftables for view in show_nodes(simulator)),
        "every node has the tables of kube-proxy in mode nftables, and no KUBE-SVC chain",
    )

    heading("The run records")
    expect([show_record(cluster)["verdict"] for cluster in CLUSTERS] == ["switched"] * 2, "both records say that the cluster was switched")


def again(stage: Stage) -> None:
    heading("Second run: nothing is left to change")
    outcome = stage.play(PLAYBOOK, "--limit", GROUP)
    expect(outcome.returncode == 0, "the playbook ended well")
    expect(outcome.changed == dict.fromkeys(CLUSTERS, 0), "changed=0 for both clusters")


def failure(simulator: Simulator, stage: Stage) -> None:
    heading("Third run: aks-green is to be rolled back to iptables, and kube-proxy crashes on one of its nodes")
    simulator.fault("crash_loop", path="aks-green/.*1$", mode="iptables", times=None)
    wanted = json.dumps({"aks_dataplane_kube_proxy": {"mode": "IPTABLES"}})
    check_failure(stage.play(PLAYBOOK, "--limit", "aks-green", "--extra-vars", wanted))

    heading("After the failed switch: what each node's namespace says")
    expect(
        all(view.runs_nftables for view in show_nodes(simulator, ["aks-green"])), "every node of aks-green has the nftables tables again"
    )
    expect(show_record("aks-green")["verdict"] == "rolled_back", "the record says that the previous configuration was restored")


def check_failure(outcome: Outcome) -> None:
    text = " ".join(outcome.output.split())
    expect(outcome.returncode == 2 and outcome.failed == {"aks-green": 1}, "the playbook failed for aks-green")
    expect("IPTABLES is not verified on every node" in text, "it showed what failed")
    expect(
        "The previous configuration (NFTABLES) was restored, and is verified on 3 of 3 nodes." in text,
        "it showed the result of the rollback",
    )


def show_nodes(simulator: Simulator, clusters: t.Sequence[str] = CLUSTERS) -> list[NodeView]:
    seen = []
    for cluster in clusters:
        print(f"  {cluster}")
        for node in simulator.nodes(cluster):
            view = look(node["name"], node["pid"])
            print("\n".join(f"  {line}" for line in reported(view)))
            seen.append(view)
    print(flush=True)
    return seen
