#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_interruption_probe
short_description: Measure an interruption of connections from the nodes of an AKS cluster
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Creates two pods on every node that is ready, one in the pod network and one in the host network. They open new connections to the targets until they are
    removed, the same way as the process on the Ansible controller does for targets without C(from=cluster).
  - The playbooks call it for the targets of C(aks_dataplane_probe) with C(from=cluster). Use these rather than the module.
  - The pods run the python3 of the node as nobody, without capabilities and without a token. They mount folders of the node read-only.
  - Before that, the API server is asked with a dry run whether it would take them. The module fails with the remedy where Pod Security, a quota, a limit
    range or an admission policy refuses them. It fails, and removes them, when one of them does not begin to measure within 90 seconds.
  - The pods end by themselves after O(seconds). What a run that was killed has left is removed by the next one.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - aks.dataplane.kubernetes.home
attributes:
  check_mode:
    support: full
    description: In check mode there is only the dry run.
  diff_mode:
    support: none
  idempotent:
    support: none
  async:
    support: full
options:
  state:
    description:
      - V(started) creates the pods, and waits until they measure.
      - V(ended) reads what they have measured, and removes them.
    type: str
    choices: [started, ended]
    required: true
  targets:
    description: The targets, as in C(aks_dataplane_probe), all of them with C(from=cluster). The host V(node) stands for the address of the node of the pod.
    type: list
    elements: dict
    required: true
  seconds:
    description: Seconds after which the pods end by themselves.
    type: int
    default: 3600
  owner:
    description: The process on the controller that the pods belong to. Only the playbooks set it.
    type: str
  run:
    description: What O(state=started) returned as RV(run).
    type: str
  changed_ago:
    description: Seconds since the change began. Without it, O(state=ended) only removes the pods.
    type: float
  baseline:
    description: Seconds of the baseline before the change.
    type: float
    default: 60
  after:
    description: Seconds of the measurement after the verdict.
    type: float
    default: 150
  dead:
    description: Seconds without a single new connection after which a target counts as dead.
    type: float
    default: 150
  namespace:
    description:
      - The namespace for the pods, which must be there. C(docs/rights/kubernetes/prober.yml) of the collection creates it, with the permissions to use it.
      - It must allow privileged pods, because they mount folders of the node.
    type: str
    default: aks-dataplane
  image:
    description: The image of the pods. Nothing of it is run, so any image for Linux will do that the nodes have or can pull.
    type: str
    default: mcr.microsoft.com/oss/v2/kubernetes/pause:3.6
notes:
  - The times of a node and those of the controller are matched when the log is read, to within two seconds.
  - Nodes need python3 3.9 or newer. Those of Azure Container Linux do not have it.
seealso:
  - module: aks.dataplane.aks_nodes_probe
  - module: aks.dataplane.aks_run_record
"""

EXAMPLES = r"""
- name: Measure from every node
  aks.dataplane.aks_interruption_probe:
    resource_group: rg-prod
    name: aks-prod
    state: started
    targets:
      - name: shop
        tcp: 10.0.44.12:80
        from: cluster
  register: prober

- name: Remove the pods
  aks.dataplane.aks_interruption_probe:
    resource_group: rg-prod
    name: aks-prod
    state: ended
    run: "{{ prober.run }}"
    targets: []
"""

RETURN = r"""
run:
  description: The id of what was created, for O(run).
  returned: success
  type: str
  sample: b0ba2a0a69
nodes:
  description: The nodes that have pods, with O(state=started).
  returned: success
  type: list
  elements: str
  sample: [aks-nodepool1-12345678-vmss000000]
left_out:
  description: The nodes that cannot have any, for example because they are not ready.
  returned: success
  type: list
  elements: str
  sample: []
swept:
  description: What a killed run had left of its pods, and was removed.
  returned: success
  type: list
  elements: str
  sample: []
left:
  description: What could not be removed within 90 seconds. The next run removes it.
  returned: success
  type: list
  elements: str
  sample: []
targets:
  description: With O(state=ended), what was measured of each target, as the run record keeps it.
  returned: success
  type: list
  elements: dict
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import HOME, KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._work.cluster_probe import ended, started
from ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe import IMAGE, NAMESPACE


def arguments() -> ArgumentSpec:
    probe_options = ArgumentSpec(
        {
            "state": {"type": "str", "choices": ["started", "ended"], "required": True},
            "targets": {"type": "list", "elements": "dict", "required": True},
            "seconds": {"type": "int", "default": 3600},
            "owner": {"type": "str"},
            "run": {"type": "str"},
            "changed_ago": {"type": "float"},
            "baseline": {"type": "float", "default": 60},
            "after": {"type": "float", "default": 150},
            "dead": {"type": "float", "default": 150},
            "namespace": {"type": "str", "default": NAMESPACE},
            "image": {"type": "str", "default": IMAGE},
        },
        required_if=(("state", "ended", ("run",)),),
    )
    return CLUSTER.merge(AZURE, KUBERNETES, SERVER, HOME, probe_options)


def body(module: AnsibleModule) -> None:
    act = started if module.params["state"] == "started" else ended
    module.exit_json(**act(module.params, module.check_mode))


def main() -> None:
    run_on_controller(Module(**arguments().to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
