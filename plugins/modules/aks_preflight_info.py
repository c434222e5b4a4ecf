#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_preflight_info
short_description: Check the prerequisites of a kube-proxy configuration or of eBPF host routing on an AKS cluster
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Checks a cluster against every known limit of a kube-proxy configuration, or of eBPF host routing, before a change.
  - Data comes from Azure and from the cluster's Kubernetes API server. A rule whose data are unavailable returns a finding that says so.
  - An error among the findings is no failure of the module. Check RV(passed).
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - aks.dataplane.kubernetes.via
  - aks.dataplane.kube_proxy
  - aks.dataplane.preflight_subject
attributes:
  async:
    support: full
options:
  api_version:
    description:
      - Version of the ARM interface of the planned change.
      - The default is V(2026-08-02-preview), with O(host_routing) V(2026-08-01).
      - The module reads the cluster with it too, or with V(2026-08-02-preview) when this version does not show all required values.
    type: str
  rule_set:
    description:
      - The limits to check against.
      - V(preview) are the stricter limits that Azure published with the preview of the feature.
      - V(current) are the current limits. RV(findings[].profile_note) says when a finding does not exist, or is less severe, with these.
      - The default is V(current) for eBPF host routing, which is generally available, and V(preview) for kube-proxy, whose configuration is in preview.
    type: str
    choices: [preview, current]
  ignore:
    description:
      - Rules to ignore. The module still returns their findings, as V(info) and marked as ignored.
      - Each element is the id of a rule, or a mapping with the C(id) and any of C(reason), C(until), the last day in UTC on which the waiver counts, as
        an ISO date such as V(2027-01-31), and C(ticket).
      - Findings of a rule whose waiver has expired count, and RV(findings[].message) says so.
    type: list
    elements: raw
    default: []
  kubernetes:
    description:
      - Whether to use the Kubernetes API server.
      - With V(false) the module does not check the rules that need it. With V(true) it fails when the API server is unreachable.
    type: bool
    default: true
seealso:
  - module: aks.dataplane.aks_kube_proxy
  - module: aks.dataplane.aks_ebpf_host_routing
  - module: aks.dataplane.node_dataplane_info
  - module: aks.dataplane.aks_dataplane_status_info
"""

EXAMPLES = r"""
- name: Check the prerequisites of nftables
  aks.dataplane.aks_preflight_info:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
  register: preflight

- name: Stop when the cluster has blockers
  ansible.builtin.assert:
    that: preflight.passed
    fail_msg: "{{ preflight.findings | selectattr('severity', 'eq', 'error') | map(attribute='message') | join(' ') }}"

- name: Check the current limits with Azure's data only, and accept the deprecation of IPVS
  aks.dataplane.aks_preflight_info:
    resource_group: rg-prod
    name: aks-prod
    mode: IPVS
    ipvs_config:
      scheduler: LeastConnection
    rule_set: current
    kubernetes: false
    ignore:
      - KP07
      - id: KP20
        reason: No client uses node ports through localhost
        until: "2027-01-31"
        ticket: CHG-7

- name: Inspect the nodes
  aks.dataplane.node_dataplane_info:
    monitor_lines: true
  become: true
  delegate_to: "{{ item }}"
  loop: "{{ groups['aks_nodes'] }}"
  register: nodes

- name: Check the prerequisites of eBPF host routing, including the nodes
  aks.dataplane.aks_preflight_info:
    resource_group: rg-prod
    name: aks-prod
    host_routing: enabled
    enable_acns: true
    rule_set: current
    node_observations: "{{ dict(nodes.results | map(attribute='item') | zip(nodes.results)) }}"
"""

RETURN = r"""
rule_set:
  description: The limits of the findings.
  returned: success
  type: str
  sample: preview
findings:
  description: The findings, the most severe first.
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
      description: The finding, with the values seen.
      type: str
    remedy:
      description: The remedy. Empty when there is nothing to do.
      type: str
    reference:
      description: Source of the rule.
      type: str
    profile_note:
      description: The result of the other rule set, and how to choose it. Empty when the result is the same.
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
      remedy: >-
        List them with kubectl get services --all-namespaces --field-selector spec.type=NodePort, and check that no client uses these node ports through
        localhost or a secondary address of a node.
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
  description: Number of findings of each severity.
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
waivers:
  description: The rules in O(ignore), in the same order, and whether each of them still counts.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the rule.
      type: str
    reason:
      description: The reason. Empty when O(ignore) has none.
      type: str
    until:
      description: The last day on which the waiver counts, in UTC. Null without an end.
      type: str
    ticket:
      description: The ticket. Empty when O(ignore) has none.
      type: str
    expired:
      description: Whether that day is over, so that the findings of the rule count.
      type: bool
  sample:
    - {id: KP20, reason: No client uses node ports through localhost, until: "2027-01-31", ticket: CHG-7, expired: false}
