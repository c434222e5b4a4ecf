"""eBPF host routing as a data plane."""

from __future__ import annotations

import typing as t

from .._aks.api_versions import DEFAULT_HOST_ROUTING, DEFAULT_KUBE_PROXY, check_host_routing
from .._aks.host_routing.configuration import DISABLED, ENABLED, HostRoutingDeclaration, compare
from .._aks.host_routing.options import HOST_ROUTING_STATE, declaration_from_params
from .._aks.view import ClusterView
from .._common.argspec import ArgumentSpec
from .._common.errors import DataplaneError
from .._common.json_parts import ReadJsonObject
from .._observe.host_routing.observation import observe
from .._observe.host_routing.preflight import read_facts
from .._preflight.facts import has_auto_provisioning
from .._preflight.host_routing.cluster import HostRoutingArm
from .._preflight.host_routing.facts import HostRoutingFacts
from .._preflight.host_routing.monitor_prediction import predict_nodes
from .._preflight.host_routing.rules import RULES
from .._verify.host_routing.expectation import read_expectation
from .._verify.host_routing.judge import judge
from .._verify.host_routing.report import phase, to_result
from . import record_shape as shape
from .data_plane import AuditQuestion, Change, Compare, DataPlane, Params, Preflight, Record, Rollback, SharedOptions, Verification
from .declaration import Declaration, Json, flag, text, texts
from .preflight import Checked, Sources

_ENABLE_ACNS = "aks_dataplane_enable_acns"
_RULESET_NODES = "aks_dataplane_ruleset_nodes"
_STATE = {"type": "str", "choices": ["disabled", "enabled"]}
_IN_WORDS = {"enabled": "eBPF host routing", "disabled": "legacy host routing"}


def _declaration(params: Params) -> HostRoutingDeclaration:
    """In the modules that serve all data planes."""
    return HostRoutingDeclaration(enabled=params["host_routing"] == "enabled", enable_acns=bool(params["enable_acns"]))


def _compare(params: Params, _read_json_object: ReadJsonObject) -> Compare:
    check_host_routing(params["api_version"])
    wanted = declaration_from_params(params)
    return lambda raw: compare(raw, wanted)


def _check(params: Params, sources: Sources) -> Checked:
    wanted = _declaration(params)
    api_version = params["api_version"] or DEFAULT_HOST_ROUTING
    check_host_routing(api_version)
    # The node disruption policy, for one, is shown by previews only.
    read_with = DEFAULT_KUBE_PROXY
    raw = sources.cluster(read_with)
    state, state_missing = sources.provider_state()
    api, api_missing = sources.kubernetes()
    facts = HostRoutingFacts(
        cluster=ClusterView.from_raw(raw, read_with),
        arm=HostRoutingArm.from_raw(raw),
        wanted=wanted,
        api_version=api_version,
        today=sources.day(),
        auto_provisioned=has_auto_provisioning(raw),
        provider_state=state,
        provider_missing_reason=state_missing,
        kube=read_facts(api) if api else None,
        kube_missing_reason=api_missing,
        ruleset_nodes=tuple(params["ruleset_nodes"] or ()),
        observations=sources.observations(),
    )
    # That ACNS may not be switched on is a finding here.
    change = compare(raw, HostRoutingDeclaration(wanted.enabled, enable_acns=True))
    report: dict[str, t.Any] = {"current": change.before, "wanted": change.after}
    if wanted.enabled:
        report["monitor"] = [prediction.to_dict() for prediction in predict_nodes(facts)]
    return Checked(facts, report)


def _restore(before: Json) -> dict[str, t.Any]:
    state, mode = before.get("state"), before.get("acceleration_mode")
    if (state, mode) not in (("enabled", ENABLED), ("disabled", DISABLED)):
        raise DataplaneError(
            f"The cluster has acceleration mode {mode!r}, which this collection could not restore.",
            remedy=f"Set the mode to {ENABLED} or {DISABLED} with the Azure CLI first, or use a later version.",
            code="NoWayBack",
        )
    return {"state": state}


def _is_left(before: Json, wanted: Json, now: Json) -> bool:
    """A run that switches ACNS on does so with the features that the cluster has stored, which its configuration does not show."""
    if now == before:
        return True
    had, has = before.get("acns") or {}, now.get("acns") or {}
    switched_on = wanted.get("state") == "enabled" and not had.get("enabled") and bool(has.get("enabled"))
    return bool(now.get("state") == wanted.get("state")) and (has == had or switched_on)


