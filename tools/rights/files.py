# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in docs/rights, by path and text: roles of Kubernetes and of Azure, made of the catalogue."""

from __future__ import annotations

import itertools
import json
import pathlib
import typing as t

from tools.made import ROOT

from .catalogue import AZURE, KUBERNETES, LOOK, KubernetesNeed

FOLDER = ROOT / "docs" / "rights"

_NOBODY = "00000000-0000-0000-0000-000000000000"
ROLES = {
    "read": "aks-dataplane-reader",
    "exec": "aks-dataplane-exec",
    "pods": "aks-dataplane-pods",
    "prober": "aks-dataplane-prober",
    "ruleset": "aks-dataplane-ruleset",
}
PURPOSES = {
    "read": "What the collection reads in a cluster; nothing in it changes anything.",
    "exec": (
        "Only for aks_dataplane_exec, aks_dataplane_node_look, aks_nodes_info, and the option exec of aks_dataplane_status_info.\n"
        "In effect it is root on the nodes, and whoever has it can take over all that runs in kube-system."
    ),
    "pods": (
        "Only for aks_nodes_probe, and aks_dataplane_node_look: pods. Its namespace must allow privileged pods.\n"
        "In effect it is root on the nodes, in a namespace where an admission policy can limit it to the pods of aks_nodes_probe."
    ),
    "prober": (
        "Only for aks_dataplane_probe with from: cluster, next to read.yml. Its namespace must allow privileged pods.\n"
        "In effect it is root on the nodes, in a namespace where an admission policy can limit it to pods that run as nobody."
    ),
    "ruleset": (
        "Only for aks_node_ruleset, next to read.yml. Its namespace must allow privileged pods.\n"
        "In effect it is root on the nodes: whoever may edit objects in this namespace controls the firewall of every node."
    ),
}
AZURE_ROLES = {
    "read": (
        "AKS data plane reader",
        "Audits and checks the data plane of AKS clusters with the Ansible collection aks.dataplane; changes nothing.",
    ),
    "switch": ("AKS data plane operator", "Switches the data plane of AKS clusters with the Ansible collection aks.dataplane."),
    "command": (
        "AKS data plane run command",
        "Next to another role, for aks_dataplane_kubernetes_via: command. Whoever has it runs any command in clusters without Microsoft Entra as their admin.",
    ),
}
# How YAML has the name of the core group, which is empty.
_CORE = '""'
_GROUP = "rbac.authorization.k8s.io"
_NAMESPACE = (
    "  - apiVersion: v1",
    "    kind: Namespace",
    "    metadata:",
    f"      name: {LOOK}",
    "      labels:",
    "        pod-security.kubernetes.io/enforce: privileged",
)


def files() -> dict[pathlib.Path, str]:
    """The text of each file."""
    roles = {FOLDER / "kubernetes" / f"{part}.yml": _kubernetes(part, needs) for part, needs in KUBERNETES.items()}
    return roles | {FOLDER / "azure" / f"{part}.json": _azure(part, actions) for part, actions in AZURE.items()}


def _azure(part: str, actions: t.Iterable[str]) -> str:
    name, description = AZURE_ROLES[part]
    role = {"Name": name, "IsCustom": True, "Description": description, "Actions": list(actions)}
    return (
        json.dumps(
            {**role, "NotActions": [], "DataActions": [], "NotDataActions": [], "AssignableScopes": [f"/subscriptions/{_NOBODY}"]}, indent=2
        )
        + "\n"
    )


def _kubernetes(part: str, needs: t.Sequence[KubernetesNeed]) -> str:
    name = ROLES[part]
    scopes = {
        scope: list(some)
        for scope, some in itertools.groupby(sorted(needs, key=lambda need: need.namespace), key=lambda need: need.namespace)
    }
    lines = [
        "---",
        *(f"# {line}" for line in PURPOSES[part].splitlines()),
        "# Replace the subject by the user, group or service account that runs the playbook.",
        "# Made from tools/rights/catalogue.py by: python -m tools.rights",
        "apiVersion: v1",
        "kind: List",
        "items:",
        *(_NAMESPACE if part in ("pods", "prober", "ruleset") else ()),
    ]
    for scope, some in scopes.items():
        lines += [*_head("Role" if scope else "ClusterRole", name, scope), "    rules:", *itertools.chain.from_iterable(map(_rule, some))]
    for scope in scopes:
        kind = "Role" if scope else "ClusterRole"
        lines += [
            *_head(f"{kind}Binding", name, scope),
            "    roleRef:",
            f"      apiGroup: {_GROUP}",
            f"      kind: {kind}",
            f"      name: {name}",
            "    subjects:",
            f"      - apiGroup: {_GROUP}",
            "        kind: Group",
            f"        name: {_NOBODY}",
        ]
    return "\n".join(lines) + "\n"


def _head(kind: str, name: str, namespace: str) -> list[str]:
    place = [f"      namespace: {namespace}"] if namespace else []
    return [f"  - apiVersion: {_GROUP}/v1", f"    kind: {kind}", "    metadata:", f"      name: {name}", *place]


def _rule(need: KubernetesNeed) -> list[str]:
    names = [f"        resourceNames: [{', '.join(need.names)}]"] if need.names else []
    return [
        f"      # {need.why}",
        f"      - apiGroups: [{need.group or _CORE}]",
        f"        resources: [{need.resource}]",
        *names,
        f"        verbs: [{', '.join(need.verbs)}]",
    ]
