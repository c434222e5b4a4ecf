#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_nftables_ruleset_info
short_description: Tell which nftables tables of a node are declared, and whether they are still as declared
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Tells of the tables that M(aks.dataplane.node_nftables_ruleset) made on a Linux node, whether others have changed them since, and whether they will be
    there after a reboot. It only reads, and of other tables no more than their names.
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
- name: Look at the declared tables
  aks.dataplane.node_nftables_ruleset_info:
  become: true
  register: nftables

- name: Fail when somebody changed one of them
  ansible.builtin.assert:
    that: nftables.tables | selectattr('drift') | length == 0
    fail_msg: "{{ nftables.tables | selectattr('drift') | map(attribute='name') | join(', ') }}"
"""

RETURN = r"""
tables:
  description: The tables that carry a stamp, and those that have none, but a file for the next boot.
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
      description: Digest of the declaration that it was made from. Null when the kernel does not have it.
      type: str
    listed:
      description: Digest of what that became. Null when elements with a timeout were declared, and when the kernel does not have it.
      type: str
    live:
      description: Digest of what it is now. Null when the kernel does not have it.
      type: str
    nft:
      description: The version of nft that RV(tables[].listed) is from.
      type: str
    drift:
      description: Whether others have changed it. Null when that cannot be told from the digests; a run of the module in check mode tells.
      type: bool
    file:
      description: The file that brings it back after a reboot; null when there is none.
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
  description: What loads the files.
  returned: success
  type: dict
  contains:
    systemd:
      description: Whether systemd runs the node.
      type: bool
    enabled:
      description: Whether the units are there and enabled.
      type: bool
    active:
      description: Whether the unit that loads the tables is active, so that it hears of what happens to C(nftables.service).
      type: bool
  sample:
    systemd: true
    enabled: true
    active: true
confirmation:
  description: The change that waits for its confirmation, or is being undone; null when there is none.
  returned: success
  type: dict
  contains:
    state:
      description: V(pending) or V(rolling-back).
      type: str
    seconds:
      description: Seconds until the node undoes it.
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
