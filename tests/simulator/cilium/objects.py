# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster with the Cilium data plane has beside other clusters, as published manifests and captured clusters show it."""

from __future__ import annotations

import typing as t

from ..clock import stamp
from .manifest import Manifest
from .pods import DAEMON_SET, LABELS, NAMESPACE

SYSTEM = f"/api/v1/namespaces/{NAMESPACE}"
CONFIG = f"{SYSTEM}/configmaps/cilium-config"
ALLOWED = f"{SYSTEM}/configmaps/allowed-iptables-patterns"
DAEMON_SET_PATH = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/{DAEMON_SET}"
USER_RULES = "kubernetes.azure.com/user-iptables-rules"
SOURCE = "azure-iptables-monitor"

# Those of AKS's iptables monitor; a part of the published list is enough for a stand-in.
PATTERNS = {
    "global": (
        "^-N .*\n^-P .*\n^-A (KUBE-FIREWALL) .*\n\n^-A .* -j (KUBE-FIREWALL)\n^-A IP-MASQ-AGENT\n^-A .* -j IP-MASQ-AGENT\n"
        "^.*--comment.*cilium:\n^.*--comment.*AKS managed: added by AgentBaker\n^-A CILIUM_\\S+ \n"
    ),
    "filter": "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP\n",
    "mangle": "-A FORWARD -d 168.63.129.16/32 -p tcp -m tcp --dport 80 -j DROP\n",
    "nat": "-A POSTROUTING -j SWIFT\n-A SWIFT -s\n",
    "raw": "",
    "security": "-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT\n",
}


def config_maps(manifest: Manifest) -> dict[str, dict[str, t.Any]]:
    """By path."""
    found = {CONFIG: config_map("cilium-config", manifest.config()), ALLOWED: config_map("allowed-iptables-patterns", PATTERNS)}
    if manifest.dual_stack:
        found[f"{SYSTEM}/configmaps/allowed-ip6tables-patterns"] = config_map("allowed-ip6tables-patterns", PATTERNS)
    return found


def config_map(name: str, data: t.Mapping[str, str]) -> dict[str, t.Any]:
    labels = {"addonmanager.kubernetes.io/mode": "Reconcile"}
    metadata = {"name": name, "namespace": NAMESPACE, "labels": labels}
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata, "data": dict(data)}


def cilium_node(name: str, user_rules: bool | None) -> dict[str, t.Any]:
    labels = {} if user_rules is None else {USER_RULES: "true" if user_rules else "false"}
    return {"kind": "CiliumNode", "apiVersion": "cilium.io/v2", "metadata": {"name": name, "labels": labels}, "spec": {}}


def daemon_set(manifest: Manifest, generation: int, desired: int, updated: int, ready: int) -> dict[str, t.Any]:
    """The last three: numbers of nodes with a pod that is wanted, of the current template, and ready."""
    limits = {"maxUnavailable": 2} if manifest.dual_stack else {"maxUnavailable": "5%", "maxSurge": 0}
    labels = {"addonmanager.kubernetes.io/mode": "Reconcile", **LABELS}
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": DAEMON_SET, "namespace": NAMESPACE, "generation": generation, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"k8s-app": "cilium"}},
            "template": {"metadata": {"labels": labels}, "spec": manifest.pod_spec()},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": limits},
        },
        "status": {
            "observedGeneration": generation,
            "desiredNumberScheduled": desired,
            "currentNumberScheduled": desired,
            "updatedNumberScheduled": updated,
            "numberReady": ready,
            "numberAvailable": ready,
            "numberUnavailable": desired - ready,
            "numberMisscheduled": 0,
        },
    }


def event(node: str, name: str, reason: str, message: str) -> dict[str, t.Any]:
    """A warning about a node, as the monitor writes it."""
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "creationTimestamp": stamp()},
        "involvedObject": {"kind": "Node", "name": node, "uid": node, "apiVersion": "v1"},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "source": {"component": SOURCE},
        "firstTimestamp": stamp(),
        "lastTimestamp": stamp(),
        "count": 1,
    }
