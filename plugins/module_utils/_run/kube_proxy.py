"""The kube-proxy configuration as the data plane of a run."""

from __future__ import annotations

import typing as t

from .data_plane import DataPlane
from .settings import KUBE_PROXY, Json, Settings, flag


def _needs_feature(settings: Settings) -> bool:
    """Disabling kube-proxy is the one thing that AKS takes of it without the feature."""
    declared = settings.kube_proxy if isinstance(settings.kube_proxy, t.Mapping) else {}
    return flag(declared.get("enabled", (declared.get("config") or {}).get("enabled", True)))


def _in_words(configuration: Json) -> str:
    return str(configuration.get("mode")) if configuration.get("enabled") else "disabled"


def _value_in_words(value: Json) -> str:
    config = value.get("config", {})
    return str(config.get("mode", "the default of AKS")) if config.get("enabled", True) else "disabled"


def _question(configuration: Json) -> Json:
    # An option cannot be null where it has choices.
    ipvs = {name: value for name, value in (configuration.get("ipvs_config") or {}).items() if value is not None}
    asked = {"enabled": configuration.get("enabled"), "mode": configuration.get("mode") or None, "ipvs_config": ipvs or None}
    return {name: value for name, value in asked.items() if value is not None}


DATA_PLANE = DataPlane(
    subject="kube_proxy",
    variable=KUBE_PROXY,
    example="aks_dataplane_kube_proxy={mode: NFTABLES}",
    playbook="aks.dataplane.kube_proxy",
    wait_timeout=3600,
    rollout_timeout=900,
    looks_first=False,
    monitor_lines=False,
    needs_feature=_needs_feature,
    resolves=True,
    declared=lambda settings: {},
    in_words=_in_words,
    wanted_in_words=lambda settings: "the configuration",
    value_in_words=_value_in_words,
    same=lambda before, after: before == after,
    preflight_options=lambda settings: {},
    question=_question,
    watched=lambda settings: False,
    restoring=lambda former: {"config": former},
    left_on=lambda before, after: False,
    left_on_text=lambda settings: "",
)
