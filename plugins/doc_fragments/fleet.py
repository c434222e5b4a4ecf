# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of the inventory plugins: which clusters of Azure are wanted, and which hosts of these."""

    DOCUMENTATION = r"""
options:
  subscriptions:
    description:
      - Ids of the subscriptions whose clusters are wanted. The same credentials are used for all of them.
      - Without it, the subscription that the credentials are for, see O(subscription_id). With it, O(subscription_id) does not count.
    type: list
    elements: str
    default: []
  resource_groups:
    description:
      - Names of the resource groups whose clusters are wanted. Without it, all clusters of the subscriptions.
      - With several subscriptions, each resource group must be in one of them.
      - Set this when the identity that signs in has rights in these resource groups only.
    type: list
    elements: str
    default: []
  tags:
    description:
      - Only clusters with all of these tags are wanted. The value is one, or a list of those of which the cluster must have one.
    type: dict
    default: {}
  include_host_filters:
    description:
      - Conditions in Jinja, with the host variables. When there are any, only hosts for which one of them is true are wanted.
      - A condition that cannot be evaluated is an error whatever O(strict) is, because the filter decides which hosts are changed.
        Where a tag may be missing, write V(aks_tags.stage | default('') == 'canary').
    type: list
    elements: str
    default: []
  exclude_host_filters:
    description:
      - Conditions in Jinja, with the host variables. Hosts for which one of them is true are left out, whatever O(include_host_filters) says.
    type: list
    elements: str
    default: []
  api_version:
    description:
      - Version of the ARM interface. It must be a preview version, because others do not show the kube-proxy configuration.
      - Versions before V(2025-07-02-preview) do not show eBPF host routing. C(aks_host_routing) is null then, no cluster is in a group of host
        routing, and a warning says so.
    type: str
    default: 2026-08-02-preview
"""