def _enable_acns(declaration: Declaration) -> bool:
    return bool(declaration.further.get(_ENABLE_ACNS))


def _leaves_on(before: Json, after: Json) -> bool:
    """The module leaves ACNS on when it disables host routing."""
    return not (before.get("acns") or {}).get("enabled", True) and bool((after.get("acns") or {}).get("enabled"))


def _left_on_text(resource_group: str, cluster: str) -> str:
    return (
        "Advanced Container Networking Services, which this run switched on, are still on, and are billed. To switch them off: az aks update "
        f"--resource-group {resource_group} --name {cluster} --disable-acns"
    )


HOST_ROUTING = DataPlane(
    name="host_routing",
    title="eBPF host routing",
    variable="aks_dataplane_host_routing",
    takes={"type": "str", "choices": ["enabled", "disabled"]},
    read=text,
    further_variables={_ENABLE_ACNS: flag, _RULESET_NODES: texts},
    example="aks_dataplane_host_routing=enabled",
    playbook="aks.dataplane.ebpf_host_routing",
    configuration=lambda declaration: {"state": declaration.value},
    in_words=lambda configuration: _IN_WORDS[configuration["state"]],
    wanted_in_words=lambda declaration: "eBPF host routing" if declaration.value == "enabled" else "the configuration",
    options=SharedOptions(
        spec=ArgumentSpec(options={"host_routing": _STATE, "enable_acns": {"type": "bool", "default": False}}),
        declaring=("host_routing",),
        is_declared=lambda params: params["host_routing"] is not None,
        from_variables=lambda declaration: {"host_routing": declaration.value, "enable_acns": _enable_acns(declaration)},
    ),
    change=Change(
        module="aks.dataplane.aks_ebpf_host_routing",
        options=HOST_ROUTING_STATE,
        from_variables=lambda declaration: {"state": declaration.value, "enable_acns": _enable_acns(declaration)},
        api_version=DEFAULT_HOST_ROUTING,
        # A change replaces every node of every pool.
        wait_timeout=14400,
        usual="several minutes for each batch of nodes",
        compare=_compare,
    ),
    preflight=Preflight(
        rules=RULES,
        # Generally available since 2026-04-23.
        rule_set="current",
        options=ArgumentSpec(
            # Without a default, so that these are refused where kube-proxy is declared.
            options={"enable_acns": {"type": "bool"}, "ruleset_nodes": {"type": "list", "elements": "str"}},
            required_by={"enable_acns": ("host_routing",), "ruleset_nodes": ("host_routing",)},
        ),
        check=_check,
        from_variables=lambda declaration: {"ruleset_nodes": list(declaration.further.get(_RULESET_NODES, ()))},
        excused_after_crash=("EB23",),
        reads_monitor_lines=True,
    ),
    verification=Verification(
        options=ArgumentSpec({"host_routing": _STATE}),
        read_expectation=read_expectation,
        observe=observe,
        is_present=lambda observation: bool(observation.has_cilium),
        judge=judge,
        to_result=to_result,
        phase=phase,
        question=lambda configuration: {"host_routing": configuration["state"]},
        rollout_timeout=3600,
        # Rules that something tried to write on the nodes before the switch say nothing of what it came to.
        watched=lambda declaration: declaration.value == "enabled",
    ),
    rollback=Rollback(
        module_options=lambda former: {"state": former["state"]},
        declaration=lambda former: former["state"],
        in_words=lambda value: f"eBPF host routing {value}",
        # ACNS are not taken back, so that they are no configuration to roll back to.
        is_same=lambda before, after: before.get("state") == after.get("state"),
        effect="AKS replaces every node of the cluster for it.",
        leaves_on=_leaves_on,
        left_on_text=_left_on_text,
    ),
    record=Record(
        shape=shape.object_of(
            {
                "state": shape.text,
                "enable_acns": shape.flag,
                "acceleration_mode": shape.text,
                "acns": shape.object_of({"enabled": shape.flag, "observability": shape.flag, "security": shape.flag}),
            }
        ),
        key="acceleration_mode",
        # Once ACNS is on, a later run reaches the same without being allowed to switch it on.
        permissions=("enable_acns",),
        declared=lambda params, _read_json_object: {"state": params["host_routing"], "enable_acns": params["enable_acns"]},
        restore=_restore,
        is_left=_is_left,
    ),
    # Disabled ACNS is a cost to report, and no obstacle.
    audit=AuditQuestion(key="ebpf_host_routing", title="eBPF host routing", options={"host_routing": "enabled", "enable_acns": True}),
)
