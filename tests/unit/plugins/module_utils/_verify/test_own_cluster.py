# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the nodes that an API server lists are those of the cluster that was named."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import Node
from ansible_collections.aks.dataplane.plugins.module_utils._verify.own_cluster import check_nodes

HOME = "/subscriptions/AAAA-1/resourceGroups/MC_rg_aks-a_westeurope"
OURS = "azure:///subscriptions/aaaa-1/resourceGroups/mc_rg_aks-a_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/x/virtualMachines/0"
SINGLE = "azure:///subscriptions/aaaa-1/resourceGroups/MC_RG_AKS-A_WESTEUROPE/providers/Microsoft.Compute/virtualMachines/aks-p-1"
OTHERS = OURS.replace("aks-a", "aks-b")
SUBSCRIPTION = OURS.replace("aaaa-1", "bbbb-2")
LONGER = OURS.replace("westeurope", "westeurope2")


def nodes(*ids: str) -> list[Node]:
    return [Node(f"n{number}", "linux", ready=True, schedulable=True, provider_id=one) for number, one in enumerate(ids)]


@pytest.mark.parametrize(
    ("ids", "home"),
    [
        ((OURS, OURS), HOME),
        ((SINGLE,), HOME),
        ((OURS,), HOME + "/"),
        # Joined by hand, or a virtual node.
        ((OTHERS, OURS), HOME),
        (("", OURS), HOME),
        ((), HOME),
        (("", ""), HOME),
        (("aws:///eu-west-1a/i-0123",), HOME),
        (("azure:///x", "kind://docker/kind/worker", "azure://", "azure:///subscriptions/aaaa-1"), HOME),
        ((OTHERS,), ""),
        ((OTHERS,), "MC_rg_aks-a_westeurope"),
    ],
)
def test_what_may_be_of_the_cluster_is_not_refused(ids: tuple[str, ...], home: str) -> None:
    check_nodes(nodes(*ids), home, "https://aks-a")


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        ((OTHERS,), "the resource group mc_rg_aks-b_westeurope of the subscription aaaa-1"),
        (("", OTHERS, OTHERS), "the resource group mc_rg_aks-b_westeurope of the subscription aaaa-1"),
        ((SUBSCRIPTION,), "the resource group mc_rg_aks-a_westeurope of the subscription bbbb-2"),
        ((LONGER,), "the resource group mc_rg_aks-a_westeurope2 of the subscription aaaa-1"),
        ((OTHERS.replace("resourceGroups", "resourcegroups").replace("azure:", "Azure:"),), "mc_rg_aks-b_westeurope"),
    ],
)
def test_nodes_of_another_cluster_are_refused_with_both_places_and_what_to_do(ids: tuple[str, ...], found: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        check_nodes(nodes(*ids), HOME, "https://aks-b.example:443")
    assert caught.value.code == "OtherCluster"
    assert found in caught.value.message
    assert "https://aks-b.example:443" in caught.value.message
    assert "the resource group MC_rg_aks-a_westeurope of the subscription AAAA-1" in caught.value.message
    assert "aks_dataplane_kubeconfig" in caught.value.remedy
    assert "K8S_AUTH_HOST" in caught.value.remedy
