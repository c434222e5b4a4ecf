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
      - The kernel is asked whether it would take the transaction.
  diff_mode:
    support: full
  idempotent:
    support: full
  async:
    support: partial
    details:
      - Not together with O(confirm_timeout).
options:
  content:
    description:
      - The tables as nft text, of blocks C(table FAMILY NAME { ... }), definitions (C(define)) and comments.
      - Other commands, such as C(flush), C(delete) or C(include), are refused.
    type: str
  src:
    description:
      - A file on the controller with such text. It is searched for as M(ansible.builtin.copy) does it, in the folder C(files) of the role or play first.
    type: path
  state:
    description:
      - With V(present), the tables are made to be as declared.
      - With V(absent), they are removed; of the declaration only their families and names matter.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Whether to take over a table of the same name that this module did not make. What is in it and is not declared is lost.
      - Tables of kube-proxy, firewalld, Azure, iptables-nft and other known programs are refused even so.
    type: bool
    default: false
  backup:
    description: Whether to write the tables as they were, with their counters, to a file on the node before they change. C(nft -f) brings them back.
    type: bool
    default: false
  persist:
    description:
      - Whether the tables are to be there after a reboot. Each is written to a file of its own below C(/etc/aks-dataplane/nftables.d), and units of systemd
        named C(aks-dataplane-nftables) load them before the network is up, and again after C(nftables.service) was started, reloaded or stopped.
      - With V(false), such a file is removed.
      - Where systemd does not run the node, the files are written, but nothing loads them.
    type: bool
    default: true
  confirm_timeout:
    description:
      - Seconds in which the change has to be confirmed over a new connection, or else the node undoes it; V(0) for no such thing.
      - Ansible does that within the same task. It tries until the time is over, and fails with RV(rolled_back=true) when the node has undone the change.
      - Nothing is written for the next boot before the confirmation.
    type: int
    default: 0
  compare:
    description:
      - With V(full), the tables are listed and compared with what is declared.
      - With V(hash), the stamp on the tables decides whether they were made from this declaration. Rules and elements are not listed then, which saves time
        with very many of them; but what others have changed since is not seen.
    type: str
    choices: [full, hash]
    default: full
  validate_only:
    description:
      - Whether only to see that nft and the kernel of the node would take the declaration. Nothing else of the node is looked at.
    type: bool
    default: false
  _confirm:
    description: Used by the action plugin to confirm a change.
    type: dict
  _declared:
    description: Used by the action plugin to hand over what it has read of the text.
    type: str
  _origin:
    description: Used by the action plugin to tell what it has read the text from.
    type: str
  _segments:
    description: Used by the action plugin to tell what the lines of a text are made of that it made of O(tables).
    type: list
    elements: raw
requirements:
  - nft 1.0.1 or newer on the node
  - jsonschema >= 4.18.0 on the controller, for O(tables)
notes:
  - Sets and maps of one plain type (C(type ipv4_addr)), maps from or to one, and maps inside of rules (C(ct state vmap { ... })) that nft 1.1.2 or newer
    makes crash an older nft, such as the 1.0.6 of kube-proxy. On a node with tables of kube-proxy they are refused when its nft is known to crash, and
    warned of when its version cannot be seen. Sets and maps with C(typeof) do no harm, nor do those that kube-proxy's nft 1.0.6.1 reads.
  - Nodes with eBPF host routing are refused, because their pods' packets do not pass the rules.
  - The units F(nftables.service) of most distributions flush the rules of everybody when they are started, reloaded or stopped. On Kubernetes nodes they are
    better masked; this module brings back its own tables only.
  - The kernel looks up a set or a map as it is at that moment, even for a packet that it judges by the rules from before the change. When one run changes
    elements and the rules that use them, a packet under way at that moment may be judged by the old rules and the new elements. Where not one packet may get
    through, make two runs of it, the first of which only adds what closes.
  - In a container that may not make network namespaces, tables are compared by their bytecode, and replaced as a whole when they are not from the same
    declaration. Counters and learned elements are lost then.
seealso:
  - module: aks.dataplane.node_nftables_ruleset_info
  - plugin: aks.dataplane.to_nft
    plugin_type: filter
"""
