#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_dataplane_status_info
short_description: Report the state of kube-proxy and host routing on every node of an AKS cluster
version_added: 1.0.0
description:
  - Asks the kube-proxy of every node, through the Kubernetes API server, for its mode, its configuration, its health and the age of its
    rules.
  - On clusters with Azure CNI Powered by Cilium it also reports whether every node uses eBPF host routing, from the state of AKS and Cilium
    in the cluster, and with O(exec) from each Cilium agent.
  - Returns a state for each node and one verdict for the cluster. A state that cannot be verified is C(unknown), and never counts as good.
  - With O(enabled), O(mode), O(ipvs_config) or O(host_routing) the verdict is about that configuration, and the module waits until it is reached or
    until O(wait_timeout).
  - A bad verdict is a result and not a failure. The module fails when it cannot ask.
  - Once the API server has answered, the module retries until O(wait_timeout), also after refused connections, HTTP 401, 403, 429 and 5xx.
options:
  enabled:
    description:
      - Whether kube-proxy is expected. V(false) expects no DaemonSet and no pod of it.
      - V(true) when O(mode) or O(ipvs_config) is set and this is not.
    type: bool
  mode:
    description:
      - The expected mode of every node.
      - With kube-proxy expected and without O(mode), any mode is accepted, as long as it is the same on all nodes.
    type: str
    choices: [IPTABLES, IPVS, NFTABLES]
  ipvs_config:
    description:
      - The expected settings of the IPVS mode. They imply that mode.
      - Omitted settings can have any value.
    type: dict
    suboptions:
      scheduler:
        description: The algorithm that spreads connections over the endpoints of a service.
        type: str
        choices: [LeastConnection, RoundRobin]
      tcp_timeout_seconds:
        description: Timeout of an idle TCP connection in seconds. A positive number.
        type: int
      tcp_fin_timeout_seconds:
        description: Timeout of a TCP connection that one side has closed, in seconds. A positive number.
        type: int
      udp_timeout_seconds:
        description: Timeout of an idle UDP flow in seconds. A positive number.
        type: int
  host_routing:
    description:
      - The expected state of eBPF host routing on every node. Not together with an expectation for kube-proxy, because Cilium replaces it.
      - V(enabled) expects AKS's label on every Linux node, the setting in C(cilium-config), the DaemonSet C(cilium) rolled out with its blocker of
        iptables rules attached, no iptables rules unknown to AKS, and no kube-proxy.
      - V(disabled) expects no such label, and the setting in C(cilium-config).
    type: str
    choices: [disabled, enabled]
  exec:
    description:
      - Whether to run C(cilium-dbg status) in each Cilium agent, which is the only direct verification. Without it, the module does not notice an
        agent that fell back to legacy
        routing.
      - It needs the permission to create C(pods/exec) in the namespace C(kube-system). No effect with an expectation for kube-proxy.
    type: bool
    default: false
  since:
    description:
      - A time in ISO 8601, in UTC without an offset, for example the beginning of the switch. Events of AKS's iptables monitor
        from then on speak against eBPF host routing.
      - Without it, the module reads no events. Kubernetes keeps them for about an hour. No effect with an expectation for kube-proxy.
    type: str
  wait_for:
    description:
      - The condition that ends the wait. V(wanted) waits for the expected state, V(answer) only until the nodes were seen.
      - The result of V(answer) before a change is the baseline of later calls, see O(earlier_look).
    type: str
    choices: [wanted, answer]
    default: wanted
  earlier_look:
    description:
      - The result of an earlier call of the same run, its RV(look). Its keys may change at any time.
      - The module then retries an API server that has answered in the run until O(wait_timeout), after any error.
      - Nodes that could not be verified before the change cannot fail the verification after it. They are in RV(verdict.not_verifiable).
    type: dict
  wait_timeout:
    description: Seconds to wait for the expected state. After that time the module returns the last verdict.
    type: int
    default: 900
notes:
  - In Kubernetes the module needs the permissions to list nodes, and in the namespace C(kube-system) to list pods and to get C(pods/proxy), C(pods/log)
    and C(daemonsets). It never uses C(nodes/proxy).
  - On clusters with Cilium it also needs, without an expectation for kube-proxy, to get C(configmaps) in C(kube-system), to list
    C(ciliumnodes), and with O(since) to list C(events) in the namespace C(default).
  - It asks Azure only for the cluster's credentials, and sends no request to Azure with O(kubeconfig).
  - Nodes that are not ready are C(unknown). Windows nodes and virtual nodes do not count.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
  - aks.dataplane.kubernetes.server
  - aks.dataplane.kubernetes.home
  - aks.dataplane.kubernetes.via
  - aks.dataplane.waiting
