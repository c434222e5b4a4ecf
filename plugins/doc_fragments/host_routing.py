# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The state of eBPF host routing; the specification is in module_utils/_aks/host_routing/options.py."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(enabled) is acceleration mode C(BpfVeth), V(disabled) is acceleration mode C(None).
      - V(disabled) does not change Advanced Container Networking Services and its other features.
    type: str
    choices: [disabled, enabled]
    required: true
  enable_acns:
    description:
      - Whether Advanced Container Networking Services, a paid service that eBPF host routing is part of, may be enabled where it is disabled.
      - When it is disabled and this is not set, O(state=enabled) fails. With O(state=disabled) it has no effect.
      - The module enables both of its features, observability and security, unless the cluster already sets one of them.
      - See U(https://azure.microsoft.com/pricing/details/azure-container-networking-services/) for its price.
    type: bool
    default: false
"""
