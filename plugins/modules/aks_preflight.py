#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_preflight
short_description: Check whether an AKS cluster can take a kube-proxy configuration
author:
  - The aks.dataplane authors (@aks-dataplane)
description:
  - Holds a cluster against every known limit of the wanted kube-proxy configuration, before anything is changed.
  - Data comes from Azure and from the cluster's Kubernetes API server. A rule whose data could not be had gives a finding that says so.
  - An error among the findings is no failure of the module. Look at RV(passed).
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kube_proxy
attributes:
  async:
    support: full
options:
  state:
    description:
      - V(present) checks for the configuration given with O(enabled), O(mode), O(ipvs_config), O(config) or O(config_file), of which at
        least one is needed.
      - V(default) checks for AKS's default, kube-proxy enabled in mode V(IPTABLES).
    type: str
    choices: [present, default]
    default: present
  api_version:
    description:
      - Version of the ARM interface that the configuration would be changed with.
      - The cluster is read with it too, or with the default when this one does not show the kube-proxy configuration.
    type: str
    default: 2026-08-02-preview
  rule_set:
    description:
      - The limits to go by.
      - V(preview) are those that were published together with the preview of the feature, the stricter ones.
      - V(current) are those of today. A finding that these do not make, or make milder, says so in RV(findings[].profile_note).
    type: str
    choices: [preview, current]
    default: preview
  ignore:
    description:
      - Ids of rules whose findings are not to count. They are still returned, as V(info) and marked as ignored.
    type: list
    elements: str
    default: []
  kubernetes:
    description:
      - Whether the Kubernetes API server is asked.
      - With V(false) the rules that need it are not checked. With V(true) the module fails when the API server cannot be reached.
    type: bool
    default: true
notes:
  - To see whether the pods of the node checks would be admitted, a pod is sent to the API server as a dry run. It is never made.
seealso:
  - module: aks.dataplane.aks_kube_proxy
  - module: aks.dataplane.aks_dataplane_status
"""

EXAMPLES = r"""
- name: Check whether the cluster can take nftables
  aks.dataplane.aks_preflight:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
  register: preflight

- name: Stop when it cannot
  ansible.builtin.assert:
    that: preflight.passed
    fail_msg: "{{ preflight.findings | selectattr('severity', 'eq', 'error') | map(attribute='message') | join(' ') }}"

- name: Check by the limits of today, from Azure's data only, and accept the end of IPVS
  aks.dataplane.aks_preflight:
    resource_group: rg-prod
    name: aks-prod
    mode: IPVS
    ipvs_config:
      scheduler: LeastConnection
    rule_set: current
    kubernetes: false
    ignore:
      - KP07
"""

RETURN = r"""
findings:
  description: What was found, the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Id of the rule.
      type: str
    severity:
      description: V(error), V(warning) or V(info).
      type: str
    title:
      description: The rule in a few words.
      type: str
    subject:
      description: What the finding is about.
      type: str
    message:
      description: What was found, with the values seen.
      type: str
    remedy:
      description: What can be done about it. Empty when there is nothing to do.
      type: str
    reference:
      description: Where the rule comes from.
      type: str
    profile_note:
      description: What the other rule set would say, and how to choose it. Empty when it would say the same.
      type: str
    not_checked:
      description: Whether the rule could not be applied. RV(findings[].message) then says why.
      type: bool
    ignored:
      description: Whether the rule is named in O(ignore).
      type: bool
    original_severity:
      description: The severity of an ignored finding if it were not ignored, null for all others.
      type: str
  sample:
    - id: KP20
      severity: info
      title: Node ports answer on fewer addresses
      subject: services of type LoadBalancer
      message: "The node ports of 1 service will answer on the nodes' primary addresses only: shop/web."
      remedy: Make sure that nothing uses these node ports through localhost or a secondary address of a node.
      reference: https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy
      profile_note: ""
      not_checked: false
      ignored: false
      original_severity: null
passed:
  description: Whether no finding of severity V(error) is left.
  returned: success
  type: bool
  sample: true
counts:
  description: How many findings there are of each severity.
  returned: success
  type: dict
  contains:
    error:
      description: Number of errors.
      type: int
    warning:
      description: Number of warnings.
      type: int
    info:
      description: Number of the others.
      type: int
  sample: {error: 0, warning: 0, info: 6}
cluster:
  description: The cluster as it was judged.
  returned: success
  type: dict
  contains:
    id:
      description: Resource id.
      type: str
    name:
      description: Name.
      type: str
    kubernetes_version:
      description: Version of Kubernetes that the control plane runs.
      type: str
    network_plugin:
      description: Network plugin.
      type: str
    network_policy:
      description: Network policy engine.
      type: str
    network_dataplane:
      description: Data plane.
      type: str
    provisioning_state:
      description: State of the last operation.
      type: str
    power_state:
      description: V(Running) or V(Stopped).
      type: str
  sample:
    id: >-
      /subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg-prod/providers/Microsoft.ContainerService/managedClusters/aks-prod
    name: aks-prod
    kubernetes_version: 1.34.2
    network_plugin: azure
    network_policy: none
    network_dataplane: azure
    provisioning_state: Succeeded
    power_state: Running
