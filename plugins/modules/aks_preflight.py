#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_preflight
short_description: Check whether an AKS cluster can take a kube-proxy configuration or eBPF host routing
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Holds a cluster against every known limit of the wanted kube-proxy configuration, or of eBPF host routing, before anything is changed.
  - Data comes from Azure and from the cluster's Kubernetes API server. A rule whose data could not be had gives a finding that says so.
  - An error among the findings is no failure of the module. Look at RV(passed).
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kube_proxy
  - aks.dataplane.preflight_subject
attributes:
  async:
    support: full
options:
  api_version:
    description:
      - Version of the ARM interface that the change would be made with.
      - It is V(2026-08-02-preview) when not given, with O(host_routing) V(2026-08-01).
      - The cluster is read with it too, or with the former when this one does not show all that is needed.
    type: str
  rule_set:
    description:
      - The limits to go by.
      - V(preview) are those that were published together with the preview of the feature, the stricter ones.
      - V(current) are those of today. A finding that these do not make, or make milder, says so in RV(findings[].profile_note).
      - When not given, V(current) for eBPF host routing, which is generally available, and V(preview) for kube-proxy, whose configuration is not.
    type: str
    choices: [preview, current]
  ignore:
    description:
      - Ids of rules whose findings are not to count. They are still returned, as V(info) and marked as ignored.
    type: list
    elements: str
    default: []
  kubernetes:
    description:
      - Whether the Kubernetes API server is asked.
      - With V(false) the rules that need it are not checked. With V(true) the module fails when the API server cannot be reached.
    type: bool
    default: true
seealso:
  - module: aks.dataplane.aks_kube_proxy
  - module: aks.dataplane.aks_ebpf_host_routing
  - module: aks.dataplane.node_dataplane_info
  - module: aks.dataplane.aks_dataplane_status
"""

EXAMPLES = r"""
- name: Check whether the cluster can take nftables
  aks.dataplane.aks_preflight:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
  register: preflight

- name: Stop when it cannot
  ansible.builtin.assert:
    that: preflight.passed
    fail_msg: "{{ preflight.findings | selectattr('severity', 'eq', 'error') | map(attribute='message') | join(' ') }}"

- name: Check by the limits of today, from Azure's data only, and accept the end of IPVS
  aks.dataplane.aks_preflight:
    resource_group: rg-prod
    name: aks-prod
    mode: IPVS
    ipvs_config:
      scheduler: LeastConnection
    rule_set: current
    kubernetes: false
    ignore:
      - KP07

- name: Look at the nodes
  aks.dataplane.node_dataplane_info:
    monitor_lines: true
  become: true
  delegate_to: "{{ item }}"
  loop: "{{ groups['aks_nodes'] }}"
  register: nodes

- name: Check whether the cluster can take eBPF host routing, its nodes included
  aks.dataplane.aks_preflight:
    resource_group: rg-prod
    name: aks-prod
    host_routing: enabled
    enable_acns: true
    rule_set: current
    node_observations: "{{ dict(nodes.results | map(attribute='item') | zip(nodes.results)) }}"
"""

RETURN = r"""
rule_set:
  description: The limits that the findings go by.
  returned: success
  type: str
  sample: preview
findings:
  description: What was found, the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the rule.
      type: str
    severity:
      description: V(error), V(warning) or V(info).
      type: str
    title:
      description: The rule in a few words.
      type: str
    subject:
      description: What the finding is about.
      type: str
    message:
      description: What was found, with the values seen.
      type: str
    remedy:
      description: What can be done about it. Empty when there is nothing to do.
      type: str
    reference:
      description: Where the rule comes from.
      type: str
    profile_note:
      description: What the other rule set would say, and how to choose it. Empty when it would say the same.
      type: str
    not_checked:
      description: Whether the rule could not be applied. RV(findings[].message) then says why.
      type: bool
    ignored:
      description: Whether the rule is named in O(ignore).
      type: bool
    original_severity:
      description: The severity of an ignored finding if it were not ignored, null for all others.
      type: str
  sample:
    - id: KP20
      severity: info
      title: Node ports answer on fewer addresses
      subject: services of type LoadBalancer
      message: "The node ports of 1 service will answer on the nodes' primary addresses only: shop/web."
      remedy: Make sure that nothing uses these node ports through localhost or a secondary address of a node.
      reference: https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy
      profile_note: ""
      not_checked: false
      ignored: false
      original_severity: null
passed:
  description: Whether no finding of severity V(error) is left.
  returned: success
  type: bool
  sample: true
counts:
  description: How many findings there are of each severity.
  returned: success
  type: dict
  contains:
    error:
      description: Number of errors.
      type: int
    warning:
      description: Number of warnings.
      type: int
    info:
      description: Number of the others.
      type: int
  sample: {error: 0, warning: 0, info: 6}
