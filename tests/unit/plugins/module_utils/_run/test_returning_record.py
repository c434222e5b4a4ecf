# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster is rolled back by the record of an earlier run."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import returning
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg")
IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
ROUTING = {"state": "enabled", "acceleration_mode": "BpfVeth", "acns": {"enabled": True, "observability": True, "security": True}}
ID = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-a"


def origin(**changes: t.Any) -> dict[str, t.Any]:
    known = {"run_id": "r1", "record_path": "/runs/r1.json", "resource_group": "RG", "cluster": "AKS-A", "subject": "kube_proxy"}
    return {
        **known,
        "subscription": "S1",
        "wanted": {"mode": "NFTABLES"},
        "before": IPTABLES,
        "after": NFTABLES,
        "verdict": "switched",
        **changes,
    }


def planned(now: dict[str, t.Any], change: bool = True) -> dict[str, t.Any]:
    return {"before": now, "plan": [{"path": "x"}] if change else [], "cluster": {"id": ID}}


def test_it_is_rolled_back_to_what_the_run_found() -> None:
    found = returning.by_record(origin(), SETTINGS)
    assert (found.objection, found.text) == ("", "aks-a: rolls back the run r1 to IPTABLES.")
    assert (found.variable, found.value) == ("aks_dataplane_kube_proxy", {"config": {"enabled": True, "mode": "IPTABLES"}})
    assert found.origin == origin()


def test_host_routing_says_that_it_replaces_every_node() -> None:
    before = {**ROUTING, "state": "disabled", "acceleration_mode": "None"}
    text = "aks-a: rolls back the run r1 to eBPF host routing disabled. AKS replaces every node of the cluster for it."
    found = returning.by_record(origin(subject="host_routing", wanted={"state": "enabled"}, before=before, after=ROUTING), SETTINGS)
    assert (found.text, found.value) == (text, "disabled")
    settings = Settings(host="blue", cluster="aks-a", statistics_before={"blue": {"aks_dataplane_host_routing": "disabled"}})
    assert returning.going_back_to(settings).text.endswith("disabled. AKS replaces every node of the cluster for it.")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"verdict": "refused"}, "the run r1 ended as refused and has left no change"),
        ({"verdict": "unchanged"}, "the run r1 ended as unchanged and has left no change"),
        ({"verdict": "rolled_back"}, "the run r1 ended as rolled_back and has left no change"),
        ({"verdict": None, "before": None, "after": None}, "the run r1 was interrupted before the switch and has left no change"),
    ],
)
def test_a_run_that_has_left_no_change(changes: dict[str, t.Any], why: str) -> None:
    found = returning.by_record(origin(**changes), SETTINGS)
    assert (found.text, found.variable, found.objection) == (f"aks-a: stays as it is, because {why}.", "", "")


def test_nothing_to_roll_back() -> None:
    assert returning.by_record({"why": "no run has switched it"}, SETTINGS).text == "aks-a: stays as it is, because no run has switched it."


@pytest.mark.parametrize("changes", [{"cluster": "aks-b"}, {"resource_group": "other"}])
def test_the_record_of_another_cluster_is_refused(changes: dict[str, t.Any]) -> None:
    found = returning.by_record(origin(**changes), SETTINGS)
    assert (found.variable, found.text) == ("", "")
    assert "and not about the cluster aks-a in rg. Limit the run to the host of that cluster" in found.objection


def test_no_run_is_named() -> None:
    found = returning.going_back_to(SETTINGS)
    assert found.objection.startswith("blue: missing required arguments: aks_dataplane_before, or aks_dataplane_record.")


@pytest.mark.parametrize(
    ("changes", "now", "refused"),
    [
        ({}, NFTABLES, False),
        ({}, {**IPTABLES, "mode": "IPVS"}, True),
        ({}, {**IPTABLES, "enabled": False}, True),
        ({"after": None, "verdict": None}, NFTABLES, False),
        ({"after": None, "verdict": None}, IPTABLES, False),
        ({"after": None, "verdict": None}, {**IPTABLES, "mode": "IPVS"}, True),
    ],
)
def test_a_cluster_that_somebody_else_has_changed_is_refused_unless_forced(
    changes: dict[str, t.Any], now: dict[str, t.Any], refused: bool
) -> None:
    run = Run(subject="kube_proxy", origin=origin(**changes), plan=planned(now))
    text = returning.changed_since(run, SETTINGS)
    assert bool(text) is refused
    assert "set aks_dataplane_force: true" in text or not refused
    assert returning.changed_since(run, Settings(host="blue", force=True)) == ""
    unchanged = Run(subject="kube_proxy", origin=origin(**changes), plan=planned(now, change=False))
    assert returning.changed_since(unchanged, SETTINGS) == "", "it has the previous configuration already"


def test_a_cluster_of_the_same_name_in_another_subscription_is_refused_even_when_forced() -> None:
    run = Run(subject="kube_proxy", origin=origin(subscription="s2"), plan=planned(NFTABLES))
    assert "in the subscription s2, and this one is in s1" in returning.changed_since(
        run, Settings(host="blue", cluster="aks-a", force=True)
    )
