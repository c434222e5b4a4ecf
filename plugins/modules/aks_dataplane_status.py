#!/usr/bin/python
# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_dataplane_status
short_description: Tell what kube-proxy and host routing really do on every node of an AKS cluster
description:
  - Asks every node's kube-proxy itself, through the Kubernetes API server, for its mode, its configuration, its health and how current its
    rules are.
  - On clusters with Azure CNI Powered by Cilium it also tells whether every node routes with eBPF host routing, from what AKS and Cilium
    leave in the cluster, and with O(exec) from each Cilium agent itself.
  - Tells a state for each node and one verdict for the cluster. What cannot be proven is C(unknown), and never counts as good.
  - With O(enabled), O(mode), O(ipvs_config) or O(host_routing) the verdict is about that, and the module waits until it is reached or
    O(wait_timeout) is up.
  - A bad verdict is a result and not a failure. The module fails when it cannot ask.
  - Once the API server has answered, the module waits for it until O(wait_timeout) is up, through refused connections, HTTP 401, 403, 429 and 5xx.
options:
  enabled:
    description:
      - Whether kube-proxy is wanted at all. V(false) wants no DaemonSet and no pod of it.
      - V(true) when O(mode) or O(ipvs_config) is set and this is not.
    type: bool
  mode:
    description:
      - The mode that is wanted on every node.
      - When kube-proxy is wanted and no mode is given, any mode will do, as long as it is the same on all nodes.
    type: str
    choices: [IPTABLES, IPVS, NFTABLES]
  ipvs_config:
    description:
      - The settings that are wanted of the IPVS mode. They want that mode too.
      - A setting that is left out may be anything.
    type: dict
    suboptions:
      scheduler:
        description: How connections are spread over the endpoints of a service.
        type: str
        choices: [LeastConnection, RoundRobin]
      tcp_timeout_seconds:
        description: Seconds after which an idle TCP connection is forgotten. A positive number.
        type: int
      tcp_fin_timeout_seconds:
        description: Seconds after which a TCP connection that was closed by one side is forgotten. A positive number.
        type: int
      udp_timeout_seconds:
        description: Seconds after which an idle UDP flow is forgotten. A positive number.
        type: int
  host_routing:
    description:
      - Whether eBPF host routing is wanted on every node. Then nothing can be wanted of kube-proxy, because Cilium replaces it.
      - V(enabled) wants AKS's label on every Linux node, C(cilium-config) to say so, the DaemonSet C(cilium) rolled out with its blocker of
        iptables rules attached, no iptables rules that AKS does not know, and no kube-proxy.
      - V(disabled) wants no such label, and C(cilium-config) to say so.
    type: str
    choices: [disabled, enabled]
  exec:
    description:
      - Whether to run C(cilium-dbg status) in each Cilium agent, which is the only direct proof. Without it an agent that fell back to legacy
        routing on its own is not noticed.
      - It needs the permission to create C(pods/exec) in the namespace C(kube-system). Has no effect when something is wanted of kube-proxy.
    type: bool
    default: false
  since:
    description:
      - A time in ISO 8601, in UTC unless it says otherwise, for example the one at which the switch began. Events of AKS's iptables monitor
        from then on speak against eBPF host routing.
      - Without it no events are read. Kubernetes keeps them for about an hour. Has no effect when something is wanted of kube-proxy.
    type: str
  wait_for:
    description:
      - What ends the wait. V(wanted) waits until what is wanted is there, V(answer) only until the nodes were seen.
      - The look that V(answer) makes before a change is what later looks are compared with, see O(earlier_look).
    type: str
    choices: [wanted, answer]
    default: wanted
  earlier_look:
    description:
      - How an earlier call of the same run saw the cluster, its RV(look). Its keys may change at any time.
      - An API server that has answered in the run is then waited for until O(wait_timeout) is up, whatever it says in the meantime.
      - Nodes that could not be verified before the change fail nothing afterwards. They are in RV(verdict.not_verifiable).
    type: dict
  wait_timeout:
    description: Seconds to wait for what is wanted. When they are up, the module ends with the verdict as it is then.
    type: int
    default: 900
notes:
  - In Kubernetes it needs the permissions to list nodes, and in the namespace C(kube-system) to list pods and to get C(pods/proxy), C(pods/log)
    and C(daemonsets). It never uses C(nodes/proxy).
  - On clusters with Cilium it also needs, unless something is wanted of kube-proxy, to get C(configmaps) in C(kube-system), to list
    C(ciliumnodes), and with O(since) to list C(events) in the namespace C(default).
  - Azure is asked only for the cluster's credentials, and not at all when O(kubeconfig) is given.
  - Nodes that are not ready are C(unknown). Windows nodes and virtual nodes do not count.
