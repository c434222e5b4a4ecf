#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_audit
short_description: Report the data plane of an AKS cluster and the blockers of a switch
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Reads a cluster like M(aks.dataplane.aks_network_info), M(aks.dataplane.aks_dataplane_status_info) and M(aks.dataplane.aks_preflight_info) do, and judges
    whether it meets the prerequisites of NFTABLES and eBPF host routing. Missing answers are part of the result, and no failure.
  - Without O(name) it reads the list of all clusters. With an entry of the list as O(body), it does not ask Azure about the cluster again.
  - It is for reports. Modules that change a cluster read it themselves, right before the change.
  - The role P(aks.dataplane.audit#role) audits many clusters at a time, and shows the findings.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.via
attributes:
  check_mode:
    support: full
    description: In check mode no pod is created, neither by O(node_look=pods) nor, without consent, by O(kubernetes_via=command).
  diff_mode:
    support: none
  idempotent:
    support: full
  async:
    support: full
options:
  resource_group:
    description: Name of the cluster's resource group. Without O(name), the resource group to list; without both, the module lists the clusters of
      the subscription.
    type: str
    aliases: [resource_group_name]
  name:
    description: Name of the cluster. Needs O(resource_group).
    type: str
  body:
    description: The entry of the cluster in RV(clusters).
    type: str
  host:
    description: Name of the cluster in RV(entry). The default is the name of the cluster.
    type: str
  rule_set:
    description: The limits to check against, as in M(aks.dataplane.aks_preflight_info), with the same defaults.
    type: str
    choices: [preview, current]
  ignore:
    description:
      - Rules to ignore, whose findings are no obstacles, as in M(aks.dataplane.aks_preflight_info).
    type: list
    elements: raw
    default: []
  register_feature:
    description: Whether a missing registration of the preview feature is no obstacle, because a switch registers it.
    type: bool
    default: true
  kubernetes:
    description: Whether to use the cluster's Kubernetes API server.
    type: bool
    default: true
  node_look:
    description:
      - How to look at the nodes themselves, without which the rules about them are no part of the audit.
      - V(none) does not look.
      - V(exec) runs commands that only list in the pods of AKS on each node, as M(aks.dataplane.aks_nodes_info) does. V(auto) does so where that is
        allowed and O(exec) is V(true).
      - V(pods) creates temporary pods, reads what they print, and removes them, as M(aks.dataplane.aks_nodes_probe) does; never in check mode.
      - V(ssh) is for runs that know the nodes as hosts. An audit does not look then, and says so.
      - Where nodes cannot be looked at, the reason is in RV(entry), and the module does not fail. With O(kubernetes_via=command) they cannot.
    version_added: 1.0.0
    type: str
    choices: [auto, exec, pods, ssh, none]
    default: none
  node_look_namespace:
    description: The namespace of the temporary pods of O(node_look=pods), in which the audit also finds what interrupted runs have left.
    version_added: 1.0.0
    type: str
    default: aks-dataplane
  node_look_image:
    description: The image of the temporary pods of O(node_look=pods). Nothing of it is run.
    version_added: 1.0.0
    type: str
    default: mcr.microsoft.com/oss/v2/kubernetes/pause:3.6
  exec:
    description: Whether O(node_look=auto) may run commands in pods.
    version_added: 1.0.0
    type: bool
    default: true
notes:
  - The module asks once in a run of a playbook for what all clusters of a subscription have in common, such as the state of the preview feature, as long as the
    module runs in Ansible's own process.
seealso:
  - module: aks.dataplane.aks_network_info
  - module: aks.dataplane.aks_dataplane_status_info
  - module: aks.dataplane.aks_preflight_info
"""

EXAMPLES = r"""
- name: List the clusters
  aks.dataplane.aks_audit:
  register: listed

- name: Audit each by its entry in the list, without an API server
  aks.dataplane.aks_audit:
    resource_group: "{{ item.resource_group }}"
    name: "{{ item.name }}"
    body: "{{ item.body }}"
    host: "{{ item.host }}"
    kubernetes: false
  loop: "{{ listed.clusters.values() }}"
  loop_control:
    label: "{{ item.name }}"
  register: audited

- name: Show the verdicts on NFTABLES
  ansible.builtin.debug:
    msg: "{{ dict(audited.results | map(attribute='entry.host') | zip(audited.results | map(attribute='entry.nftables.verdict'))) }}"
"""

RETURN = r"""
clusters:
  description: The clusters, by C(resource_group/name) in lower case.
  returned: without O(name)
  type: dict
  contains:
    name:
      description: Name.
      type: str
    resource_group:
      description: Name of the resource group.
      type: str
    host:
      description: Name of the cluster in the list, with a dot and the resource group after it where several clusters have the name.
      type: str
    body:
      description: The cluster as Azure returns it, for O(body).
      type: str
  sample:
    rg-prod/aks-prod: {name: aks-prod, resource_group: rg-prod, host: aks-prod, body: eJyrVspLzE1VslJKzC4uSswtKU4tAQA=}
entry:
  description:
    - The entry of the cluster in the audit, as in the file of the role P(aks.dataplane.audit#role).
    - C(nftables) and C(ebpf_host_routing) each have a C(verdict), V(in_effect), V(possible), V(obstacles), V(unknown) without known blockers when
      some rules were not checked, or V(failed) when nothing could be checked.
    - C(support_ends) lists the parts of the cluster that AKS stops supporting, the soonest first. Each has C(what), C(pools) (empty for the cluster), C(date),
      or null and C(when), C(images_removed), from when on nodes can neither be added nor replaced, or null, C(over), whether the date has come,
      C(instead), what to do, and C(source).
    - C(node_look) has C(asked), the value of O(node_look), and C(reason), why no node was looked at. With a look also C(counts) of nodes by state, C(modes) of
      kube-proxy, C(leftovers) of its modes, third-party rules in C(foreign_jumps), and C(not_seen), each of these with its C(nodes); C(left) only where a pod
      of the audit could not be removed.
    - C(probe_leftovers) has what interrupted runs of M(aks.dataplane.aks_nodes_probe) and M(aks.dataplane.aks_interruption_probe) left in the cluster, each
      as C(kind namespace/name). DaemonSets are found in all namespaces, ConfigMaps in O(node_look_namespace), as far as they may be listed. The pods of
      M(aks.dataplane.aks_interruption_probe) have the name of their ConfigMap and a number.
    - C(error) says why the cluster was not audited; else it is empty.
  returned: with O(name)
  type: dict
lines:
  description: The same in readable form, as the filter P(aks.dataplane.audit_details#filter) makes it of RV(entry).
  returned: with O(name)
  type: list
  elements: str
  sample:
    - "aks-prod: cluster aks-prod, resource group rg-prod, westeurope, network plugin azure overlay, network policy none, ACNS off"
    - "  NFTABLES: possible"
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._audit.entry import entry
from ansible_collections.aks.dataplane.plugins.module_utils._audit.report import details
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.findings import PROFILES
from ansible_collections.aks.dataplane.plugins.module_utils._work.api_server import VIA
from ansible_collections.aks.dataplane.plugins.module_utils._work.audit import AuditSources, audit, list_clusters
from ansible_collections.aks.dataplane.plugins.module_utils._work.audit_look import LOOK

ARGUMENTS = AZURE.merge(
    KUBERNETES,
    VIA,
    LOOK,
    ArgumentSpec(
        options={
            "resource_group": {"type": "str", "aliases": ["resource_group_name"]},
            "name": {"type": "str"},
            "body": {"type": "str"},
            "host": {"type": "str"},
            "rule_set": {"type": "str", "choices": list(PROFILES)},
            "ignore": {"type": "list", "elements": "raw", "default": []},
            "register_feature": {"type": "bool", "default": True},
            "kubernetes": {"type": "bool", "default": True},
        },
        required_by={"name": ("resource_group",), "body": ("name",), "host": ("name",)},
    ),
)


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    if params["name"] is None:
        module.exit_json(changed=False, clusters=list_clusters(params))
    asked = {**params, "host": params["host"] or params["name"]}
    found = entry(audit(asked, AuditSources(asked, check_mode=module.check_mode)))
    module.exit_json(changed=False, entry=found, lines=details(found))


def main() -> None:
    run_on_controller(ControllerModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
