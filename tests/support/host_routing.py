# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a cluster that eBPF host routing can be enabled on, and ways to spoil it."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing.configuration import HostRoutingDeclaration
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.cluster import HostRoutingArm
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.host_routing.facts import HostRoutingFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import AllowedPatterns, KubeFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor import TABLES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.monitor_patterns import BUNDLED_IPV4
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import NodeObservation
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import DaemonSet

from tests.support.preflight import NODES

POOL = {
    "name": "system",
    "count": 3,
    "mode": "System",
    "osType": "Linux",
    "osSKU": "Ubuntu",
    "nodeImageVersion": "AKSUbuntu-2404gen2containerd-202610.12.0",
    "vmSize": "Standard_D8d_v5",
    "workloadRuntime": "OCIContainer",
    "currentOrchestratorVersion": "1.34.2",
    "provisioningState": "Succeeded",
    "powerState": {"code": "Running"},
    "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
}
ACNS = {"enabled": True, "observability": {"enabled": True}, "security": {"enabled": True}}
BPF_VETH = {**ACNS, "performance": {"accelerationMode": "BpfVeth"}}
NETWORK = {
    "networkPlugin": "azure",
    "networkPluginMode": "overlay",
    "networkPolicy": "cilium",
    "networkDataplane": "cilium",
    "ipFamilies": ["IPv4"],
    "podCidrs": ["10.244.0.0/16"],
    "advancedNetworking": ACNS,
}


def body(
    *, pools: t.Sequence[t.Mapping[str, t.Any]] = ({},), network: t.Mapping[str, t.Any] | None = None, **properties: t.Any
) -> dict[str, t.Any]:
    """ARM's body of the cluster; network: changes of the network profile; pools: changes of each pool."""
    return {
        "id": "/subscriptions/s1/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
        "name": "aks",
        "sku": {"name": "Base", "tier": "Standard"},
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "currentKubernetesVersion": "1.34.2",
            "agentPoolProfiles": [{**POOL, **pool} for pool in pools],
            "networkProfile": {**NETWORK, **(network or {})},
            **properties,
        },
    }


LINES: dict[str, dict[str, t.Sequence[str] | None]] = {
    "ipv4": dict.fromkeys(TABLES, ("-P OUTPUT ACCEPT",)),
    "ipv6": dict.fromkeys(TABLES, ("-P OUTPUT ACCEPT",)),
}
OBSERVATION = NodeObservation("", "6.8.0-1041-azure", nft="1.0.9", backend="nf_tables", lsm=("lockdown", "bpf"), monitor_lines=LINES)
KUBE = KubeFacts(
    nodes=NODES,
    daemonset=DaemonSet(None, 2, 2, 3, 3, 3, ""),
    kube_proxy_replacement="true",
    cilium_nodes={node.name: False for node in NODES},
    patterns=AllowedPatterns(BUNDLED_IPV4),
)


def kube(**changes: t.Any) -> KubeFacts:
    return dataclasses.replace(KUBE, **changes)


def observations(**changes: t.Any) -> tuple[NodeObservation, ...]:
    """One of each node; the changes are of the first."""
    first, *others = [dataclasses.replace(OBSERVATION, name=node.name) for node in NODES]
    return dataclasses.replace(first, **changes), *others


def facts(raw: dict[str, t.Any] | None = None, *, enabled: bool = True, enable_acns: bool = False, **changes: t.Any) -> HostRoutingFacts:
    """changes: fields of HostRoutingFacts; a kube of None comes with a reason."""
    raw = body() if raw is None else raw
    base = HostRoutingFacts(
        cluster=ClusterView.from_raw(raw, DEFAULT_KUBE_PROXY),
        arm=HostRoutingArm.from_raw(raw),
        wanted=HostRoutingDeclaration(enabled, enable_acns),
        api_version="2026-08-01",
        provider_state="Registered",
        kube=KUBE,
        observations=observations(),
    )
    reason = {"kube_missing_reason": "not asked"} if changes.get("kube", KUBE) is None else {}
    return dataclasses.replace(base, **reason, **changes)
