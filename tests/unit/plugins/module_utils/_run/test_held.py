# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A failure in a play that ends with one task for it: what follows is left out, a failed switch goes back, and the text is shown at the end."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import EVENTS, hold
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given, Step

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
SETTINGS = Settings(
    host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}, holds=True
)
OPEN = Run(number=1, subject="kube_proxy", open=True, run_id="r1", record_path="/r1.json", phase="preflight")
PLANNED = {"before": IPTABLES, "after": NFTABLES, "plan": [{}]}
SWITCHING = dataclasses.replace(OPEN, joined=True, phase="switch", plan=PLANNED, before=IPTABLES, former={"enabled": True})
FAILED = {"failed": True, "changed": True, "after": NFTABLES}


def happen(event: str, run: Run, **given: t.Any) -> Step:
    return EVENTS[event](run, SETTINGS, Given(**given))


def held(run: Run, **seen: t.Any) -> Run:
    return hold(run, SETTINGS, Given(failure={"msg": "It broke."}, seen=seen)).run


@pytest.mark.parametrize(
    ("run", "halted"),
    [
        (OPEN, False),
        (held(OPEN), True),
        (held(Run(number=1)), True),
        (held(SWITCHING, switch=FAILED), True),
        (happen("concluded", held(SWITCHING, switch=FAILED)).run, False),
        (held(happen("concluded", held(SWITCHING, switch=FAILED)).run), True),
    ],
)
def test_what_follows_a_failure_is_left_out_but_for_the_rollback(run: Run, halted: bool) -> None:
    assert run.halted is halted


def test_what_fails_before_the_switch_refuses_the_cluster() -> None:
    run = held(OPEN)
    assert (run.verdict, run.story) == ("refused", "It broke. Nothing was changed in the cluster.")
    assert happen("joined", run).answer == {"opens": False, "wait_timeout": 0, "lines": []}
    concluded = happen("concluded", run)
    assert (concluded.run, concluded.refusal) == (run, "")


def test_a_switch_that_fails_goes_back_and_ends_with_its_cause() -> None:
    step = happen("concluded", held(SWITCHING, switch=FAILED))
    assert (step.run.phase, step.answer, step.refusal) == ("rollback", {"restores": True, "only_looks": False}, "")
    assert step.shown == [
        "aks-a | rollback | the previous configuration (IPTABLES) is restored; this usually takes 2 to 10 minutes",
    ]
    again = happen("concluded", step.run)
    assert (again.run, again.answer) == (step.run, step.answer), "nothing is concluded before it has gone back"

    restored = dataclasses.replace(step.run, restore={"changed": True}, proof={"state": "wanted", "nodes_wanted": 3, "nodes_total": 3})
    over = happen("concluded", restored)
    assert (over.run.verdict, over.refusal) == ("rolled_back", "")
    story = "It broke. The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes."
    closed = happen("closed", over.run)
    assert (closed.answer["passed"], closed.answer["story"], closed.answer["row"]) == (False, story, ["aks-a", "rolled_back", "/r1.json"])
    assert happen("ended", closed.run, seen={"closed": closed.answer}).refusal == story


def test_a_rollback_that_fails_has_both_reasons() -> None:
    run = held(happen("concluded", held(SWITCHING, switch=FAILED)).run)
    over = happen("concluded", run)
    assert over.run.verdict == "rollback_failed"
    assert over.run.story.startswith("It broke. The rollback failed too: It broke. To roll back: ansible-playbook aks.dataplane.rollback ")


def test_what_was_not_seen_to_fail_is_kept() -> None:
    waiting = dataclasses.replace(SWITCHING, phase="rollout", switch={"changed": True, "after": NFTABLES}, proof={"seen": "not_seen"})
    step = happen("concluded", held(waiting))
    assert (step.run.verdict, step.answer) == ("unverified", {})


@pytest.mark.parametrize(
    ("open_run", "settings", "reported"),
    [
        (False, {"only_checks": True}, {"aks_dataplane_preflight": {"blue": "passed"}}),
        (
            False,
            {},
            {"aks_dataplane_verdicts": {"blue": "proved"}, "aks_dataplane_step_verification": {"blue": {"verdict": "proved"}}},
        ),
        (False, {"check_mode": True}, {}),
    ],
)
def test_what_the_next_steps_of_a_workflow_learn(open_run: bool, settings: dict[str, t.Any], reported: dict[str, t.Any]) -> None:
    run = dataclasses.replace(OPEN, open=open_run)
    assert EVENTS["closed"](run, dataclasses.replace(SETTINGS, **settings), Given()).answer["reported"] == reported
