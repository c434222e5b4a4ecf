# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster with the Cilium data plane has beside other clusters, as published manifests and captured clusters show it."""

from __future__ import annotations

import typing as t

SYSTEM = "/api/v1/namespaces/kube-system"
USER_RULES = "kubernetes.azure.com/user-iptables-rules"

# Those of AKS's iptables monitor; a part of the published list is enough for a stand-in.
PATTERNS = {
    "global": "^-N .*\n^-P .*\n^-A (KUBE-FIREWALL) .*\n\n^-A .* -j (KUBE-FIREWALL)\n^.*--comment.*cilium:\n^-A CILIUM_\\S+ \n",
    "filter": "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP\n",
    "mangle": "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP\n",
    "nat": "-A POSTROUTING -j SWIFT\n-A SWIFT -s\n",
    "raw": "",
    "security": "",
}


def has_cilium(body: t.Mapping[str, t.Any]) -> bool:
    network = body["properties"].get("networkProfile") or {}
    return str(network.get("networkDataplane")).lower() == "cilium"


def cilium_objects(nodes: t.Sequence[str]) -> dict[str, dict[str, t.Any]]:
    """By path; nodes: names of the Linux nodes."""
    found = {
        f"{SYSTEM}/configmaps/cilium-config": _config_map("cilium-config", {"kube-proxy-replacement": "true", "routing-mode": "native"}),
        f"{SYSTEM}/configmaps/allowed-iptables-patterns": _config_map("allowed-iptables-patterns", PATTERNS),
        "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium": _daemon_set(len(nodes)),
    }
    return found | {f"/apis/cilium.io/v2/ciliumnodes/{name}": _cilium_node(name) for name in nodes}


def _config_map(name: str, data: dict[str, str]) -> dict[str, t.Any]:
    labels = {"addonmanager.kubernetes.io/mode": "Reconcile"}
    metadata = {"name": name, "namespace": "kube-system", "labels": labels}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": data}


def _cilium_node(name: str) -> dict[str, t.Any]:
    return {"kind": "CiliumNode", "apiVersion": "cilium.io/v2", "metadata": {"name": name, "labels": {USER_RULES: "false"}}, "spec": {}}


def _daemon_set(nodes: int) -> dict[str, t.Any]:
    labels = {"addonmanager.kubernetes.io/mode": "Reconcile", "kubernetes.azure.com/managedby": "aks", "k8s-app": "cilium"}
    container = {
        "name": "cilium-agent",
        "image": "mcr.microsoft.com/containernetworking/cilium/cilium-distroless:v1.18.11",
        "securityContext": {"privileged": True},
    }
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "cilium", "namespace": "kube-system", "generation": 1, "labels": labels},
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"hostNetwork": True, "containers": [container]}}},
        "status": {
            "observedGeneration": 1,
            "desiredNumberScheduled": nodes,
            "updatedNumberScheduled": nodes,
            "numberReady": nodes,
        },
    }
