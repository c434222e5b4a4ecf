#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_nodes_probe
short_description: Look at every node of an AKS cluster with temporary pods
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Returns for every node what M(aks.dataplane.node_dataplane_info) returns for the node that it runs on, without ssh, and without running commands in the
    pods of AKS.
  - Creates a ConfigMap with a program and a DaemonSet for each architecture, reads what their pods print, and removes them again, also after a failure.
  - The pods run the python3 of the node on an image of which nothing is run. They mount folders of the node read-only, hold no token and cannot escalate
    privileges. They have the network of the node, and the capabilities NET_ADMIN and NET_RAW, without which its packet filter cannot be read.
  - Before that, the API server is asked with a dry run whether it would take them. The module fails with the remedy where Pod Security, a quota, a limit
    range or an admission policy refuses them.
  - A run that was killed leaves its objects behind. The next run removes them, as soon as the killed one is known to have ended.
  - A node that cannot be looked at is a result with its reason, and no failure.
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
    description: In check mode there is only the dry run, and no node is looked at.
  diff_mode:
    support: none
  idempotent:
    support: full
  async:
    support: full
options:
  namespace:
    description:
      - The namespace for the pods, which must be there. C(docs/rights/kubernetes/pods.yml) of the collection creates it, with the permissions to use it.
      - Give it nothing else to hold, because it must allow privileged pods.
    type: str
    default: aks-dataplane
  image:
    description:
      - The image of the pods. Nothing of it is run, so any image for Linux will do that the nodes have or can pull.
      - The default is on the nodes of AKS already.
    type: str
    default: mcr.microsoft.com/oss/v2/kubernetes/pause:3.6
  nodes:
    description:
      - Names of the nodes to look at, as Kubernetes has them.
      - All when not given.
    type: list
    elements: str
  monitor_lines:
    description: Whether to list the rules that the iptables monitor of AKS reads, which only matters for eBPF host routing.
    type: bool
    default: false
  timeout:
    description:
      - Seconds after which nodes that have not answered yet are left out. The module then ends with what it has.
      - Up to 90 more seconds are needed to remove the pods.
    type: int
    default: 300
notes:
  - Who may create pods in a namespace that allows privileged ones is root on the nodes. The guide about a real cluster compares the permissions.
  - On nodes without python3 3.9 or newer, such as those of Azure Container Linux, nothing is seen. M(aks.dataplane.aks_nodes_info) does not need it.
seealso:
  - module: aks.dataplane.aks_nodes_info
  - module: aks.dataplane.node_dataplane_info
  - module: aks.dataplane.aks_preflight_info
"""

EXAMPLES = r"""
- name: Look at every node with temporary pods
  aks.dataplane.aks_nodes_probe:
    resource_group: rg-prod
    name: aks-prod
  register: look

- name: Check whether the cluster can take nftables, its nodes included
  aks.dataplane.aks_preflight_info:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
    node_observations: "{{ look.observations }}"
"""

RETURN = r"""
observations:
  description:
    - What was seen, by the name of the node, in the shape of the result of M(aks.dataplane.node_dataplane_info). The option C(node_observations) of
      M(aks.dataplane.aks_preflight_info) takes it as it is.
    - C(via) is V(pods), C(not_seen) is empty, and C(nft_crash) is null.
    - C(unread) has what could not be read on this node.
  returned: success
  type: dict
  sample:
    aks-nodepool1-12345678-vmss000000:
      os: {id: ubuntu, version: null, pretty_name: Ubuntu 24.04.3 LTS}
      kernel: 6.18.44-fc-v595
      machine: x86_64
      tools:
        nft: {version: 1.0.6}
        iptables: {version: 1.8.9, backend: nf_tables, backends: [legacy, nf_tables]}
      lsm: null
      cgroup2: false
      kube_proxy:
        mode: iptables
        evidence:
          - chains KUBE-SERVICES and KUBE-NODEPORTS in table nat (ipv4, nf_tables)
          - chains KUBE-SERVICES and KUBE-NODEPORTS in table nat (ipv6, nf_tables)
        leftovers: []
      foreign_jumps: []
      foreign_drops: []
      nft_tables:
        - {family: ip, name: mangle, owner: iptables-nft}
        - {family: ip, name: filter, owner: iptables-nft}
        - {family: ip, name: nat, owner: iptables-nft}
        - {family: ip6, name: mangle, owner: iptables-nft}
        - {family: ip6, name: nat, owner: iptables-nft}
        - {family: ip6, name: filter, owner: iptables-nft}
      crashing_sets: []
      nat_chains:
        ipv4: [ip nat OUTPUT, ip nat PREROUTING, ip nat POSTROUTING]
        ipv6: [ip6 nat OUTPUT, ip6 nat PREROUTING, ip6 nat POSTROUTING]
      unread: []
      via: pods
      not_seen: []
      nft_crash: null
