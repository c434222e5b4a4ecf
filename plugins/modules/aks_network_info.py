#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_network_info
short_description: Gather the network configuration of AKS clusters
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Returns the network configuration of one cluster, of all clusters of a resource group, or of all clusters of a subscription, which is the
    kube-proxy configuration
    in effect, Advanced Container Networking Services, the network profile, the node pools, and power and provisioning state.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
attributes:
  async:
    support: full
options:
  resource_group:
    description: Name of the resource group. Without it, the module returns all clusters of the subscription.
    type: str
    aliases: [resource_group_name]
  name:
    description: Name of the cluster. Needs O(resource_group).
    type: str
  api_version:
    description:
      - Version of the ARM interface.
      - Only preview versions show the kube-proxy configuration. eBPF host routing is shown by stable versions from V(2026-01-01) on, and by preview
        versions from V(2025-07-02-preview) on. Values that a version does not show are null in the result, and RV(note) lists them.
    type: str
    default: 2026-08-02-preview
seealso:
  - module: aks.dataplane.aks_dataplane_status_info
    description: The state of kube-proxy on each node.
"""

EXAMPLES = r"""
- name: Gather the configuration of one cluster
  aks.dataplane.aks_network_info:
    resource_group: rg-prod
    name: aks-prod
  register: info

- name: Show its kube-proxy mode
  ansible.builtin.debug:
    msg: "{{ info.clusters[0].kube_proxy.mode }}"

- name: Gather the configuration of all clusters of the subscription
  aks.dataplane.aks_network_info:
"""

RETURN = r"""
clusters:
  description:
    - The clusters, in the order in which Azure lists them. Empty when there are none, and when there is no cluster of the name O(name).
    - Values that Azure does not report are null, except where the text of the key says otherwise.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Resource id.
      type: str
    name:
      description: Name.
      type: str
    location:
      description: Azure region.
      type: str
    subscription_id:
      description: Id of the subscription.
      type: str
    resource_group:
      description: Name of the resource group.
      type: str
    node_resource_group_id: # tools/copies
      description: Resource id of the node resource group, in which AKS makes the nodes.
      type: str
    provisioning_state: # tools/copies
      description: State of the last operation, for example V(Succeeded) or V(Updating).
      type: str
    power_state: # tools/copies
      description: V(Running) or V(Stopped); V(Running) when Azure does not report it.
      type: str
    kubernetes_version: # tools/copies
      description: Version of Kubernetes that the control plane runs.
      type: str
    sku_name:
      description: Name of the SKU, V(Base) or V(Automatic).
      type: str
    sku_tier:
      description: Tier of the SKU, for example V(Free), V(Standard) or V(Premium).
      type: str
    network_plugin:
      description: Network plugin, for example V(azure), V(kubenet) or V(none).
      type: str
    network_plugin_mode:
      description: Mode of the network plugin, for example V(overlay).
      type: str
    network_policy:
      description: Network policy engine, for example V(azure), V(calico), V(cilium) or V(none).
      type: str
    network_dataplane:
      description: Data plane, V(azure) or V(cilium); V(azure) when Azure does not report it.
      type: str
    outbound_type:
      description: Outbound type, for example V(loadBalancer).
      type: str
    ip_families:
      description: IP families, V(IPv4) and V(IPv6).
      type: list
      elements: str
    kube_proxy:
      description:
        - The effective kube-proxy configuration. Where Azure shows none, kube-proxy is enabled in mode V(IPTABLES).
        - Null when O(api_version) does not show it.
      type: dict
      contains: # tools/copies kube_proxy_settings
        enabled:
          description: Whether AKS runs kube-proxy.
          returned: always
          type: bool
        mode:
          description: V(IPTABLES), V(IPVS) or V(NFTABLES). Null when kube-proxy is disabled.
          returned: always
          type: str
        ipvs_config:
          description: The settings of the IPVS mode. Settings without a value are null. Null in other modes and without settings.
          returned: always
          type: dict
    acns:
      description: Advanced Container Networking Services, in the format of the ARM interface.
      type: dict
    acns_enabled:
      description: Whether Advanced Container Networking Services are enabled. Null when O(api_version) does not show it.
      type: bool
    host_routing:
      description:
        - The acceleration mode that is in effect. V(BpfVeth) is eBPF host routing, V(None) is none.
        - Null when O(api_version) does not show it.
      type: str
    pools:
      description: The node pools.
      type: list
      elements: dict
      contains:
        name:
          description: Name.
          type: str
        mode:
          description: V(System), V(User) or V(Gateway).
          type: str
        os_type:
          description: V(Linux) or V(Windows).
          type: str
        os_sku:
          description: Operating system, for example V(Ubuntu) or V(AzureLinux).
          type: str
        node_image_version:
          description: Version of the node image.
          type: str
        orchestrator_version:
          description: Version of Kubernetes that the nodes run.
          type: str
        count:
          description: Number of nodes.
          type: int
        vm_size:
          description: Size of the virtual machines.
          type: str
        provisioning_state: # tools/copies
          description: State of the last operation, for example V(Succeeded) or V(Updating).
          type: str
        power_state: # tools/copies
          description: V(Running) or V(Stopped); V(Running) when Azure does not report it.
          type: str
    etag:
      description: Version of the resource.
      type: str
note:
  description:
    - Which values are null because O(api_version) does not show them, and which version shows them. Null when O(api_version) shows everything.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_KUBE_PROXY, check_api_version, unshown_note
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller

ARGUMENTS = AZURE.merge(
    ArgumentSpec(
        options={
            "resource_group": {"type": "str", "aliases": ["resource_group_name"]},
            "name": {"type": "str"},
            "api_version": {"type": "str", "default": DEFAULT_KUBE_PROXY},
        },
        required_by={"name": ("resource_group",)},
    )
)


def body(module: AnsibleModule) -> None:
    params = module.params
    check_api_version(params["api_version"])
    clusters = Clusters(connect(params), params["api_version"])
    if params["name"] is not None:
        found = clusters.get(params["resource_group"], params["name"])
        raw = [] if found is None else [found]
    else:
        raw = clusters.list(params["resource_group"])
    views = [ClusterView.from_raw(cluster, params["api_version"]) for cluster in raw]
    module.exit_json(changed=False, clusters=[view.to_dict() for view in views], note=unshown_note(params["api_version"]))


def main() -> None:
    run_on_controller(ControllerModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
