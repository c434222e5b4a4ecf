# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS refuses about C(kubeProxyConfig), with the codes that are known from real life.

The text for a missing feature and for Kubernetes below 1.33 was never published; the codes are those of the troubleshooting article.
"""

from __future__ import annotations

import typing as t

from ..errors import ApiError, aks
from . import api_versions

MODES = ("IPTABLES", "IPVS", "NFTABLES")
SCHEDULERS = ("LeastConnection", "RoundRobin")
TIMEOUTS = ("tcpTimeoutSeconds", "tcpFinTimeoutSeconds", "udpTimeoutSeconds")
TARGET = "networkProfile.kubeProxyConfig"

Leaf = t.Mapping[str, t.Any]


def leaf_of(body: t.Mapping[str, t.Any]) -> Leaf | None:
    profile = (body.get("properties") or {}).get("networkProfile") or {}
    return profile.get("kubeProxyConfig")


def stored_form(leaf: Leaf) -> dict[str, t.Any]:
    """As ARM keeps and shows it: false is left out."""
    return {key: value for key, value in leaf.items() if not (key == "enabled" and value is False)}


def check(merged: t.Mapping[str, t.Any], leaf: Leaf | None, before: Leaf | None, version: str, feature: bool) -> None:
    """Refuse a configuration.

    merged: the cluster as it would be. leaf: what the request holds, None when it holds none. before: what is stored, in stored form.
    feature: whether the preview feature is in effect.
    """
    if leaf is None or (before is not None and stored_form(leaf) == before):
        return
    network = merged["properties"].get("networkProfile") or {}
    byo = network.get("networkPlugin") == "none"
    cilium = network.get("networkDataplane") == "cilium"
    enabled = leaf.get("enabled") is True
    if not leaf and (cilium or byo):
        return
    if not feature and not (byo and not enabled):
        raise _feature_missing()
    _check_values(leaf, version, byo)
    if cilium and enabled:
        raise aks(
            400,
            "BadRequest",
            "Cilium dataplane requires kube-proxy to be disabled.",
            subcode="CiliumDataplaneRequiresKubeProxyConfigDisabled",
            target=f"{TARGET}.enabled",
        )
    if not enabled and not byo and not cilium:
        raise aks(
            400,
            "KubeProxyConfigDisabledBYOCNIOnly",
            _preflight(
                "Disabling kube-proxy is only allowed for bring your own (BYO) CNI clusters. For more information, please check "
                "https://aka.ms/byo-cni."
            ),
            target=f"{TARGET}.enabled",
        )
    if enabled and leaf.get("mode") == "NFTABLES" and _minor(merged) < (1, 33):
        raise aks(
            400,
            "BadRequest",
            "kube-proxy mode NFTABLES requires Kubernetes version 1.33.0 or later.",
            subcode="KubeProxyConfigNFTablesKubernetesVersion",
            target=f"{TARGET}.mode",
        )


def _feature_missing() -> ApiError:
    return aks(
        400,
        "KubeProxyConfigFeatureNotRegistered",
        "Feature Microsoft.ContainerService/KubeProxyConfigurationPreview is not enabled. "
        "Please see https://aka.ms/aks/previews for how to enable features.",
        target=TARGET,
    )


def _check_values(leaf: Leaf, version: str, byo: bool) -> None:
    mode = leaf.get("mode")
    known = MODES if api_versions.knows_nftables(version) else MODES[:2]
    if mode is not None and mode not in known:
        raise _unsupported("mode", mode, known)
    ipvs = leaf.get("ipvsConfig")
    if ipvs is None:
        return
    if mode != "IPVS":
        raise aks(
            400,
            "KubeProxyConfigFieldUnsupported",
            f"Field ipvsConfig is only supported with kube-proxy mode IPVS, but mode is {mode or 'IPTABLES'}.",
            target=f"{TARGET}.ipvsConfig",
        )
    if ipvs.get("scheduler") is not None and ipvs["scheduler"] not in SCHEDULERS:
        raise _unsupported("ipvsConfig.scheduler", ipvs["scheduler"], SCHEDULERS)
    for name in TIMEOUTS:
        value = ipvs.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31):
            raise _unsupported(f"ipvsConfig.{name}", value, ("a positive integer",))


def _unsupported(field: str, value: t.Any, allowed: t.Sequence[str]) -> ApiError:
    return aks(
        400,
        "KubeProxyConfigValueUnsupported",
        _preflight(f"Value '{value}' of kubeProxyConfig.{field} is not supported, allowed: {', '.join(allowed)}."),
        target=f"{TARGET}.{field}",
    )


def _preflight(message: str) -> str:
    """As AKS wraps what it finds out before it begins."""
    return f"Preflight validation check for resource(s) for container service failed. Message: {message} Details: "


def _minor(merged: t.Mapping[str, t.Any]) -> tuple[int, int]:
    properties = merged["properties"]
    return minor_of(properties.get("currentKubernetesVersion") or properties.get("kubernetesVersion") or "0.0")


def minor_of(version: str) -> tuple[int, int]:
    major, minor = [*version.split("."), "0"][:2]
    return int(major), int(minor)
