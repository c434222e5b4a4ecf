# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Whether eBPF host routing is wanted; the specification is in module_utils/_aks/host_routing/options.py."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(enabled) is acceleration mode C(BpfVeth), V(disabled) is acceleration mode C(None).
      - V(disabled) leaves Advanced Container Networking Services and its other features as they are.
    type: str
    choices: [disabled, enabled]
    required: true
  enable_acns:
    description:
      - Whether Advanced Container Networking Services, a paid service that eBPF host routing is part of, may be switched on where it is off.
      - When it is off and this is not set, O(state=enabled) fails. With O(state=disabled) it has no effect.
      - Switched on, it has both of its features, observability and security, unless the cluster has one of them set already.
      - See U(https://azure.microsoft.com/pricing/details/azure-container-networking-services/) for what it costs.
    type: bool
    default: false
"""