cluster:
  description: The cluster as it was judged.
  returned: success
  type: dict
  contains:
    id:
      description: Resource id.
      type: str
    name:
      description: Name.
      type: str
    kubernetes_version: # tools/copies
      description: Version of Kubernetes that the control plane runs.
      type: str
    network_plugin:
      description: Network plugin.
      type: str
    network_policy:
      description: Network policy engine.
      type: str
    network_dataplane:
      description: Data plane.
      type: str
    provisioning_state: # tools/copies
      description: State of the last operation, for example V(Succeeded) or V(Updating).
      type: str
    power_state: # tools/copies
      description: V(Running) or V(Stopped); V(Running) when Azure does not tell.
      type: str
  sample:
    id: >-
      /subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod
    name: aks-prod
    kubernetes_version: 1.34.2
    network_plugin: azure
    network_policy: none
    network_dataplane: azure
    provisioning_state: Succeeded
    power_state: Running
current:
  description:
    - The kube-proxy configuration that is in effect.
    - With O(host_routing), eBPF host routing as it is in effect, in the shape of RV(aks.dataplane.aks_ebpf_host_routing#module:before).
  returned: success
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
      description: The settings of the IPVS mode, a setting that is not set is null. Null in other modes and when none is set.
      returned: always
      type: dict
  sample: {enabled: true, mode: IPTABLES, ipvs_config: null}
wanted:
  description: The configuration that was checked for, in the same shape as RV(current).
  returned: success
  type: dict
  sample: {enabled: true, mode: NFTABLES, ipvs_config: null}
feature_state:
  description:
    - The state of the preview feature C(KubeProxyConfigurationPreview), as Azure spells it. Null when it may not be read.
  returned: when O(host_routing) is not set
  type: str
  sample: Registered
monitor:
  description: What the iptables monitor of AKS is expected to say of each node in O(node_observations) that has C(monitor_lines).
  returned: when O(host_routing=enabled)
  type: list
  elements: dict
  contains:
    node:
      description: Name of the node.
      type: str
    verdict:
      description:
        - V(clean), or V(unexpected) when there are rules that the monitor does not expect.
        - V(unknown) when it depends on patterns whose meaning to the monitor cannot be told.
      type: str
    unexpected:
      description: The rules that no pattern matches, each with C(table) and C(line).
      type: list
      elements: dict
    doubtful:
      description: The rules that only patterns in C(unsure) might match, in the same shape.
      type: list
      elements: dict
    skipped:
      description: Tables that could not be listed. The monitor passes over such tables.
      type: list
      elements: str
    invalid:
      description: Patterns that the monitor ignores because they are not valid, each with C(file), C(pattern) and C(reason).
      type: list
      elements: dict
    unsure:
      description: Patterns whose meaning to the monitor cannot be told, in the same shape.
      type: list
      elements: dict
    patterns:
      description: Where the patterns are from, by family. V(cluster) is the cluster's own ConfigMap, else it is the list published at that date.
      type: dict
    backend:
      description: Backend of iptables on the node, which its rules were read from.
      type: str
    gate:
      description: Whether unexpected rules keep the Cilium agent of the node from starting. In dual-stack clusters they do not.
      type: bool
  sample:
    - node: aks-system-12345678-vmss000000
      verdict: unexpected
      unexpected:
        - table: filter
          line: -A INPUT -s 203.0.113.7/32 -j DROP
      doubtful: []
      skipped: []
      invalid: []
      unsure: []
      patterns: {ipv4: cluster}
      backend: nf_tables
      gate: true
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import PROFILES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import read_observations
from ansible_collections.aks.dataplane.plugins.module_utils._work.preflight import check
from ansible_collections.aks.dataplane.plugins.module_utils._work.preflight_sources import ClusterSources


def arguments() -> ArgumentSpec:
    planes = registry.data_planes()
    declaring = tuple(name for one in planes for name in one.options.declaring)
    return CLUSTER.merge(
        AZURE,
        KUBERNETES,
        registry.options(),
        *(one.preflight.options for one in planes),
        ArgumentSpec(
            options={
                "node_observations": {"type": "dict"},
                "api_version": {"type": "str"},
                "rule_set": {"type": "str", "choices": list(PROFILES)},
                "ignore": {"type": "list", "elements": "str", "default": []},
                "kubernetes": {"type": "bool", "default": True},
            },
            required_if=(("state", "present", declaring, True),),
        ),
    )


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    sources = ClusterSources(params, read_observations(params["node_observations"] or {}))
    module.exit_json(changed=False, **check(registry.declared(params), params, sources))


def main() -> None:
    run_on_controller(ControllerModule(**arguments().to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
