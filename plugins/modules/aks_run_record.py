#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_run_record
short_description: Write the record of a run on an AKS cluster
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Writes the steps of a run on a cluster to a separate JSON file, immediately and atomically, each time a phase begins or ends. A run that is killed
    leaves a valid record, whose last phase is still V(running).
  - A run is about the kube-proxy configuration or about eBPF host routing of the cluster.
  - When a run is opened, the module checks the requested configuration like M(aks.dataplane.aks_kube_proxy) or
    M(aks.dataplane.aks_ebpf_host_routing), without a request to Azure. If the last run on the cluster was interrupted in a switch to the
    same configuration, the new one takes over its configuration for a rollback.
  - The record holds known keys only, its directory has mode 0700 and its files have mode 0600. The module removes everything that looks like a credential.
  - The file is a log of the run, so this module always reports C(changed=false).
  - It runs on the Ansible controller with any connection. The roles of this collection call it.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.kube_proxy
attributes:
  check_mode:
    support: full
    details:
      - Returns the record that would be written, and writes nothing.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each call adds to the log.
  async:
    support: none
  action_group:
    support: none
    membership: []
options:
  record_dir:
    description:
      - Directory of the records of all clusters. The module creates a missing one.
      - A relative path begins at the directory in which Ansible was started.
      - The record is the file C(<resource_group>.<name>/<run_id>.json) in it.
      - Without it, the variable C(aks_dataplane_record_dir) of the host.
      - It must belong to the user who runs Ansible, or to root, and not every user may write to it.
    type: path
  resource_group:
    description: Name of the cluster's resource group. Without it, the variable C(aks_dataplane_resource_group) of the host.
    type: str
  name:
    description: Name of the cluster. Without it, the variable C(aks_dataplane_cluster) of the host.
    type: str
  event:
    description:
      - V(opened) begins a run, V(phase) begins its next phase and ends the one before, V(closed) ends the run.
      - All others are for the roles of this collection, which have no O(run_id) either. They may change at any time.
    type: str
    required: true
    choices: [opened, phase, closed, selected, checked, call, returning, joined, seen, failed, concluded, stopped, summary, ended, shown]
  state:
    description: With O(event=opened), the target of the run, the declared configuration or the default of AKS for kube-proxy.
    type: str
    choices: [present, default]
    default: present
  host_routing:
    description:
      - With O(event=opened), the requested state of eBPF host routing.
      - Not together with a kube-proxy configuration, because a run is about one of them.
    type: str
    choices: [disabled, enabled]
  enable_acns:
    description:
      - With O(event=opened), whether the run may enable Advanced Container Networking Services, a paid service that eBPF host routing is part of.
    type: bool
    default: false
  run_id:
    description:
      - The run, the RV(run_id) of the call that opened it.
      - Without it, the current run of the roles of this collection.
    type: str
  undoes:
    description: With O(event=opened), the id of the run that this one rolls back.
    version_added: 1.0.0
    type: str
  operator:
    description:
      - With O(event=opened), who has started the run.
      - The default is the user of AWX who launched the job, or the user that Ansible runs as.
    version_added: 1.0.0
    type: str
  versions:
    description:
      - With O(event=opened), the versions that the run works with, C(collection), C(ansible_core) and C(python).
      - The default is those of the Ansible controller.
    version_added: 1.0.0
    type: dict
  phase:
    description: The phase that begins, with O(event=phase), or with the first call of a phase.
    type: str
    choices: [feature_registration, preflight, switch, rollout, verification, rollback]
  phase_status:
    description: Whether the phase begins or is skipped, with O(event=phase).
    type: str
    choices: [running, skipped]
    default: running
  last_status:
    description: The result of the last phase.
    type: str
    choices: [done, failed]
    default: done
  reason:
    description: The cause of the failure of the last phase, or the result of the run.
    type: str
  subscription_id:
    description: Id of the cluster's Azure subscription, as soon as it is known.
    type: str
  before:
    description:
      - The configuration before the run, as M(aks.dataplane.aks_kube_proxy) or M(aks.dataplane.aks_ebpf_host_routing) returns it.
        A rollback restores it.
    type: dict
  after:
    description: The configuration after the switch, in the format of O(before).
    type: dict
  through:
    description: The configuration that the run goes through, in the format of O(before).
    version_added: 1.0.0
    type: dict
  findings:
    description: The findings of M(aks.dataplane.aks_preflight_info).
    type: list
    elements: dict
  waivers:
    description: The RV(aks.dataplane.aks_preflight_info#module:waivers) of M(aks.dataplane.aks_preflight_info).
    version_added: 1.0.0
    type: list
    elements: dict
  nodes:
    description: The state of the nodes from M(aks.dataplane.aks_dataplane_status_info).
    type: list
    elements: dict
  looks:
    description:
      - The looks at the nodes' own rules, C(before) the change and C(after) it, each with C(counts), C(modes), C(leftovers), C(foreign_jumps) and
        C(not_seen).
    version_added: 1.0.0
    type: dict
  interruption:
    description:
      - What the change interrupted, with C(targets) of a probe, their C(limit), and C(nodes). Keys that are left out stay as they are.
    version_added: 1.0.0
    type: dict
  rollback:
    description: The result of the rollback, with the keys C(status) and C(message).
    type: dict
  results:
    description: "Internal: results of modules, for the roles of this collection. It may change at any time."
    version_added: 1.0.0
    type: dict
  failure:
    description: "Internal: the message and the task of a failure, for the roles of this collection. It may change at any time."
    version_added: 1.0.0
    type: dict
  module:
    description:
      - "Internal: with O(event=call), the purpose of the module that the data plane of the run selects. It may change at any time."
    version_added: 1.0.0
    type: str
    choices: [plan, switch, restore, cluster, nodes, preflight, register, before, status, passage_check, passage, passage_status]
  options:
    description:
      - "Internal: with O(event=call), further options of that module. The result is that of the module. It may change at any time."
    version_added: 1.0.0
    type: dict
  verdict:
    description:
      - The result of the run, with O(event=closed).
      - V(switched) and V(unchanged) are verified on the nodes that count, V(unverified) could not be verified and is kept.
      - V(refused) means that nothing was changed, V(rolled_back) that the previous state was restored and verified, V(rollback_failed) that this did not
        succeed, V(failed) that the run failed without a rollback.
    type: str
    choices: [switched, unchanged, unverified, refused, rolled_back, rollback_failed, failed]
"""

EXAMPLES = r"""
- name: Begin a run
  aks.dataplane.aks_run_record:
    record_dir: ~/.local/state/aks.dataplane/runs
    resource_group: shop
    name: aks-blue
    event: opened
    mode: NFTABLES
  register: run

- name: Begin a run for eBPF host routing
  aks.dataplane.aks_run_record:
    record_dir: ~/.local/state/aks.dataplane/runs
    resource_group: shop
    name: aks-green
    event: opened
    host_routing: enabled

- name: Begin the first phase
  aks.dataplane.aks_run_record:
    record_dir: ~/.local/state/aks.dataplane/runs
    resource_group: shop
    name: aks-blue
    event: phase
    run_id: "{{ run.run_id }}"
    phase: preflight

- name: End the run
  aks.dataplane.aks_run_record:
    record_dir: ~/.local/state/aks.dataplane/runs
    resource_group: shop
    name: aks-blue
    event: closed
    run_id: "{{ run.run_id }}"
    verdict: unchanged
"""

RETURN = r"""
run:
  description:
    - The state of the run of the roles of this collection, for their next tasks.
    - Further keys have their next steps. All of them may change at any time.
  returned: in the roles of this collection
  type: dict
  sample: {number: 1}
module:
  description: The module that was called, whose result this is. It may change at any time.
  returned: when O(event=call)
  type: str
  sample: aks.dataplane.aks_preflight_info
run_id:
  description: Id of the run; ids sort by time.
  returned: success
  type: str
  sample: 20261122T094501123Z-0a1b2c3d
record_path:
  description: Path of the record.
  returned: success
  type: str
  sample: /home/ops/.local/state/aks.dataplane/runs/shop.aks-blue/20261122T094501123Z-0a1b2c3d.json
record:
  description: The record as it is now. In check mode, the record that O(event=opened) would write, and null for other events.
  returned: success
  type: dict
  sample:
    after: null
    before: null
    cluster: aks-blue
    continues: null
    ended: null
    findings: []
    follows: null
    interruption: null
    looks: null
    message: null
    nodes: []
    note: null
    operator: alice
    phases: []
    resource_group: shop
    rollback: null
    run_id: 20261122T094501123Z-0a1b2c3d
    schema: 1
    started: "2026-11-22T09:45:01.123Z"
    subject: kube_proxy
    subscription: null
    switch_began: null
    through: null
    undoes: null
    verdict: null
    versions: {ansible_core: 2.19.14, collection: 1.0.0, python: 3.11.7}
    waivers: []
    wanted: {mode: NFTABLES}
interrupted:
  description: The record of the run that this one continues, or null.
  returned: when O(event=opened)
  type: dict
  sample: null
feature_unfinished:
  description:
    - Whether the last registration of the preview feature was interrupted or failed, so that the resource provider has to be refreshed again.
  returned: when O(event=opened)
  type: bool
  sample: false
staying_leftovers:
  description:
    - Names of nodes on which the last change left something although it went through the configuration that removes it.
  returned: when O(event=opened)
  type: list
  elements: str
  sample: []
restore:
  description:
    - The configuration to restore, in the format that the option O(config) of M(aks.dataplane.aks_kube_proxy) takes. For host routing the C(state)
      that M(aks.dataplane.aks_ebpf_host_routing) takes.
    - It is the C(before) of RV(record). When the run continues another one, that is the configuration that the other one found and not O(before), as long as
      the cluster is what that run left. In check mode it is always O(before).
  returned: when O(before) is set
  type: dict
  sample: {enabled: true, mode: IPTABLES}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._record.recorder import arguments, note


def body(module: AnsibleModule) -> None:
    """What the action plugin of the same name does without a separate process."""
    module.exit_json(changed=False, **note(module.params, module.check_mode))


def main() -> None:
    module = Module(**arguments().to_kwargs(), supports_check_mode=True)
    run_module(module, body)


if __name__ == "__main__":
    main()
