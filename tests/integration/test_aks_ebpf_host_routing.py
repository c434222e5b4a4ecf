# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""aks_ebpf_host_routing against the simulator: the ladder of a module, ACNS that is off, and what Azure refuses.

What all modules share that change one leaf of a cluster is in test_leaf_modules.
"""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.support.leaf_module import LeafModule
from tests.support.modules import run_module
from tests.support.simulator import ROOT, Simulator

RECORDINGS = ROOT / "tests" / "fixtures" / "recordings"
PATH = "properties.networkProfile.advancedNetworking"
PRICES = "https://azure.microsoft.com/pricing/details/azure-container-networking-services/"
MODE_CHANGE = {"path": f"{PATH}.performance.accelerationMode", "before": "None", "after": "BpfVeth", "disruption": "reimage"}
OFF = {"enabled": False, "observability": {"enabled": False}, "security": {"enabled": False}}
# What a careless update would put back to its default.
CHOSEN = {
    "enabled": True,
    "observability": {"enabled": False},
    "security": {"enabled": True, "advancedNetworkPolicies": "L7", "transitEncryption": {"type": "WireGuard"}},
}


class HostRouting(LeafModule):
    def with_acns(self, leaf: dict[str, t.Any] | None, **network: t.Any) -> None:
        """Make aks-a a Cilium cluster with this advancedNetworking, none for none."""
        self.simulator.make_cluster("aks-a", seed="cilium-acns", patch={"properties": {"networkProfile": {"advancedNetworking": None}}})
        self.simulator.set_cluster("aks-a", {"properties": {"networkProfile": {"advancedNetworking": leaf, **network}}})


@pytest.fixture
def routing(simulator: Simulator, azure_env: dict[str, str], quick_waits: None) -> HostRouting:
    # No preview feature is needed.
    simulator.reset(feature=False)
    routing = HostRouting(simulator, azure_env, "aks_ebpf_host_routing", "advancedNetworking")
    routing.with_acns(CHOSEN)
    simulator.clear_log()
    return routing


def state_of(reported: dict[str, t.Any]) -> tuple[t.Any, ...]:
    return (reported["state"], reported["acceleration_mode"], *(reported["acns"][key] for key in ("enabled", "observability", "security")))


class TestLadder:
    def test_missing_arguments(self, azure_env: dict[str, str]) -> None:
        result = run_module("aks_ebpf_host_routing", {}, env=azure_env)
        assert result["msg"] == "missing required arguments: name, resource_group, state"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"state": "BpfVeth"}, "value of state must be one of: disabled, enabled, got: BpfVeth"),
            ({"state": "enabled", "enable_acns": "perhaps"}, "enable_acns"),
            ({"state": "enabled", "api_version": "2025-10-01"}, "in stable api-versions, exists since 2026-01-01 only"),
            ({"state": "disabled", "api_version": "2025-06-02-preview"}, "in preview api-versions, exists since 2025-07-02-preview only"),
        ],
        ids=str,
    )
    def test_bad_input_is_refused_before_anybody_is_asked(self, routing: HostRouting, options: dict[str, t.Any], message: str) -> None:
        result = routing(**options)
        assert result["failed"] is True
        assert message in result["msg"]
        assert routing.simulator.log() == []

    def test_check_mode_plans_and_changes_nothing(self, routing: HostRouting) -> None:
        before = routing.simulator.cluster("aks-a")
        result = routing(check=True, state="enabled")
        assert result["changed"] is True
        assert state_of(result["before"]) == ("disabled", "None", True, False, True)
        assert state_of(result["after"]) == ("enabled", "BpfVeth", True, False, True)
        assert result["plan"] == [MODE_CHANGE]
        assert "every node of every node pool" in result["note"]
        assert '"acceleration_mode": "BpfVeth"' in result["diff"]["after"]
        assert routing.requests() == ["GET"]
        assert routing.simulator.cluster("aks-a") == before

    def test_run_rerun_and_back(self, routing: HostRouting) -> None:
        first = routing(state="enabled")
        assert first["changed"] is True, first
        assert first["plan"] == [MODE_CHANGE]
        assert first["operation"]["status"] == "Succeeded"
        assert "every node of every node pool" in first["note"]
        assert routing.leaf() == {**CHOSEN, "performance": {"accelerationMode": "BpfVeth"}}

        routing.simulator.clear_log()
        second = routing(state="enabled")
        assert second["changed"] is False
        assert second["before"] == second["after"] == first["after"]
        assert (second["plan"], second["operation"], second["note"]) == ([], None, None)
        assert routing.requests() == ["GET"]

        back = routing(state="disabled")
        assert back["changed"] is True
        assert back["before"] == first["after"]
        assert back["after"] == first["before"]
        assert "ACNS, a paid service, stays enabled." in back["note"]
        assert routing.leaf() == {**CHOSEN, "performance": {"accelerationMode": "None"}}
        assert routing(state="disabled")["changed"] is False

    def test_disabling_it_on_the_recorded_cluster_leaves_what_was_recorded(self, routing: HostRouting) -> None:
        exchanges = json.loads((RECORDINGS / "aks_create_with_acns_performance.json").read_text(encoding="utf-8"))
        clusters = [exchange["response"]["body"] for exchange in exchanges if exchange["request"]["method"] == "GET"]
        *_others, before, after = (
            body["properties"]["networkProfile"]["advancedNetworking"] for body in clusters if body and "networkProfile" in str(body)
        )
        routing.with_acns(before)
        assert routing(state="disabled")["plan"] == [{**MODE_CHANGE, "before": "BpfVeth", "after": "None"}]
        assert routing.leaf() == after

    @pytest.mark.parametrize("stored", ["bpfveth", "BPFVETH"])
    def test_another_spelling_is_no_change(self, routing: HostRouting, stored: str) -> None:
        routing.with_acns({**CHOSEN, "performance": {"accelerationMode": stored}})
        assert routing(state="enabled")["changed"] is False

    def test_a_stable_api_version_is_spoken(self, routing: HostRouting) -> None:
        routing(state="enabled")
        spoken = {entry["query"]["api-version"] for entry in routing.simulator.log(kind="arm") if "/managedClusters/" in entry["path"]}
        assert spoken == {"2026-08-01"}


class TestAcnsThatIsOff:
    @pytest.mark.parametrize("leaf", [None, OFF], ids=["never-on", "switched-off"])
    @pytest.mark.parametrize("check", [True, False])
    def test_it_is_not_switched_on_unasked(self, routing: HostRouting, leaf: dict[str, t.Any] | None, check: bool) -> None:
        routing.with_acns(leaf)
        result = routing(state="enabled", check=check)
        assert result["failed"] is True
        assert "a paid service" in result["msg"]
        assert PRICES in result["msg"]
        assert "set the option enable_acns to true" in result["msg"]
        assert result["error"]["code"] == "AcnsDisabled"
        assert routing.requests() == ["GET"]
        assert routing.leaf() == leaf

    @pytest.mark.parametrize("leaf", [None, OFF], ids=["never-on", "switched-off"])
    def test_it_is_switched_on_when_asked(self, routing: HostRouting, leaf: dict[str, t.Any] | None) -> None:
        routing.with_acns(leaf)
        result = routing(state="enabled", enable_acns=True)
        assert result["changed"] is True, result
        assert state_of(result["before"]) == ("disabled", "None", False, False, False)
        assert state_of(result["after"]) == ("enabled", "BpfVeth", True, True, True)
        assert {item["path"].removeprefix(f"{PATH}.") for item in result["plan"]} == {
            *("enabled", "observability.enabled", "security.enabled", "performance.accelerationMode")
        }
        assert "ACNS, a paid service, is enabled by this, with observability and security." in result["note"]
        assert routing.leaf()["performance"] == {"accelerationMode": "BpfVeth"}
        assert routing(state="enabled")["changed"] is False

    @pytest.mark.parametrize("enable_acns", [True, False])
    def test_disabled_is_what_it_is(self, routing: HostRouting, enable_acns: bool) -> None:
        routing.with_acns(OFF)
        assert routing(state="disabled", enable_acns=enable_acns)["changed"] is False
        assert routing.leaf() == OFF

    def test_of_a_new_cluster(self, routing: HostRouting) -> None:
        network = {"networkPlugin": "azure", "networkPluginMode": "overlay", "networkDataplane": "cilium", "networkPolicy": "cilium"}
        pool = {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5", "osSKU": "AzureLinux"}
        body = {"location": "westeurope", "properties": {"dnsPrefix": "fresh", "agentPoolProfiles": [pool], "networkProfile": network}}
        refused = routing(cluster="fresh", state="enabled", managed_cluster=body)
        assert refused["error"]["code"] == "AcnsDisabled"
        assert "PUT" not in routing.requests()
        made = routing(cluster="fresh", state="enabled", enable_acns=True, managed_cluster=body)
        assert made["changed"] is True, made
        assert state_of(made["after"]) == ("enabled", "BpfVeth", True, True, True)


@pytest.mark.parametrize(
    ("properties", "reported"),
    [
        ({"networkProfile": {"networkDataplane": "azure"}}, "requires network dataplane cilium"),
        ({"currentKubernetesVersion": "1.32.9"}, "requires Kubernetes version 1.33.0"),
    ],
    ids=str,
)
def test_what_azure_refuses_is_reported_with_what_to_do(routing: HostRouting, properties: dict[str, t.Any], reported: str) -> None:
    routing.simulator.set_cluster("aks-a", {"properties": properties})
    result = routing(state="enabled")
    assert result["failed"] is True
    assert reported in result["msg"]
    assert "aks.dataplane.aks_preflight_info" in result["msg"]
    assert routing.leaf() == CHOSEN


# AKS's words while its iptables monitor has not labelled all nodes, or has found rules of the user.
UNLABELLED = {
    "kind": "server_error",
    "status": 400,
    "code": "BadRequest",
    "message": "User-installed iptables rules found. Number of affected nodes is 1. Please remove them and try again after some time.",
    "method": "PUT",
    "path": "managedClusters/aks-a$",
    "retry_after": "1",
}


def test_nodes_that_are_not_labelled_yet_are_waited_for(routing: HostRouting) -> None:
    routing.simulator.fault(**UNLABELLED, times=2)
    result = routing(state="enabled")
    assert result["changed"] is True
    assert result["after"]["acceleration_mode"] == "BpfVeth"
    assert result["operation"]["phases"][0]["name"] == "WaitingForNodeLabels"
    assert len(routing.simulator.log(method="PUT")) == 3


def test_nodes_that_never_get_their_label_end_the_wait(routing: HostRouting) -> None:
    routing.simulator.fault(**UNLABELLED, times=None)
    result = routing(state="enabled", wait_timeout=1)
    assert result["failed"] is True
    assert "AKS's iptables monitor had not labelled all nodes of cluster aks-a" in result["msg"]
    assert "EB30" in result["msg"]
    at_once = routing(state="enabled", wait=False)
    assert "User-installed iptables rules found. Number of affected nodes is 1" in at_once["msg"]
    assert "Nothing was changed" in at_once["msg"]
