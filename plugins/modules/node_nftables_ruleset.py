#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_nftables_ruleset
short_description: Manage nftables tables of a node
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Applies whole declared nftables tables to a Linux node, atomically in one transaction, and persists them over a reboot. All other tables stay
    unchanged and unread.
  - Compares declared and present rules as nft lists them, in any spelling. For that, it loads the declaration into a separate
    network namespace, and lists it there.
  - Changes only differences. Counters, quotas, limits and learned elements of sets stay unchanged. Where the module has to replace a table as a
    whole, it restores them.
  - A table of this module has an empty chain C(aks-dataplane-stamp). The module changes no table without it, unless O(adopt=true).
  - With O(confirm_timeout), the node rolls back the change unless Ansible reaches it over a new connection.
extends_documentation_fragment:
  - aks.dataplane.attributes.node
  - aks.dataplane.attributes
  - aks.dataplane.nft_ruleset
  - aks.dataplane.nft_tables
"""

EXAMPLES = r"""
- name: Apply the firewall of a node, with rollback when it locks Ansible out
  aks.dataplane.node_nftables_ruleset:
    tables:
      - family: inet
        name: node-firewall
        sets:
          - name: admins
            typeof: ip saddr
            flags: [interval]
            elements:
              - 10.0.0.0/8
              - element: 192.0.2.10
                comment: jump host
        chains:
          - name: input
            type: filter
            hook: input
            priority: filter
            policy: drop
            rules:
              - ct state established,related accept
              - iifname lo accept
              - meta l4proto { icmp, ipv6-icmp } accept
              - rule: ip saddr @admins tcp dport 22 accept
                comment: admins
              - rule: tcp dport { 10250, 30000-32767 } accept
                comment: kubelet, node ports
    confirm_timeout: 60
  become: true

- name: Block addresses before kube-proxy sees their packets
  aks.dataplane.node_nftables_ruleset:
    tables:
      - family: inet
        name: blocklist
        sets:
          - name: blocked
            typeof: ip saddr
            flags: [interval]
            auto_merge: true
            elements: [198.51.100.0/24, 203.0.113.7]
        chains:
          - name: early
            type: filter
            hook: prerouting
            priority: raw
            policy: accept
            rules:
              - ip saddr @blocked counter drop
    compare: hash
  become: true

- name: Declare a table as nft text
  aks.dataplane.node_nftables_ruleset:
    content: |
      define limited = { 53, 123 }
      table inet rate-limits {
        set seen {
          typeof ip saddr
          size 65535
          flags dynamic,timeout
          timeout 1m
        }
        chain input {
          type filter hook input priority filter + 10; policy accept;
          udp dport $limited add @seen { ip saddr limit rate over 100/second } drop
        }
      }
  become: true

- name: Apply tables from a file, with a backup of the previous ones
  aks.dataplane.node_nftables_ruleset:
    src: node.nft
    backup: true
  become: true

- name: Validate a file
  aks.dataplane.node_nftables_ruleset:
    src: node.nft
    validate_only: true

- name: Remove a table
  aks.dataplane.node_nftables_ruleset:
    tables:
      - family: inet
        name: blocklist
    state: absent
  become: true
"""

RETURN = r"""
tables:
  description: The change of each declared table.
  returned: success, but for O(validate_only=true)
  type: list
  elements: dict
  contains:
    family:
      description: Its family.
      type: str
    name:
      description: Its name.
      type: str
    method:
      description:
        - V(none) for no change, V(create), V(delete), V(delta) for a change of the differences, and V(replace) where that is not possible.
        - V(stamp) for a new stamp only, because the table is as declared, but comes from another program or another text.
      type: str
  sample:
    - family: inet
      name: blocklist
      method: delta
