"""What a run has to know of a data plane: where two of them differ, and nothing else."""

from __future__ import annotations

import dataclasses
import typing as t

from .settings import Json, Settings


@dataclasses.dataclass(frozen=True)
class DataPlane:
    """Configurations are in the shape that the module of the data plane returns as C(before) and C(after); C(former) is in the shape that
    M(aks.dataplane.aks_run_record) returns as C(restore).

    subject: its name in run records, and of the task files that call its module.
    variable: the variable that declares it. example: such a declaration. playbook: the one that brings it about.
    wait_timeout, rollout_timeout: seconds, where the user gives none.
    looks_first: whether the very look that verifies a change is made before it as well.
    monitor_lines: whether a look at a node is to list the rules that the iptables monitor of AKS reads.
    needs_feature: whether AKS takes the declaration only with the preview feature.
    resolves: whether only Azure can tell which configuration the declaration comes to.
    declared: the configuration that the declaration comes to, where it does not need Azure for that.
    in_words: a configuration. wanted_in_words: what a cluster cannot take, when it is refused.
    value_in_words: the value of C(variable) that an earlier run has set for a rollback.
    same: whether two configurations are one, so that there is nothing to go back to.
    preflight_options: further options of the preflight. question: the options that ask the nodes for a configuration.
    watched: whether what went on since the change began counts. restoring: the value of C(variable) that brings back C(former).
    left_on: whether the change has switched something on that a rollback leaves on: before, and after the last change.
    left_on_text: what to say of it.
    """

    subject: str
    variable: str
    example: str
    playbook: str
    wait_timeout: int
    rollout_timeout: int
    looks_first: bool
    monitor_lines: bool
    needs_feature: t.Callable[[Settings], bool]
    resolves: bool
    declared: t.Callable[[Settings], Json]
    in_words: t.Callable[[Json], str]
    wanted_in_words: t.Callable[[Settings], str]
    value_in_words: t.Callable[[t.Any], str]
    same: t.Callable[[Json, Json], bool]
    preflight_options: t.Callable[[Settings], Json]
    question: t.Callable[[Json], Json]
    watched: t.Callable[[Settings], bool]
    restoring: t.Callable[[Json], t.Any]
    left_on: t.Callable[[Json, Json], bool]
    left_on_text: t.Callable[[Settings], str]
