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
  - All other host variables tell what Azure knows. They are those that M(aks.dataplane.aks_network_info) returns for a cluster, except for
    the etag, each with C(aks_) before its name, such as C(aks_kube_proxy), C(aks_network_dataplane), C(aks_acns_enabled), C(aks_host_routing),
    C(aks_kubernetes_version), C(aks_pools), C(aks_power_state), C(aks_provisioning_state), C(aks_location), C(aks_id) and C(aks_resource_group).
    Besides them there are C(aks_tags) and C(aks_private_cluster). They are data and are never evaluated as templates.
  - Every cluster is in the group C(aks_clusters), in one of C(kube_proxy_iptables), C(kube_proxy_ipvs), C(kube_proxy_nftables) and
    C(kube_proxy_disabled), in C(dataplane_azure) or C(dataplane_cilium), and in C(host_routing_enabled) or C(host_routing_disabled).
    These groups exist also when they are empty.
  - No connection is set for the hosts, since a cluster is no machine. The playbooks of this collection run on the controller by themselves;
    in plays of your own, say C(connection=local).
extends_documentation_fragment:
  - aks.dataplane.azure
  - constructed
  - inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [aks.dataplane.aks_clusters]
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
      - Conditions in Jinja, with the host variables. When there are any, only clusters for which one of them is true are wanted.
      - A condition that cannot be evaluated is an error whatever O(strict) is, because the filter decides which clusters are changed.
        Where a tag may be missing, write V(aks_tags.stage | default('') == 'canary').
    type: list
    elements: str
    default: []
  exclude_host_filters:
    description:
      - Conditions in Jinja, with the host variables. Clusters for which one of them is true are left out, whatever O(include_host_filters) says.
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
notes:
  - What a file beside the inventory says in C(group_vars) does not override variables of this plugin, nor those made with O(compose).
    Declare what the clusters are to have, such as C(aks_dataplane_kube_proxy), in C(group_vars) and not with O(compose), so that C(host_vars)
    and more special groups can say something else.
  - String options of the credentials may be templates, for example with a lookup, and may be encrypted with Ansible Vault.
  - With O(cache=true), what is told of the clusters can be as old as O(cache_timeout). Secrets are not cached. The cache is not used after another
    subscription, resource group or identity was chosen. C(ansible-playbook --flush-cache) has it filled anew, which is wanted after a switch.
  - Two clusters whose names and resource groups are the same in two subscriptions share the folder of their run records. Give each subscription
    a folder of its own then, for example with C(aks_dataplane_record_dir) ending in C({{ aks_dataplane_subscription_id }}).
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

# Two subscriptions, with a service principal of its own:
#   plugin: aks.dataplane.aks_clusters
#   subscriptions:
#     - 11111111-1111-1111-1111-111111111111
#     - 22222222-2222-2222-2222-222222222222
#   tenant: 33333333-3333-3333-3333-333333333333
#   client_id: 44444444-4444-4444-4444-444444444444
#   secret: "{{ lookup('ansible.builtin.env', 'FLEET_SECRET') }}"
"""

import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import unshown_note
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._common.empty_options import without_empty
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.groups import ALWAYS
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.hosts import ClusterHost, Variables, make_hosts
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.options import check_known
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.tags import has_tags, parse_tags
from ansible_collections.aks.dataplane.plugins.plugin_utils._fleet_source import FleetSource
from ansible_collections.aks.dataplane.plugins.plugin_utils._no_templates import without_templates

FILE_NAMES = (".aks.yml", ".aks.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Asks Azure, or the cache, and fills the inventory."""

    NAME = "aks.dataplane.aks_clusters"

    def verify_file(self, path: str) -> bool:
        """Whether the source is a file with one of C(FILE_NAMES)."""
        return bool(super().verify_file(path)) and path.endswith(FILE_NAMES)

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """As Ansible calls it, where options that are empty are not set."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=without_empty(direct or {}))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the clusters of the source to the inventory; raises AnsibleParserError for wrong options, and when Azure refuses."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        try:
            check_known(config, {*self.get_options(), *AZURE.names()})
            # The values are looked at before anything is asked.
            tags = parse_tags(self.get_option("tags"))
            clusters = self._clusters(path, cache)
            note = unshown_note(self.get_option("api_version"))
            if note:
                self.display.warning(note)
            self._fill(clusters, tags)
        except DataplaneError as exc:
            raise AnsibleParserError(exc.text) from None

    def _clusters(self, path: str, read_cache: bool) -> list[Variables]:
        source = FleetSource.from_options(
            {name: self._render(name) for name in AZURE.options},
            self.get_option("subscriptions"),
            self.get_option("resource_groups"),
            self.get_option("api_version"),
        )
        if not self.get_option("cache"):
            return source.ask()
        key, scope = self.get_cache_key(path), source.scope()
        if read_cache and key in self._cache and self._cache[key]["scope"] == scope:
            return self._cache[key]["clusters"]
        clusters = source.ask()
        self._cache[key] = {"scope": scope, "clusters": clusters}
        return clusters

    def _render(self, name: str) -> t.Any:
        """An option of the credentials; its text may be a template, as it was written by who runs this."""
        value = self.get_option(name)
        return self.templar.template(value) if isinstance(value, str) else value

    def _fill(self, clusters: list[Variables], tags: t.Mapping[str, frozenset[str]]) -> None:
        for group in ALWAYS:
            self.inventory.add_group(group)
        for host in make_hosts(clusters):
            variables = without_templates(host.variables)
            if has_tags(host.variables["aks_tags"], tags) and self._is_wanted(host.name, variables):
                self._add(host, variables)

    def _is_wanted(self, host: str, variables: Variables) -> bool:
        include = self.get_option("include_host_filters")
        if any(self._holds("exclude_host_filters", condition, host, variables) for condition in self.get_option("exclude_host_filters")):
            return False
        return not include or any(self._holds("include_host_filters", condition, host, variables) for condition in include)

    def _holds(self, option: str, condition: str, host: str, variables: Variables) -> bool:
        try:
            result = self._compose(condition, {**variables, "inventory_hostname": host})
        except AnsibleError as exc:
            raise DataplaneError(
                f"The condition '{condition}' of {option} cannot be evaluated for {host}: {str(exc).rstrip('. ')}.",
                remedy="Where a value may be missing, such as a tag, give a default: aks_tags.stage | default('') == 'canary'.",
                code="BadFilter",
            ) from None
        if not isinstance(result, bool):
            raise DataplaneError(
                f"The condition '{condition}' of {option} is neither true nor false for {host}.",
                remedy="Compare it with something, for example aks_tags.stage | default('') == 'canary', or use 'is defined'.",
                code="BadFilter",
            )
        return result

    def _add(self, host: ClusterHost, variables: Variables) -> None:
        self.inventory.add_host(host.name)
        for name, value in variables.items():
            self.inventory.set_variable(host.name, name, value)
        for group in host.groups:
            self.inventory.add_child(self.inventory.add_group(group), host.name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host.name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict=strict)
