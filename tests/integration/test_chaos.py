# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small campaign of random switches with random trouble, always the same one; the whole one is C(make chaos RUNS=1000).

What fails here is tried alone with the command that the failure shows.
"""

from __future__ import annotations

import pytest

from tests.chaos.campaign import carry_out
from tests.chaos.plan import ACCEPTED, IN_PROCESS, NODE, PLAYBOOK, PUT, TASKS, Plan, plan_of, sort_of
from tests.chaos.plants import PLANTS, is_caught
from tests.chaos.report import report

SEED = 6
# Of nine numbers seven are of runs in this process.
RUNS = 27

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("sort", [IN_PROCESS, PLAYBOOK, NODE])
def test_a_small_campaign(sort: str) -> None:
    numbers = [number for number in range(RUNS) if sort_of(number) == sort]
    # By playbooks a run takes as long as ten others.
    outcomes = carry_out(numbers[:1] if sort == PLAYBOOK else numbers, SEED, workers=1)
    assert [outcome for outcome in outcomes if outcome.violations] == [], report(outcomes, SEED, 0.0)


def _outside(name: str) -> bool:
    return name in ("other_tag", "other_setting", "other_label")


def _lasting(plan: Plan, name: str) -> bool:
    """Whether the API server has this trouble while a healthy switch is being verified."""
    step = plan.steps[0]
    return step.way == TASKS and any(fault.name == name and fault.details.get("moment") == "accepted" for fault in step.faults)


# The runs in which a bug can show at all: the campaign meets them by chance, here they are chosen by their plans.
CHANCES = {
    "if_match_dropped": lambda plan: any(_outside(event.name) and event.point == PUT for event in plan.steps[0].events),
    "leaf_widened": lambda plan: True,
    "forbidden_is_bad": lambda plan: _lasting(plan, "kube_starting") or _lasting(plan, "kube_restart"),
    "record_late": lambda plan: plan.steps[0].way == TASKS,
    "key_left": lambda plan: (
        plan.steps[0].way == TASKS and any(event.name == "kill" and event.point == ACCEPTED for event in plan.steps[0].events)
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_bug_is_caught(plant: str) -> None:
    numbers = [number for number in range(200) if sort_of(number) == IN_PROCESS and CHANCES[plant](plan_of(SEED, number))]
    outcomes = carry_out(numbers, SEED, plant=plant, workers=1)
    assert any(is_caught(plant, outcome.violations) for outcome in outcomes), report(outcomes, SEED, 0.0, plant)
