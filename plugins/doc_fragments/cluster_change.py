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
  - A cluster on which something else is in progress is waited for, and compared again before anything is changed.
  - A cluster in provisioning state C(Failed) can be changed; RV(note) says so, since AKS then carries out everything that it has stored. When its
    configuration is the wanted one already, the same configuration is sent again, because AKS may have stored it without carrying it out. RV(plan) then
    names C(properties.provisioningState).
  - A change whose answer was lost, or leaves open whether it arrived, counts as made until the cluster shows otherwise. RV(note) says so.
  - Nothing is changed when something else than Azure answers, or when somebody else has changed or created the cluster since it was read. What they
    did is compared again.
options:
  managed_cluster:
    description:
      - The body of the cluster in the shape of the Azure Resource Manager API, with C(location) and C(properties).
      - When there is no cluster of this name yet, it is created with this body and what the other options declare.
      - When there is one, this is ignored, and RV(note) says so.
      - Since it can hold secrets, it is not shown in the result. Texts in it that may be secrets are hidden in error messages.
    type: dict
  operation_url:
    description:
      - Wait for this operation first, then go on as usual. It is the RV(operation.url) of an earlier run that did not wait for its end.
      - Where Azure does not answer it, the module waits for the cluster, as it does without this option.
      - Check mode does not look at it.
    type: str
  wait_timeout:
    description:
      - Seconds to wait for the end of the change, and of what else is in progress on the cluster.
      - When they are over the module fails, while AKS goes on. Another run with the same options waits for the rest.
    type: int
"""
