# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that name one cluster; the specification is in module_utils/_arm/argspec.py."""

    DOCUMENTATION = r"""
options:
  resource_group:
    description: Name of the cluster's resource group.
    type: str
    required: true
    aliases: [resource_group_name]
  name:
    description: Name of the cluster.
    type: str
    required: true
"""
