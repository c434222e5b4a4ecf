# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfig of a cluster, as listClusterUserCredential gives it out."""

from __future__ import annotations

import base64
import typing as t

import yaml

if t.TYPE_CHECKING:
    from ..arm.clusters import Cluster
    from ..world import World


def kubeconfig(world: World, cluster: Cluster, admin: bool) -> str:
    """YAML text; user and admin have tokens of their own."""
    user = f"cluster{'Admin' if admin else 'User'}_{world.settings.resource_group}_{cluster.name}"
    authority = base64.b64encode(cluster.kube.authority.encode()).decode()
    config: dict[str, t.Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": cluster.name, "cluster": {"server": cluster.kube.url, "certificate-authority-data": authority}},
        ],
        "users": [{"name": user, "user": {"token": cluster.kube.tokens["admin" if admin else "user"]}}],
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": user}}],
        "current-context": cluster.name,
        "preferences": {},
    }
    return yaml.safe_dump(config, sort_keys=False)
