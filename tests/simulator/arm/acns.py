# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS makes of C(advancedNetworking), and what it refuses about it.

How it is stored was recorded. What AKS says about rules of users and about a missing C(enabled) was published. That it refuses ACNS without any
feature is known, and what else eBPF host routing needs is documented, but no text and no code of such a refusal: those here are made up.
"""

from __future__ import annotations

import copy
import re
import typing as t

from ..errors import ApiError, aks
from .validation import minor_of

TARGET = "networkProfile.advancedNetworking"
MODES = ("BpfVeth", "None")
FEATURES = ("observability", "security")

# What it is offered on: of these systems, not the images for other purposes.
IMAGES = re.compile(r"AKSUbuntu-2404|AKSAzureLinux-V3")
SPECIAL = re.compile(r"kata|cvm|osguard", re.IGNORECASE)

Leaf = t.Mapping[str, t.Any]


def leaf_of(body: t.Mapping[str, t.Any]) -> Leaf | None:
    profile = (body.get("properties") or {}).get("networkProfile") or {}
    return profile.get("advancedNetworking")


def accelerated(leaf: Leaf | None) -> bool:
    """Whether eBPF host routing is wanted."""
    return leaf is not None and _mode(leaf) == "BpfVeth"


def stored_form(sent: Leaf, dataplane: str) -> dict[str, t.Any]:
    """AKS replaces this object: parts that are left out go to their defaults, acceleration included."""
    if not sent.get("enabled"):
        return {"enabled": False, "observability": {"enabled": False}, "security": {"enabled": False}}
    observability = {"enabled": True, **(sent.get("observability") or {})}
    security = {"enabled": dataplane == "cilium", **(sent.get("security") or {})}
    if security["enabled"]:
        security.setdefault("advancedNetworkPolicies", "FQDN")
        security.setdefault("transitEncryption", {"type": "None"})
    kept = {key: copy.deepcopy(value) for key, value in sent.items() if key not in FEATURES}
    return {**kept, "enabled": True, "observability": observability, "security": security}


def check(merged: t.Mapping[str, t.Any], leaf: Leaf | None, before: Leaf | None, user_rules: int) -> None:
    """Refuse a configuration.

    merged: the cluster as it would be. leaf: what the request holds, None when it holds none. before: what is stored. user_rules: number of
    nodes that are not known to be free of iptables rules of users.
    """
    if leaf is None:
        return
    if "enabled" not in leaf:
        message = f"Failed to set AdvancedNetworking enablement. Missing required field {TARGET}.enabled."
        raise aks(400, "BadRequest", message, target=f"{TARGET}.enabled")
    mode = _mode(leaf)
    if mode not in MODES:
        raise _refused(f"Value '{mode}' of performance.accelerationMode is not supported, allowed: {', '.join(MODES)}.", "Mode")
    if not leaf.get("enabled"):
        if mode == "BpfVeth":
            raise _refused("Acceleration mode BpfVeth requires advanced container networking services to be enabled.", "RequiresACNS")
        return
    if all((leaf.get(feature) or {}).get("enabled") is False for feature in FEATURES):
        raise _refused("Advanced container networking services require observability or security to be enabled.", "NoFeature", "")
    if mode == "BpfVeth" and (before is None or _mode(before) != mode):
        _check_host_routing(merged)
        if user_rules:
            raise aks(
                400,
                "BadRequest",
                f"User-installed iptables rules found. Number of affected nodes is {user_rules}. Please remove the iptables rules before enabling "
                "advanced networking performance (advancedNetworking.performance.accelerationMode = BpfVeth). If there are no user-installed "
                "iptables rules, please try again after some time.",
            )


def _check_host_routing(merged: t.Mapping[str, t.Any]) -> None:
    properties = merged["properties"]
    if (properties.get("networkProfile") or {}).get("networkDataplane") != "cilium":
        raise _refused("Acceleration mode BpfVeth requires network dataplane cilium.", "RequiresCilium")
    pools = properties.get("agentPoolProfiles") or []
    versions = [properties.get("currentKubernetesVersion"), *(pool.get("currentOrchestratorVersion") for pool in pools)]
    if any(minor_of(version) < (1, 33) for version in versions if version):
        raise _refused("Acceleration mode BpfVeth requires Kubernetes version 1.33.0 or later.", "KubernetesVersion")
    for pool in pools:
        image, runtime = pool.get("nodeImageVersion") or "", pool.get("workloadRuntime") or ""
        if pool.get("osType") == "Windows" or IMAGES.search(image) is None or SPECIAL.search(image) or SPECIAL.search(runtime):
            raise _refused(
                f"Acceleration mode BpfVeth requires Ubuntu 24.04 or Azure Linux 3.0, agent pool {pool['name']} has another.", "OS"
            )


def _mode(leaf: Leaf) -> str:
    text = (leaf.get("performance") or {}).get("accelerationMode") or "None"
    return next((mode for mode in MODES if mode.lower() == text.lower()), text)


def _refused(message: str, subcode: str, field: str = ".performance.accelerationMode") -> ApiError:
    return aks(400, "BadRequest", message, subcode=f"AdvancedNetworking{subcode}", target=f"{TARGET}{field}")