extends_documentation_fragment:
  - aks.dataplane.attributes
  - aks.dataplane.attributes.info
  - aks.dataplane.azure
  - aks.dataplane.cluster
  - aks.dataplane.kubernetes
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
- name: Tell what kube-proxy does on each node
  aks.dataplane.aks_dataplane_status:
    resource_group: rg-prod
    name: aks-prod
  register: status

- name: Wait until every node runs kube-proxy in nftables mode
  aks.dataplane.aks_dataplane_status:
    resource_group: rg-prod
    name: aks-prod
    mode: NFTABLES
    wait_timeout: 1200
  register: status
  failed_when: status.verdict.state != "wanted"

- name: Check the IPVS settings of each node once, with a kubeconfig and without Azure
  aks.dataplane.aks_dataplane_status:
    resource_group: rg-prod
    name: aks-prod
    kubeconfig: ~/.kube/aks-prod
    ipvs_config:
      scheduler: LeastConnection
      tcp_timeout_seconds: 900
    wait: false

- name: Prove eBPF host routing on every node, by the agents' own word
  aks.dataplane.aks_dataplane_status:
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
  description: What the nodes come to, for what is wanted; with nothing wanted for kube-proxy.
  returned: success
  type: dict
  contains:
    state:
      description:
        - With something wanted V(wanted) when every node and the DaemonSet are as wanted, V(other) when they are known not to be, V(mixed)
          when nodes differ or contradict the DaemonSet, V(unknown) when something is not proven.
        - With nothing wanted the mode that all nodes have, V(iptables), V(ipvs) or V(nftables), or V(disabled), V(mixed), V(unknown).
      type: str
      sample: mixed
    wanted:
      description:
        - The wanted mode of kube-proxy, V(disabled), or V(enabled) when any mode will do. Null when nothing is wanted.
        - For host routing V(enabled) or V(disabled).
      type: str
      sample: nftables
    nodes_wanted:
      description: How many nodes are proven to be as wanted.
      type: int
      sample: 2
    nodes_total:
      description: How many nodes count.
      type: int
      sample: 3
    seen:
      description:
        - V(good) when every node that counts was seen to be as wanted, V(bad) when one was seen not to be, V(not_seen) when neither is known,
          for example because the API server did not answer. Null when nothing is wanted.
        - What may pass by itself, such as a pod that is not ready, is V(bad) after O(poll_interval) seconds.
      type: str
      sample: bad
    not_verifiable:
      description: Nodes that could not be verified before the change either, and so fail nothing. Empty without O(earlier_look).
      type: list
      elements: dict
      contains:
        name:
          description: Name of the node.
          type: str
          sample: aks-nodepool1-12345678-vmss000002
        reasons:
          description: What speaks against the node.
          type: list
          elements: str
          sample: ["the node is not Ready, so nothing about it is proven"]
    reasons:
      description: What speaks against the wanted state, for the first ten nodes.
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
      description: Whether Kubernetes says that the node is ready.
      type: bool
      sample: true
    schedulable:
      description: Whether new pods may come to the node, so V(false) when it is cordoned.
      type: bool
      sample: true
    state:
      description:
        - With kube-proxy wanted V(wanted), V(other), V(mixed) when kube-proxy contradicts itself, or V(unknown) when the node is not proven.
        - Otherwise the proven mode, V(disabled), V(mixed) or V(unknown).
        - V(not_applicable) for nodes that do not count.
      type: str
      sample: wanted
    mode:
      description: The mode that kube-proxy says it runs in, null when it did not say.
      type: str
      sample: nftables
    reasons:
      description: What speaks against the node.
      type: list
      elements: str
      sample: []
    seen:
      description: V(good), V(bad) or V(not_seen), as in RV(verdict.seen). Null for nodes that do not count.
      type: str
      sample: good
    bad_since:
      description: Since when the node is seen bad. Null when it is not.
      type: str
      sample: null
    excused:
      description: Whether the node could not be verified before the change either, and so fails nothing.
      type: bool
      sample: false
    healthz_status:
      description: The HTTP status of kube-proxy's own health check, 200 when it is healthy.
      type: int
      sample: 200
    sync_failures:
      description: How many times kube-proxy could not write its rules since it started.
      type: int
      sample: 0
    ipvs_config:
      description: The settings of the IPVS mode as kube-proxy reports them, null in other modes. Zero seconds is the kernel's own timeout.
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
      description: The mode that its template starts kube-proxy in, null when the template does not tell.
      type: str
      sample: nftables
    generation:
      description: Number of its newest version.
      type: int
      sample: 4
    observed_generation:
      description: Number of the version that Kubernetes has taken up.
      type: int
      sample: 4
    desired:
      description: How many pods there should be.
      type: int
      sample: 3
    updated:
      description: How many pods are of the newest version.
      type: int
      sample: 2
    ready:
      description: How many pods are ready.
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
      description: Kubernetes' word for it.
      type: str
      sample: CrashLoopBackOff
    restarts:
      description: How many times it was started again.
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
    - How the nodes of a cluster with Cilium route. Null when something is wanted of kube-proxy, and for a cluster without Cilium unless
      O(host_routing) is set.
  returned: success
  type: dict
  contains:
    verdict:
      description:
        - As RV(verdict). With nothing wanted its state is V(bpf) for eBPF host routing, V(legacy), V(mixed) or V(unknown).
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
          description: With host routing wanted V(wanted), V(other), V(mixed) or V(unknown), otherwise the proven mode, V(mixed) or V(unknown).
          type: str
          sample: wanted
        mode:
          description: How the node routes, V(bpf) or V(legacy), as the agent tells, else as the label does. Null where that is not certain.
          type: str
          sample: bpf
        label:
          description: The value of the node's label C(kubernetes.azure.com/ebpf-host-routing), null without it.
          type: str
          sample: "true"
        agent:
          description: What the Cilium agent says of itself, null when it was not asked.
          type: dict
          sample:
            routing: bpf
            masquerading: BPF
            kube_proxy_replacement: "True"
            errors: []
        init_containers:
          description: The init containers of the Cilium pod. One that has ended well has exit code 0.
          type: list
          elements: dict
          sample:
            - name: iptables-blocker-init
              exit_code: 0
              running: false
              restarts: 0
        user_rules:
          description: Whether AKS's iptables monitor finds rules that it does not know. Null where it does not say.
          type: bool
          sample: false
        unexpected_rules:
          description: The rules that the monitor does not know, as its log names them. While the agent starts, it is held back by them.
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
      description: The settings of C(cilium-config) that matter.
      type: dict
      sample:
        enable-host-legacy-routing: "false"
        enable-bpf-masquerade: "true"
        kube-proxy-replacement: "true"
    notes:
      description: What is unusual in C(cilium-config), but speaks neither for nor against.
      type: list
      elements: str
      sample: []
