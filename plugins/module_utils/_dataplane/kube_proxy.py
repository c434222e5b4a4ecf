"""The kube-proxy configuration as a data plane."""

from __future__ import annotations

import contextlib
import typing as t

from .._aks.api_versions import DEFAULT_KUBE_PROXY, check_api_version, check_kube_proxy
from .._aks.api_versions import KUBE_PROXY as SHOWS_KUBE_PROXY
from .._aks.comparison import Comparison
from .._aks.kube_proxy.configuration import (
    DEFAULT,
    MODES,
    IpvsConfig,
    KubeProxyConfig,
    KubeProxyDeclaration,
    compare,
    config_changes,
    effective,
    raw_leaf,
    resolve,
)
from .._aks.kube_proxy.options import DECLARING, KUBE_PROXY_STATE, declaration_from_params, partial_declaration
from .._aks.kube_proxy.schema import check_config
from .._aks.view import ClusterView
from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._common.json_parts import ReadJsonObject
from .._common.spelling import did_you_mean
from .._observe.kube_proxy.observation import observe
from .._observe.kube_proxy.preflight import read_facts
from .._preflight.facts import has_auto_provisioning
from .._preflight.kube_proxy.facts import KubeProxyFacts
from .._preflight.kube_proxy.rules import RULES
from .._verify.kube_proxy.expectation import KubeProxyExpectation, read_expectation
from .._verify.kube_proxy.judge import judge
from .._verify.kube_proxy.report import phase, to_result
from . import record_shape as shape
from .data_plane import (
    AuditQuestion,
    Change,
    Cleaning,
    Compare,
    DataPlane,
    Params,
    Preflight,
    Record,
    Rollback,
    SharedOptions,
    Verification,
)
from .declaration import Declaration, Json, flag
from .preflight import Checked, Sources

FEATURE = "KubeProxyConfigurationPreview"
# What nodes can be asked for.
_EXPECTED = ("enabled", "mode", "ipvs_config")


def _module_options(declaration: Declaration) -> Json:
    """Keys that there are not have been refused before."""
    declared = _mapping(declaration)
    return {name: declared[name] for name in KUBE_PROXY_STATE.options if name in declared}


def _mapping(declaration: Declaration) -> Json:
    """The declaration, as far as it has the shape of one: another is refused by the specification of the roles."""
    return declaration.value if isinstance(declaration.value, t.Mapping) else {}


def _unknown_keys(declaration: Declaration) -> str:
    unknown = [str(key) for key in _mapping(declaration) if key not in KUBE_PROXY_STATE.options]
    if not unknown:
        return ""
    known = ", ".join(sorted(KUBE_PROXY_STATE.options))
    question = next(filter(None, (did_you_mean(key, KUBE_PROXY_STATE.options) for key in unknown)), "")
    return f"aks_dataplane_kube_proxy has the unknown key {', '.join(unknown)}. The known ones are {known}.{question}"


def _is_declared(params: Params) -> bool:
    return params["state"] == "default" or any(params[name] is not None for name in DECLARING)


def _compare(params: Params, read_json_object: ReadJsonObject) -> Compare:
    """Refuses a mode that the cluster has and the api-version does not know, too."""
    wanted, api_version = declaration_from_params(params, read_json_object), params["api_version"]
    check_kube_proxy(api_version, wanted.declared_mode)

    def compared(raw: dict[str, t.Any]) -> Comparison:
        comparison = compare(raw, wanted)
        if comparison.changes:
            check_kube_proxy(api_version, comparison.after["mode"])
        return comparison

    return compared


def _check(params: Params, sources: Sources) -> Checked:
    wanted = declaration_from_params(params, sources.json_object)
    api_version = params["api_version"] or DEFAULT_KUBE_PROXY
    check_api_version(api_version)
    # That the wanted one does not show the configuration is a finding, not a failure.
    read_with = api_version if SHOWS_KUBE_PROXY.is_shown_by(api_version) else DEFAULT_KUBE_PROXY
    raw = sources.cluster(read_with)
    current = effective(raw_leaf(raw))
    # Before the slower reads, because it may refuse what is wanted.
    resolved = resolve(current, wanted)
    state, state_missing = sources.feature_state(FEATURE)
    api, api_missing = sources.kubernetes()
    facts = KubeProxyFacts(
        cluster=ClusterView.from_raw(raw, read_with),
        current=current,
        wanted=resolved,
        api_version=api_version,
        today=sources.day(),
        auto_provisioned=has_auto_provisioning(raw),
        feature_state=state,
        feature_missing_reason=state_missing,
        kube=read_facts(api) if api else None,
        kube_missing_reason=api_missing,
        observations=sources.observations(),
    )
    return Checked(facts, {"current": facts.current.to_dict(), "wanted": facts.wanted.to_dict(), "feature_state": state})


def _needs_feature(declaration: Declaration) -> bool:
    """Disabling kube-proxy is the one thing that AKS takes of it without the feature."""
    declared = _mapping(declaration)
    return flag(declared.get("enabled", (declared.get("config") or {}).get("enabled", True)))


def _expectation(params: Params) -> KubeProxyExpectation | None:
    partial_declaration(params)
    return read_expectation(params)


def _recorded(params: Params, read_json_object: ReadJsonObject) -> dict[str, t.Any]:
    """Without what was left out; a declaration that replaces everything is recorded by its meaning."""
    return _to_dict(declaration_from_params(params, read_json_object))


