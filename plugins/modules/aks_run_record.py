#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_run_record
short_description: Keep the record of a run on an AKS cluster
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Writes what a run did to a cluster into a JSON file of its own, at once and whole, each time a phase begins or ends. A run that is killed
    leaves a truthful record, whose last phase is still V(running).
  - A run is about the kube-proxy configuration or about eBPF host routing of the cluster.
  - When a run is opened, the configuration that it is to reach is checked as M(aks.dataplane.aks_kube_proxy) or
    M(aks.dataplane.aks_ebpf_host_routing) checks it, without asking Azure. If the last run on the cluster was interrupted on its way to the
    same configuration, the new one takes over the state to go back to.
  - The record holds known keys only, its directory has mode 0700 and its files have mode 0600. Text is stripped of whatever looks like a credential.
  - The file is a log of the run and not a thing that is managed, so this module always reports C(changed=false).
  - It runs on the Ansible controller, whatever the connection of the task is. The roles of this collection call it.
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
      - Directory of the records of all clusters. It is created when it is missing.
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
    choices: [opened, phase, closed, selected, checked, call, returning, joined, looking, seen, failed, concluded, stopped]
  state:
    description: With O(event=opened), whether the run is to reach the declared configuration or the default of AKS for kube-proxy.
    type: str
    choices: [present, default]
    default: present
  host_routing:
    description:
      - With O(event=opened), the state of eBPF host routing that the run is to reach.
      - Not together with a kube-proxy configuration, because a run is about one of them.
    type: str
    choices: [disabled, enabled]
  enable_acns:
    description:
      - With O(event=opened), whether the run may switch on Advanced Container Networking Services, a paid service that eBPF host routing is part of.
    type: bool
    default: false
  run_id:
    description:
      - The run, as RV(run_id) told it when the run was opened.
      - Without it, the run that the roles of this collection are in, which they decide with this module.
    type: str
  phase:
    description: The phase that begins, with O(event=phase), or that a call is the first of.
    type: str
    choices: [feature_registration, preflight, switch, rollout, verification, rollback]
  phase_status:
    description: Whether the phase begins or is left out, with O(event=phase).
    type: str
    choices: [running, skipped]
    default: running
  last_status:
    description: How the phase that was running until now has ended.
    type: str
    choices: [done, failed]
    default: done
  reason:
    description: Why the last phase failed, or how the run ended.
    type: str
  subscription_id:
    description: Id of the cluster's Azure subscription, as soon as it is known.
    type: str
  before:
    description:
      - The configuration before the run, as M(aks.dataplane.aks_kube_proxy) or M(aks.dataplane.aks_ebpf_host_routing) returns it.
        It is what a rollback restores.
    type: dict
  after:
    description: The configuration after the switch, in the shape of O(before).
    type: dict
  findings:
    description: What M(aks.dataplane.aks_preflight) found.
    type: list
    elements: dict
  nodes:
    description: What M(aks.dataplane.aks_dataplane_status) saw on the nodes.
    type: list
    elements: dict
  rollback:
    description: How the way back went, with the keys C(status) and C(message).
    type: dict
  results:
    description: Results of modules, for the roles of this collection. It may change at any time.
    type: dict
  failure:
    description: The message and the task of a failure, for the roles of this collection. It may change at any time.
    type: dict
  module:
    description:
      - With O(event=call), what the module is to do that the data plane of the run names. For the roles of this collection. It may change at any time.
    type: str
    choices: [plan, switch, restore, nodes, preflight, register, before, status]
  options:
    description:
      - With O(event=call), options of that module besides those that the data plane decides on. The result is that of the module.
        For the roles of this collection. It may change at any time.
    type: dict
  verdict:
    description:
      - How the run ended, with O(event=closed).
      - V(switched) and V(unchanged) are verified on the nodes that count, V(unverified) could not be verified and is kept.
      - V(refused) means that nothing was changed, V(rolled_back) that the state before was restored and verified, V(rollback_failed) that this did not
        succeed, V(failed) that the cluster was left as the failure left it.
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

- name: Begin a run towards eBPF host routing
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
    - What is known of the run of the roles of this collection, for their next tasks.
    - Further keys say what they have to do next. All of them may change at any time.
  returned: in the roles of this collection
  type: dict
  sample: {number: 1}
module:
  description: The module that was called, whose result this is. It may change at any time.
  returned: when O(event=call)
  type: str
  sample: aks.dataplane.aks_preflight
run_id:
  description: Id of the run; ids sort by time, as the clock had it.
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
    message: null
    nodes: []
    note: null
    phases: []
    resource_group: shop
    rollback: null
    run_id: 20261122T094501123Z-0a1b2c3d
    schema: 1
    started: "2026-11-22T09:45:01.123Z"
    subject: kube_proxy
    subscription: null
    switch_began: null
    verdict: null
    wanted: {mode: NFTABLES}
interrupted:
  description: The record of the run that this one continues, or null.
  returned: when O(event=opened)
  type: dict
  sample: null
feature_unfinished:
  description:
    - Whether the last attempt to register the preview feature was cut off or failed, so that the resource provider has to be refreshed again.
  returned: when O(event=opened)
  type: bool
  sample: false
restore:
  description:
    - The configuration to go back to, in the shape that the option O(config) of M(aks.dataplane.aks_kube_proxy) takes. For host routing the C(state)
      that M(aks.dataplane.aks_ebpf_host_routing) takes.
    - It is the C(before) of RV(record). When the run continues another one, that is the configuration from before that run and not O(before), as long as
      the cluster is what that run left. In check mode it is always O(before).
  returned: when O(before) is set
  type: dict
  sample: {enabled: true, mode: IPTABLES}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._record.recorder import arguments, note


def body(module: AnsibleModule) -> None:
    """What the action plugin of the same name does without a process of its own."""
    module.exit_json(changed=False, **note(module.params, module.check_mode))


def main() -> None:
    module = Module(**arguments().to_kwargs(), supports_check_mode=True)
    run_module(module, body)


if __name__ == "__main__":
    main()