cluster:
  description: The cluster that was checked.
  returned: success
  type: dict
  contains:
    id:
      description: Resource id.
      type: str
    name:
      description: Name.
      type: str
    node_resource_group_id: # tools/copies
      description: Resource id of the node resource group, in which AKS makes the nodes.
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
      description: V(Running) or V(Stopped); V(Running) when Azure does not report it.
      type: str
  sample:
    id: >-
      /subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod
    name: aks-prod
    node_resource_group_id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/MC_rg-prod_aks-prod_westeurope
    kubernetes_version: 1.34.2
    network_plugin: azure
    network_policy: none
    network_dataplane: azure
    provisioning_state: Succeeded
    power_state: Running
current:
  description:
    - The effective kube-proxy configuration.
    - With O(host_routing), the effective state of eBPF host routing, in the format of RV(aks.dataplane.aks_ebpf_host_routing#module:before).
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
      description: The settings of the IPVS mode. Settings without a value are null. Null in other modes and without settings.
      returned: always
      type: dict
  sample: {enabled: true, mode: IPTABLES, ipvs_config: null}
wanted:
  description: The configuration that was checked, in the format of RV(current).
  returned: success
  type: dict
  sample: {enabled: true, mode: NFTABLES, ipvs_config: null}
feature_state:
  description:
    - The state of the preview feature C(KubeProxyConfigurationPreview), as Azure spells it. Null without the permission to read it.
  returned: when O(host_routing) is not set
  type: str
  sample: Registered
monitor:
  description: The predicted verdict of the iptables monitor of AKS for each node in O(node_observations) that has C(monitor_lines).
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
        - V(unknown) when it depends on patterns that this module does not support.
      type: str
    unexpected:
      description: The rules that no pattern matches, each with C(table) and C(line).
      type: list
      elements: dict
    doubtful:
      description: The rules that only patterns in C(unsure) might match, in the same format.
      type: list
      elements: dict
    skipped:
      description: Tables that could not be listed. The monitor passes over such tables.
      type: list
      elements: str
    invalid:
      description: Invalid patterns that the monitor ignores, each with C(file), C(pattern) and C(reason).
      type: list
      elements: dict
    unsure:
      description: Patterns that this module does not support, in the same format.
      type: list
      elements: dict
    patterns:
      description: Source of the patterns, by family. V(cluster) is the cluster's own ConfigMap, else it is the list published at that date.
      type: dict
    backend:
      description: Backend of iptables on the node, the source of its rules.
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
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import PROFILES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import read_observations
from ansible_collections.aks.dataplane.plugins.module_utils._work.api_server import VIA
from ansible_collections.aks.dataplane.plugins.module_utils._work.preflight import check
from ansible_collections.aks.dataplane.plugins.module_utils._work.preflight_sources import ClusterSources


def arguments() -> ArgumentSpec:
    planes = registry.data_planes()
    declaring = tuple(name for one in planes for name in one.options.declaring)
    return CLUSTER.merge(
        AZURE,
        KUBERNETES,
        SERVER,
        VIA,
        registry.options(),
        *(one.preflight.options for one in planes),
        ArgumentSpec(
            options={
                "node_observations": {"type": "dict"},
                "api_version": {"type": "str"},
                "rule_set": {"type": "str", "choices": list(PROFILES)},
                "ignore": {"type": "list", "elements": "raw", "default": []},
                "kubernetes": {"type": "bool", "default": True},
            },
            required_if=(("state", "present", declaring, True),),
        ),
    )


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    sources = ClusterSources(params, read_observations(params["node_observations"] or {}), check_mode=module.check_mode)
    module.exit_json(changed=False, **check(registry.declared(params), params, sources))


def main() -> None:
    run_on_controller(ControllerModule(**arguments().to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
