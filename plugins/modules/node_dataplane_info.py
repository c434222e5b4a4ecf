#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_dataplane_info
short_description: Gather the state of kube-proxy and of other packet filters from the kernel of a node
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Runs on a Linux node and returns the mode of kube-proxy that its kernel shows, the leftovers of other modes, the third-party rules that can affect
    kube-proxy, and the data for the prerequisites of eBPF host routing.
  - Needs only Python 3.9 or newer on the node. It only reads. It neither creates tables nor loads kernel modules, and never lists the sets of
    nf_tables.
extends_documentation_fragment:
  - aks.dataplane.attributes.node
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
attributes:
  async:
    support: full
options:
  monitor_lines:
    description:
      - Whether to return the rules of iptables line by line, as the iptables monitor of AKS reads them, to predict its verdict.
      - A node with 5,000 services in the iptables mode of kube-proxy has 55,000 such lines, about 10 MB.
    type: bool
    default: false
notes:
  - A stopped kube-proxy leaves its rules in place. The rules in the kernel therefore do not verify that kube-proxy runs.
seealso:
  - module: aks.dataplane.aks_dataplane_status_info
    description: The state that kube-proxy reports through the Kubernetes API server.
"""

EXAMPLES = r"""
- name: Inspect a node
  aks.dataplane.node_dataplane_info:
  become: true
  register: node

- name: Show the leftovers of other modes of kube-proxy
  ansible.builtin.debug:
    msg: "{{ node.kube_proxy.leftovers }}"

- name: Read the rules for the verdict of the iptables monitor of AKS
  aks.dataplane.node_dataplane_info:
    monitor_lines: true
  become: true
  register: node
"""

RETURN = r"""
os:
  description: Operating system, from C(/etc/os-release). Missing values are null.
  returned: success
  type: dict
  contains:
    id:
      description: Name of the distribution, for example V(ubuntu) or V(azurelinux).
      type: str
    version:
      description: Version of the distribution.
      type: str
    pretty_name:
      description: Readable name and version.
      type: str
  sample:
    id: debian
    version: "12"
    pretty_name: Debian GNU/Linux 12 (bookworm)
kernel:
  description: Release of the running kernel.
  returned: success
  type: str
  sample: 6.1.0-39-amd64
machine:
  description: Architecture.
  returned: success
  type: str
  sample: x86_64
tools:
  description: Programs for packet filters. Null for a program that is not installed.
  returned: success
  type: dict
  contains:
    nft:
      description: C(version) of nft.
      type: dict
    iptables:
      description:
        - C(version) and C(backend) of iptables, and the C(backends) that the node has programs for.
        - A backend is V(nf_tables) or V(legacy).
      type: dict
    ip6tables:
      description: The same for ip6tables.
      type: dict
  sample:
    nft:
      version: 1.0.6
    iptables:
      version: 1.8.9
      backend: nf_tables
      backends: [legacy, nf_tables]
    ip6tables:
      version: 1.8.9
      backend: nf_tables
      backends: [legacy, nf_tables]
lsm:
  description: Active Linux security modules; null when the kernel does not report them.
  returned: success
  type: list
  elements: str
  sample: [lockdown, capability, landlock, yama, apparmor, bpf]
cgroup2:
  description: Whether C(/sys/fs/cgroup) is the unified hierarchy of version 2.
  returned: success
  type: bool
  sample: true
kube_proxy:
  description: The state of kube-proxy in the kernel.
  returned: success
  type: dict
  contains:
    mode:
      description:
        - V(iptables), V(ipvs) or V(nftables) when the kernel has all rules of this mode and no active rules of another one.
        - V(mixed) when it has all rules of more than one mode, for example after a change between iptables and ipvs, because neither removes the other's rules.
        - V(unknown) when it has only some rules of a mode, or none and something could not be read.
        - V(none) without rules, or with ineffective leftovers only.
      type: str
    evidence:
      description: The evidence for the mode.
      type: list
      elements: str
    leftovers:
      description:
        - Rules that kube-proxy wrote in another mode than C(mode). When that is V(mixed) or V(unknown), all rules that it
          wrote, because the leftover part is unknown.
        - Chains that kubelet creates as well, such as KUBE-FIREWALL, and tables of iptables without such chains are not leftovers.
      type: list
      elements: dict
      contains:
        of:
          description: The mode that created it, V(iptables), V(ipvs) or V(nftables).
          type: str
        kind:
          description: V(chain) (of iptables), V(nft_table), V(interface), V(ipvs_service) or V(ipset).
          type: str
        name:
          description:
            - Its name. Chains with a hash in their name are one entry, for example V(KUBE-SVC-*).
            - For V(ipvs_service), the protocol, V(tcp), V(udp), V(sctp) or V(fwm).
          type: str
        table:
          description: The table of a chain, else null.
          type: str
        family:
          description: V(ipv4) or V(ipv6); of an nft table V(ip) or V(ip6); else null.
          type: str
        backend:
          description: Of a chain, the backend that has it, V(nf_tables) or V(legacy); else null.
          type: str
        count:
          description: Number of these.
          type: int
  sample:
    mode: nftables
    evidence:
      - nft table ip kube-proxy
      - nft table ip6 kube-proxy
    leftovers:
      - of: iptables
        kind: chain
        name: KUBE-MARK-MASQ
        table: nat
        family: ipv4
        backend: nf_tables
        count: 1
