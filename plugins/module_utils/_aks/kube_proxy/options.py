"""The options that declare a kube-proxy configuration, and what they come to."""

from __future__ import annotations

import typing as t

from ..._common.argspec import ArgumentSpec
from ..._common.errors import DataplaneError
from ..._common.json_parts import ReadJsonObject
from .configuration import MODES, SCHEDULERS, IpvsConfig, KubeProxyDeclaration
from .schema import INT32_MAX, check_config

DECLARING = ("enabled", "mode", "ipvs_config", "config", "config_file")
_TIMEOUTS = ("tcp_timeout_seconds", "tcp_fin_timeout_seconds", "udp_timeout_seconds")

KUBE_PROXY = ArgumentSpec(
    options={
        "enabled": {"type": "bool"},
        "mode": {"type": "str", "choices": list(MODES)},
        "ipvs_config": {
            "type": "dict",
            "options": {
                "scheduler": {"type": "str", "choices": list(SCHEDULERS)},
                **{name: {"type": "int"} for name in _TIMEOUTS},
            },
        },
        "config": {"type": "dict"},
        "config_file": {"type": "path"},
    },
    mutually_exclusive=(
        ("config", "config_file"),
        *((one, part) for one in ("config", "config_file") for part in ("enabled", "mode", "ipvs_config")),
    ),
)

KUBE_PROXY_STATE = KUBE_PROXY.merge(
    ArgumentSpec(
        options={"state": {"type": "str", "choices": ["present", "default"], "default": "present"}},
        required_if=(("state", "present", DECLARING, True),),
    )
)


def declaration_from_params(params: t.Mapping[str, t.Any], read_json_object: ReadJsonObject) -> KubeProxyDeclaration:
    """What a module's options declare.

    params: the options of C(KUBE_PROXY_STATE), those that are missing count as not set. read_json_object: called for C(config_file) only.
    DataplaneError, with what, where and what is allowed, for a declaration that cannot be.
    """
    declared = [name for name in DECLARING if params.get(name) is not None]
    if params.get("state") == "default":
        if declared:
            raise DataplaneError(
                f"state is default, which takes no configuration, but {' and '.join(declared)} is set.",
                remedy="Remove it, or use state=present.",
            )
        return KubeProxyDeclaration("default")
    if params.get("config_file") is not None:
        path = params["config_file"]
        return KubeProxyDeclaration("whole", config=check_config(read_json_object(path, "config_file"), path))
    if params.get("config") is not None:
        return KubeProxyDeclaration("whole", config=check_config(params["config"], "config"))
    return partial_declaration(params)


def partial_declaration(params: t.Mapping[str, t.Any]) -> KubeProxyDeclaration:
    """What C(enabled), C(mode) and C(ipvs_config) declare; those that are missing count as not set. DataplaneError for what cannot be."""
    enabled, mode, ipvs = params.get("enabled"), params.get("mode"), params.get("ipvs_config")
    if enabled is False and (mode is not None or ipvs is not None):
        cause = f"mode is {mode}" if mode is not None else "ipvs_config is set"
        raise DataplaneError(f"enabled is false, but {cause}.", remedy="A disabled kube-proxy has no mode: remove one of the two.")
    if ipvs is not None and mode is not None and mode != "IPVS":
        raise DataplaneError(
            f"ipvs_config is set, but mode is {mode}.",
            remedy="Use mode IPVS, the only one with these settings, or remove ipvs_config.",
        )
    return KubeProxyDeclaration("partial", enabled=enabled, mode=mode, ipvs=None if ipvs is None else _ipvs(ipvs))


def _ipvs(options: t.Mapping[str, t.Any]) -> IpvsConfig:
    for name in _TIMEOUTS:
        value = options.get(name)
        if value is not None and not 1 <= value <= INT32_MAX:
            raise DataplaneError(f"ipvs_config.{name} is {value}, but must be a number of seconds from 1 to {INT32_MAX}.")
    return IpvsConfig(scheduler=options.get("scheduler"), **{name: options.get(name) for name in _TIMEOUTS})
