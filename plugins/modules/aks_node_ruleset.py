#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_node_ruleset
short_description: Keep nftables tables on the nodes of an AKS cluster with a DaemonSet
version_added: 1.0.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Applies nftables tables to the nodes of a cluster with pods of a DaemonSet, so that nodes that AKS replaces or adds get them too.
  - The pods run the python3 and nft of the node on an image of which nothing is run. They hold no token, cannot escalate privileges, and have the network of
    the node with the capabilities NET_ADMIN and NET_RAW.
  - On every node a pod applies the tables in one transaction, checks them every 30 seconds, and repairs drift. It is ready while the tables are as declared.
  - Before a change, the API server checks the objects in a dry run, and a temporary DaemonSet checks the tables on every node. Nothing is changed where one
    of them refuses.
  - The rollout replaces O(max_unavailable) pods at a time. A node that loses its connection to the API server rolls back. Where the API server loses the
    pod of a node, or a node rolls back, the module rolls back all nodes and fails.
  - A run that was killed is continued by the next one.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - aks.dataplane.kubernetes.home
  - aks.dataplane.nft_tables
  - aks.dataplane.nft_text
  - aks.dataplane.waiting
attributes:
  check_mode:
    support: full
    description: In check mode there is only the dry run of the API server. Nodes on which the tables are not as declared are listed.
  diff_mode:
    support: full
  idempotent:
    support: full
  async:
    support: full
options:
  ruleset:
    description:
      - Name of the ruleset. A cluster can have several, of which no two may declare the same table on the same node.
      - At most 30 lower case letters, digits and hyphens, beginning with a letter and not ending with a hyphen.
    type: str
    required: true
  state:
    description:
      - V(present) applies the declared tables, and needs one of O(content), O(src) and O(tables).
      - V(absent) removes the tables from all nodes, verifies that, and then removes the objects from the cluster.
      - V(paused) leaves the tables as they are on the nodes, and repairs no drift until the next run with V(present).
    type: str
    choices: [present, absent, paused]
    default: present
  node_labels:
    description: Labels that a node needs to be selected.
    type: dict
  node_pools:
    description: Names of the node pools whose nodes are selected. All when not given.
    type: list
    elements: str
  node_os:
    description:
      - Operating systems whose nodes are selected, as the label C(kubernetes.azure.com/os-sku) has them, such as V(Ubuntu) or V(AzureLinux).
      - When not given, all Linux nodes are selected but those of V(AzureContainerLinux), V(AzureLinuxOSGuard) and V(Flatcar), which have no python3.
    type: list
    elements: str
  max_unavailable:
    description:
      - How many nodes the rollout changes at the same time, as a number or a percentage such as V(10%).
      - The first rollout, too, goes from node to node, after pods that do nothing yet have become available on all nodes.
    type: str
    default: "1"
  min_ready_seconds:
    description:
      - Seconds for which the tables of a node have to be as declared before the rollout goes on to the next one.
      - With less than 20 seconds, rules that cut off the kubelet can reach more than O(max_unavailable) nodes before this is noticed.
    type: int
    default: 30
  lockout_timeout:
    description: Seconds after a change in which a node has to reach the API server over a new connection, or it rolls back.
    type: int
    default: 60
  namespace:
    description:
      - The namespace for the objects, which must be there. C(docs/rights/kubernetes/ruleset.yml) of the collection creates it, with the permissions to use it.
      - Whoever may edit objects in it controls the firewall of every node.
    type: str
    default: aks-dataplane
  image:
    description:
      - The image of the pods. Nothing of it is run, so any image for Linux will do that the nodes have or can pull.
      - The default is on the nodes of AKS already.
    type: str
    default: mcr.microsoft.com/oss/v2/kubernetes/pause:3.6
  allow_cilium:
    description:
      - Whether to select nodes with Cilium, whose pods may bypass rules of the node.
      - Nodes with eBPF host routing are always refused, because packets of their pods bypass the rules.
    type: bool
    default: false
  keeper_update:
    description:
      - Whether to roll out the pods of this version of the collection, program and template, where the nodes run those of another version and the tables
        are as declared.
      - A change of the tables always brings it along.
    type: bool
    default: false
  adopt:
    description:
      - Whether to take over a third-party table of the same name. Undeclared content is lost.
      - Tables that M(aks.dataplane.node_nftables_ruleset) has applied are adopted without it.
      - The module still refuses tables of kube-proxy, firewalld, Azure, iptables-nft and other known programs.
    type: bool
    default: false
  render_to:
    description:
      - Path of a file on the machine that runs the module, to write the objects to as YAML. The cluster is not contacted then, and nothing in it is changed.
      - A run without this option recognizes objects that were applied from such a file.
      - The nodes do not check the tables before objects from a file are applied, Kubernetes makes the pods of a new DaemonSet on all nodes at the same time,
        and only the nodes themselves roll back.
    type: path
  wire_origin:
    description: "Internal: used by the action plugin to pass the source of the text."
    version_added: 1.0.0
    type: str
  wire_segments:
    description: "Internal: used by the action plugin to pass the source of each line of a text from O(tables)."
    version_added: 1.0.0
    type: list
    elements: raw
  wait:
    description:
      - Whether to wait until all selected nodes are as declared.
      - V(false) ends the module as soon as the rollout has begun, without rolling back by what is seen of it. The next run continues it.
      - While waiting, the module shows a line of progress when the phase changes and about once a minute. Check mode never waits.
  wait_timeout:
    description:
      - Seconds to wait. After them the module fails, and the next run continues the rollout.
    type: int
    default: 3600
