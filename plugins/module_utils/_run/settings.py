"""What the variables of an inventory host say of a run on its cluster."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.choices import in_their_case
from .._common.empty_options import is_empty
from .._dataplane.data_plane import DataPlane
from .._dataplane.declaration import Declaration, Json, Read, flag, text, texts
from .._dataplane.registry import data_planes
from . import rulesets
from .choices import PROBE_ACTION, PROFILE, variable_options
from .numbers import NUMBERS
from .typed import Typed


def _seconds(value: t.Any) -> int | None:
    """What is no number is refused by the specification of the roles."""
    return int(value) if str(value).isdigit() else None


def _mapping(value: t.Any) -> Json:
    return value if isinstance(value, t.Mapping) else {}


def _given(value: t.Any) -> t.Any:
    """Unchanged, so that a value that no run has set can be reported."""
    return value or {}


# The run that is rolled back: the file of its record, or a word for the last one.
RECORD = "aks_dataplane_record"

# By the name of the variable: the field, and how its value is read. What is left out has the default of the field.
FIELDS: dict[str, tuple[str, Read]] = {
    "inventory_hostname": ("host", text),
    "aks_dataplane_cluster": ("cluster", text),
    "aks_dataplane_resource_group": ("resource_group", text),
    "aks_dataplane_record_dir": ("record_dir", text),
    "aks_dataplane_ignore": ("ignore", lambda value: value),
    PROFILE: ("profile", text),
    RECORD: ("record", text),
    "aks_dataplane_force": ("force", flag),
    "aks_dataplane_report": ("report", flag),
    "aks_dataplane_register_feature": ("register_feature", flag),
    "aks_dataplane_kubernetes": ("kubernetes", flag),
    "aks_dataplane_kubernetes_via": ("kubernetes_via", text),
    "aks_dataplane_command_in_check_mode": ("command_in_check_mode", flag),
    "aks_dataplane_rollback": ("rollback", flag),
    "aks_dataplane_require_all_nodes": ("require_all_nodes", flag),
    "aks_dataplane_rollout_timeout": ("rollout_timeout", _seconds),
    "aks_dataplane_poll_interval": ("poll_interval", _seconds),
    "aks_dataplane_node_group": ("node_group", text),
    "aks_dataplane_node_look": ("node_look", text),
    "aks_dataplane_node_look_namespace": ("look_namespace", text),
    "aks_dataplane_node_look_image": ("look_image", text),
    "aks_dataplane_exec": ("exec", flag),
    "aks_dataplane_leftovers": ("leftovers", text),
    "aks_dataplane_probe": ("probe", lambda value: value),
    PROBE_ACTION: ("probe_action", text),
    "aks_dataplane_before": ("statistics_before", _given),
    "aks_dataplane_verdicts": ("statistics_verdicts", _mapping),
    "aks_dataplane_step_plan": ("step_plan", _given),
    "aks_dataplane_step_switch": ("step_switch", _given),
    "aks_dataplane_step_verification": ("step_verification", _given),
    "aks_dataplane_step_rollback": ("step_rollback", _given),
    "groups": ("groups", lambda value: {name: tuple(hosts) for name, hosts in value.items()}),
    "ansible_play_hosts_all": ("play_hosts", texts),
    "ansible_check_mode": ("check_mode", flag),
    # Of the playbooks of this collection alone.
    "__aks_dataplane_demanded": ("demanded", text),
    "__aks_dataplane_delivery": ("delivery", text),
    "__aks_dataplane_going_back": ("going_back", flag),
    "__aks_dataplane_only_checks": ("only_checks", flag),
    "__aks_dataplane_refusal": ("selection", text),
    "__aks_dataplane_holds": ("holds", flag),
    # Of tests, which have less time.
    "__aks_dataplane_probe_times": ("probe_times", _mapping),
}


# Of a host that is a node: its name in Kubernetes, where that is another one.
NODE_NAME = "aks_dataplane_node_name"
# Those that roles hand to modules as they are: only whether they are empty matters here.
HANDED_ON = (
    "aks_dataplane_api_version",
    "aks_dataplane_kubeconfig",
    "aks_dataplane_admin_credentials",
    # The action itself reads it, before anything else.
    "aks_dataplane_known_variables",
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """host: the inventory host, which stands for C(cluster).

    declared: the values of the variables that declare data planes, and of those about them, by variable, as far as they are set.
    ignore: rules that are waived, as they were given. today: an ISO date in UTC; V('') expires no waiver.
    record: path of the record of the run that is rolled back, or C(latest). force: whether that is done whatever the cluster has now.
    report: whether a page is written next to the record.
    profile: the limits to check against, where it is set.
    rollout_timeout, poll_interval: seconds, where they are set.
    groups: hosts by inventory group. play_hosts: those of the play. node_group: the group of the cluster's nodes, or nothing.
    kubernetes_via: how the API server is reached: direct, or by AKS's run command. command_in_check_mode: whether the latter may be used in check mode.
    node_look: how nodes are looked at: auto, exec, pods, ssh or none. look_namespace, look_image: of temporary pods, where they are set.
    exec: whether commands may be run in pods where that is a choice.
    probe: what is measured during a change, as it was given. probe_action: what an exceeded limit does: stop, rollback or report.
    probe_times: those of C(Times) that differ from its own.
    statistics_before, statistics_verdicts: what an earlier run has set, each by host; None where no run is named.
    step_plan, step_switch, step_verification, step_rollback: what the steps of a workflow have set, by host; see C(outcome.statistics).
    numbers: values of the variables in C(NUMBERS), as they were given. empty: variables that are set to nothing, and count as not set.
    ruleset: values of the variables that declare a ruleset for nodes, by variable, as far as they are set. delivery: the way to the nodes that the playbook
    is for, or nothing.
    demanded: the variable that the playbook is for, or nothing. going_back: whether the run is a rollback by itself.
    only_checks: whether the play ends after the preflight of what another one is to do.
    selection: why the hosts of a play are refused, or nothing.
    typed: what started the run.
    holds: whether the play ends with one task that fails for what has failed before, so that nothing is shown twice.
    """

    host: str
    cluster: str = ""
    resource_group: str = ""
    record_dir: str = "~/.local/state/aks.dataplane/runs"
    declared: Json = dataclasses.field(default_factory=dict)
    profile: str = ""
    ignore: t.Any = ()
    today: str = ""
    record: str = ""
    force: bool = False
    report: bool = True
    register_feature: bool = True
    kubernetes: bool = True
    kubernetes_via: str = "direct"
    command_in_check_mode: bool = False
    rollback: bool = True
    require_all_nodes: bool = False
    rollout_timeout: int | None = None
    poll_interval: int | None = None
    node_group: str = ""
    node_look: str = "auto"
    look_namespace: str = ""
    look_image: str = ""
    exec: bool = True
    leftovers: str = "report"
    probe: t.Any = ()
    probe_action: str = "stop"
    probe_times: Json = dataclasses.field(default_factory=dict)
    statistics_before: t.Any = None
    statistics_verdicts: Json = dataclasses.field(default_factory=dict)
    step_plan: t.Any = dataclasses.field(default_factory=dict)
    step_switch: t.Any = dataclasses.field(default_factory=dict)
    step_verification: t.Any = dataclasses.field(default_factory=dict)
    step_rollback: t.Any = dataclasses.field(default_factory=dict)
    groups: t.Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    play_hosts: tuple[str, ...] = ()
    check_mode: bool = False
    numbers: Json = dataclasses.field(default_factory=dict)
    empty: tuple[str, ...] = ()
    ruleset: Json = dataclasses.field(default_factory=dict)
    delivery: str = ""
    demanded: str = ""
    going_back: bool = False
    only_checks: bool = False
    selection: str = ""
    typed: Typed = dataclasses.field(default_factory=Typed)
    holds: bool = False

    @property
    def looks_by_exec(self) -> bool:
        """Whether nodes are looked at by commands in pods, if that is allowed."""
        return self.kubernetes and not self.by_command and (self.node_look == "exec" or (self.node_look == "auto" and self.exec))

    @property
    def by_command(self) -> bool:
        """Whether the API server is read by AKS's run command."""
        return self.kubernetes_via == "command"

    @property
    def reads(self) -> bool:
        """Whether the API server may be read now: the run command creates a pod, so in check mode only with consent."""
        return self.kubernetes and not (self.by_command and self.check_mode and not self.command_in_check_mode)

    @property
    def way(self) -> dict[str, t.Any]:
        """How modules read the API server, as their options."""
        return {"kubernetes_via": "command", "command_in_check_mode": self.command_in_check_mode} if self.by_command else {}

    @property
    def looks_by_pods(self) -> bool:
        """Whether nodes are looked at by temporary pods, which nothing but this setting allows, and never in check mode."""
        return self.kubernetes and not self.by_command and self.node_look == "pods" and not self.check_mode

    @property
    def looks_by_ssh(self) -> bool:
        """Whether the hosts of the group of nodes are looked at."""
        return self.node_look in ("auto", "ssh")

    def declaration(self, data_plane: DataPlane) -> Declaration:
        """What is declared of it; an empty value declares nothing."""
        further = {name: self.declared[name] for name in data_plane.further_variables if name in self.declared}
        return Declaration(self.declared.get(data_plane.variable), further)

    @property
    def steps(self) -> dict[str, t.Any]:
        """What the steps of a workflow have reported, by their names."""
        return {
            "plan": self.step_plan,
            "switch": self.step_switch,
            "verification": self.step_verification,
            "rollback": self.step_rollback,
        }

    @property
    def data_planes(self) -> list[DataPlane]:
        """Those that are declared."""
        return [one for one in data_planes() if self.declared.get(one.variable)]

    @classmethod
    def from_variables(cls, variables: Json, typed: Typed | None = None) -> Settings:
        """variables: those that C(variable_names) names and the host has, without templates in them. typed: what started the run, where known."""
        given = in_their_case({name: value for name, value in variables.items() if not is_empty(value)}, variable_options())
        values = {field: read(given[name]) for name, (field, read) in FIELDS.items() if name in given}
        declared = {name: read(given[name]) for name, read in _declaring().items() if name in given}
        further = {
            "declared": declared,
            "ruleset": {name: given[name] for name in rulesets.VARIABLES if name in given},
            "numbers": {name: given[name] for name in NUMBERS if name in given},
            "empty": tuple(name for name in variables if name not in given),
            "cluster": values.get("cluster") or values["host"],
            "typed": typed or Typed(),
        }
        return cls(**{**values, **further})


def _declaring() -> dict[str, Read]:
    """How the values of the variables about data planes are read, by variable."""
    return {name: read for one in data_planes() for name, read in {one.variable: one.read, **one.further_variables}.items()}


def variable_names() -> list[str]:
    """The variables that a run goes by."""
    return [*FIELDS, *_declaring(), *NUMBERS, *rulesets.VARIABLES, *HANDED_ON]
