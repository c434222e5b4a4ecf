# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the option that declares nftables tables as data."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  tables:
    description:
      - The tables as data. Rules and elements are in the language of nft; names, types and the rest have an option each.
      - Each rule and each element is one statement. The module refuses text that could end it.
      - Declare objects without an option here as text, such as C(flowtable), C(ct helper), C(ct timeout), C(secmark), C(synproxy) or C(flags offload).
    type: list
    elements: dict
    suboptions:
      family:
        description: The family of the table.
        type: str
        required: true
        choices: [ip, ip6, inet, arp, bridge, netdev]
      name:
        description: The name of the table. Letters, digits and C(_ . -), not beginning with a digit or C(-).
        type: str
        required: true
      comment:
        description: A comment, of up to 128 characters and without V(").
        type: str
      flags:
        description: V(dormant) makes the table's base chains see no packets.
        type: list
        elements: str
        choices: [dormant]
      chains:
        description:
          - The chains of the table.
          - A chain with O(tables[].chains[].type), O(tables[].chains[].hook) and O(tables[].chains[].priority), which go together, is a base chain
            that the kernel runs;
            one without them runs only by rules that jump to it.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the chain.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
          type:
            description: The type of a base chain.
            type: str
            choices: [filter, nat, route]
          hook:
            description: The hook of a base chain.
            type: str
            choices: [prerouting, input, forward, output, postrouting, ingress, egress]
          priority:
            description:
              - Order of base chains at a hook, lower ones first. A number, or one of the names V(raw), V(mangle), V(dstnat), V(filter), V(security), V(out) and
                V(srcnat), also with a number added or taken, such as V(filter - 10).
            type: str
          policy:
            description: Policy for packets without a verdict of a rule of a base chain. The kernel's default is to accept.
            type: str
            choices: [accept, drop]
          devices:
            description: The interfaces of a base chain at the hooks V(ingress) and V(egress).
            type: list
            elements: str
          rules:
            description:
              - The rules in their order. Each is the text of one rule, such as V(tcp dport 22 accept), or a dictionary with the keys C(rule), which is such
                a text, and C(comment).
              - Line ends within braces count as spaces.
            type: list
            elements: raw
      sets:
        description: Named sets. Each has one of O(tables[].sets[].type) and O(tables[].sets[].typeof).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the set, which no map of the table has.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
          type:
            description:
              - The type of the elements, such as V(ipv4_addr) or V(ipv4_addr . inet_service).
              - Next to kube-proxy use O(tables[].sets[].typeof), see the notes.
            type: str
          typeof:
            description: The expression whose type the elements have, such as V(ip saddr . tcp dport).
            type: str
          flags:
            description: V(interval) for ranges and prefixes, V(timeout) for elements that expire, V(dynamic) for sets that rules add to, V(constant) for
              sets that nothing changes while a rule uses them.
            type: list
            elements: str
            choices: [constant, interval, timeout, dynamic]
          timeout:
            description: Timeout of the elements, such as V(1h). A number without a unit is in seconds.
            type: str
          gc_interval:
            description: Interval in which the kernel removes expired elements of a set with a timeout, such as V(1m). A number without a unit is in seconds.
            type: str
          size:
            description: Maximum number of elements.
            type: int
          policy:
            description: Goal of the kernel's choice of the set type.
            type: str
            choices: [performance, memory]
          counter:
            description: Whether each element counts its packets and bytes.
            type: bool
          auto_merge:
            description: Whether neighbouring and overlapping intervals become one, in a set with the flag V(interval).
            type: bool
          elements:
            description: The elements. Each is text such as V(192.0.2.0/24), or a dictionary with the keys C(element), which is such a text, C(timeout) and
              C(comment).
            type: list
            elements: raw
      maps:
        description: Named maps. Each has one of O(tables[].maps[].type) and O(tables[].maps[].typeof).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the map, which no set of the table has.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
          type:
            description: 'The types of keys and values, such as V(inet_service : verdict) or V(ipv4_addr : mark).'
            type: str
          typeof:
            description: 'The expressions whose types keys and values have, such as V(ip daddr : meta mark).'
            type: str
          flags:
            description: As for sets.
            type: list
            elements: str
            choices: [constant, interval, timeout, dynamic]
          timeout:
            description: Timeout of the elements, such as V(1h). A number without a unit is in seconds.
            type: str
          size:
            description: Maximum number of elements.
            type: int
          policy:
            description: Goal of the kernel's choice of the map type.
            type: str
            choices: [performance, memory]
          counter:
            description: Whether each element counts its packets and bytes.
            type: bool
          elements:
            description: The elements.
            type: list
            elements: dict
            suboptions:
              key:
                description: The key, such as V(80).
                type: str
                required: true
              value:
                description: The value, such as V(accept) or V(jump web).
                type: str
                required: true
              timeout:
                description: Timeout of the element, such as V(1h). A number without a unit is in seconds.
                type: str
              comment:
                description: A comment, of up to 128 characters and without V(").
                type: str
      counters:
        description: Named counters, which rules refer to as C(counter name NAME).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the counter.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
      quotas:
        description: Named quotas, which rules refer to as C(quota name NAME).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the quota.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
          quota:
            description: The condition, such as V(over 25 mbytes) or V(until 1 mbytes).
            type: str
            required: true
      limits:
        description: Named limits, which rules refer to as C(limit name NAME).
        type: list
        elements: dict
        suboptions:
          name:
            description: The name of the limit.
            type: str
            required: true
          comment:
            description: A comment, of up to 128 characters and without V(").
            type: str
          rate:
            description: The condition, such as V(10/second burst 5 packets) or V(over 1 mbytes/second).
            type: str
            required: true
"""
