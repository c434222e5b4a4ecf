#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_nodes_info
short_description: Look at the packet filter of every node of an AKS cluster, without ssh
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Returns for every node what M(aks.dataplane.node_dataplane_info) returns for the node that it runs on, by the same rules, as far as it can be seen
    through the Kubernetes API server.
  - Runs C(nft), C(iptables), C(ip6tables) and C(ipset) in the pods that AKS itself runs on every node, kube-proxy's or Cilium's (C(pods/exec)). These
    commands only list. No shell is run, and nothing is created, neither in the cluster nor on the nodes.
  - The names of tables, chains and sets are read first, then the rules of what is not kube-proxy's. That is 125 kB for a node with 5,000 Services in the
    iptables mode, and never more than 280 kB.
  - On a node with kube-proxy, tables of nftables, third-party rules and leftovers of other modes are seen. On a node with Cilium, the rules are read that the
    iptables monitor of AKS reads, for its verdict to be predicted.
  - A node that cannot be looked at is a result with its reason, and no failure. The module fails when it may not run commands at all.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - aks.dataplane.kubernetes.home
attributes:
  async:
    support: full
options:
  nodes:
    description:
      - Names of the nodes to look at, as Kubernetes has them.
      - All when not given.
    type: list
    elements: str
  if_allowed:
    description:
      - Whether to ask the API server first if commands may be run at all. Where they may not, nothing is looked at, and RV(grant) says what would allow it.
      - With V(false) the module fails there.
    type: bool
    default: false
  kubernetes_via:
    description:
      - How to reach the API server. Only V(direct) is taken here. V(command), AKS's run command, is refused with the reason, since defaults of a module
        group may set it for other modules.
      - A look takes nine commands on a node, each chosen by the answers to those before it, and up to 280 kB. The output of one run command is limited to
        512 kB, so it would take several run commands for every one or two nodes, each of which creates a pod.
    type: str
    choices: [direct, command]
    default: direct
  timeout:
    description: Seconds after which nodes that were not looked at yet are left out. The module then ends with what it has.
    type: int
    default: 300
notes:
  - The right C(pods/exec) in C(kube-system) is in effect root on the nodes. The guide to switch a real cluster says what it is worth, and how to do without it.
  - What the pods cannot show, for example the version of the node's own nft, is named in C(not_seen) of each observation and is null.
seealso:
  - module: aks.dataplane.node_dataplane_info
  - module: aks.dataplane.aks_preflight_info
"""

EXAMPLES = r"""
- name: Look at every node
  aks.dataplane.aks_nodes_info:
    resource_group: rg-prod
    name: aks-prod
  register: look

- name: Check whether the cluster can take nftables, its nodes included
  aks.dataplane.aks_preflight_info:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
    node_observations: "{{ look.observations }}"

- name: Show which nodes could not be looked at, and why
  ansible.builtin.debug:
    msg: "{{ look.nodes | selectattr('state', 'eq', 'not_seen') }}"
"""

RETURN = r"""
observations:
  description:
    - What was seen, by the name of the node, in the shape of the result of M(aks.dataplane.node_dataplane_info). The option C(node_observations) of
      M(aks.dataplane.aks_preflight_info) takes it as it is.
    - Only nodes with Cilium have C(monitor_lines) and C(monitor_errors). C(tools) are the programs of the pod.
    - C(via) is V(exec).
    - C(not_seen) has the fields that cannot be seen this way on any node, each with C(field) and C(reason). Such a field is null, or lacks something.
      With C(cut_off=true) the field can be seen, but only a part of it on this node, and the preflight rules that need it are not checked there.
    - C(unread) has what could be seen this way, but could not be read on this node.
    - C(nft_crash) has the command and the signal where the nft of kube-proxy's image crashed on the tables of the node, else it is null. kube-proxy in
      nftables mode runs this very program.
  returned: success
  type: dict
  sample:
    aks-nodepool1-12345678-vmss000000:
      os:
        id: null
        version: null
        pretty_name: Ubuntu 24.04.3 LTS
      kernel: 6.8.0-1034-azure
      machine: x86_64
      lsm: null
      cgroup2: null
      tools:
        nft:
          version: null
        iptables: &tool
          version: 1.8.9
          backend: nf_tables
          backends: [nf_tables]
        ip6tables: *tool
      kube_proxy:
        mode: nftables
        evidence: [nft table ip kube-proxy, nft table ip6 kube-proxy]
        leftovers: []
      foreign_jumps: []
      foreign_drops: []
      nft_tables:
        - family: ip
          name: kube-proxy
          owner: kube-proxy
        - family: ip6
          name: kube-proxy
          owner: kube-proxy
      nat_chains:
        ipv4: []
        ipv6: []
      unread: []
      via: exec
      not_seen:
        - field: tools.nft
          reason: it needs files or programs of the node itself
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
      pod: kube-proxy-7xk2p
      container: kube-proxy
      pool: nodepool1
      ready: true
      schedulable: true
    - name: aks-nodepool1-12345678-vmss000001
      state: not_seen
      reason: the node is not ready, so that nothing can be run on it
      pod: null
      container: null
      pool: nodepool1
      ready: false
      schedulable: true
grant:
  description:
    - The command that would allow it, where O(if_allowed=true) and commands may not be run; else empty.
    - C(NAME) stands for the user that the kubeconfig is for.
  returned: success
  type: str
  sample: ""
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
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import HOME, KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._work.api_server import COMMAND, DIRECT
from ansible_collections.aks.dataplane.plugins.module_utils._work.nodes_look import look


def arguments() -> ArgumentSpec:
    look_options = ArgumentSpec(
        {
            "nodes": {"type": "list", "elements": "str"},
            "if_allowed": {"type": "bool", "default": False},
            "kubernetes_via": {"type": "str", "choices": [DIRECT, COMMAND], "default": DIRECT},
            "timeout": {"type": "int", "default": 300},
        }
    )
    return CLUSTER.merge(AZURE, KUBERNETES, SERVER, HOME, look_options)


def body(module: AnsibleModule) -> None:
    if module.params["kubernetes_via"] == COMMAND:
        raise DataplaneError(
            "Nodes cannot be looked at by AKS's run command, because its output is limited to 512 kB, which is enough for one or two nodes.",
            remedy="Run where the API server can be reached, with kubernetes_via=direct, or look at the nodes over ssh with node_dataplane_info.",
            code="InvalidInput",
        )
    module.exit_json(changed=False, **look(module.params))


def main() -> None:
    run_on_controller(Module(**arguments().to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
