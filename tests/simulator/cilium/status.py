# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What C(cilium-dbg status -o json) prints in an agent, in the shape of its version; only the parts about routing and masquerading."""

from __future__ import annotations

import typing as t

from .pods import CiliumPod

ROUTING_SINCE = (1, 16)


def status(pod: CiliumPod) -> dict[str, t.Any]:
    manifest = pod.manifest
    mode = "BPF" if manifest.accelerated and not pod.legacy else "Legacy"
    protocols = {"ipv4": manifest.accelerated, "ipv6": manifest.accelerated and manifest.dual_stack}
    masquerading: dict[str, t.Any] = {"enabled": manifest.accelerated, "enabled-protocols": protocols}
    if manifest.accelerated:
        masquerading |= {"mode": "BPF", "ip-masq-agent": True, "snat-exclusion-cidr-v4": "10.244.0.0/16"}
    reported: dict[str, t.Any] = {
        "cilium": {"state": "Ok", "msg": f"{manifest.version} (v{manifest.version}-5ce8ac5e)"},
        "cni-file": {"state": "Disabled", "msg": "CNI configuration management disabled"},
        "ipam": {"status": "IPAM delegated to plugin"},
        "kube-proxy-replacement": {"mode": "True", "devices": ["eth0"], "features": {"nodePort": {"enabled": True, "mode": "SNAT"}}},
        "kubernetes": {"state": "Ok"},
        "masquerading": masquerading,
    }
    if tuple(int(part) for part in manifest.version.split(".")[:2]) >= ROUTING_SINCE:
        return reported | {"routing": {"inter-host-routing-mode": "Native", "intra-host-routing-mode": mode, "tunnel-protocol": ""}}
    return reported | {"host-routing": {"mode": mode}}
