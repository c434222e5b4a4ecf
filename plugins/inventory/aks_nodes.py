# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aks_nodes
short_description: Nodes of AKS clusters as inventory hosts
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Lists the nodes of AKS clusters as hosts, with their labels, node pool, operating system, image, architecture, and the data plane of their cluster.
  - Azure lists the clusters, once for each subscription or resource group. The API server of each cluster then lists its nodes. Stopped clusters have no
    nodes and are left out.
  - A cluster whose nodes cannot be listed is an error, because a play would otherwise silently miss nodes.
  - The name of the file must end with C(.aks_nodes.yml) or C(.aks_nodes.yaml), as in C(production.aks_nodes.yml).
  - A host has the name of its node in Kubernetes. When nodes of several clusters have the same name, all of these are called C(node.cluster).
  - The host variables of a node are C(aks_node_name), C(aks_node_address) (its internal address), C(aks_node_pool), C(aks_node_mode),
    C(aks_node_os), C(aks_node_os_sku), C(aks_node_os_image), C(aks_node_image_version), C(aks_node_architecture), C(aks_node_kernel), C(aks_node_kubelet),
    C(aks_node_vm_size), C(aks_node_zone), C(aks_node_ready), C(aks_node_schedulable), C(aks_node_created), C(aks_node_provider_id), C(aks_node_labels) and
    C(aks_node_taints). C(aks_dataplane_node_name) is what the roles of this collection look for.
  - The variables C(aks_cluster), C(aks_resource_group), C(aks_subscription_id), C(aks_location), C(aks_network_dataplane), C(aks_kube_proxy) and
    C(aks_host_routing) describe the cluster, and C(aks_cluster_host) is its name in the inventory P(aks.dataplane.aks_clusters#inventory).
  - All values are data and are never evaluated as templates.
  - Every node is in the group C(aks_nodes), which the playbooks of this collection do not take for clusters, and in groups such as C(nodes_aks_prod_1) (its
    cluster), C(node_pool_system), C(node_os_linux) and C(node_arch_amd64). Set C(aks_dataplane_node_group) of a cluster to the group of its nodes.
  - No connection is set. To reach nodes by ssh, set C(ansible_host) with O(compose).
extends_documentation_fragment:
  - aks.dataplane.azure
  - aks.dataplane.fleet
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - constructed
  - inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [aks.dataplane.aks_nodes]
  clusters:
    description:
      - Names of the clusters whose nodes are wanted. Without it, all clusters of the subscriptions and resource groups.
      - A name that no cluster has is an error.
    type: list
    elements: str
    default: []
notes:
  - With O(cache=true), nodes can be as old as O(cache_timeout). AKS replaces nodes at every upgrade; run C(ansible-playbook --flush-cache) after one.
    Secrets are not cached.
  - The rights that this needs are those of the role C(read) for Azure and for Kubernetes.
seealso:
  - plugin: aks.dataplane.aks_clusters
    plugin_type: inventory
    description: The clusters as hosts.
  - module: aks.dataplane.node_dataplane_info
    description: Looks at nodes that can be reached by ssh.
"""

EXAMPLES = r"""
# production.aks_nodes.yml: all nodes of one cluster. Other files follow as comments.
plugin: aks.dataplane.aks_nodes
resource_groups:
  - rg-production
clusters:
  - aks-prod-1

# Linux nodes of all clusters with a tag, reached by ssh, grouped by their node image:
#   plugin: aks.dataplane.aks_nodes
#   tags:
#     environment: production
#   include_host_filters:
#     - aks_node_os == 'linux' and aks_node_ready
#   keyed_groups:
#     # node_image_AKSUbuntu_2204gen2containerd_202608_12_0
#     - key: aks_node_image_version
#       prefix: node_image
#   compose:
#     ansible_host: aks_node_address
#     ansible_user: "'azureuser'"
#   cache: true
#   cache_plugin: ansible.builtin.jsonfile
#   cache_connection: ~/.cache/aks.dataplane
#   cache_timeout: 600
"""

import contextlib
import typing as t

from ansible.module_utils.basic import AnsibleFallbackNotFound
from ansible.module_utils.common.validation import check_type_bool, check_type_list, check_type_path
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import Host, Variables
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.nodes import ALWAYS, make_node_hosts
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.tags import parse_tags
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.plugin_utils._cloud_inventory import CloudInventory
from ansible_collections.aks.dataplane.plugins.plugin_utils._node_source import NodeSource

CONNECTION = KUBERNETES.merge(SERVER)
# What modules make of a variable of the environment.
READ = {"bool": check_type_bool, "list": check_type_list, "path": check_type_path, "str": str}


class InventoryModule(CloudInventory):
    """Nodes, as the API servers of their clusters list them."""

    NAME = "aks.dataplane.aks_nodes"
    FILE_NAMES = (".aks_nodes.yml", ".aks_nodes.yaml")
    ALWAYS = ALWAYS
    SPECIFICATIONS = (AZURE, CONNECTION)

    def source(self) -> NodeSource:
        """See CloudInventory."""
        return NodeSource(
            self.fleet(),
            tuple(self.get_option("clusters")),
            parse_tags(self.get_option("tags")),
            {name: self._kubernetes(name) for name in CONNECTION.options},
        )

    def _kubernetes(self, name: str) -> t.Any:
        """An option as modules have it: from the environment where it is not set."""
        value, option = self.rendered(name), CONNECTION.options[name]
        if value is None and "fallback" in option:
            read, names = option["fallback"]
            with contextlib.suppress(AnsibleFallbackNotFound):
                return READ[option["type"]](read(*names))
        return value

    def make_hosts(self, found: list[Variables]) -> t.Iterable[Host]:
        """See CloudInventory."""
        return make_node_hosts(found)
