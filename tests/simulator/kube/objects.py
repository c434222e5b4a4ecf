# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes objects as the API server shows them on AKS (labels and layout of captured clusters)."""

from __future__ import annotations

import typing as t

from ..clock import now, stamp
from ..seeds import merge
from . import daemon_set
from .daemon_set import DAEMON_SET, NAMESPACE, POD_LABELS
from .proxy_pods import Pod

if t.TYPE_CHECKING:
    from .cluster import KubeCluster, Node

NAMESPACES = ("default", "kube-node-lease", "kube-public", NAMESPACE)

_IMAGES = {
    "Ubuntu": ("Ubuntu 24.04.3 LTS", "6.8.0-1041-azure"),
    "AzureLinux": ("Microsoft Azure Linux 3.0", "6.6.112.1-2.azl3"),
    "Windows": ("Windows Server 2022 Datacenter", "10.0.20348.4297"),
}


def image_and_kernel(node: Node) -> tuple[str, str]:
    """What the node calls its system, and its kernel."""
    return _IMAGES.get(_sku(node), _IMAGES["Ubuntu"])


def _sku(node: Node) -> str:
    return "Windows" if node.windows else str(node.pool.get("osSKU", "Ubuntu"))


def node_labels(kube: KubeCluster, node: Node) -> dict[str, str]:
    """Those that AKS gives to a node; its kubelet adds some."""
    return {
        "agentpool": node.pool["name"],
        "kubernetes.azure.com/agentpool": node.pool["name"],
        "kubernetes.azure.com/cluster": f"MC_{kube.world.settings.resource_group}_{kube.name}_{kube.world.settings.location}",
        "kubernetes.azure.com/mode": str(node.pool.get("mode", "User")).lower(),
        "kubernetes.azure.com/node-image-version": node.pool.get("nodeImageVersion", ""),
        "kubernetes.azure.com/os-sku": _sku(node),
        "node.kubernetes.io/instance-type": node.pool.get("vmSize", ""),
    }


def provider_id(kube: KubeCluster, node: Node) -> str:
    """What Azure calls the machine, as the cloud provider spells it: the name of the resource group in lower case."""
    group = kube.body["properties"]["nodeResourceGroup"].lower()
    scope = f"azure:///subscriptions/{kube.body['id'].split('/')[2]}/resourceGroups/{group}"
    pool, _infix, number = node.name.rpartition("-vmss")
    return f"{scope}/providers/Microsoft.Compute/virtualMachineScaleSets/{pool}-vmss/virtualMachines/{int(number or '0', 36)}"


def node_object(kube: KubeCluster, node: Node) -> dict[str, t.Any]:
    image, kernel = image_and_kernel(node)
    version = node.pool.get("currentOrchestratorVersion") or node.pool.get("orchestratorVersion") or "1.34.2"
    system = "windows" if node.windows else "linux"
    found: dict[str, t.Any] = {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": node.name,
            "labels": {
                **node_labels(kube, node),
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": node.name,
                "kubernetes.io/os": system,
            },
            "annotations": {},
        },
        "spec": {
            "podCIDR": "10.244.0.0/24",
            "providerID": provider_id(kube, node),
            **({"unschedulable": True} if node.unschedulable else {}),
        },
        "status": {
            "addresses": [{"type": "InternalIP", "address": node.address}, {"type": "Hostname", "address": node.name}],
            "conditions": [
                {
                    "type": "Ready",
                    "status": _truth(node.ready),
                    "reason": "KubeletReady" if node.ready else "KubeletNotReady",
                    "lastHeartbeatTime": stamp(),
                }
            ],
            "nodeInfo": {
                "kernelVersion": kernel,
                "osImage": image,
                "containerRuntimeVersion": "containerd://1.7.28-1",
                "kubeletVersion": f"v{version}",
                "kubeProxyVersion": f"v{version}",
                "operatingSystem": system,
                "architecture": "amd64",
            },
        },
    }
    labels: dict[str, str] = found["metadata"]["labels"]
    if kube.cilium is not None and not node.windows:
        labels["kubernetes.azure.com/ebpf-dataplane"] = "cilium"
    if node.labelled:
        labels["kubernetes.azure.com/ebpf-host-routing"] = "true"
    merge(found, node.changes)
    return found


