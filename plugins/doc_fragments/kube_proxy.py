# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The kube-proxy configuration; the specification is in module_utils/_aks/kube_proxy/options.py."""

    DOCUMENTATION = r"""
options:
  enabled:
    description:
      - Whether AKS runs kube-proxy in the cluster. Only clusters with a custom CNI (bring your own CNI, network plugin V(none)) can disable it.
      - V(true) when O(mode) or O(ipvs_config) is set and this is not.
    type: bool
  mode:
    description:
      - The mode of kube-proxy.
      - V(IPVS) needs Kubernetes 1.22, V(NFTABLES) needs Kubernetes 1.33.
      - With kube-proxy enabled and without O(mode), an existing mode stays unchanged.
      - Not together with O(enabled=false), since a disabled kube-proxy has no mode.
    type: str
    choices: [IPTABLES, IPVS, NFTABLES]
  ipvs_config:
    description:
      - Settings of the IPVS mode. They need O(mode=IPVS), or no O(mode) and a cluster in IPVS mode.
      - Omitted settings stay unchanged in the cluster.
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
  config:
    description:
      - The whole configuration in the JSON format that C(az aks update --kube-proxy-config) takes. It replaces what the cluster has.
      - The keys are C(enabled), C(mode) and C(ipvsConfig) with C(scheduler), C(tcpTimeoutSeconds), C(tcpFinTimeoutSeconds) and C(udpTimeoutSeconds).
      - C(enabled) is required, because AKS reads a missing one as V(false).
    type: dict
  config_file:
    description:
      - Path of a JSON file with the value of O(config), on the machine that runs the module.
      - A relative path begins at the directory in which Ansible was started. A file that is only in the folder of the playbook is found there.
    type: path
requirements:
  - jsonschema >= 4.18.0
"""
