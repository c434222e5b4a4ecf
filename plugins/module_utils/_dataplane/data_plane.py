"""What there is to know of a data plane: where two of them differ, and nothing else. A further data plane is one more object of this kind."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.comparison import Comparison
from .._common.argspec import ArgumentSpec
from .._common.json_parts import ReadJsonObject
from .._observe.cluster import ClusterObjects
from .._observe.kubernetes import Kubernetes, TimeIsUp
from .._observe.questions import Questions
from .._preflight.findings import Profile
from .._preflight.rule import Rule
from .._verify.model import Expectation
from .._verify.verdict import ClusterVerdict
from .declaration import Declaration, Json, Read
from .preflight import Checked, Sources
from .record_shape import Shape

Params = t.Mapping[str, t.Any]
Compare = t.Callable[[dict[str, t.Any]], Comparison]
_NONE = ArgumentSpec()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """The module that changes it.

    module: its name. options: those that declare the data plane; the others are alike in all such modules.
    from_variables: what a host declares, as such options.
    api_version: the default. wait_timeout: seconds, the default. usual: how long a change usually takes, in words.
    compare: from the module's parameters to the comparison of a cluster's body with them; DataplaneError for a declaration that cannot be,
    or an api-version that does not know it.
    """

    module: str
    options: ArgumentSpec
    from_variables: t.Callable[[Declaration], Json]
    api_version: str
    wait_timeout: int
    usual: str = "some minutes"
    compare: t.Callable[[Params, ReadJsonObject], Compare]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preflight:
    """The check whether a cluster can take it.

    options: further ones of M(aks.dataplane.aks_preflight_info). check: reads what the rules need, which DataplaneError can refuse.
    from_variables: the further options, from what a host declares.
    rule_set: the limits to go by where nobody chooses: those of today for what is generally available, else those of the preview.
    feature: the preview feature that AKS asks for, and feature_rule the rule about it; both V('') where there is none.
    excused_after_crash: rules about a state that an interrupted run may have left, and that the one which continues it is there to mend.
    reads_monitor_lines: whether a look at a node is to list the rules that the iptables monitor of AKS reads.
    """

    rules: tuple[Rule, ...]
    options: ArgumentSpec = _NONE
    check: t.Callable[[Params, Sources], Checked]
    from_variables: t.Callable[[Declaration], Json] = lambda declaration: {}
    rule_set: Profile = "preview"
    feature: str = ""
    feature_rule: str = ""
    needs_feature: t.Callable[[Declaration], bool] = lambda declaration: False
    excused_after_crash: tuple[str, ...] = ()
    reads_monitor_lines: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """What a run record keeps.

    shape: of the declaration and of configurations. key: the one that only its configurations have. permissions: keys of the declaration that only
    permit something. declared: from a module's parameters to the declaration in the record.
    restore: from the configuration before a change to what brings it back; DataplaneError where it could not be restored.
    is_left: whether an interrupted run has left a configuration: before it, its declaration in the record, and the configuration now.
    """

    shape: Shape
    key: str
    permissions: tuple[str, ...] = ()
    declared: t.Callable[[Params, ReadJsonObject], dict[str, t.Any]]
    restore: t.Callable[[Json], dict[str, t.Any]]
    is_left: t.Callable[[Json, Json, Json], bool]


@dataclasses.dataclass(frozen=True, kw_only=True)
class AuditQuestion:
    """What an audit asks of every cluster.

    key: in the entries of the audit. title: its column. options: of M(aks.dataplane.aks_preflight_info).
    """

    key: str
    permissions: tuple[str, ...] = ()
    title: str
    options: Json


@dataclasses.dataclass(frozen=True, kw_only=True)
class SharedOptions:
    """How it is declared in the modules that serve all data planes.

    spec: the options. declaring: those that are only set for this one. is_declared: whether a module's parameters are about it.
    from_variables: what a host declares, as such options.
    """

    spec: ArgumentSpec
    declaring: tuple[str, ...]
    is_declared: t.Callable[[Params], bool]
    from_variables: t.Callable[[Declaration], Json]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Verification:
    """How the nodes are asked, and what their answers come to. Observations are the data plane's own.

    options: of M(aks.dataplane.aks_dataplane_status_info), that say what is wanted. read_expectation: from the module's parameters, none when nothing
    is wanted of it; DataplaneError for what cannot be wanted. observe: raises KubeError. is_present: whether an observation shows anything of it.
    to_result: the module's keys. phase: where a rollout stands, in a few words.
    question: the options of M(aks.dataplane.aks_dataplane_status_info) that ask for a configuration.
    rollout_timeout: seconds, where the user gives none.
    watched: whether what went on since the change began counts.
    leaves_rules: whether what was before may leave rules on the nodes.
    """

    options: ArgumentSpec
    read_expectation: t.Callable[[Params], Expectation | None]
    observe: t.Callable[[Kubernetes, ClusterObjects, Questions, TimeIsUp], t.Any]
    is_present: t.Callable[[t.Any], bool]
    judge: t.Callable[..., ClusterVerdict[t.Any]]
    to_result: t.Callable[[ClusterVerdict[t.Any], t.Any], dict[str, t.Any]]
    phase: t.Callable[[ClusterVerdict[t.Any]], str]
    question: t.Callable[[Json], Json]
    rollout_timeout: int
    leaves_rules: bool = False
    watched: t.Callable[[Declaration], bool] = lambda declaration: False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rollback:
    """What is restored is in the shape that M(aks.dataplane.aks_run_record) returns as C(restore).

    module_options: what is to be restored, as options of the data plane's module. declaration: the same as the value of its variable.
    in_words: such a value. is_same: whether two configurations are one, so that there is nothing to restore.
    leaves_on: whether the change has switched something on that a rollback leaves on: before, and after the last change.
    effect: what a rollback does besides changing the configuration, in a sentence; nothing where that is not worth a warning.
    left_on_text: what to say of that, for a resource group and a cluster.
    """

    module_options: t.Callable[[Json], Json]
    declaration: t.Callable[[Json], t.Any]
    in_words: t.Callable[[t.Any], str]
    is_same: t.Callable[[Json, Json], bool] = lambda before, after: before == after
    effect: str = ""
    leaves_on: t.Callable[[Json, Json], bool] = lambda before, after: False
    left_on_text: t.Callable[[str, str], str] = lambda resource_group, cluster: ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cleaning:
    """How rules that some modes leave behind are removed: by the configuration C(through), which removes those of all.

    modes: those that do not remove each other's. is_left_by: whether a configuration is in one of them. leaves: whether the second configuration
    leaves rules of the first. changes: from one configuration to another, as items of a plan. answers: rules of the preflight about what is removed.
    """

    through: Json
    modes: tuple[str, ...]
    is_left_by: t.Callable[[Json], bool]
    leaves: t.Callable[[Json, Json], bool]
    changes: t.Callable[[Json, Json], t.Sequence[Json]]
    answers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataPlane:
    """Configurations are in the shape that the module of the data plane returns as C(before) and C(after).

    name: in run records and in results; title: for people. variable: declares it. takes: what its value can be, in the terms of an argument specification.
    read: how its value is read. further_variables: others about it.
    example: a declaration. playbook: the one that brings it about.
    objection: why the value of the variable is refused before anything is asked, or nothing.
    configuration: that a declaration comes to; V({}) where only Azure knows it, so that the module has to ask.
    cleaning: where a change can remove what another one has left on nodes.
    in_words: a configuration. wanted_in_words: whose prerequisites a refused cluster does not meet.
    """

    name: str
    title: str
    variable: str
    takes: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    read: Read
    further_variables: t.Mapping[str, Read] = dataclasses.field(default_factory=dict)
    example: str
    playbook: str
    objection: t.Callable[[Declaration], str] = lambda declaration: ""
    configuration: t.Callable[[Declaration], Json] = lambda declaration: {}
    in_words: t.Callable[[Json], str]
    wanted_in_words: t.Callable[[Declaration], str] = lambda declaration: "the configuration"
    options: SharedOptions
    change: Change
    preflight: Preflight
    verification: Verification
    rollback: Rollback
    record: Record
    audit: AuditQuestion
    cleaning: Cleaning | None = None
