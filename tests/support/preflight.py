# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of a healthy cluster for the preflight tests, and ways to make them unhealthy."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyConfig
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.evaluate import evaluate
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.facts import Facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import Finding, Profile
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import (
    KubeFacts,
    ProxyFacts,
    ServiceFacts,
)
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_proxy.facts import KubeProxyFacts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.waivers import Waived
from ansible_collections.aks.dataplane.plugins.module_utils._verify.model import DaemonSet, Node

IPTABLES = KubeProxyConfig(True, "IPTABLES")
NFTABLES = KubeProxyConfig(True, "NFTABLES")
IPVS = KubeProxyConfig(True, "IPVS", IpvsConfig("LeastConnection", 900, 120, 300))
DISABLED = KubeProxyConfig(False, "IPTABLES")

Kube = t.Callable[[KubeFacts], KubeFacts]


def view(
    *, pools: t.Sequence[t.Mapping[str, t.Any]] | None = None, version: str = "1.34.2", sku: str = "Base", **network: t.Any
) -> ClusterView:
    """A running cluster; network: properties of the ARM network profile, state and power: those of the cluster."""
    state, power = network.pop("state", "Succeeded"), network.pop("power", "Running")
    healthy = {"provisioningState": "Succeeded", "powerState": {"code": "Running"}, "osType": "Linux"}
    return ClusterView.from_raw(
        {
            "id": "/subscriptions/s1/resourcegroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
            "name": "aks",
            "sku": {"name": sku, "tier": "Free"},
            "properties": {
                "provisioningState": state,
                "powerState": {"code": power},
                "currentKubernetesVersion": version,
                "networkProfile": {"networkPlugin": "azure", "networkPolicy": "none", **network},
                "agentPoolProfiles": [{**healthy, **pool} for pool in pools or ({"name": "system", "count": 3},)],
            },
        },
        DEFAULT_KUBE_PROXY,
    )


def node(name: str, **changes: t.Any) -> Node:
    return dataclasses.replace(
        Node(name, "linux", True, True, kernel="6.8.0-1041-azure", kubelet="v1.34.2", os_image="Ubuntu 24.04.3 LTS"), **changes
    )


NODES = tuple(node(f"node{number}") for number in range(3))
DAEMONSET = DaemonSet("iptables", 2, 2, 3, 3, 3, "kube-proxy:v1.34.2")
KUBE = KubeFacts(
    nodes=NODES, daemonset=DAEMONSET, proxies=tuple(ProxyFacts(one.name, "iptables") for one in NODES), services=ServiceFacts(4)
)


def kube(**changes: t.Any) -> KubeFacts:
    return dataclasses.replace(KUBE, **changes)


def facts(wanted: KubeProxyConfig = NFTABLES, current: KubeProxyConfig = IPTABLES, **changes: t.Any) -> KubeProxyFacts:
    """changes: fields of KubeProxyFacts; a kube of None comes with a reason."""
    base = KubeProxyFacts(
        cluster=view(), current=current, wanted=wanted, api_version="2026-08-02-preview", feature_state="Registered", kube=KUBE
    )
    reason = {"kube_missing_reason": "not asked"} if changes.get("kube", KUBE) is None else {}
    return dataclasses.replace(base, **reason, **changes)


def findings_of(given: Facts, profile: Profile = "preview", ignore: t.Collection[str] = ()) -> tuple[Finding, ...]:
    """By the rules of the data plane that the facts are of."""
    rules = registry.by_name("kube_proxy" if isinstance(given, KubeProxyFacts) else "host_routing").preflight.rules
    return evaluate(rules, given, profile, Waived(frozenset(ignore), {}))


def hits(rule: str, given: Facts) -> list[Finding]:
    """What the rule found; what it could not check is left out."""
    return [finding for finding in findings_of(given) if finding.id == rule and not finding.not_checked]
