# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter aks.dataplane.to_nft."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._common.errors import DataplaneError
from ..module_utils._nft.tables_option import from_tables
from ..plugin_utils._nft_schema import convert_tables

DOCUMENTATION = """
name: to_nft
short_description: Write nftables tables as nft text
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Turns tables as data into the text that C(nft -f) takes, for a review, for a DaemonSet or for documentation.
  - It is the text that M(aks.dataplane.node_nftables_ruleset) makes of the same data. Nothing is asked of a node, so names of interfaces, users and types
    are not looked up.
  - Loading the text adds to existing tables. The module replaces them.
positional: _input
options:
  _input:
    description: One table, or a list of them, in the shape of O(aks.dataplane.node_nftables_ruleset#module:tables).
    type: raw
    required: true
requirements:
  - jsonschema >= 4.18.0
seealso:
  - module: aks.dataplane.node_nftables_ruleset
"""

EXAMPLES = """
- name: Show a firewall as nft text
  ansible.builtin.debug:
    msg: "{{ tables | aks.dataplane.to_nft }}"
  vars:
    tables:
      - family: inet
        name: firewall
        sets:
          - name: office
            typeof: ip saddr
            flags: [interval]
            elements: [192.0.2.0/24, 198.51.100.0/24]
        chains:
          - name: input
            type: filter
            hook: input
            priority: filter
            policy: drop
            rules:
              - ct state established,related accept
              - iifname lo accept
              - rule: ip saddr @office tcp dport 22 accept
                comment: ssh from the office
"""

RETURN = """
_value:
  description: The tables as nft text.
  type: str
  sample: |
    table inet firewall {
        set office {
            typeof ip saddr
            flags interval
            elements = {
                192.0.2.0/24,
                198.51.100.0/24,
            }
        }
        chain input {
            type filter hook input priority filter; policy drop;
            ct state established,related accept
            iifname lo accept
            ip saddr @office tcp dport 22 accept comment "ssh from the office"
        }
    }
"""


def to_nft(tables: t.Any) -> str:
    """tables: one or a list. Raises AnsibleFilterError."""
    try:
        return from_tables(convert_tables([tables] if isinstance(tables, t.Mapping) else tables)).text
    except DataplaneError as exc:
        raise AnsibleFilterError(exc.message) from exc


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """By the name that templates use."""
        return {"to_nft": to_nft}
