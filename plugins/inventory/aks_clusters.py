# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aks_clusters
short_description: AKS clusters as inventory hosts, grouped by their data plane
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Makes each AKS cluster of one or several subscriptions, or of some of their resource groups, a host for the playbooks of this collection.
  - Azure is asked for a list only, once for each subscription or resource group (and page), never for a single cluster. Clusters that are
    stopped, failed or private are in the list like all others.
  - The name of the file must end with C(.aks.yml) or C(.aks.yaml), as in C(clusters.aks.yml).
  - A host has the name of its cluster. When several clusters have the same name, all of these are called C(name.resource-group), and when
    that is the same too, C(name.resource-group.subscription-id). Filters do not change names.
  - The host variables C(aks_dataplane_cluster), C(aks_dataplane_resource_group) and
    C(aks_dataplane_subscription_id) are what the playbooks need to find the cluster.
  - All other host variables are the state in Azure. They are those that M(aks.dataplane.aks_network_info) returns for a cluster, except for
    the etag, each with C(aks_) before its name, such as C(aks_kube_proxy), C(aks_network_dataplane), C(aks_acns_enabled), C(aks_host_routing),
    C(aks_kubernetes_version), C(aks_pools), C(aks_power_state), C(aks_provisioning_state), C(aks_location), C(aks_id) and C(aks_resource_group).
    Besides them there are C(aks_tags) and C(aks_private_cluster). They are data and are never evaluated as templates.
  - Every cluster is in the group C(aks_clusters), in one of C(kube_proxy_iptables), C(kube_proxy_ipvs), C(kube_proxy_nftables) and
    C(kube_proxy_disabled), in C(dataplane_azure) or C(dataplane_cilium), and in C(host_routing_enabled) or C(host_routing_disabled).
    These groups exist also when they are empty.
  - No connection is set for the hosts, since a cluster is no machine. The playbooks of this collection run on the controller by themselves;
    in custom plays, set C(connection=local).
extends_documentation_fragment:
  - aks.dataplane.azure
  - aks.dataplane.fleet
  - constructed
  - inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [aks.dataplane.aks_clusters]
notes:
  - C(group_vars) next to the inventory do not override variables of this plugin, nor those of O(compose).
    Declare what the clusters are to have, such as C(aks_dataplane_kube_proxy), in C(group_vars) and not with O(compose), so that C(host_vars)
    and more special groups can say something else.
  - String options of the credentials may be templates, for example with a lookup, and may be encrypted with Ansible Vault.
  - With O(cache=true), the data can be as old as O(cache_timeout). Secrets are not cached. The cache is not used after another
    subscription, resource group or identity was chosen. C(ansible-playbook --flush-cache) has it filled anew, which is wanted after a switch.
  - Two clusters whose names and resource groups are the same in two subscriptions share the folder of their run records. Give each subscription
    a separate folder then, for example with C(aks_dataplane_record_dir) ending in C({{ aks_dataplane_subscription_id }}).
seealso:
  - module: aks.dataplane.aks_network_info
    description: The same for plays.
  - ref: ansible_collections.aks.dataplane.docsite.guide_fleet
    description: Move a fleet in waves.
"""

EXAMPLES = r"""
# clusters.aks.yml: all clusters of the subscription that the credentials in the environment are for. Other files follow as comments.
plugin: aks.dataplane.aks_clusters

# Clusters of two resource groups, grouped by their stage, without those that cannot be worked on now:
#   plugin: aks.dataplane.aks_clusters
#   resource_groups:
#     - rg-production
#     - rg-test
#   exclude_host_filters:
#     - aks_power_state == 'Stopped'
#     - aks_provisioning_state != 'Succeeded'
#   keyed_groups:
#     # stage_canary, stage_production, and stage_none where there is no such tag
#     - key: aks_tags.stage | default('none')
#       prefix: stage
#     # location_westeurope
#     - key: aks_location
#       prefix: location

# Clusters with a tag, kept for ten minutes, and groups of one's own:
#   plugin: aks.dataplane.aks_clusters
#   tags:
#     environment: [production, staging]
#   groups:
#     # Those whose kube-proxy can be switched at all
#     can_switch: aks_network_dataplane == 'azure' and aks_kube_proxy.enabled
#     windows: "'Windows' in aks_pools | map(attribute='os_type')"
#   compose:
#     node_count: aks_pools | map(attribute='count') | sum
#   strict: true
#   cache: true
#   cache_plugin: ansible.builtin.jsonfile
#   cache_connection: ~/.cache/aks.dataplane
#   cache_timeout: 600

# Two subscriptions, with a separate service principal:
#   plugin: aks.dataplane.aks_clusters
#   subscriptions:
#     - 11111111-1111-1111-1111-111111111111
#     - 22222222-2222-2222-2222-222222222222
#   tenant: 33333333-3333-3333-3333-333333333333
#   client_id: 44444444-4444-4444-4444-444444444444
#   secret: "{{ lookup('ansible.builtin.env', 'FLEET_SECRET') }}"
"""

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import unshown_note
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.groups import ALWAYS
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import Host, Variables, make_hosts
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.tags import has_tags, parse_tags
from ansible_collections.aks.dataplane.plugins.plugin_utils._cloud_inventory import CloudInventory
from ansible_collections.aks.dataplane.plugins.plugin_utils._fleet_source import FleetSource


class InventoryModule(CloudInventory):
    """Clusters, as Azure lists them."""

    NAME = "aks.dataplane.aks_clusters"
    FILE_NAMES = (".aks.yml", ".aks.yaml")
    ALWAYS = ALWAYS

    def source(self) -> FleetSource:
        """See CloudInventory; the tags are looked at before anything is asked."""
        parse_tags(self.get_option("tags"))
        return self.fleet()

    def make_hosts(self, found: list[Variables]) -> t.Iterator[Host]:
        """See CloudInventory."""
        note = unshown_note(self.get_option("api_version"))
        if note:
            self.display.warning(note)
        tags = parse_tags(self.get_option("tags"))
        return (host for host in make_hosts(found) if has_tags(host.variables["aks_tags"], tags))