foreign_jumps:
  description:
    - Third-party rules that jump into chains of kube-proxy, neither in a chain of kube-proxy or kubelet nor rules of kube-proxy that jump
      there. With such rules, kube-proxy cannot remove its chains.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: The program that shows the rule, for example V(iptables-nft) or V(ip6tables-legacy).
      type: str
    family:
      description: V(ipv4) or V(ipv6).
      type: str
    table:
      description: Name of the table.
      type: str
    chain:
      description: The chain that the rule is in.
      type: str
    to:
      description: The chain of kube-proxy.
      type: str
    rule:
      description: The rule.
      type: str
  sample:
    - source: iptables-nft
      family: ipv4
      table: nat
      chain: HOSTPORT
      to: KUBE-MARK-MASQ
      rule: -A HOSTPORT -s 10.244.1.0/24 -j KUBE-MARK-MASQ
foreign_drops:
  description:
    - Base chains for incoming and forwarded traffic that drop or reject some of it, by their policy, by their rules, or in chains that they jump to.
      Drops of kube-proxy and kubelet do not count.
    - Without the families bridge and arp.
  returned: success
  type: list
  elements: dict
  contains:
    source:
      description: V(nftables), or the program that shows the rules, for example V(iptables-nft).
      type: str
    family:
      description: V(ipv4) or V(ipv6); when C(source) is V(nftables), as nft spells it, for example V(inet).
      type: str
    table:
      description: Name of the table.
      type: str
    chain:
      description: Name of the base chain.
      type: str
    hook:
      description: V(prerouting), V(input), V(forward) or V(ingress).
      type: str
    owner:
      description:
        - The program that created it, if known, for example V(aks), V(cilium), V(kube-router), V(firewalld) or V(aks-dataplane); else V(unknown).
        - Each owner has a separate entry.
      type: str
    policy:
      description: Policy of the base chain, V(accept) or V(drop).
      type: str
    rules:
      description: Number of rules that drop or reject.
      type: int
    verdict_maps:
      description: Number of rules of nftables that leave the decision to a map. Maps are not read, so these may drop as well.
      type: int
    samples:
      description: The first three of the rules.
      type: list
      elements: str
  sample:
    - source: iptables-nft
      family: ipv4
      table: filter
      chain: INPUT
      hook: input
      owner: unknown
      policy: drop
      rules: 1
      verdict_maps: 0
      samples:
        - -A INPUT -s 203.0.113.7/32 -j DROP
    - source: nftables
      family: inet
      table: fw
      chain: in
      hook: input
      owner: unknown
      policy: accept
      rules: 1
      verdict_maps: 0
      samples:
        - 'inet fw in handle 4 comment "closed": drops'
nft_tables:
  description: All tables of nf_tables, those of iptables-nft among them.
  returned: success
  type: list
  elements: dict
  contains:
    family:
      description: Family as nft spells it, for example V(ip), V(ip6) or V(inet).
      type: str
    name:
      description: Name.
      type: str
    owner:
      description:
        - The program that created it, if known, for example V(kube-proxy), V(iptables-nft), V(aks) or V(firewalld); else V(unknown).
        - V(aks-dataplane) for a table that M(aks.dataplane.node_nftables_ruleset) declared.
      type: str
    nft:
      description: Version of the nft that created it.
      returned: when C(owner) is V(aks-dataplane)
      type: str
  sample:
    - family: ip
      name: kube-proxy
      owner: kube-proxy
    - family: ip
      name: filter
      owner: iptables-nft
    - family: inet
      name: node-firewall
      owner: aks-dataplane
      nft: 1.0.6
