# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in docs/rights are the catalogue's, and requests need the rights that Kubernetes and Azure ask for."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml

from tools.rights.catalogue import AZURE, KUBERNETES, KubernetesRight, granted, granted_by_azure
from tools.rights.files import FOLDER, files
from tools.rights.requests import azure_action, kubernetes_rights

SYSTEM = "/api/v1/namespaces/kube-system"
CLUSTERS = "providers/Microsoft.ContainerService/managedClusters"


def test_the_files_are_those_of_the_catalogue() -> None:
    assert {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*") if path.is_file()} == files(), "run python -m tools.rights"


def granted_by_file(part: str) -> set[KubernetesRight]:
    """What the roles of the file grant, read as Kubernetes reads them; only those that are bound."""
    items = yaml.safe_load((FOLDER / "kubernetes" / f"{part}.yml").read_text(encoding="utf-8"))["items"]
    bound = {
        (item["roleRef"]["kind"], item["metadata"].get("namespace"), item["roleRef"]["name"])
        for item in items
        if item["kind"].endswith("Binding")
    }
    return {
        KubernetesRight(item["metadata"].get("namespace", ""), group, resource, verb, name)
        for item in items
        if (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) in bound
        for rule in item["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames", [""])
    }


@pytest.mark.parametrize("part", KUBERNETES)
def test_a_role_of_kubernetes_grants_what_is_needed(part: str) -> None:
    assert granted_by_file(part) == {right for need in KUBERNETES[part] for right in need.rights()}


def test_reading_changes_nothing() -> None:
    rights = granted_by_file("read")
    assert {right.verb for right in rights} == {"get", "list"}
    assert not [
        right for right in rights if right.resource in ("pods/exec", "nodes/proxy", "secrets") or "*" in (right.resource, right.group)
    ]
    assert [action for action in AZURE["read"] if not action.endswith(("/read", "/listClusterUserCredential/action"))] == []


@pytest.mark.parametrize("part", AZURE)
def test_a_role_of_azure_grants_what_is_needed(part: str) -> None:
    role = json.loads((FOLDER / "azure" / f"{part}.json").read_text(encoding="utf-8"))
    assert role["Actions"] == list(AZURE[part])
    assert role["NotActions"] == role["DataActions"] == role["NotDataActions"] == []


@pytest.mark.parametrize(
    ("method", "path", "rights"),
    [
        ("GET", "/version", []),
        ("GET", "/api/v1/nodes", [("", "", "nodes", "list")]),
        ("GET", "/api/v1/namespaces", [("", "", "namespaces", "list")]),
        ("GET", "/api/v1/namespaces/x", [("", "", "namespaces", "get", "x")]),
        ("GET", f"{SYSTEM}/pods", [("kube-system", "", "pods", "list")]),
        ("POST", f"{SYSTEM}/pods", [("kube-system", "", "pods", "create")]),
        ("GET", f"{SYSTEM}/pods/a", [("kube-system", "", "pods", "get")]),
        ("GET", f"{SYSTEM}/pods/a:10249/proxy/metrics", [("kube-system", "", "pods/proxy", "get")]),
        ("GET", f"{SYSTEM}/pods/a/log", [("kube-system", "", "pods/log", "get")]),
        ("GET", f"{SYSTEM}/pods/a/exec", [("kube-system", "", "pods/exec", "get"), ("kube-system", "", "pods/exec", "create")]),
        ("GET", f"{SYSTEM}/configmaps/c", [("kube-system", "", "configmaps", "get", "c")]),
        ("GET", "/apis/apps/v1/daemonsets", [("", "apps", "daemonsets", "list")]),
        ("DELETE", "/apis/apps/v1/namespaces/x/daemonsets/aks-dataplane-look-1-amd64", [("x", "apps", "daemonsets", "delete")]),
        ("PATCH", "/apis/apps/v1/namespaces/x/daemonsets/d", [("x", "apps", "daemonsets", "patch", "d")]),
        ("GET", "/api/v1/nodes/a/proxy/metrics/x", [("", "", "nodes/proxy", "get", "a")]),
    ],
)
def test_what_a_request_to_kubernetes_needs(method: str, path: str, rights: list[t.Any]) -> None:
    assert kubernetes_rights(method, path) == {KubernetesRight(*right) for right in rights}


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", "/subscriptions/s", "Microsoft.Resources/subscriptions/read"),
        ("GET", "/subscriptions/s/resourceGroups/g", "Microsoft.Resources/subscriptions/resourceGroups/read"),
        ("GET", f"/subscriptions/s/{CLUSTERS}", "Microsoft.ContainerService/managedClusters/read"),
        ("GET", f"/subscriptions/s/resourceGroups/g/{CLUSTERS}/c", "Microsoft.ContainerService/managedClusters/read"),
        ("PUT", f"/subscriptions/s/resourceGroups/g/{CLUSTERS}/c", "Microsoft.ContainerService/managedClusters/write"),
        ("DELETE", f"/subscriptions/s/resourceGroups/g/{CLUSTERS}/c", "Microsoft.ContainerService/managedClusters/delete"),
        (
            "GET",
            f"/subscriptions/s/resourceGroups/g/{CLUSTERS}/c/agentPools/p",
            "Microsoft.ContainerService/managedClusters/agentPools/read",
        ),
        (
            "POST",
            f"/subscriptions/s/resourceGroups/g/{CLUSTERS}/c/listClusterUserCredential",
            "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action",
        ),
        (
            "GET",
            "/subscriptions/s/providers/Microsoft.ContainerService/locations/l/operations/o",
            "Microsoft.ContainerService/locations/operations/read",
        ),
        ("GET", "/subscriptions/s/providers/Microsoft.ContainerService", "Microsoft.Resources/subscriptions/providers/read"),
        ("POST", "/subscriptions/s/providers/Microsoft.ContainerService/register", "Microsoft.ContainerService/register/action"),
        (
            "GET",
            "/subscriptions/s/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/f",
            "Microsoft.Features/providers/features/read",
        ),
        (
            "POST",
            "/subscriptions/s/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/f/register",
            "Microsoft.Features/providers/features/register/action",
        ),
    ],
)
def test_what_a_request_to_azure_needs(method: str, path: str, action: str) -> None:
    assert azure_action(method, path) == action


def test_what_is_not_granted() -> None:
    assert granted(KubernetesRight("kube-system", "", "configmaps", "get", "cilium-config"))
    assert granted(KubernetesRight("kube-system", "", "pods", "list"))
    for right in (
        KubernetesRight("kube-system", "", "configmaps", "get", "coredns"),
        KubernetesRight("kube-system", "", "configmaps", "list"),
        KubernetesRight("default", "", "pods", "list"),
        KubernetesRight("kube-system", "", "pods", "create"),
        KubernetesRight("", "", "nodes/proxy", "get", "a"),
    ):
        assert not granted(right)
    assert not granted_by_azure("Microsoft.ContainerService/managedClusters/delete")
    assert granted_by_azure("Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action")
