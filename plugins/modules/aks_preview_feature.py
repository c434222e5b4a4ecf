#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_preview_feature
short_description: Register a preview feature of AKS
version_added: 0.1.0
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Registers a feature of C(Microsoft.ContainerService) in the subscription, waits for the registration, then registers the resource
    provider again, which passes the registration on to AKS, and waits for that too. Unregistering takes the same steps.
  - The next run continues an interrupted one.
  - Unregistering a feature does not disable it on clusters that already use it.
  - The identity that signs in needs C(Microsoft.Features/providers/features/read), C(Microsoft.Features/providers/features/register/action) (to
    unregister, C(Microsoft.Features/providers/features/unregister/action)) and C(Microsoft.ContainerService/register/action) at the
    scope of the subscription. The roles Owner and Contributor have them.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.azure
  - aks.dataplane.waiting
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(refresh_provider=always) the module registers the resource provider again each time, and that is a change.
  async:
    support: full
options:
  name:
    description: Name of the feature, without the namespace, for example V(KubeProxyConfigurationPreview).
    type: str
    required: true
  state:
    description: The state of the feature.
    type: str
    choices: [registered, unregistered]
    default: registered
  refresh_provider:
    description:
      - When to register the resource provider again.
      - V(when_changed) does so after the state of the feature has changed, V(always) each time. Use the latter when AKS refuses a request because of a
        feature that is registered already.
    type: str
    choices: [always, when_changed]
    default: when_changed
  wait_timeout:
    description:
      - Seconds to wait until feature and resource provider are registered. Azure takes from a few minutes to more than half an hour.
      - After that time the module fails; another run continues to wait.
    type: int
    default: 1800
notes:
  - With O(wait=false) the module only requests the registration. Run it again later, then with O(refresh_provider=always) if the feature is
    registered by that time, because the resource provider has to be registered again after it.
seealso:
  - module: aks.dataplane.aks_kube_proxy
"""

EXAMPLES = r"""
- name: Register the feature that kube-proxy configuration needs
  aks.dataplane.aks_preview_feature:
    name: KubeProxyConfigurationPreview

- name: Pass the registration on to AKS once more
  aks.dataplane.aks_preview_feature:
    name: KubeProxyConfigurationPreview
    refresh_provider: always
"""

RETURN = r"""
feature:
  description: The current state of the feature.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the feature.
      type: str
    state:
      description: State of the feature, as Azure spells it.
      type: str
    provider_state:
      description: Registration state of the resource provider, as Azure spells it.
      type: str
  sample: {"name": "KubeProxyConfigurationPreview", "state": "Registered", "provider_state": "Registered"}
before:
  description: The states before the run.
  returned: success
  type: dict
  sample: {"state": "NotRegistered", "provider_state": "Registered"}
after:
  description: The states after the run; in check mode, the predicted ones.
  returned: success
  type: dict
  sample: {"state": "Registered", "provider_state": "Registered"}
plan:
  description: The planned changes.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The changed property, V(state) or V(provider_refreshed).
      type: str
    before:
      description: Value before.
      type: raw
    after:
      description: Value after.
      type: raw
    disruption:
      description: The disruption of clusters; always V(none).
      type: str
  sample:
    - {"path": "state", "before": "NotRegistered", "after": "Registered", "disruption": "none"}
    - {"path": "provider_refreshed", "before": false, "after": true, "disruption": "none"}
operation:
  description: The operation that the module waited for.
  returned: success
  type: dict
  contains:
    id:
      description: Resource id of the feature.
      type: str
    status:
      description: State of the feature.
      type: str
    done:
      description: Whether nothing is left to wait for.
      type: bool
    phases:
      description: The phases with their durations in seconds, when the module waited.
      type: list
      elements: dict
  sample:
    id: >-
      /subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/KubeProxyConfigurationPreview
    status: Registered
    done: true
    phases:
      - {"name": "Registering", "seconds": 412.3}
      - {"name": "ProviderRegistering", "seconds": 20.1}
      - {"name": "Registered", "seconds": 0.0}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.features import Features
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.waiting import check_wait_arguments, wait_arguments
from ansible_collections.aks.dataplane.plugins.module_utils._work.feature_registration import FeatureRegistration, check_feature_name
from ansible_collections.aks.dataplane.plugins.module_utils._work.stepwise import exit_stepwise

ARGUMENTS = AZURE.merge(
    ArgumentSpec(
        options={
            "name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["registered", "unregistered"], "default": "registered"},
            "refresh_provider": {"type": "str", "choices": ["always", "when_changed"], "default": "when_changed"},
        }
    ),
    wait_arguments(timeout=1800),
)


def body(module: AnsibleModule) -> None:
    params = module.params
    check_wait_arguments(params)
    check_feature_name(params["name"])
    work = FeatureRegistration(
        Features(connect(params)),
        params["name"],
        goal=params["state"],
        always_refresh=params["refresh_provider"] == "always",
        check_mode=module.check_mode,
    )
    exit_stepwise(module, work.advance)


def main() -> None:
    run_on_controller(ControllerModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