notes:
  - A new node has the tables as soon as its pod runs, which is some seconds after the first pods of users can run on it.
  - To change the tables of a cluster is as far-reaching as root on its nodes. The guide about a firewall on AKS nodes describes the permissions.
requirements:
  - python3 3.9 or newer and nft 1.0.1 or newer on the nodes
  - jsonschema >= 4.18.0 on the controller, for O(tables)
seealso:
  - module: aks.dataplane.node_nftables_ruleset
  - module: aks.dataplane.aks_nodes_probe
  - plugin: aks.dataplane.to_nft
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Keep a firewall on all Linux nodes
  aks.dataplane.aks_node_ruleset:
    resource_group: rg-prod
    name: aks-prod
    ruleset: base
    src: firewall.nft

- name: Report nodes that are not as declared
  aks.dataplane.aks_node_ruleset:
    resource_group: rg-prod
    name: aks-prod
    ruleset: base
    src: firewall.nft
  check_mode: true

- name: Restrict the nodes of one pool, a tenth of them at a time
  aks.dataplane.aks_node_ruleset:
    resource_group: rg-prod
    name: aks-prod
    ruleset: databases
    node_pools: [db]
    max_unavailable: 10%
    tables:
      - family: inet
        name: databases
        chains:
          - name: input
            type: filter
            hook: input
            priority: filter
            rules:
              - tcp dport 5432 ip saddr != 10.0.0.0/8 drop

- name: Remove it from all nodes
  aks.dataplane.aks_node_ruleset:
    resource_group: rg-prod
    name: aks-prod
    ruleset: base
    state: absent

- name: Write the objects for a GitOps repository
  aks.dataplane.aks_node_ruleset:
    resource_group: rg-prod
    name: aks-prod
    ruleset: base
    src: firewall.nft
    render_to: clusters/aks-prod/firewall.yaml
"""

RETURN = r"""
state:
  description:
    - V(as declared) when the tables of all selected nodes are as declared.
    - V(drifted) when those of some nodes are not, which only check mode leaves so, and a keeper repairs within 30 seconds.
    - V(paused) and V(absent) as in O(state). V(rolling out) when the module did not wait for the end.
    - V(rendered) with O(render_to).
  returned: success
  type: str
  sample: as declared
digest:
  description: Digest of the declaration, 24 characters. Empty with O(state=absent).
  returned: success
  type: str
  sample: 6f1d0c7a52b7a1f3a44c61d2
ruleset:
  description: Name of the ruleset.
  returned: success
  type: str
  sample: base
nodes:
  description: Every selected node, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the node.
      type: str
    state:
      description:
        - V(as declared), V(undone) after a rollback on the node, V(refused), V(paused), V(removed), or V(not yet).
        - V(not ready) when the node is not ready, and V(unknown) when its pod or the log of its pod cannot be read.
      type: str
    digest:
      description: Digest of the declaration that the node has; empty when that is not known.
      type: str
    repairs:
      description: How often the pod has repaired drift since it started.
      type: int
    tables:
      description: The tables of the ruleset on this node.
      type: list
      elements: dict
      contains:
        family:
          description: Family of the table.
          type: str
        name:
          description: Name of the table.
          type: str
        state:
          description: V(as declared), V(created), V(changed), V(removed) or V(foreign).
          type: str
    message:
      description: What is wrong on the node; empty when nothing is.
      type: str
  sample:
    - name: aks-nodepool1-12345678-vmss000000
      state: as declared
      digest: 6f1d0c7a52b7a1f3a44c61d2
      repairs: 0
      tables:
        - {family: inet, name: firewall, state: as declared}
      message: ""
objects:
  description: The objects of the ruleset in the cluster.
  returned: success
  type: list
  elements: str
  sample:
    - ConfigMap aks-dataplane/aks-dataplane-ruleset-base-6f1d0c7a52b7
    - DaemonSet aks-dataplane/aks-dataplane-ruleset-base-amd64
    - DaemonSet aks-dataplane/aks-dataplane-ruleset-base-arm64
plan:
  description: What the module does, or would do without check mode, in sentences.
  returned: success
  type: list
  elements: str
  sample:
    - "Create the ruleset base on 3 nodes, 1 at a time."
keeper_update:
  description: Whether the nodes run the pods of another version of the collection, which O(keeper_update) would replace.
  returned: success
  type: bool
  sample: false
"""

from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module
from ansible_collections.aks.dataplane.plugins.module_utils._work.cluster_ruleset import apply_ruleset
from ansible_collections.aks.dataplane.plugins.module_utils._work.cluster_ruleset_options import arguments


def main() -> None:
    run_on_controller(Module(**arguments().to_kwargs(), supports_check_mode=True), apply_ruleset)


if __name__ == "__main__":
    main()
