#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_kube_proxy
short_description: Configure kube-proxy of an AKS cluster
version_added: 0.1.0
description:
  - Sets the mode of an AKS cluster's kube-proxy, V(IPTABLES), V(IPVS) or V(NFTABLES), and the settings of the IPVS mode, or disables kube-proxy.
  - Changes only these properties. The rest of the cluster stays unchanged, including properties that this collection does not know.
  - Compares the effective configurations. A cluster without a kube-proxy configuration has kube-proxy enabled in IPTABLES mode.
author:
  - The aks.dataplane authors (@aks-dataplane)
notes:
  - The subscription needs the preview feature C(KubeProxyConfigurationPreview), see M(aks.dataplane.aks_preview_feature).
  - A change of the mode or of its settings restarts kube-proxy on every node, one after the other. It does not restart nodes.
  - An accepted change is not yet applied on the nodes. Verify it with M(aks.dataplane.aks_dataplane_status_info).
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.cluster_change
  - aks.dataplane.kube_proxy
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
  state:
    description:
      - V(present) sets the configuration of the other options, of which one is required.
      - V(default) restores the default of AKS, kube-proxy enabled in IPTABLES mode. It takes none of the other options of the configuration.
    type: str
    choices: [default, present]
    default: present
  api_version:
    description:
      - The api-version for Azure. The kube-proxy configuration exists in preview versions since 2022-08-02-preview only, V(NFTABLES) since
        2025-09-02-preview.
    type: str
    default: 2026-08-02-preview
  wait_timeout:
    default: 3600
seealso:
  - module: aks.dataplane.aks_preflight_info
  - module: aks.dataplane.aks_dataplane_status_info
  - module: aks.dataplane.aks_network_info
"""

EXAMPLES = r"""
- name: Use nftables
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    mode: NFTABLES

- name: Use IPVS with its least connection scheduler
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    mode: IPVS
    ipvs_config:
      scheduler: LeastConnection
      tcp_timeout_seconds: 900

- name: Use the JSON file of az aks update
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    config_file: kube-proxy.json

- name: Roll back to the default of AKS
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    state: default

- name: Create the cluster with nftables, or change the existing one
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    mode: NFTABLES
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
        networkProfile:
          networkPlugin: azure
          networkPluginMode: overlay

- name: Start the change without waiting
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    mode: NFTABLES
    wait: false
  register: started

- name: Wait for the change
  aks.dataplane.aks_kube_proxy:
    resource_group: production
    name: aks-prod
    mode: NFTABLES
    operation_url: "{{ started.operation.url }}"
  when: started is changed
"""

RETURN = r"""
before:
  description: # tools/copies before_change
    The effective configuration before the change. Null for a cluster that did not exist.
  returned: success, and when a change that was sent failed
  type: dict
  contains: &kube_proxy # tools/copies kube_proxy_settings
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
  sample:
    enabled: true
    mode: IPTABLES
    ipvs_config: null
after:
  description: # tools/copies after_change
    The effective configuration after the change. In check mode the predicted one.
  returned: success, and when a change that was sent failed
  type: dict
  contains: *kube_proxy
  sample:
    enabled: true
    mode: NFTABLES
    ipvs_config: null
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
      description: V(restart) when AKS restarts kube-proxy on every node, V(none) without an interruption.
      returned: always
      type: str
  sample:
    - path: properties.networkProfile.kubeProxyConfig.mode
      before: IPTABLES
      after: NFTABLES
      disruption: restart
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
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._work.changing_module import UNSHOWN, change_arguments, change_cluster

ARGUMENTS = change_arguments(KUBE_PROXY.change)


def change(module: AnsibleModule) -> None:
    change_cluster(module, KUBE_PROXY.change)


def main() -> None:
    run_on_controller(ControllerModule(supports_check_mode=True, unshown=UNSHOWN, **ARGUMENTS.to_kwargs()), change)


if __name__ == "__main__":
    main()
