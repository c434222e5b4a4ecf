# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of a campaign: the same for the same seed, and with enough of everything."""

from __future__ import annotations

import collections

from tests.chaos.plan import IN_PROCESS, NODE, PLAYBOOK, plan_of
from tests.chaos.trouble import HOST_ROUTING, KUBE_PROXY, ON_NODES, kinds

RUNS = 1000
PLANS = [plan_of(1, number) for number in range(RUNS)]


def test_a_seed_and_a_number_stand_for_one_run() -> None:
    assert PLANS[:50] == [plan_of(1, number) for number in range(50)]
    assert PLANS[:50] != [plan_of(2, number) for number in range(50)]


def test_a_tenth_is_carried_out_by_playbooks() -> None:
    sorts = collections.Counter(plan.sort for plan in PLANS)
    assert sorts[PLAYBOOK] >= RUNS / 10
    assert sorts[NODE] >= RUNS / 10
    assert set(sorts) == {IN_PROCESS, PLAYBOOK, NODE}


def test_every_kind_of_trouble_has_its_share() -> None:
    known = {*kinds(KUBE_PROXY), *kinds(HOST_ROUTING), *ON_NODES}
    counted = collections.Counter(name for plan in PLANS for name in plan.names)
    assert {name: counted[name] for name in known if counted[name] < RUNS * 0.045} == {}


def test_both_data_planes_are_switched_in_sequences() -> None:
    planes = collections.Counter(plan.plane for plan in PLANS)
    assert min(planes[KUBE_PROXY], planes[HOST_ROUTING]) > RUNS / 5
    assert sum(len(plan.steps) > 1 for plan in PLANS if plan.sort == IN_PROCESS) > RUNS / 3
    assert all(one.declared != other.declared for plan in PLANS for one, other in zip(plan.steps, plan.steps[1:], strict=False))