attributes:
  async:
    support: full
author:
  - The aks.dataplane authors (@aks-dataplane)
seealso:
  - module: aks.dataplane.aks_ebpf_host_routing
  - module: aks.dataplane.aks_kube_proxy
  - module: aks.dataplane.aks_network_info
"""

EXAMPLES = r"""
- name: Gather the state of kube-proxy on each node
  aks.dataplane.aks_dataplane_status_info:
    resource_group: rg-prod
    name: aks-prod
  register: status

- name: Wait until every node runs kube-proxy in nftables mode
  aks.dataplane.aks_dataplane_status_info:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
    wait_timeout: 1200
  register: status
  failed_when: status.verdict.state != "wanted"

- name: Check the IPVS settings of each node once, with a kubeconfig and without Azure
  aks.dataplane.aks_dataplane_status_info:
    resource_group: rg-prod
    name: aks-prod
    kubeconfig: ~/.kube/aks-prod
    ipvs_config:
      scheduler: LeastConnection
      tcp_timeout_seconds: 900
    wait: false

- name: Verify eBPF host routing on every node, by the agents
  aks.dataplane.aks_dataplane_status_info:
    resource_group: rg-prod
    name: aks-prod
    host_routing: enabled
    exec: true
    since: "2026-11-21T13:00:00Z"
    wait_timeout: 3600
  register: status
  failed_when: status.verdict.state != "wanted"
"""

RETURN = r"""
verdict:
  description: The result of all nodes for the expected state; without one, for kube-proxy.
  returned: success
  type: dict
  contains:
    state:
      description:
        - With an expected state V(wanted) when every node and the DaemonSet have it, V(other) when they have another one, V(mixed)
          when nodes differ or contradict the DaemonSet, V(unknown) when something cannot be verified.
        - Without an expected state the mode that all nodes have, V(iptables), V(ipvs) or V(nftables), or V(disabled), V(mixed), V(unknown).
      type: str
      sample: mixed
    wanted:
      description:
        - The expected mode of kube-proxy, V(disabled), or V(enabled) for any mode. Null without an expected state.
        - For host routing V(enabled) or V(disabled).
      type: str
      sample: nftables
    nodes_wanted:
      description: Number of nodes that are verified.
      type: int
      sample: 2
    nodes_total:
      description: Number of nodes that count.
      type: int
      sample: 3
    seen:
      description:
        - V(good) when every node that counts was seen in the expected state, V(bad) when one was seen in the wrong state, V(not_seen) when neither is known,
          for example because the API server did not answer. Null without an expected state.
        - A state that can be temporary, such as a pod that is not ready, is V(bad) after O(poll_interval) seconds.
      type: str
      sample: bad
    not_verifiable:
      description: Nodes that could not be verified before the change, and so cannot fail the verification. Empty without O(earlier_look).
      type: list
      elements: dict
      contains:
        name:
          description: Name of the node.
          type: str
          sample: aks-nodepool1-12345678-vmss000002
        reasons:
          description: The problems of the node.
          type: list
          elements: str
          sample: ["the node is not Ready, so nothing about it is verified"]
    reasons:
      description: The problems of the first ten nodes.
      type: list
      elements: str
      sample:
        - "The rollout of the DaemonSet kube-proxy is not done: 2 of 3 pods are new, 3 are ready."
        - "Node aks-nodepool1-12345678-vmss000002: kube-proxy runs in mode iptables, not nftables."
