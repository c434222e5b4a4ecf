#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_nftables_ruleset_info
short_description: Gather the managed nftables tables of a node and their drift
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Lists the tables of M(aks.dataplane.node_nftables_ruleset) on a Linux node, their drift, and whether they persist
    over a reboot. It only reads, and only the names of other tables.
extends_documentation_fragment:
  - aks.dataplane.attributes.node
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
attributes:
  async:
    support: full
requirements:
  - nft 1.0.1 or newer on the node
seealso:
  - module: aks.dataplane.node_nftables_ruleset
"""

EXAMPLES = r"""
- name: Gather the declared tables
  aks.dataplane.node_nftables_ruleset_info:
  become: true
  register: nftables

- name: Fail when a table has drifted
  ansible.builtin.assert:
    that: nftables.tables | selectattr('drift') | length == 0
    fail_msg: "{{ nftables.tables | selectattr('drift') | map(attribute='name') | join(', ') }}"
"""

RETURN = r"""
tables:
  description: The tables with a stamp, and those without one, but with a file for the next boot.
  returned: success
  type: list
  elements: dict
  contains:
    family:
      description: Family as nft spells it.
      type: str
    name:
      description: Name.
      type: str
    present:
      description: Whether the kernel has it.
      type: bool
    declared:
      description: Digest of its declaration. Null when the kernel does not have it.
      type: str
    listed:
      description: Digest of the table after it was applied. Null when elements with a timeout were declared, and when the kernel does not have it.
      type: str
    live:
      description: Digest of the current table. Null when the kernel does not have it.
      type: str
    nft:
      description: The version of nft for RV(tables[].listed).
      type: str
    drift:
      description: Whether the table has drifted. Null when the digests do not show it; a run of the module in check mode does.
      type: bool
    file:
      description: The file that restores it after a reboot, or null.
      type: str
    persisted:
      description: Whether that file is from the same declaration.
      type: bool
  sample:
    - family: inet
      name: blocklist
      present: true
      declared: 16177d8618f2372108575364
      listed: 89fc7a5e13b7a8265ce95ab0
      live: 89fc7a5e13b7a8265ce95ab0
      nft: 1.0.6
      drift: false
      file: /etc/aks-dataplane/nftables.d/inet.blocklist.nft
      persisted: true
persistence:
  description: The units that load the files.
  returned: success
  type: dict
  contains:
    systemd:
      description: Whether systemd runs the node.
      type: bool
    enabled:
      description: Whether the units exist and are enabled.
      type: bool
    active:
      description: Whether the unit that loads the tables is active, so that it follows C(nftables.service).
      type: bool
  sample:
    systemd: true
    enabled: true
    active: true
confirmation:
  description: The change that waits for its confirmation, or is being rolled back, or null.
  returned: success
  type: dict
  contains:
    state:
      description: V(pending) or V(rolling-back).
      type: str
    seconds:
      description: Seconds until the node rolls it back.
      type: int
  sample: null
nft:
  description: Version of nft.
  returned: success
  type: str
  sample: 1.0.6
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.ruleset_info import read_ruleset_info


def body(module: AnsibleModule) -> None:
    module.exit_json(changed=False, **read_ruleset_info(module.run_command))


def main() -> None:
    run_module(Module(argument_spec={}, supports_check_mode=True), body)


if __name__ == "__main__":
    main()
