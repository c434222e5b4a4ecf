# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules' attributes mean; each module says which it supports."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
  async:
    description: Supports use of the C(async) keyword.
  action_group:
    description: Use C(group/aks.dataplane.azure) in C(module_defaults) to set the credentials of all modules of the group.
    support: full
    membership:
      - aks.dataplane.azure
"""

    # Before the others, because the first fragment that describes an attribute decides.
    NODE = r"""
options: {}
notes:
  - Needs root on the node, so usually C(become=true), and the host's network namespace.
attributes:
  action_group:
    support: none
    details:
      - It runs on nodes, where no Azure credentials belong.
    membership: []
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This action does not modify state.
  diff_mode:
    support: N/A
    details:
      - This action does not modify state.
  idempotent:
    support: full
    details:
      - This action does not modify state.
"""