nodes:
  description: Every node of the cluster with its kube-proxy, ordered by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the node.
      type: str
      sample: aks-nodepool1-12345678-vmss000000
    os:
      description: Operating system, V(linux) or V(windows).
      type: str
      sample: linux
    ready:
      description: Whether the node is ready in Kubernetes.
      type: bool
      sample: true
    schedulable:
      description: Whether the node accepts new pods. V(false) when it is cordoned.
      type: bool
      sample: true
    state:
      description:
        - With kube-proxy expected V(wanted), V(other), V(mixed) when kube-proxy contradicts itself, or V(unknown) when the node cannot be verified.
        - Otherwise the verified mode, V(disabled), V(mixed) or V(unknown).
        - V(not_applicable) for nodes that do not count.
      type: str
      sample: wanted
    mode:
      description: The mode that kube-proxy reports, null without a report.
      type: str
      sample: nftables
    reasons:
      description: The problems of the node.
      type: list
      elements: str
      sample: []
    seen:
      description: V(good), V(bad) or V(not_seen), as in RV(verdict.seen). Null for nodes that do not count.
      type: str
      sample: good
    bad_since:
      description: Time since when the node is in the wrong state, else null.
      type: str
      sample: null
    excused:
      description: Whether the node could not be verified before the change, and so cannot fail the verification.
      type: bool
      sample: false
    healthz_status:
      description: The HTTP status of kube-proxy's health check, 200 when it is healthy.
      type: int
      sample: 200
    sync_failures:
      description: Number of times that kube-proxy could not write its rules since it started.
      type: int
      sample: 0
    rules_after:
      description:
        - Seconds from the start of kube-proxy to the last time that it wrote its rules, null where that is unknown.
        - Soon after a restart, it is an upper bound of the time in which new connections can fail on the node. Kubernetes gives the start in whole seconds.
      type: float
      sample: 2.4
      version_added: 1.0.0
    ipvs_config:
      description: The settings of the IPVS mode as kube-proxy reports them, null in other modes. Zero seconds is the default of the kernel.
      type: dict
      sample:
        scheduler: lc
        tcp_timeout_seconds: 900.0
        tcp_fin_timeout_seconds: 120.0
        udp_timeout_seconds: 300.0
    pod:
      description: The kube-proxy pod on the node, null when there is none.
      type: dict
      sample:
        name: kube-proxy-x2lq9
        ready: true
        phase: Running
        restarts: 0
        waiting_reason: ""
        image: mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:v1.34.2
        started: "2026-11-21T13:07:01Z"
daemonset:
  description: The DaemonSet of kube-proxy, null when there is none.
  returned: success
  type: dict
  contains:
    mode:
      description: The mode in its template, null without a mode there.
      type: str
      sample: nftables
    generation:
      description: Number of its newest version.
      type: int
      sample: 4
    observed_generation:
      description: Number of the version that Kubernetes has observed.
      type: int
      sample: 4
    desired:
      description: Number of desired pods.
      type: int
      sample: 3
    updated:
      description: Number of pods of the newest version.
      type: int
      sample: 2
    ready:
      description: Number of ready pods.
      type: int
      sample: 3
    image:
      description: Image of kube-proxy.
      type: str
      sample: mcr.microsoft.com/oss/v2/kubernetes/kube-proxy:v1.34.2
crash_loops:
  description: The kube-proxy pods that crash, the first five with their last log lines.
  returned: success
  type: list
  elements: dict
  contains:
    node:
      description: Name of the node.
      type: str
      sample: aks-nodepool1-12345678-vmss000001
    pod:
      description: Name of the pod.
      type: str
      sample: kube-proxy-7hkqz
    reason:
      description: The reason in Kubernetes.
      type: str
      sample: CrashLoopBackOff
    restarts:
      description: Number of restarts.
      type: int
      sample: 4
    log:
      description: The last lines of its log.
      type: list
      elements: str
      sample:
        - "E1121 13:07:01.000000       1 run.go:72] \"command failed\" err=\"can't use the IPVS proxier: ipvs not supported\""
