# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each right that the collection needs, and why: the files in docs/rights are made of this, and the simulator holds every request of the tests to it."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, order=True)
class KubernetesRight:
    """One verb on one resource, such as C(pods/log). namespace: where; empty for the whole cluster. name: of the one object, where there is one."""

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""


@dataclasses.dataclass(frozen=True)
class KubernetesNeed:
    """Rights in the order of the file. names: of the objects; any without."""

    why: str
    resource: str
    verbs: tuple[str, ...]
    group: str = ""
    namespace: str = ""
    names: tuple[str, ...] = ()

    def rights(self) -> frozenset[KubernetesRight]:
        return frozenset(
            KubernetesRight(self.namespace, self.group, self.resource, verb, name) for verb in self.verbs for name in self.names or ("",)
        )


SYSTEM = "kube-system"
# Of the pods that look at nodes.
LOOK = "aks-dataplane"

KUBERNETES: dict[str, tuple[KubernetesNeed, ...]] = {
    "read": (
        KubernetesNeed("Which nodes there are, and whether they are ready.", "nodes", ("list",)),
        KubernetesNeed("The pods of kube-proxy and Cilium, by label.", "pods", ("list",), namespace=SYSTEM),
        KubernetesNeed("What kube-proxy says of its mode and health. Never nodes/proxy.", "pods/proxy", ("get",), namespace=SYSTEM),
        KubernetesNeed("Why a pod does not come up, and which rules AKS's monitor objects to.", "pods/log", ("get",), namespace=SYSTEM),
        KubernetesNeed(
            "How far a rollout is, and its settings.",
            "daemonsets",
            ("get",),
            group="apps",
            namespace=SYSTEM,
            names=("cilium", "kube-proxy"),
        ),
        KubernetesNeed(
            "Settings of Cilium, of its masquerading, and the rules that AKS's monitor expects.",
            "configmaps",
            ("get",),
            namespace=SYSTEM,
            names=("allowed-ip6tables-patterns", "allowed-iptables-patterns", "azure-ip-masq-agent-config", "cilium-config"),
        ),
        KubernetesNeed("What AKS's monitor says of each node.", "ciliumnodes", ("list",), group="cilium.io"),
        KubernetesNeed("Events of the monitor's blocker, which belong to nodes.", "events", ("list",), namespace="default"),
        KubernetesNeed("Preflight: how many services and node ports there are.", "services", ("list",)),
        KubernetesNeed("Preflight: how many endpoints the services have.", "endpointslices", ("list",), group="discovery.k8s.io"),
        KubernetesNeed("Preflight: Calico's own data plane.", "installations", ("get",), group="operator.tigera.io", names=("default",)),
        KubernetesNeed(
            "Preflight: Calico's own data plane.", "felixconfigurations", ("get",), group="crd.projectcalico.org", names=("default",)
        ),
        KubernetesNeed("Preflight: what else changes packet filters of nodes.", "daemonsets", ("list",), group="apps"),
        KubernetesNeed("Preflight: namespaces in ambient mode of Istio.", "namespaces", ("list",)),
        KubernetesNeed("Preflight: budgets that keep a node from being drained.", "poddisruptionbudgets", ("list",), group="policy"),
    ),
    "exec": (
        KubernetesNeed(
            "How Cilium agents route, and the packet filters of nodes. Kubernetes cannot limit it to single commands, or to pods of one DaemonSet.",
            "pods/exec",
            ("get", "create"),
            namespace=SYSTEM,
        ),
    ),
    "pods": (
        KubernetesNeed("The program that the pods run.", "configmaps", ("list", "create", "delete"), namespace=LOOK),
        KubernetesNeed("The pods, one on each node.", "daemonsets", ("list", "create", "delete"), group="apps", namespace=LOOK),
        KubernetesNeed("Which pods there are; one is made in a dry run.", "pods", ("list", "create"), namespace=LOOK),
        KubernetesNeed("What the pods have seen.", "pods/log", ("get",), namespace=LOOK),
        KubernetesNeed("Why pods could not be made.", "events", ("list",), namespace=LOOK),
    ),
    "prober": (
        KubernetesNeed("The program and the targets of the pods.", "configmaps", ("list", "create", "delete"), namespace=LOOK),
        KubernetesNeed("The pods, two on each node.", "pods", ("list", "create", "delete"), namespace=LOOK),
        KubernetesNeed("What the pods have measured.", "pods/log", ("get",), namespace=LOOK),
    ),
    "ruleset": (
        KubernetesNeed("The tables, and the program that the pods run.", "configmaps", ("list", "create", "delete"), namespace=LOOK),
        KubernetesNeed("The pods, one on each node.", "daemonsets", ("list", "create", "update", "delete"), group="apps", namespace=LOOK),
        KubernetesNeed("Which pods there are; one is made in a dry run.", "pods", ("list", "create"), namespace=LOOK),
        KubernetesNeed("How the tables of the nodes are.", "pods/log", ("get",), namespace=LOOK),
        KubernetesNeed("Why pods could not be made.", "events", ("list",), namespace=LOOK),
    ),
}

# Why, by action. Without a namespace there is only one kind of role.
_READ = {
    "Microsoft.ContainerService/managedClusters/read": "The configuration and the state of clusters.",
    "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action": "The kubeconfig of a cluster, for users.",
    "Microsoft.Features/providers/features/read": "Whether the preview feature is registered.",
    "Microsoft.Resources/subscriptions/providers/read": "Whether the resource provider is registered.",
}
AZURE: dict[str, dict[str, str]] = {
    "read": _READ,
    "switch": {
        **_READ,
        "Microsoft.ContainerService/managedClusters/write": "The change of the one property.",
        "Microsoft.ContainerService/locations/operations/read": "How far the change is.",
        "Microsoft.ContainerService/register/action": "Refreshes the resource provider after the preview feature was registered.",
        "Microsoft.Features/providers/features/register/action": "Registers the preview feature.",
    },
    # Next to one of the others.
    "command": {
        "Microsoft.ContainerService/managedClusters/runCommand/action": "Starts a run command in the cluster.",
        "Microsoft.ContainerService/managedClusters/commandResults/read": "What the run command has printed.",
    },
}
# Only with an option, which names the right.
AZURE_OPTIONAL = {
    "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action": "The kubeconfig of the admin: aks_dataplane_admin_credentials.",
    "Microsoft.Features/providers/features/unregister/action": "Unregisters a preview feature: aks_preview_feature with the state unregistered.",
}


def granted(right: KubernetesRight) -> bool:
    """Whether the files grant it."""
    known = {one for needs in KUBERNETES.values() for need in needs for one in need.rights()}
    return right in known or dataclasses.replace(right, name="") in known


def granted_by_azure(action: str) -> bool:
    return action in {*AZURE["switch"], *AZURE["command"], *AZURE_OPTIONAL}