current:
  description: The kube-proxy configuration that is in effect.
  returned: success
  type: dict
  contains:
    enabled:
      description: Whether AKS runs kube-proxy.
      type: bool
    mode:
      description: V(IPTABLES), V(IPVS) or V(NFTABLES). Null when kube-proxy is disabled.
      type: str
    ipvs_config:
      description: Settings of the IPVS mode, null when there are none.
      type: dict
  sample: {enabled: true, mode: IPTABLES, ipvs_config: null}
wanted:
  description: The configuration that was checked for, in the same shape as RV(current).
  returned: success
  type: dict
  sample: {enabled: true, mode: NFTABLES, ipvs_config: null}
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._aks import api_versions
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy import Wanted, resolve
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy_argspec import KUBE_PROXY_STATE, wanted_from_params
from ansible_collections.aks.dataplane.plugins.module_utils._aks.view import ClusterView
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters, cluster_not_found
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.features import Features
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError, run
from ansible_collections.aks.dataplane.plugins.module_utils._kube import client as kube
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES
from ansible_collections.aks.dataplane.plugins.module_utils._kube.preflight_facts import read_facts
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.evaluate import check_ignore, counts, evaluate, passed
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.model import PROFILES, Facts, KubeFacts

FEATURE = "KubeProxyConfigurationPreview"
SUMMARY = (
    *("id", "name", "kubernetes_version", "network_plugin", "network_policy"),
    *("network_dataplane", "provisioning_state", "power_state"),
)

ARGUMENTS = CLUSTER.merge(
    AZURE,
    KUBERNETES,
    KUBE_PROXY_STATE,
    ArgumentSpec(
        options={
            "api_version": {"type": "str", "default": api_versions.DEFAULT_KUBE_PROXY},
            "rule_set": {"type": "str", "choices": list(PROFILES), "default": "preview"},
            "ignore": {"type": "list", "elements": "str", "default": []},
            "kubernetes": {"type": "bool", "default": True},
        }
    ),
)


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    wanted = wanted_from_params(params)
    api_versions.check_api_version(params["api_version"])
    check_ignore(params["ignore"])
    facts = _facts(params, wanted)
    findings = evaluate(facts, params["rule_set"], params["ignore"])
    summary = facts.cluster.to_dict()
    module.exit_json(
        changed=False,
        findings=[finding.to_dict() for finding in findings],
        passed=passed(findings),
        counts=counts(findings),
        cluster={key: summary[key] for key in SUMMARY},
        current=facts.current.to_dict(),
        wanted=facts.wanted.to_dict(),
    )


def _facts(params: t.Mapping[str, t.Any], wanted: Wanted) -> Facts:
    client = connect(params)
    clusters = Clusters(client, _readable(params["api_version"]))
    raw = clusters.get(params["resource_group"], params["name"])
    if raw is None:
        raise cluster_not_found(params["resource_group"], params["name"])
    view = ClusterView.from_raw(raw)
    # Before the slower reads, because it may refuse what is wanted.
    resolved = resolve(view.kube_proxy, wanted)
    feature_state, feature_missing = _feature(client)
    cluster, cluster_missing = _kubernetes(params, clusters)
    return Facts(
        cluster=view,
        current=view.kube_proxy,
        wanted=resolved,
        api_version=params["api_version"],
        feature_state=feature_state,
        feature_missing_reason=feature_missing,
        kube=cluster,
        kube_missing_reason=cluster_missing,
    )


def _readable(api_version: str) -> str:
    """An api-version that shows the configuration; that the wanted one does not is a finding, not a failure."""
    try:
        api_versions.check_kube_proxy(api_version, None)
    except DataplaneError:
        return api_versions.DEFAULT_KUBE_PROXY
    return api_version


def _feature(client: ArmClient) -> tuple[str | None, str]:
    try:
        return Features(client).state(FEATURE), ""
    except ArmError as exc:
        if exc.status != 403:
            raise
        return None, f"the state of the feature {FEATURE} may not be read: {exc.message.rstrip('.')}"


def _kubernetes(params: t.Mapping[str, t.Any], clusters: Clusters) -> tuple[KubeFacts | None, str]:
    if not params["kubernetes"]:
        return None, "the Kubernetes API server was not asked, because kubernetes is false"

    def fetch(admin: bool) -> str:
        return clusters.user_kubeconfig(params["resource_group"], params["name"], admin)

    return read_facts(kube.connect(params, fetch)), ""


def main() -> None:
    run(AnsibleModule(**ARGUMENTS.to_kwargs(), supports_check_mode=True), body)


if __name__ == "__main__":
    main()
