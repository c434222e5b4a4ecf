"""The nodes of clusters as inventory hosts: how each is called, what is known of it, and which groups it is in."""

from __future__ import annotations

import re
import typing as t

from .._common.json_parts import flag_at, objects_at, text_at, text_map_at
from .host_names import distinct_names
from .hosts import Host, Variables

NODES = "aks_nodes"
# This group exists also when no node is in it, so that the playbooks know which hosts are no clusters.
ALWAYS: tuple[str, ...] = (NODES,)
_TAKEN = frozenset({"all", "localhost", "ungrouped", NODES})

_AKS = "kubernetes.azure.com"
# Host variable by label.
_LABELS = {
    "aks_node_architecture": "kubernetes.io/arch",
    "aks_node_image_version": f"{_AKS}/node-image-version",
    "aks_node_mode": f"{_AKS}/mode",
    "aks_node_os": "kubernetes.io/os",
    "aks_node_os_sku": f"{_AKS}/os-sku",
    "aks_node_vm_size": "node.kubernetes.io/instance-type",
    "aks_node_zone": "topology.kubernetes.io/zone",
}
_POOL_LABELS = (f"{_AKS}/agentpool", "agentpool")
# What a node has of its cluster, by the cluster's host variable.
_OF_CLUSTER = {
    "aks_name": "aks_cluster",
    **{name: name for name in ("aks_resource_group", "aks_subscription_id", "aks_location")},
    **{name: name for name in ("aks_network_dataplane", "aks_kube_proxy", "aks_host_routing")},
}


def node_variables(raw: t.Mapping[str, t.Any]) -> Variables:
    """The host variables of a node, without those of its cluster; raw: a Node of Kubernetes. Texts are V('') where the node does not say. Misshapen."""
    labels, info = text_map_at(raw, "metadata", "labels"), ("status", "nodeInfo")
    conditions, addresses = objects_at(raw, "status", "conditions"), objects_at(raw, "status", "addresses")
    internal = (text_at(one, "address") for one in addresses if text_at(one, "type") == "InternalIP")
    name = text_at(raw, "metadata", "name")
    return {
        "aks_dataplane_node_name": name,
        "aks_node_name": name,
        "aks_node_address": next(internal, ""),
        "aks_node_created": text_at(raw, "metadata", "creationTimestamp"),
        "aks_node_kernel": text_at(raw, *info, "kernelVersion"),
        "aks_node_kubelet": text_at(raw, *info, "kubeletVersion"),
        "aks_node_labels": labels,
        "aks_node_os_image": text_at(raw, *info, "osImage"),
        "aks_node_pool": next((labels[label] for label in _POOL_LABELS if label in labels), ""),
        "aks_node_provider_id": text_at(raw, "spec", "providerID"),
        "aks_node_ready": any(text_at(one, "type") == "Ready" and text_at(one, "status") == "True" for one in conditions),
        "aks_node_schedulable": not flag_at(raw, "spec", "unschedulable"),
        "aks_node_taints": [{key: text_at(one, key) for key in ("key", "value", "effect")} for one in objects_at(raw, "spec", "taints")],
        **{variable: labels.get(label, "") for variable, label in _LABELS.items()},
    }


def of_cluster(node: Variables, host: Host) -> Variables:
    """A node's variables with those of its cluster. host: the cluster, as the inventory of clusters has it."""
    shared = {name: host.variables[of] for of, name in _OF_CLUSTER.items()}
    return {**node, **shared, "aks_cluster_host": host.name}


def make_node_hosts(nodes: t.Sequence[Variables]) -> list[Host]:
    """A host for each of these nodes, in the order of their names.

    A node is called as in Kubernetes; several of one name, which two clusters may well have, are all called C(name.cluster), by the name that the
    cluster has in the inventory of clusters, which no other cluster has.
    """
    names = distinct_names([(node["aks_node_name"], f"{node['aks_node_name']}.{node['aks_cluster_host']}") for node in nodes], _TAKEN)
    return sorted((Host(name, node, _groups(node)) for name, node in zip(names, nodes, strict=True)), key=lambda host: host.name)


def _groups(node: Variables) -> tuple[str, ...]:
    """All nodes; those of one cluster, of one pool, of one operating system, of one architecture. What a node does not say makes no group."""
    said = (
        ("nodes", "aks_cluster_host"),
        ("node_pool", "aks_node_pool"),
        ("node_os", "aks_node_os"),
        ("node_arch", "aks_node_architecture"),
    )
    return (NODES, *(re.sub(r"[^a-z0-9_]", "_", f"{group}_{node[name]}".lower()) for group, name in said if node[name]))
