"""What the variables of an inventory host say of a run on its cluster."""

from __future__ import annotations

import dataclasses
import typing as t

Json = t.Mapping[str, t.Any]

KUBE_PROXY = "aks_dataplane_kube_proxy"
HOST_ROUTING = "aks_dataplane_host_routing"
# By the name of the variable: the field, and how its value is taken. What is left out has the default of the field.
_Take = t.Callable[[t.Any], t.Any]


def flag(value: t.Any) -> bool:
    """As Jinja's C(bool): surveys and C(-e name=value) give text."""
    return value is True or str(value).lower() in ("true", "yes", "on", "1")


def _text(value: t.Any) -> str:
    return "" if value is None else str(value)


def _texts(value: t.Any) -> tuple[str, ...]:
    return tuple(map(str, value or ()))


def _mapping(value: t.Any) -> Json:
    return value if isinstance(value, t.Mapping) else {}


FIELDS: dict[str, tuple[str, _Take]] = {
    "inventory_hostname": ("host", _text),
    "aks_dataplane_cluster": ("cluster", _text),
    "aks_dataplane_resource_group": ("resource_group", _text),
    "aks_dataplane_record_dir": ("record_dir", _text),
    KUBE_PROXY: ("kube_proxy", lambda value: value or {}),
    HOST_ROUTING: ("host_routing", _text),
    "aks_dataplane_enable_acns": ("enable_acns", flag),
    "aks_dataplane_ruleset_nodes": ("ruleset_nodes", _texts),
    "aks_dataplane_ignore": ("ignore", _texts),
    "aks_dataplane_register_feature": ("register_feature", flag),
    "aks_dataplane_kubernetes": ("kubernetes", flag),
    "aks_dataplane_rollback": ("rollback", flag),
    "aks_dataplane_node_group": ("node_group", _text),
    "aks_dataplane_before": ("statistics_before", lambda value: value or {}),
    "aks_dataplane_verdicts": ("statistics_verdicts", _mapping),
    "groups": ("groups", lambda value: {name: tuple(hosts) for name, hosts in value.items()}),
    "ansible_play_hosts_all": ("play_hosts", _texts),
    "ansible_check_mode": ("check_mode", flag),
    # Of the playbooks of this collection alone.
    "__aks_dataplane_demanded": ("demanded", _text),
    "__aks_dataplane_going_back": ("going_back", flag),
    "__aks_dataplane_only_checks": ("only_checks", flag),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """host: the inventory host, which stands for C(cluster).

    kube_proxy, host_routing: the two declarations as they are written; an empty one is none.
    groups: hosts by inventory group. play_hosts: those of the play. node_group: the group of the cluster's nodes, or nothing.
    statistics_before, statistics_verdicts: what an earlier run has set, each by host.
    demanded: the variable that the playbook is for, or nothing. going_back: whether the run is a rollback by itself.
    only_checks: whether the play ends after the preflight of what another one is to do.
    """

    host: str
    cluster: str = ""
    resource_group: str = ""
    record_dir: str = "~/.local/state/aks.dataplane/runs"
    kube_proxy: t.Any = dataclasses.field(default_factory=dict)
    host_routing: str = ""
    enable_acns: bool = False
    ruleset_nodes: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    register_feature: bool = True
    kubernetes: bool = True
    rollback: bool = True
    node_group: str = ""
    statistics_before: t.Any = dataclasses.field(default_factory=dict)
    statistics_verdicts: Json = dataclasses.field(default_factory=dict)
    groups: t.Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    play_hosts: tuple[str, ...] = ()
    check_mode: bool = False
    demanded: str = ""
    going_back: bool = False
    only_checks: bool = False

    @property
    def declarations(self) -> dict[str, t.Any]:
        """By variable, what it declares; an empty one declares nothing."""
        return {KUBE_PROXY: self.kube_proxy, HOST_ROUTING: self.host_routing}

    @classmethod
    def from_variables(cls, variables: Json) -> Settings:
        """variables: those of FIELDS that the host has, without templates in them."""
        values = {field: take(variables[name]) for name, (field, take) in FIELDS.items() if name in variables}
        return cls(**{**values, "cluster": values.get("cluster") or values["host"]})
