# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AKS's DaemonSet of kube-proxy, as captured; what a real API server is given, and what the simulated one shows."""

from __future__ import annotations

import typing as t

from .proxy_template import Template

NAMESPACE = "kube-system"
DAEMON_SET = "kube-proxy"
POD_LABELS = {"component": "kube-proxy", "tier": "node", "kubernetes.azure.com/managedby": "aks"}
LABELS = {"addonmanager.kubernetes.io/mode": "Reconcile", **POD_LABELS}

# No kube-proxy where Cilium does its work.
_NODES = [
    {"key": "kubernetes.azure.com/ebpf-dataplane", "operator": "NotIn", "values": ["cilium"]},
    {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
]
_VOLUMES = {
    "kubeconfig": ({"path": "/var/lib/kubelet"}, True),
    "iptableslock": ({"path": "/run/xtables.lock", "type": "FileOrCreate"}, False),
    "kernelmodules": ({"path": "/lib/modules"}, True),
}


def pod_spec(template: Template) -> dict[str, t.Any]:
    """Of its pods."""
    mounts = [{"name": name, "mountPath": source["path"], "readOnly": read_only} for name, (source, read_only) in _VOLUMES.items()]
    return {
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "serviceAccountName": "kube-proxy",
        "tolerations": [{"operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": _NODES}]}}
        },
        "initContainers": [
            {
                "name": "kube-proxy-bootstrap",
                "image": template.image,
                # Sets what takes all rights, so that the other one can do without them.
                "command": [*template.command, "--init-only"],
                "securityContext": {"privileged": True},
                "volumeMounts": mounts,
            }
        ],
        "containers": [
            {
                "name": "kube-proxy",
                "image": template.image,
                "command": template.command,
                "resources": {"requests": {"cpu": "100m"}},
                "securityContext": {"capabilities": {"add": ["NET_ADMIN", "SYS_RESOURCE"]}},
                "volumeMounts": mounts,
            }
        ],
        "volumes": [{"name": name, "hostPath": source} for name, (source, _read_only) in _VOLUMES.items()],
    }


def spec(template: Template) -> dict[str, t.Any]:
    return {
        "selector": {"matchLabels": {"component": "kube-proxy", "tier": "node"}},
        "template": {"metadata": {"labels": POD_LABELS}, "spec": pod_spec(template)},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
    }


def manifest(template: Template) -> dict[str, t.Any]:
    """The whole object, as AKS applies it."""
    metadata = {"name": DAEMON_SET, "namespace": NAMESPACE, "labels": LABELS}
    return {"kind": "DaemonSet", "apiVersion": "apps/v1", "metadata": metadata, "spec": spec(template)}
