# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The subject of a preflight check; the specification is in module_utils/_preflight/argspec.py."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) checks for the configuration given with O(enabled), O(mode), O(ipvs_config), O(config) or O(config_file), of which at
        least one is needed, or for O(host_routing).
      - V(default) checks for AKS's default, kube-proxy enabled in mode V(IPTABLES).
    type: str
    choices: [present, default]
    default: present
  host_routing:
    description:
      - Check the prerequisites of enabling or disabling eBPF host routing.
      - Not together with a kube-proxy configuration, because clusters with eBPF host routing have no kube-proxy.
    type: str
    choices: [enabled, disabled]
  enable_acns:
    description:
      - Whether Advanced Container Networking Services, a paid service that eBPF host routing is part of, may be enabled where it is disabled.
      - Needs O(host_routing).
    type: bool
  ruleset_nodes:
    description:
      - Names of nodes with a custom nftables ruleset, which eBPF host routing does not support.
      - Needs O(host_routing).
    type: list
    elements: str
  node_observations:
    description:
      - What M(aks.dataplane.node_dataplane_info) returned on the nodes, by the node's name in the cluster.
      - Without them, the module does not check the rules that need a node.
      - For the verdict of the iptables monitor, O(host_routing) needs them with C(monitor_lines=true).
    type: dict
"""
