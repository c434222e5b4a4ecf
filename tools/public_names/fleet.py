# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugin makes of a cluster: variables of the host, and groups."""

from __future__ import annotations

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._inventory import groups, hosts

from .model import Name, Names
from .records import record_keys

# Each part of a cluster that variables are made of is there.
CLUSTER: dict[str, t.Any] = {"properties": {"agentPoolProfiles": [{}]}}


def fleet_names() -> Names:
    """Variables and groups that the inventory plugin gives to every cluster, by kind of name."""
    return {
        "inventory_variables": {name: Name() for name, _value in record_keys(hosts.host_variables(CLUSTER, DEFAULT_KUBE_PROXY))},
        "inventory_groups": {name: Name() for name in groups.ALWAYS},
    }
