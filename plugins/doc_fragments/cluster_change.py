# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What every module that changes a cluster documents alike; the specification of the options is in module_utils/_work/changing_module.py.

    The default of C(wait_timeout) is the module's own.
    """

    DOCUMENTATION = r"""
notes:
  - The module waits for another operation on the cluster, and compares the configuration again before a change.
  - A cluster in provisioning state C(Failed) can be changed; RV(note) says so, because AKS then applies everything that it has stored. When the cluster
    already has the configuration, the module sends it again, because AKS may have stored it without applying it. RV(plan) then
    names C(properties.provisioningState).
  - A change whose answer was lost or unclear counts as made until the cluster shows otherwise. RV(note) says so.
  - The module changes nothing when another service than Azure answers, or when somebody else has changed or created the cluster since it was read. It
    compares the new configuration again.
options:
  managed_cluster:
    description:
      - The body of the cluster in the format of the Azure Resource Manager API, with C(location) and C(properties).
      - The module creates a missing cluster with this body and the other options.
      - It ignores this option for an existing cluster, and RV(note) says so.
      - It can hold secrets, so the result does not show it. Error messages hide texts in it that may be secrets.
    type: dict
  operation_url:
    description:
      - An operation to wait for first, the RV(operation.url) of an earlier run with O(wait=false).
      - When Azure does not return it, the module waits for the cluster, as it does without this option.
      - Check mode ignores it.
    type: str
  wait_timeout:
    description:
      - Seconds to wait for the end of the change, and of other operations on the cluster.
      - After that time the module fails, while AKS continues. Another run with the same options waits for the rest.
    type: int
"""
