# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Most of the documentation of node_nftables_ruleset. It is here because a module is sent to the node with all its text."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    support: full
    details:
      - Has the kernel check the transaction.
  diff_mode:
    support: full
  idempotent:
    support: full
  async:
    support: partial
    details:
      - Not together with O(confirm_timeout).
options:
  state:
    description:
      - V(present) applies the declared tables.
      - V(absent) removes them; only the families and names of the declaration count.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Whether to take over a third-party table of the same name. Undeclared content is lost.
      - The module still refuses tables of kube-proxy, firewalld, Azure, iptables-nft and other known programs.
    type: bool
    default: false
  backup:
    description: Whether to save the previous tables, with their counters, in a file on the node before a change. C(nft -f) restores them.
    type: bool
    default: false
  persist:
    description:
      - Whether the tables persist over a reboot. The module writes each to a separate file below C(/etc/aks-dataplane/nftables.d), and units of systemd
        named C(aks-dataplane-nftables) load them before the network is up, and again after C(nftables.service) was started, reloaded or stopped.
      - V(false) removes these files.
      - On a node without systemd, the module writes the files, but nothing loads them.
    type: bool
    default: true
  confirm_timeout:
    description:
      - Seconds in which a new connection has to confirm the change, or the node rolls it back. V(0) disables the confirmation.
      - Ansible confirms it within the same task. It tries until that time, and fails with RV(rolled_back=true) when the node has rolled back the change.
      - The module writes the files for the next boot after the confirmation.
    type: int
    default: 0
  compare:
    description:
      - V(full) lists the tables and compares them with the declaration.
      - V(hash) compares only the stamp on the tables with the declaration. It does not list rules and elements, which saves time
        with very many of them, but does not detect drift.
    type: str
    choices: [full, hash]
    default: full
  validate_only:
    description:
      - Whether to only check that nft and the kernel of the node accept the declaration. The module inspects nothing else on the node.
    type: bool
    default: false
  wire_confirm:
    description: "Internal: used by the action plugin to confirm a change."
    version_added: 1.0.0
    type: dict
  wire_declared:
    description: "Internal: used by the action plugin to pass the text."
    version_added: 1.0.0
    type: str
  wire_origin:
    description: "Internal: used by the action plugin to pass the source of the text."
    version_added: 1.0.0
    type: str
  wire_segments:
    description: "Internal: used by the action plugin to pass the source of each line of a text from O(tables)."
    version_added: 1.0.0
    type: list
    elements: raw
requirements:
  - nft 1.0.1 or newer on the node
  - jsonschema >= 4.18.0 on the controller, for O(tables)
notes:
  - Sets and maps of one plain type (C(type ipv4_addr)), maps from or to one, and maps inside of rules (C(ct state vmap { ... })) that nft 1.1.2 or newer
    makes crash an older nft, such as the 1.0.6 of kube-proxy. On a node with tables of kube-proxy the module refuses them when its nft is known to crash, and
    warns when its version is unknown. Sets and maps with C(typeof) do no harm, nor do those that kube-proxy's nft 1.0.6.1 reads.
  - The module refuses nodes with eBPF host routing, because packets of their pods bypass the rules.
  - The units F(nftables.service) of most distributions flush all rules when they are started, reloaded or stopped. On Kubernetes nodes,
    mask them; this module restores only the tables that it manages.
  - The kernel looks up a set or a map as it is at that moment, even for a packet that it judges by the old rules. When one run changes
    elements and the rules that use them, the kernel can judge a packet at that moment by the old rules and the new elements. Where not one packet may
    pass, split the change into two runs, the first of which only adds the closing rules.
  - In a container without the right to create network namespaces, the module compares tables by their bytecode, and replaces them as a whole when
    they are not from the same
    declaration. Counters and learned elements are lost then.
seealso:
  - module: aks.dataplane.node_nftables_ruleset_info
  - plugin: aks.dataplane.to_nft
    plugin_type: filter
"""