def _to_dict(wanted: KubeProxyDeclaration) -> dict[str, t.Any]:
    if wanted.kind == "default":
        return {"state": "default"}
    if wanted.kind == "whole":
        return effective(wanted.config).to_dict()
    ipvs = wanted.ipvs.to_dict() if wanted.ipvs else None
    declared = {"enabled": wanted.enabled, "mode": wanted.mode, "ipvs_config": ipvs}
    return {name: value for name, value in declared.items() if value is not None}


def _restore(before: Json) -> dict[str, t.Any]:
    config = _read_config(before)
    # The library would be loaded for what it has nothing to say about, in each run on each cluster.
    plain = config.ipvs is None and config.mode in MODES
    return config.to_arm() if plain else check_config(config.to_arm(), "The configuration to restore")


def _read_config(configuration: Json) -> KubeProxyConfig:
    return KubeProxyConfig(
        bool(configuration.get("enabled")), configuration.get("mode") or "IPTABLES", _read_ipvs(configuration.get("ipvs_config"))
    )


def _read_ipvs(settings: Json | None) -> IpvsConfig | None:
    config = IpvsConfig(**(settings or {}))
    return None if config == IpvsConfig() else config


def _is_left(before: Json, wanted: Json, now: Json) -> bool:
    current = _read_config(before)
    left = [current, *_targets(current, wanted)]
    return _read_config(now).to_dict() in [config.to_dict() for config in left]


def _targets(current: KubeProxyConfig, wanted: Json) -> t.Iterator[KubeProxyConfig]:
    """What a declaration in a record sets; one of everything may look there like one of all settings, so what either sets is in it."""
    if wanted.get("state") == "default":
        yield DEFAULT
        return
    if {"enabled", "mode", "ipvs_config"} <= set(wanted):
        yield _read_config(wanted)
    # One that does not fit to what the cluster had has set nothing.
    with contextlib.suppress(DataplaneError):
        yield resolve(
            current, KubeProxyDeclaration("partial", wanted.get("enabled"), wanted.get("mode"), _read_ipvs(wanted.get("ipvs_config")))
        )


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


# They do not clean up behind each other.
_LEAVING = ("IPTABLES", "IPVS")


def _is_leaving(configuration: Json) -> bool:
    return bool(configuration.get("enabled")) and configuration.get("mode") in _LEAVING


def _config_changes(before: Json, after: Json) -> list[dict[str, t.Any]]:
    return [change.to_dict() for change in config_changes(_read_config(before), _read_config(after))]


KUBE_PROXY = DataPlane(
    name="kube_proxy",
    title="kube-proxy",
    variable="aks_dataplane_kube_proxy",
    takes={"type": "dict", "options": KUBE_PROXY_STATE.options},
    read=lambda value: value or {},
    example="aks_dataplane_kube_proxy={mode: NFTABLES}",
    playbook="aks.dataplane.kube_proxy",
    objection=_unknown_keys,
    in_words=_in_words,
    options=SharedOptions(
        # What is required of them depends on the module.
        spec=ArgumentSpec(KUBE_PROXY_STATE.options, KUBE_PROXY_STATE.mutually_exclusive),
        declaring=DECLARING,
        is_declared=_is_declared,
        from_variables=_module_options,
    ),
    change=Change(
        module="aks.dataplane.aks_kube_proxy",
        options=KUBE_PROXY_STATE,
        from_variables=_module_options,
        api_version=DEFAULT_KUBE_PROXY,
        wait_timeout=3600,
        usual="2 to 10 minutes",
        compare=_compare,
    ),
    preflight=Preflight(
        rules=RULES,
        check=_check,
        feature=FEATURE,
        feature_rule="KP02",
        needs_feature=_needs_feature,
        excused_after_crash=("KP24", "KP25"),
    ),
    verification=Verification(
        options=ArgumentSpec({name: KUBE_PROXY_STATE.options[name] for name in _EXPECTED}),
        read_expectation=_expectation,
        observe=observe,
        is_present=lambda observation: True,
        judge=judge,
        to_result=to_result,
        phase=phase,
        question=_question,
        leaves_rules=True,
        rollout_timeout=900,
    ),
    rollback=Rollback(
        module_options=lambda former: {"config": former},
        declaration=lambda former: {"config": former},
        in_words=_value_in_words,
    ),
    record=Record(
        shape=shape.object_of(
            {
                "enabled": shape.flag,
                "mode": shape.text,
                "ipvs_config": shape.object_of(
                    {
                        "scheduler": shape.text,
                        "tcp_timeout_seconds": shape.number,
                        "tcp_fin_timeout_seconds": shape.number,
                        "udp_timeout_seconds": shape.number,
                    }
                ),
                "state": shape.text,
            }
        ),
        key="enabled",
        declared=_recorded,
        restore=_restore,
        is_left=_is_left,
    ),
    cleaning=Cleaning(
        through={"enabled": True, "mode": "NFTABLES", "ipvs_config": None},
        modes=_LEAVING,
        is_left_by=_is_leaving,
        leaves=lambda before, after: before.get("mode") != after.get("mode"),
        changes=_config_changes,
        answers=("KP21",),
    ),
    audit=AuditQuestion(key="nftables", title="NFTABLES", options={"mode": "NFTABLES"}),
)