look:
  description: What a later call of the same run gets as O(earlier_look). Its keys may change at any time.
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

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_STABLE
from ansible_collections.aks.dataplane.plugins.module_utils._arm import client as arm
from ansible_collections.aks.dataplane.plugins.module_utils._arm.argspec import AZURE, CLUSTER
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clusters import Clusters
from ansible_collections.aks.dataplane.plugins.module_utils._common.argspec import ArgumentSpec
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import ControllerModule, run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.waiting import check_wait_arguments, wait_arguments
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._observe.questions import Questions
from ansible_collections.aks.dataplane.plugins.module_utils._verify.earlier import read_earlier
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.answers import read_since
from ansible_collections.aks.dataplane.plugins.module_utils._work.status import FOR_ANSWER, FOR_WANTED, StatusWork, read_goal
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
    return CLUSTER.merge(AZURE, KUBERNETES, registry.status_options(), look, wait_arguments(900))


def body(module: AnsibleModule) -> None:
    params: dict[str, t.Any] = module.params
    check_wait_arguments(params)
    work = StatusWork(
        connect=lambda: _client(params),
        goal=read_goal(params),
        questions=Questions(ask_agents=params["exec"], since=read_since(params["since"])),
        result={"changed": False, "cluster": {"resource_group": params["resource_group"], "name": params["name"]}},
        earlier=read_earlier(params["earlier_look"]),
        wait_for=params["wait_for"],
        confirm=params["poll_interval"],
    )
    exit_stepwise(module, work.advance)


def _client(params: t.Mapping[str, t.Any]) -> KubeClient:
    def fetch(admin: bool) -> str:
        clusters = Clusters(arm.connect(params), DEFAULT_STABLE)
        return clusters.user_kubeconfig(params["resource_group"], params["name"], admin)

    return connect(params, fetch)


def main() -> None:
    module = ControllerModule(supports_check_mode=True, **arguments().to_kwargs())
    run_on_controller(module, body)


if __name__ == "__main__":
    main()
