# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfig of a cluster, as listClusterUserCredential gives it out."""

from __future__ import annotations

import base64
import typing as t

import yaml

# The applications of AKS in Microsoft Entra: that which tokens are for, and that which kubelogin signs in with.
AKS_SERVER = "6dae42f8-4368-4678-94ff-3960e28e3630"
AKS_CLIENT = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"

if t.TYPE_CHECKING:
    from ..arm.clusters import Cluster
    from ..world import World


def kubeconfig(world: World, cluster: Cluster, admin: bool) -> str:
    """YAML text; user and admin have tokens of their own. With Microsoft Entra, users are to get theirs by kubelogin."""
    user = f"cluster{'Admin' if admin else 'User'}_{world.settings.resource_group}_{cluster.name}"
    authority = base64.b64encode(cluster.kube.authority.encode()).decode()
    config: dict[str, t.Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": cluster.name, "cluster": {"server": cluster.kube.url, "certificate-authority-data": authority}},
        ],
        "users": [{"name": user, "user": _user(world, cluster, admin)}],
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": user}}],
        "current-context": cluster.name,
        "preferences": {},
    }
    return yaml.safe_dump(config, sort_keys=False)


def _user(world: World, cluster: Cluster, admin: bool) -> dict[str, t.Any]:
    if admin or not (cluster.body["properties"].get("aadProfile") or {}).get("managed"):
        return {"token": cluster.kube.tokens["admin" if admin else "user"]}
    arguments = {"environment": "AzurePublicCloud", "server-id": AKS_SERVER, "client-id": AKS_CLIENT, "tenant-id": world.settings.tenant}
    words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "kubelogin",
            "args": ["get-token", "--login", "devicecode", *words],
            "env": None,
            "installHint": "\nkubelogin is not installed which is required to connect to AAD enabled cluster.\n",
            "provideClusterInfo": False,
        }
    }
