# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of every module that changes a cluster; the specification is in module_utils/_work/changing_module.py."""

    DOCUMENTATION = r"""
options:
  managed_cluster:
    description:
      - The body of the cluster in the shape of the Azure Resource Manager API, with C(location) and C(properties).
      - When there is no cluster of this name yet, it is created with this body and what the other options declare.
      - When there is one, this is ignored, and RV(note) says so.
    type: dict
  operation_url:
    description:
      - Wait for this operation first, then go on as usual. It is the RV(operation.url) of an earlier run that did not wait for its end.
      - Check mode does not look at it.
    type: str
"""
