#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_ebpf_host_routing
short_description: Enable or disable eBPF host routing of an AKS cluster
version_added: 0.1.0
description:
  - Sets the acceleration mode of an AKS cluster that runs Azure CNI powered by Cilium. With C(BpfVeth), packets of pods bypass the
    iptables rules of the node; with C(None) they pass the network stack of the Linux kernel.
  - Changes only this property. The rest of the cluster stays unchanged, including Advanced Container Networking Services (ACNS). Azure replaces
    ACNS as a whole, and would reset omitted parts to their defaults.
  - Compares the effective configurations. A cluster without an acceleration mode has C(None).
author:
  - The aks.dataplane authors (@aks-dataplane)
notes:
  - Enabling and disabling replace every node of every node pool (reimage), in a rolling upgrade that drains each node first. It takes
    several minutes per batch of nodes. RV(note) describes it.
  - M(aks.dataplane.aks_preflight_info) checks the prerequisites of the cluster, not this module.
  - It bypasses the iptables rules of the nodes. On a node with custom rules, AKS can block the agent of Cilium.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.cluster_change
  - aks.dataplane.host_routing
  - aks.dataplane.waiting
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  async:
    support: full
options:
  api_version:
    description:
      - The api-version for Azure. The acceleration mode exists in stable versions since 2026-01-01 and in preview versions since
        2025-07-02-preview.
    type: str
    default: "2026-08-01"
  wait_timeout:
    default: 14400
seealso:
  - module: aks.dataplane.aks_preflight_info
  - module: aks.dataplane.aks_network_info
"""

EXAMPLES = r"""
- name: Enable eBPF host routing on a cluster that has Advanced Container Networking Services
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: enabled

- name: Enable it, and the paid service that it is part of
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: enabled
    enable_acns: true

- name: Disable it, and keep the other features of Advanced Container Networking Services
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: disabled

- name: Create the cluster with eBPF host routing, or change the existing one
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: enabled
    managed_cluster:
      location: westeurope
      identity:
        type: SystemAssigned
      properties:
        dnsPrefix: aks-prod
        agentPoolProfiles:
          - name: system
            mode: System
            count: 3
            vmSize: Standard_D4s_v5
            osSKU: AzureLinux
        networkProfile:
          networkPlugin: azure
          networkPluginMode: overlay
          networkDataplane: cilium
          networkPolicy: cilium
          advancedNetworking:
            enabled: true

- name: Start the change without waiting
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: enabled
    wait: false
  register: started

- name: Wait for the change
  aks.dataplane.aks_ebpf_host_routing:
    resource_group: production
    name: aks-prod
    state: enabled
    operation_url: "{{ started.operation.url }}"
  when: started is changed
"""

RETURN = r"""
before:
  description: # tools/copies before_change
    The effective configuration before the change. Null for a cluster that did not exist.
  returned: success, and when a change that was sent failed
  type: dict
  contains: &host_routing
    state:
      description: V(enabled) or V(disabled), as O(state) takes it.
      returned: always
      type: str
    acceleration_mode:
      description: The acceleration mode in effect, V(BpfVeth) or V(None).
      returned: always
      type: str
    acns:
      description: Whether Advanced Container Networking Services are C(enabled), and whether C(observability) and C(security) are enabled.
      returned: always
      type: dict
  sample:
    state: disabled
    acceleration_mode: None
    acns:
      enabled: true
      observability: true
      security: false
after:
  description: # tools/copies after_change
    The effective configuration after the change. In check mode the predicted one.
  returned: success, and when a change that was sent failed
  type: dict
  contains: *host_routing
  sample:
    state: enabled
    acceleration_mode: BpfVeth
    acns:
      enabled: true
      observability: true
      security: false
plan:
  description: # tools/copies changed_properties
    The changed properties, or in check mode the planned ones. Empty without a change.
  returned: success, and when a change that was sent failed
  type: list
  elements: dict
  contains:
    path: # tools/copies plan_path
      description:
        - Path of the property in the cluster's body, joined with dots. Empty for a cluster that is created.
        - It is C(properties.provisioningState) when the module sends the same configuration again, because the last operation on the cluster failed.
      returned: always
      type: str
    before: # tools/copies plan_before
      description: The effective value before.
      returned: always
      type: raw
    after: # tools/copies plan_after
      description: The effective value after.
      returned: always
      type: raw
    disruption:
      description:
        - V(reimage) when AKS replaces the nodes of all node pools, V(none) without an interruption. One update makes all changes of a plan.
      returned: always
      type: str
  sample:
    - path: properties.networkProfile.advancedNetworking.performance.accelerationMode
      before: None
      after: BpfVeth
      disruption: reimage
operation: # tools/copies
  description: The long-running operation of Azure. Null when there was none.
  returned: success, and when a change that was sent failed
  type: dict
  contains:
    id:
      description: Id of the operation. Null for an operation that someone else started.
      returned: always
      type: str
    status:
      description: Status of the operation in Azure.
      returned: always
      type: str
    done:
      description: Whether it has ended.
      returned: always
      type: bool
    url:
      description: Value for O(operation_url) to wait for it later, without the signature of Azure.
      returned: while it runs, with O(wait=false)
      type: str
    phases:
      description: Phases of the operation in their order, each with C(name) and C(seconds).
      returned: after waiting
      type: list
      elements: dict
  sample:
    id: 77f170f2-d0d0-4703-ad44-26b886fa9234
    status: Succeeded
    done: true
    phases:
      - name: Updating
        seconds: 10.0
      - name: ReconcilingAddons
        seconds: 120.1
cluster: # tools/copies
  description: The last known state of the cluster. Unknown values, such as those of a cluster that does not exist yet, are null.
  returned: success, and when a change that was sent failed
  type: dict
  sample:
    id: /subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/production/providers/Microsoft.ContainerService/managedClusters/aks-prod
    name: aks-prod
    resource_group: production
    node_resource_group_id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/MC_production_aks-prod_westeurope
    location: westeurope
    provisioning_state: Succeeded
    power_state: Running
    kubernetes_version: 1.33.3
note: # tools/copies
  description:
    - Further information, for example that O(managed_cluster) was ignored, that the last operation on the cluster failed, or that a change whose
      answer was lost may have arrived.
    - Null without further information.
  returned: success, and when a change that was sent failed
  type: str
  sample: managed_cluster was ignored, because the cluster exists.
error: # tools/copies
  description: The cause of the failure.
  returned: failure
  type: dict
  contains:
    code:
      description: Azure's code of the error, or one of this collection.
      returned: always
      type: str
    message:
      description: Azure's message, or one of this collection.
      returned: always
      type: str
    subcode:
      description: The detailed code of Azure.
      returned: where Azure gave one
      type: str
    target:
      description: The property that Azure refused.
      returned: where Azure gave one
      type: str
    status:
      description: The HTTP status.
      returned: where Azure refused a request
      type: int
    correlation_id:
      description: Id of the request for the support of Azure.
      returned: where Azure gave one
      type: str
  sample:
    code: OperationNotAllowed
    message: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation.
    status: 409
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.host_routing import HOST_ROUTING
from ansible_collections.aks.dataplane.plugins.module_utils._work.changing_module import UNSHOWN, change_arguments, change_cluster

ARGUMENTS = change_arguments(HOST_ROUTING.change)


def change(module: AnsibleModule) -> None:
    change_cluster(module, HOST_ROUTING.change)


def main() -> None:
    run_on_controller(ControllerModule(supports_check_mode=True, unshown=UNSHOWN, **ARGUMENTS.to_kwargs()), change)


if __name__ == "__main__":
    main()
