# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a cluster's Cilium that follow from its configuration, as published manifests show them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..arm import acns

DISTROLESS_SINCE = (1, 18)
# Kubernetes minor version to Cilium; the image's tag.
VERSIONS = {"1.33": "1.17.17", "1.34": "1.18.11", "1.35": "1.18.11", "1.36": "1.19.5"}

AGENT, MONITOR, MERGER = "cilium-agent", "azure-iptables-monitor", "azure-ip-masq-merger"
BLOCKER, GATE = "iptables-blocker-init", "azure-iptables-monitor-init"
COMMON_INIT = ("install-cni-binaries", "mount-cgroup", "apply-sysctl-overwrites", "mount-bpf-fs", "clean-cilium-state")

MONITOR_IMAGE = "mcr.microsoft.com/containernetworking/azure-iptables-monitor:v0.0.3"
MERGER_IMAGE = "mcr.microsoft.com/containernetworking/azure-ip-masq-merger:v0.0.1-0"


def has_cilium(body: t.Mapping[str, t.Any]) -> bool:
    network = body["properties"].get("networkProfile") or {}
    return str(network.get("networkDataplane")).lower() == "cilium"


@dataclasses.dataclass(frozen=True)
class Manifest:
    """accelerated: with eBPF host routing. overlay: else pods have addresses of a subnet."""

    version: str
    accelerated: bool
    dual_stack: bool = False
    overlay: bool = True

    @property
    def image(self) -> str:
        minor = tuple(int(part) for part in self.version.split(".")[:2])
        name = "cilium-distroless" if minor >= DISTROLESS_SINCE else "cilium"
        return f"mcr.microsoft.com/containernetworking/cilium/{name}:v{self.version}"

    @property
    def init_containers(self) -> tuple[str, ...]:
        """In their order: the blocker comes before the gate, which dual-stack clusters do not have."""
        if not self.accelerated:
            return COMMON_INIT
        if self.dual_stack:
            return (BLOCKER, *COMMON_INIT, "start-ipv6-hp-bpf")
        return (BLOCKER, GATE, *COMMON_INIT)

    @property
    def containers(self) -> tuple[str, ...]:
        return (AGENT, MONITOR, MERGER) if self.accelerated and self.overlay else (AGENT, MONITOR)

    def pod_spec(self) -> dict[str, t.Any]:
        return {
            "hostNetwork": True,
            "priorityClassName": "system-node-critical",
            "serviceAccountName": "cilium",
            "tolerations": [{"operator": "Exists"}],
            "initContainers": [self._container(name) for name in self.init_containers],
            "containers": [self._container(name) for name in self.containers],
        }

    def image_of(self, container: str) -> str:
        return {BLOCKER: MONITOR_IMAGE, GATE: MONITOR_IMAGE, MONITOR: MONITOR_IMAGE, MERGER: MERGER_IMAGE}.get(container, self.image)

    def _container(self, name: str) -> dict[str, t.Any]:
        commands = {
            AGENT: ["cilium-agent", "--config-dir=/tmp/cilium/config-map"],
            BLOCKER: ["/azure-block-iptables", "-mode=attach", "-overwrite=true"],
            GATE: ["/azure-iptables-monitor", "-v", "3", "-events=true", "-terminateOnSuccess=true"],
            MONITOR: ["/azure-iptables-monitor", "-v", "3", "-events=true", *(["-checkMap=true"] if self.accelerated else [])],
            MERGER: ["/azure-ip-masq-merger", "-v", "2"],
        }
        container = {"name": name, "image": self.image_of(name), "securityContext": {"privileged": True}}
        return container | ({"command": commands[name]} if name in commands else {})

    def config(self) -> dict[str, str]:
        """The data of ConfigMap cilium-config, as far as it differs between clusters or is asked for."""
        common = {
            "kube-proxy-replacement": "true",
            "kube-proxy-replacement-healthz-bind-address": "0.0.0.0:10256",
            "routing-mode": "native",
            "datapath-mode": "veth",
            "bpf-lb-mode": "snat",
            "bpf-lb-acceleration": "disabled",
            "prometheus-serve-addr": ":9962",
        }
        on = "true" if self.accelerated else "false"
        found = {
            **common,
            "enable-host-legacy-routing": "false" if self.accelerated else "true",
            "enable-bpf-masquerade": on,
            "enable-ipv4-masquerade": on,
            "enable-ip-masq-agent": on,
        }
        if self.dual_stack:
            found |= {"enable-ipv6": "true", "enable-ipv6-masquerade": on, "enable-l7-proxy": "false"}
        return found if self.overlay else found | {"enable-remote-node-masquerade": "false"}


def manifest_of(body: t.Mapping[str, t.Any]) -> Manifest:
    """The manifest for a stored cluster that has Cilium."""
    properties = body["properties"]
    network = properties["networkProfile"]
    kubernetes = properties.get("currentKubernetesVersion") or properties["kubernetesVersion"]
    return Manifest(
        version=VERSIONS.get(".".join(kubernetes.split(".")[:2]), VERSIONS["1.34"]),
        accelerated=acns.accelerated(network.get("advancedNetworking")),
        dual_stack="IPv6" in (network.get("ipFamilies") or ()),
        overlay=network.get("networkPluginMode") == "overlay",
    )
