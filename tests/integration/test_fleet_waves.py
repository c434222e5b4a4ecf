# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that is listed by the inventory plugin, switched in waves: as in examples/fleet, and where a failure stops the next wave."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.support.docs.example_folder import ExampleFolder
from tests.support.inventory import Inventories
from tests.support.playbooks import run_playbook
from tests.support.simulator import FEATURE, Simulator

FORMER = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
IPVS = {"properties": {"networkProfile": {"kubeProxyConfig": FORMER}}}
FLEET = [f"aks-fleet-{number:02}" for number in range(1, 21)]
CANARY, BROKEN = "aks-fleet-01", "aks-fleet-12"
OTHER_SUBSCRIPTION = "22222222-2222-2222-2222-222222222222"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture
def fleet(tmp_path: pathlib.Path) -> t.Iterator[Simulator]:
    with Simulator.started(tmp_path / "simulator", clusters=(), nodes=1) as simulator:
        simulator.features({FEATURE: "Registered"})
        yield simulator


def modes(simulator: Simulator, clusters: t.Iterable[str]) -> dict[str, str]:
    """What the node of each cluster runs."""
    return {cluster: simulator.nodes(cluster)[0]["mode"] for cluster in clusters}


def changed(simulator: Simulator) -> list[str]:
    """The clusters that were changed, in their order."""
    return [entry["path"].rpartition("/")[2] for entry in simulator.log(kind="arm", method="PUT")]


def verdicts(home: pathlib.Path) -> dict[str, list[str]]:
    """Of the run records of each cluster, the oldest first."""
    found: dict[str, list[str]] = {}
    for file in sorted(home.glob(".local/state/aks.dataplane/runs/*/*/*.json"), key=lambda file: file.name):
        record = json.loads(file.read_text(encoding="utf-8"))
        found.setdefault(record["cluster"], []).append(record["verdict"])
    return found


def test_twenty_clusters_of_which_one_fails(fleet: Simulator, tmp_path: pathlib.Path) -> None:
    """The commands of the example's README as they stand there; then the last one once more."""
    fleet.make_fleet(20, prefix="aks-fleet-", nodes=1, patch=IPVS)
    fleet.set_cluster(CANARY, {"tags": {"stage": "canary"}})
    fleet.fault("crash_loop", path=f"{BROKEN}/", mode="nftables", times=None)
    example = ExampleFolder("fleet", tmp_path, fleet.environment())
    # The simulator is faster than Azure, and the feature is registered already.
    quick = {"aks_dataplane_poll_interval": 1, "aks_dataplane_rollout_timeout": 60, "aks_dataplane_register_feature": False}
    example.add("group_vars/all.yml", quick)
    example.add(f"host_vars/{BROKEN}.yml", {"aks_dataplane_rollout_timeout": 5})
    graph, plan, canary, waves = example.commands

    reported = example.run(graph).stdout
    assert "  |--@kube_proxy_ipvs:\n" + "".join(f"  |  |--{cluster}\n" for cluster in FLEET) + "  |--@kube_proxy_nftables:\n" in reported
    assert "  |--@dataplane_azure:\n" + "".join(f"  |  |--{cluster}\n" for cluster in FLEET) + "  |--@dataplane_cilium:\n" in reported
    assert f"  |--@stage_canary:\n  |  |--{CANARY}\n" in reported

    assert "NFTABLES" in example.run(plan).stdout
    assert changed(fleet) == []

    assert set(example.run(canary).changed) == {CANARY}
    assert changed(fleet) == [CANARY]

    fleet.clear_log()
    ended = example.run(f"{waves}; [ $? = 2 ]")
    assert set(ended.changed) == set(FLEET) - {CANARY}
    assert "(IPVS) was restored, and is verified on 1 of 1 nodes." in ended.stdout
    assert modes(fleet, FLEET) == dict.fromkeys(FLEET, "nftables") | {BROKEN: "ipvs"}
    assert fleet.cluster(BROKEN)["properties"]["networkProfile"]["kubeProxyConfig"] == FORMER
    assert verdicts(tmp_path / "home") == {cluster: ["switched"] for cluster in FLEET} | {BROKEN: ["rolled_back"]}
    # One cluster, then five, ten with the one that fails, and the rest.
    order = list(dict.fromkeys(changed(fleet)))
    assert [sorted(order[start:end]) for start, end in ((0, 1), (1, 6), (6, 16), (16, 19))] == [
        FLEET[1:2],
        FLEET[2:7],
        FLEET[7:17],
        FLEET[17:],
    ]

    fleet.clear_faults()
    fleet.clear_log()
    assert set(example.run(waves).changed) == {BROKEN}
    assert changed(fleet) == [BROKEN]
    assert modes(fleet, [BROKEN]) == {BROKEN: "nftables"}


def test_a_failure_stops_the_next_wave_and_each_cluster_is_sought_in_its_subscription(fleet: Simulator, tmp_path: pathlib.Path) -> None:
    fleet.make_fleet(4, prefix="aks-", nodes=1, patch=IPVS)
    place = f"/subscriptions/{OTHER_SUBSCRIPTION}/resourcegroups/rg-far/providers/Microsoft.ContainerService/managedClusters/aks-1"
    fleet.set_cluster("aks-1", {"id": place})
    fleet.fault("forbidden", path="aks-2$", method="PUT", times=None)
    inventories = Inventories(tmp_path, fleet.environment())
    source = inventories.write({"subscriptions": [OTHER_SUBSCRIPTION, fleet.subscription_id]})
    variables = {
        "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
        "aks_dataplane_register_feature": False,
        "aks_dataplane_record_dir": str(tmp_path / "runs"),
        "aks_dataplane_poll_interval": 1,
        "aks_dataplane_serial": [2, "50%"],
    }

    run = run_playbook(
        "aks.dataplane.kube_proxy", source, extra_vars=variables, env=fleet.environment(), arguments=["--limit", "kube_proxy_ipvs"]
    )

    assert run.returncode == 2, run.stdout + run.stderr
    assert "NO MORE HOSTS LEFT" in run.stdout
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-1": "switched", "aks-2": "refused"}
    assert modes(fleet, ["aks-1", "aks-2", "aks-3", "aks-4"]) == {"aks-1": "nftables", "aks-2": "ipvs", "aks-3": "ipvs", "aks-4": "ipvs"}
    asked = [entry["path"] for entry in fleet.log(kind="arm")]
    assert [path for path in asked if path.endswith(("aks-3", "aks-4"))] == []
    assert {path.partition("/providers/")[0].casefold() for path in asked if "/aks-1" in path} == {
        f"/subscriptions/{OTHER_SUBSCRIPTION}/resourcegroups/rg-far"
    }
