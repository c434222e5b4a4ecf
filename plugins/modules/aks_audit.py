#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_audit
short_description: Tell which data plane an AKS cluster has, and what stands in the way of another one
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Looks at a cluster as M(aks.dataplane.aks_network_info), M(aks.dataplane.aks_dataplane_status) and M(aks.dataplane.aks_preflight) do, and judges
    whether it can take NFTABLES and eBPF host routing. What cannot be asked is part of the result, and no failure.
  - Without O(name) it reads the list of all clusters. With what the list has shown of a cluster as O(body), Azure is not asked about it again.
  - It is for reports. Modules that change a cluster read it themselves, right before the change.
  - The role P(aks.dataplane.audit#role) does this for many clusters at a time, and shows what was found.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.kubernetes
attributes:
  async:
    support: full
options:
  resource_group:
    description: Name of the cluster's resource group. Without O(name), the one whose clusters are listed; all of the subscription when not given.
    type: str
  name:
    description: Name of the cluster. Needs O(resource_group).
    type: str
  body:
    description: RV(clusters) has it for each cluster, as it was when the list was read.
    type: str
  host:
    description: How the cluster is called in RV(entry). It is the name of the cluster when not given.
    type: str
  rule_set:
    description: The limits to go by, as in M(aks.dataplane.aks_preflight), with the same defaults.
    type: str
    choices: [preview, current]
  ignore:
    description: Ids of rules whose findings are no obstacles.
    type: list
    elements: str
    default: []
  register_feature:
    description: Whether the preview feature is no obstacle when it is not registered, because a switch registers it.
    type: bool
    default: true
  kubernetes:
    description: Whether the cluster's Kubernetes API server is asked.
    type: bool
    default: true
notes:
  - What all clusters of a subscription have in common, such as the state of the preview feature, is asked once in a run of a playbook, as long as the
    module runs in Ansible's own process.
seealso:
  - module: aks.dataplane.aks_network_info
  - module: aks.dataplane.aks_dataplane_status
  - module: aks.dataplane.aks_preflight
"""

EXAMPLES = r"""
- name: List the clusters
  aks.dataplane.aks_audit:
  register: listed

- name: Audit each by what the list has shown, and ask no API server
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
      description: How the cluster is called among the others. It is the name, with a dot and the resource group after it where several have the name.
      type: str
    body:
      description: All that Azure tells of the cluster, for O(body).
      type: str
  sample:
    rg-prod/aks-prod: {name: aks-prod, resource_group: rg-prod, host: aks-prod, body: eJyrVspLzE1VslJKzC4uSswtKU4tAQA=}
entry:
  description:
    - The cluster in the audit, as the file of the role P(aks.dataplane.audit#role) has it.
    - C(nftables) and C(ebpf_host_routing) each have a C(verdict), V(in_effect), V(possible), V(obstacles), V(unknown) when nothing is known to
      stand in the way but not all was checked, or V(failed) when nothing could be checked.
    - C(support_ends) is what the cluster uses and AKS stops supporting, the soonest first. Each has C(what), C(pools) (empty for the cluster), C(date),
      or null and C(when), C(images_removed), from when on nodes can neither be added nor replaced, or null, C(over), whether the date has come,
      C(instead), what to do, and C(source).
    - C(error) says why there is nothing to tell of the cluster; it is empty when there is.
  returned: with O(name)
  type: dict
lines:
  description: The same for people, as the filter P(aks.dataplane.audit_details#filter) makes it of RV(entry).
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
from ansible_collections.aks.dataplane.plugins.module_utils._work.audit import AuditSources, audit, list_clusters

ARGUMENTS = AZURE.merge(
    KUBERNETES,
    ArgumentSpec(
        options={
            "resource_group": {"type": "str"},
            "name": {"type": "str"},
            "body": {"type": "str"},
            "host": {"type": "str"},
            "rule_set": {"type": "str", "choices": list(PROFILES)},
            "ignore": {"type": "list", "elements": "str", "default": []},
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
    found = entry(audit(asked, AuditSources(asked)))
    module.exit_json(changed=False, entry=found, lines=details(found))


def main() -> None:
    run_on_controller(ControllerModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