def pod_object(pod: Pod) -> dict[str, t.Any]:
    labels = {**POD_LABELS, "controller-revision-hash": pod.template.revision, "pod-template-generation": "1"}
    metadata: dict[str, t.Any] = {
        "name": pod.name,
        "generateName": "kube-proxy-",
        "namespace": NAMESPACE,
        "uid": pod.uid,
        "creationTimestamp": stamp(pod.created),
        "labels": labels,
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": DAEMON_SET, "uid": "d5", "controller": True}],
    }
    if pod.deleted is not None:
        metadata.update(deletionTimestamp=stamp(pod.deleted), deletionGracePeriodSeconds=30)
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": {**daemon_set.pod_spec(pod.template), "nodeName": pod.node},
        "status": {
            "phase": "Pending" if pod.state == "creating" else "Running",
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "ContainersReady", "status": _truth(pod.ready)},
                {"type": "Ready", "status": _truth(pod.ready)},
            ],
            "hostIP": pod.address,
            "podIP": pod.address,
            "startTime": stamp(pod.created),
            "containerStatuses": [_container_status(pod)],
        },
    }


def _truth(value: bool) -> str:
    return "True" if value else "False"


def _container_status(pod: Pod) -> dict[str, t.Any]:
    crashed = {
        "terminated": {
            "exitCode": 1,
            "reason": "Error",
            "message": "",
            "startedAt": stamp(pod.started),
            "finishedAt": stamp(pod.started),
        }
    }
    state: dict[str, t.Any]
    if pod.state == "creating":
        state = {"waiting": {"reason": "ContainerCreating"}}
    elif pod.state == "crashing":
        message = f"back-off 10s restarting failed container=kube-proxy pod={pod.name}_{NAMESPACE}({pod.uid})"
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
    else:
        state = {"running": {"startedAt": stamp(pod.started)}}
    return {
        "name": "kube-proxy",
        "image": pod.template.image,
        "imageID": f"{pod.template.image}@sha256:{'0' * 64}",
        "ready": pod.ready,
        "started": pod.state == "running",
        "restartCount": pod.restarts,
        "state": state,
        "lastState": crashed if pod.restarts else {},
    }


def daemon_set_object(kube: KubeCluster) -> dict[str, t.Any] | None:
    template = kube.template
    if template is None:
        return None
    pods = [pod for pod in kube.pods if pod.deleted is None]
    updated = sum(pod.template == template for pod in pods)
    ready = sum(pod.ready for pod in pods)
    desired = len(kube.linux_nodes())
    found = daemon_set.manifest(template)
    found["metadata"] = {**found["metadata"], "generation": kube.generation}
    return {
        **found,
        "status": {
            "observedGeneration": kube.observed,
            "desiredNumberScheduled": desired,
            "currentNumberScheduled": len(pods),
            "updatedNumberScheduled": updated,
            "numberReady": ready,
            "numberAvailable": ready,
            "numberUnavailable": desired - ready,
            "numberMisscheduled": 0,
        },
    }


def namespace_object(name: str) -> dict[str, t.Any]:
    """One that is there since the cluster was made."""
    metadata = {"name": name, "labels": {"kubernetes.io/metadata.name": name}, "creationTimestamp": stamp(now())}
    return {
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": metadata,
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def default_objects() -> dict[str, dict[str, t.Any]]:
    """Objects that every cluster has, by path."""
    services: list[tuple[str, str, dict[str, t.Any]]] = [
        (
            "default",
            "kubernetes",
            {"type": "ClusterIP", "clusterIP": "10.0.0.1", "ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
        ),
        (
            "kube-system",
            "kube-dns",
            {"type": "ClusterIP", "clusterIP": "10.0.0.10", "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}]},
        ),
        ("kube-system", "metrics-server", {"type": "ClusterIP", "clusterIP": "10.0.115.7", "ports": [{"port": 443}]}),
        ("shop", "web", {"type": "LoadBalancer", "clusterIP": "10.0.44.12", "ports": [{"port": 80, "nodePort": 31080}]}),
    ]
    found: dict[str, dict[str, t.Any]] = {}
    for namespace, name, spec in services:
        metadata = {"name": name, "namespace": namespace, "creationTimestamp": stamp(now())}
        found[f"/api/v1/namespaces/{namespace}/services/{name}"] = {
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": metadata,
            "spec": spec,
        }
    return found