host_routing:
  description:
    - Host routing of the nodes of a cluster with Cilium. Null with an expectation for kube-proxy, and for a cluster without Cilium unless
      O(host_routing) is set.
  returned: success
  type: dict
  contains:
    verdict:
      description:
        - As RV(verdict). Without an expected state its state is V(bpf) for eBPF host routing, V(legacy), V(mixed) or V(unknown).
      type: dict
      sample:
        state: mixed
        wanted: enabled
        nodes_wanted: 2
        nodes_total: 3
        reasons:
          - "Node aks-nodepool1-12345678-vmss000002: the node has no label kubernetes.azure.com/ebpf-host-routing."
    nodes:
      description:
        - Every node. RV(host_routing.nodes[].name), C(os), C(ready), C(schedulable), C(reasons), C(seen), C(bad_since), C(excused) and C(pod), here that of
          Cilium, are as in
          RV(nodes).
      type: list
      elements: dict
      contains:
        name:
          description: Name of the node.
          type: str
          sample: aks-nodepool1-12345678-vmss000003
        state:
          description: With host routing expected V(wanted), V(other), V(mixed) or V(unknown), otherwise the verified mode, V(mixed) or V(unknown).
          type: str
          sample: wanted
        mode:
          description: The routing mode of the node, V(bpf) or V(legacy), as the agent reports it, else from the label. Null when it is uncertain.
          type: str
          sample: bpf
        label:
          description: The value of the node's label C(kubernetes.azure.com/ebpf-host-routing), null without it.
          type: str
          sample: "true"
        agent:
          description: The report of the Cilium agent, null when it was not asked.
          type: dict
          sample:
            routing: bpf
            masquerading: BPF
            kube_proxy_replacement: "True"
            errors: []
        init_containers:
          description: The init containers of the Cilium pod. A successful one has exit code 0.
          type: list
          elements: dict
          sample:
            - name: iptables-blocker-init
              exit_code: 0
              running: false
              restarts: 0
        user_rules:
          description: Whether AKS's iptables monitor finds unknown rules. Null without a report.
          type: bool
          sample: false
        unexpected_rules:
          description: The rules unknown to the monitor, as in its log. They block the start of the agent.
          type: list
          elements: str
          sample: ["-A INPUT -s 203.0.113.0/24 -j DROP"]
        events:
          description: The events of the monitor about the node since O(since).
          type: list
          elements: dict
          sample:
            - reason: BlockedIPTablesRule
              time: "2026-11-21T13:07:01Z"
              message: A process attempted to add iptables rules to the node but was blocked since last check.
    daemonset:
      description: The DaemonSet C(cilium), null when there is none. Its keys are those of RV(daemonset) without the mode.
      type: dict
      sample:
        generation: 2
        observed_generation: 2
        desired: 3
        updated: 3
        ready: 3
        image: mcr.microsoft.com/containernetworking/cilium/cilium-distroless:v1.18.11
    crash_loops:
      description: The Cilium pods that crash, as in RV(crash_loops).
      type: list
      elements: dict
      sample: []
    config:
      description: The relevant settings of C(cilium-config).
      type: dict
      sample:
        enable-host-legacy-routing: "false"
        enable-bpf-masquerade: "true"
        kube-proxy-replacement: "true"
    notes:
      description: Unusual settings in C(cilium-config) that do not affect the verdict.
      type: list
      elements: str
      sample: []
look:
  description: Value for O(earlier_look) of a later call of the same run. Its keys may change at any time.
  returned: success
  type: dict
  sample:
    answered: true
    bad_since: {}
    good: {}
    newest_node: "2026-11-02T09:12:44Z"
    not_verifiable: []
    ready_only: false
    unseen: []
    verifiable: 3
cluster:
  description: The cluster as the options name it.
  returned: success
  type: dict
  sample:
    resource_group: rg-prod
    name: aks-prod
"""

import functools
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._arm import client as arm
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.waiting import check_wait_arguments, wait_arguments
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import HOME, KUBERNETES, SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.earlier import read_earlier
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.answers import read_since
from ansible_collections.aks.dataplane.plugins.module_utils._work import api_server
from ansible_collections.aks.dataplane.plugins.module_utils._work.foresight import STATUS
from ansible_collections.aks.dataplane.plugins.module_utils._work.status import FOR_ANSWER, FOR_WANTED, StatusWork, read_goal, read_status
from ansible_collections.aks.dataplane.plugins.module_utils._work.stepwise import exit_stepwise


def arguments() -> ArgumentSpec:
    look = ArgumentSpec(
        {
            "exec": {"type": "bool", "default": False},
            "since": {"type": "str"},
            "wait_for": {"type": "str", "choices": [FOR_WANTED, FOR_ANSWER], "default": FOR_WANTED},
            "earlier_look": {"type": "dict"},
        }
    )
    return CLUSTER.merge(AZURE, KUBERNETES, SERVER, HOME, api_server.VIA, registry.status_options(), look, wait_arguments(900))


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    check_wait_arguments(params)
    if params["exec"] and params["kubernetes_via"] == api_server.COMMAND:
        raise DataplaneError(
            "exec=true and kubernetes_via=command exclude each other: AKS's run command only reads.",
            remedy="Set exec to false, or run where the API server can be reached, with kubernetes_via=direct.",
            code="InvalidInput",
        )
    work = StatusWork(
        connect=lambda: api_server.connect_to_read(
            params, functools.cache(lambda: arm.connect(params)), STATUS, check_mode=module.check_mode
        ),
        goal=read_goal(params),
        read=functools.partial(read_status, home=params["node_resource_group_id"] or ""),
        questions=Questions(ask_agents=params["exec"], since=read_since(params["since"])),
        result={"changed": False, "cluster": {"resource_group": params["resource_group"], "name": params["name"]}},
        earlier=read_earlier(params["earlier_look"]),
        wait_for=params["wait_for"],
        confirm=params["poll_interval"],
    )
    exit_stepwise(module, work.advance)


def main() -> None:
    module = ControllerModule(supports_check_mode=True, **arguments().to_kwargs())
    run_on_controller(module, body)


if __name__ == "__main__":
    main()