crashing_sets:
  description:
    - The sets and maps of nf_tables that the nft of kube-proxy crashes on, as nft up to 1.0.6 does on those of one plain type that nft 1.1.2 or newer has made,
      or may crash on, where kube-proxy does not run or its version of nft cannot be seen. A name that begins with C(__) is that of a map in a rule.
    - Null when they could not be read.
  returned: success
  type: list
  elements: dict
  contains:
    family:
      description: Family of the table.
      type: str
    table:
      description: Name of the table.
      type: str
    name:
      description: Name of the set or map.
      type: str
  sample: []
nat_chains:
  description:
    - Of V(ipv4) and V(ipv6), the base chains of nf_tables that translate addresses and are not in a table of kube-proxy, as C(family table chain), and the
      table nat of iptables-legacy.
    - Without any of them, the kernel forgets the translation of established connections when kube-proxy switches from mode nftables to mode iptables.
  returned: success
  type: dict
  sample:
    ipv4: [ip nat PREROUTING, ip nat POSTROUTING]
    ipv6: []
monitor_lines:
  description:
    - For V(ipv4) and V(ipv6), for each of the tables V(nat), V(mangle), V(filter), V(raw) and V(security), the lines that the iptables monitor of AKS matches,
      in its order. Null for a table that cannot be listed; the monitor passes over such a table.
    - They are read with the programs C(iptables) and C(ip6tables) of the node, so from the backend in RV(tools).
    - A missing table has the lines that iptables would print.
    - Where iptables prints a warning in front of a table, for example of one with third-party base chains, the monitor sees no line of it, so the
      list is empty.
  returned: when O(monitor_lines=true)
  type: dict
  sample:
    ipv4:
      nat:
        - -P PREROUTING ACCEPT
        - -P INPUT ACCEPT
        - -P OUTPUT ACCEPT
        - -P POSTROUTING ACCEPT
        - -N KUBE-MARK-MASQ
        - -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      mangle: [-P PREROUTING ACCEPT, -P INPUT ACCEPT, -P FORWARD ACCEPT, -P OUTPUT ACCEPT, -P POSTROUTING ACCEPT]
      filter: null
      raw: [-P PREROUTING ACCEPT, -P OUTPUT ACCEPT]
      security: [-P INPUT ACCEPT, -P FORWARD ACCEPT, -P OUTPUT ACCEPT]
    ipv6:
      nat: [-P PREROUTING ACCEPT, -P INPUT ACCEPT, -P OUTPUT ACCEPT, -P POSTROUTING ACCEPT]
      mangle: [-P PREROUTING ACCEPT, -P INPUT ACCEPT, -P FORWARD ACCEPT, -P OUTPUT ACCEPT, -P POSTROUTING ACCEPT]
      filter: [-P INPUT ACCEPT, -A INPUT -j KUBE-FIREWALL, -P FORWARD ACCEPT, -P OUTPUT ACCEPT, -A OUTPUT -j KUBE-FIREWALL, -N KUBE-FIREWALL]
      raw: [-P PREROUTING ACCEPT, -P OUTPUT ACCEPT]
      security: [-P INPUT ACCEPT, -P FORWARD ACCEPT, -P OUTPUT ACCEPT]
monitor_errors:
  description: Why tables of RV(monitor_lines) are null.
  returned: when O(monitor_lines=true)
  type: list
  elements: dict
  contains:
    family:
      description: V(ipv4) or V(ipv6).
      type: str
    table:
      description: Name of the table.
      type: str
    error:
      description: The message of the program.
      type: str
  sample:
    - family: ipv4
      table: filter
      error: "iptables v1.8.9 (nf_tables): table `filter' is incompatible, use 'nft' tool."
unread:
  description: The parts that could not be read, and why. The rest of the result can lack data of them.
  returned: success
  type: list
  elements: dict
  contains:
    what:
      description: The part.
      type: str
    reason:
      description: Why it could not be read.
      type: str
  sample:
    - what: rules of table nat (ipv4, legacy)
      reason: iptables-legacy is not installed
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module, run_module
from ansible_collections.aks.dataplane.plugins.module_utils._node.host import Host
from ansible_collections.aks.dataplane.plugins.module_utils._node.netlink_rule_socket import NftRuleKernel
from ansible_collections.aks.dataplane.plugins.module_utils._node.node_reader import NodeReader


def body(module: AnsibleModule) -> None:
    module.exit_json(changed=False, **NodeReader(Host(module.run_command), NftRuleKernel()).read(module.params["monitor_lines"]))


def main() -> None:
    arguments = {"monitor_lines": {"type": "bool", "default": False}}
    run_module(Module(argument_spec=arguments, supports_check_mode=True), body)


if __name__ == "__main__":
    main()
