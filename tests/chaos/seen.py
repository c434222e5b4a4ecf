# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a run, from outside of the product. Plain data, so that the invariants are functions of it.

Values are those of C(bodies.value_of); nodes run the same values, V('') while a node runs none.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .plan import Plan, Step
from .trouble import HARMFUL, Json


@dataclasses.dataclass(frozen=True)
class Put:
    """A PUT of the cluster by the product.

    value: that it sends. outside: the paths outside the leaf at which it differs from the stored cluster. accepted: whether Azure carries it out.
    unsure: it was accepted or not, and the product cannot know. recorded: whether the record on disk had a configuration to roll back to by then; none
    where that was not looked at.
    """

    value: str
    outside: tuple[str, ...] = ()
    accepted: bool = True
    unsure: bool = False
    recorded: bool | None = None


@dataclasses.dataclass(frozen=True)
class Nodes:
    """value: what the cluster is configured for. modes: what its nodes run."""

    value: str
    modes: frozenset[str]

    def are(self, wanted: str) -> bool:
        return self.value == wanted and self.modes == {wanted}


@dataclasses.dataclass(frozen=True)
class StepSeen:
    """One step, or the clean run at the end.

    result: the module's, or of a playbook's run C(green), C(verdict), C(story), C(failed); none when it was killed. crashed: a traceback instead.
    begun, ended, settled: before it, right after it, and when Azure and the nodes had done what they had to do.
    others: the values that somebody else has set meanwhile. met: how often which trouble happened. unreliable: the disk was full at some time.
    records: those of all runs so far, oldest first. earlier: how many there were before. running: processes that it has left.
    """

    step: Step
    result: Json | None
    begun: Nodes
    ended: Nodes
    settled: Nodes
    puts: tuple[Put, ...] = ()
    others: tuple[str, ...] = ()
    met: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    records: tuple[Json, ...] = ()
    earlier: int = 0
    running: tuple[str, ...] = ()
    crashed: str = ""

    @property
    def killed(self) -> bool:
        return self.result is None and not self.crashed

    @property
    def harmed(self) -> bool:
        return any(name in HARMFUL for name in self.met)

    @property
    def new_records(self) -> tuple[Json, ...]:
        return self.records[self.earlier :]


@dataclasses.dataclass(frozen=True)
class Seen:
    """steps: those of the plan. rerun: the clean run after them. lost: paths outside the leaf at which the cluster is not what it and others made it.

    leaks: where a secret was found. left: files that nobody should have left.
    """

    plan: Plan
    steps: tuple[StepSeen, ...]
    rerun: StepSeen
    lost: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[StepSeen, ...]:
        return (*self.steps, self.rerun)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Of one run, for the report. met: trouble that happened. killed_after_put: whether a kill came after an accepted PUT."""

    number: int
    sort: str
    seconds: float
    planned: tuple[str, ...]
    met: tuple[str, ...]
    killed_after_put: bool
    violations: tuple[str, ...]