before:
  description: The previous tables. A digest covers everything except counters and learned elements.
  returned: success, but for O(validate_only=true)
  type: list
  elements: dict
  contains:
    family:
      description: Its family.
      type: str
    name:
      description: Its name.
      type: str
    digest:
      description: Null when there is no such table.
      type: str
  sample:
    - family: inet
      name: blocklist
      digest: 5ba1b1c8e6dd0ce6b40b0ff4
after:
  description: The same for the new tables, in check mode the predicted ones. Null where only a run can determine it.
  returned: success
  type: list
  elements: dict
  sample:
    - family: inet
      name: blocklist
      digest: 0a3d5a0a4f6a29df3f2a53d5
plan:
  description: The changes, one by one.
  returned: success, but for O(validate_only=true)
  type: list
  elements: dict
  contains:
    path:
      description: The table, and the part of it.
      type: str
    before:
      description: As nft lists it; null when it is new.
      type: str
    after:
      description: As nft lists it; null when it is removed.
      type: str
    disruption:
      description: Always V(none).
      type: str
    more:
      description: Number of further changes of rules of the chain, or of elements of the set. Only in an item without C(before) and C(after).
      type: int
  sample:
    - path: inet blocklist set blocked element
      before: null
      after: 192.0.2.0/24
      disruption: none
backup_file:
  description: The file on the node with the previous tables.
  returned: when O(backup=true) and tables that were there change
  type: str
  sample: /etc/aks-dataplane/backups/2026-11-22T03-40-12Z-012345678.nft
persisted:
  description: The state for the next boot.
  returned: success, but for O(validate_only=true)
  type: dict
  contains:
    files:
      description: The files of the tables.
      type: list
      elements: str
    changed:
      description: The files and links that were written or removed, in check mode the predicted ones.
      type: list
      elements: str
    loaded_at_boot:
      description: Whether systemd loads them.
      type: bool
  sample:
    files: [/etc/aks-dataplane/nftables.d/inet.blocklist.nft]
    changed: [/etc/aks-dataplane/nftables.d/inet.blocklist.nft]
    loaded_at_boot: true
confirmed:
  description: Whether the change was confirmed over a new connection.
  returned: when O(confirm_timeout) is set and the tables changed
  type: bool
  sample: true
rolled_back:
  description: Whether the change was rolled back.
  returned: when the tables changed, but were brought back
  type: bool
  sample: true
error:
  description: The cause of the failure.
  returned: failure
  type: dict
  contains:
    code:
      description: The error code, for example V(ForeignTable), V(InvalidDeclaration), V(OverlappingRun) or V(RolledBack).
      type: str
    message:
      description: The part.
      type: str
  sample:
    code: ForeignTable
    message: Table inet blocklist exists already, and this module did not create it.
    family: inet
    name: blocklist
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.controller_code import controller_code
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.ruleset import apply_ruleset


def body(module: AnsibleModule) -> None:
    module.exit_json(**apply_ruleset(module))


def main() -> None:
    # The action plugin checks tables, and makes text of them. Options that begin with _ are for it.
    spec = controller_code("_nft.tables_spec")
    arguments = {
        "content": {"type": "str"},
        "src": {"type": "path"},
        "tables": {"type": "list", "elements": "dict", "options": spec and spec.SUBOPTIONS},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "adopt": {"type": "bool", "default": False},
        "backup": {"type": "bool", "default": False},
        "persist": {"type": "bool", "default": True},
        "confirm_timeout": {"type": "int", "default": 0},
        "compare": {"type": "str", "choices": ["full", "hash"], "default": "full"},
        "validate_only": {"type": "bool", "default": False},
        "wire_confirm": {"type": "dict"},
        "wire_declared": {"type": "str"},
        "wire_origin": {"type": "str"},
        "wire_segments": {"type": "list", "elements": "raw"},
    }
    source = ["content", "src", "tables"]
    run_module(
        Module(argument_spec=arguments, mutually_exclusive=[source], required_one_of=[source], supports_check_mode=True),
        body,
    )


if __name__ == "__main__":
    main()