nodes:
  description: Every node that was to be looked at, sorted by name.
  returned: success
  type: list
  elements: dict
  contains: # tools/copies looked_at_node
    name:
      description: Name of the node.
      type: str
    state:
      description:
        - V(seen), or V(partly_seen) when something could not be read on it.
        - V(not_seen) when nothing has answered on it.
        - V(not_applicable) for Windows nodes and virtual nodes.
      type: str
    reason:
      description: Why it is not V(seen), else empty.
      type: str
    pod:
      description: The pod on it in which the commands ran; null without one.
      type: str
    container:
      description: The container in that pod; null without one.
      type: str
    pool:
      description: Name of its node pool, empty without one.
      type: str
    ready:
      description: Whether the node is ready.
      type: bool
    schedulable:
      description: Whether pods may be scheduled to it. Cordoned nodes are inspected like all others.
      type: bool
  sample:
    - name: aks-nodepool1-12345678-vmss000000
      state: seen
      reason: ""
      pod: aks-dataplane-look-b0ba2a0a69-amd64-55sfh
      container: look
      pool: nodepool1
      ready: true
      schedulable: true
    - name: aks-nodepool1-12345678-vmss000001
      state: not_seen
      reason: the node is not ready, so that no pod can be started on it
      pod: null
      container: null
      pool: nodepool1
      ready: false
      schedulable: true
probers_left:
  description:
    - What interrupted runs of M(aks.dataplane.aks_interruption_probe) left in O(namespace). The next run of that module removes it.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the ConfigMap; those of its pods begin with it.
      type: str
    removal:
      description: The command that removes them.
      type: str
  sample: []
swept:
  description: What an earlier run had left, and was removed.
  returned: success
  type: list
  elements: str
  sample: []
left:
  description: What could not be removed within 90 seconds, for example a pod on a node that has died. The next run removes it.
  returned: success
  type: list
  elements: str
  sample: []
missing: # tools/copies missing_nodes
  description: Names in O(nodes) without a node in the cluster.
  returned: success
  type: list
  elements: str
  sample: []
counts: # tools/copies node_counts
  description: How many nodes are in each state.
  returned: success
  type: dict
  contains:
    seen:
      description: Number of nodes that were seen.
      type: int
    partly_seen:
      description: Number of nodes on which something could not be read.
      type: int
    not_seen:
      description: Number of nodes on which nothing has answered.
      type: int
    not_applicable:
      description: Number of Windows nodes and virtual nodes.
      type: int
  sample: {seen: 1, partly_seen: 0, not_seen: 1, not_applicable: 0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import HOME, KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_probe import IMAGE, NAMESPACE, probe


def arguments() -> ArgumentSpec:
    probe_options = ArgumentSpec(
        {
            "namespace": {"type": "str", "default": NAMESPACE},
            "image": {"type": "str", "default": IMAGE},
            "nodes": {"type": "list", "elements": "str"},
            "monitor_lines": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 300},
        }
    )
    return CLUSTER.merge(AZURE, KUBERNETES, SERVER, HOME, probe_options)


def body(module: AnsibleModule) -> None:
    module.exit_json(**probe(module.params, module.check_mode))


def main() -> None:
    run_on_controller(Module(**arguments().to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
