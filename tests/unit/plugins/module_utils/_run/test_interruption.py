# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run makes of its probe: when it begins, what a limit does to the end of the run, and when a rollback is decided."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import interruption, outcome, returning
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import EVENTS
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
TARGET = {"name": "web", "tcp": "203.0.113.7:443", "max_gap": 2}
VARIABLES = {
    "inventory_hostname": "blue",
    "aks_dataplane_cluster": "aks-a",
    "aks_dataplane_resource_group": "rg",
    "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
    "aks_dataplane_probe": [TARGET],
    "__aks_dataplane_holds": True,
}
PLANNED = Run(
    number=1,
    subject="kube_proxy",
    open=True,
    joined=True,
    run_id="r1",
    record_path="/r1.json",
    phase="preflight",
    plan={"changed": True, "before": IPTABLES, "after": NFTABLES, "plan": [{}]},
    before=IPTABLES,
    former={"enabled": True, "mode": "IPTABLES"},
)
PROBED = dataclasses.replace(PLANNED, probe={"path": "/r1.probe", "began": 1.0})
PROOF = {"state": "wanted", "seen": "good", "nodes_wanted": 3, "nodes_total": 3, "reasons": []}
SWITCHED = dataclasses.replace(
    PROBED,
    phase="verification",
    probe={**PROBED.probe, "changed": 61.0, "changed_at": "2026-11-29T01:00:00Z"},
    switch={"changed": True, "after": NFTABLES},
    proof=PROOF,
)


def settings(**variables: t.Any) -> Settings:
    return Settings.from_variables({**VARIABLES, **variables})


def measured(verdict: str, dead: bool = False) -> dict[str, t.Any]:
    target = {
        "name": "web",
        "verdict": verdict,
        "reason": "new connections failed for 3.0 s, and max_gap is 2 s" if verdict == "exceeded" else "",
        "gaps": [{}],
        "longest_gap": 3.0,
        "tries": 100,
        "failures": {"refused": 30},
        "late_failures": {"tries": 0},
        "kept_connections_broken": None,
        "before": {"p99": None},
        "after": {"p99": None},
        "max_gap": 2.0,
    }
    return {"limit": verdict, "dead": dead, "targets": [target]}


@pytest.mark.parametrize(
    ("name", "run", "variables", "begins", "changes"),
    [
        ("before", PLANNED, {}, True, False),
        ("plan", PLANNED, {}, False, False),
        ("before", PROBED, {}, False, False),
        ("before", dataclasses.replace(PLANNED, plan={**PLANNED.plan, "changed": False}), {}, False, False),
        ("before", dataclasses.replace(PLANNED, plan={**PLANNED.plan, "changed": False}, passage={"words": "NFTABLES"}), {}, True, False),
        ("before", PLANNED, {"ansible_check_mode": True}, False, False),
        ("before", dataclasses.replace(PLANNED, failure="It broke."), {}, False, False),
        ("switch", PROBED, {}, False, True),
        ("switch", PLANNED, {}, False, False),
        ("passage", PROBED, {}, False, False),
        ("passage", dataclasses.replace(PROBED, passage={"words": "NFTABLES"}), {}, False, True),
        # The second step of a change is no other change.
        ("switch", SWITCHED, {}, False, False),
    ],
)
def test_when_it_begins_and_when_its_baseline_has_to_be_over(
    name: str, run: Run, variables: dict[str, t.Any], begins: bool, changes: bool
) -> None:
    assert interruption.begins(name, run, settings(**variables)) is begins
    assert interruption.changes_now(name, run) is changes


def test_it_has_a_time_of_its_own() -> None:
    assert interruption.seconds(PLANNED, settings()) == 60 + 3 * (3600 + 900) + 150
    short = settings(
        aks_dataplane_wait_timeout="60", aks_dataplane_rollout_timeout=5, __aks_dataplane_probe_times={"baseline": 1, "after": 2}
    )
    assert interruption.seconds(PLANNED, short) == 1 + 3 * 65 + 2


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, ""),
        ({"aks_dataplane_probe": [{"name": "web"}]}, "The target 1 of aks_dataplane_probe (web) has neither url nor tcp"),
        ({"aks_dataplane_probe": [], "aks_dataplane_probe_action": "rollback", "aks_dataplane_rollback": False}, ""),
        (
            {"aks_dataplane_probe_action": "rollback", "aks_dataplane_rollback": False},
            "aks_dataplane_probe_action is rollback, but aks_dataplane_rollback is false.",
        ),
    ],
)
def test_wrong_input_is_refused_before_anything_is_asked(variables: dict[str, t.Any], sentence: str) -> None:
    refusal = EVENTS["checked"](Run(), settings(**variables), Given()).refusal
    assert refusal.startswith(sentence)
    assert bool(refusal) == bool(sentence)


def ended(run: Run, **variables: t.Any) -> dict[str, t.Any]:
    """The end of the run after its conclusion, without what is the same for all."""
    given = settings(**variables)
    concluded = EVENTS["concluded"](run, given, Given()).run
    closed = EVENTS["closed"](concluded, given, Given())
    assert closed.note is not None
    return {**closed.answer, "verdict": concluded.verdict, "noted": closed.note.options}


@pytest.mark.parametrize(
    ("action", "found", "passed"),
    [
        ("stop", measured("within"), True),
        ("stop", measured("no_verdict"), True),
        ("stop", measured("exceeded"), False),
        ("stop", measured("exceeded", dead=True), False),
        ("rollback", measured("exceeded"), False),
        ("report", measured("exceeded", dead=True), True),
    ],
)
def test_a_limit_marks_the_run_and_the_cluster_stays_switched(action: str, found: dict[str, t.Any], passed: bool) -> None:
    step = interruption.seen(SWITCHED, settings(aks_dataplane_probe_action=action), found)
    assert (step.run.probe, step.note and step.note.options) == ({}, {"event": "seen", "interruption": found})
    end = ended(step.run, aks_dataplane_probe_action=action)
    assert (end["verdict"], end["passed"]) == ("switched", passed)
    assert end["noted"]["last_status"] == "done"
    expected = (
        ""
        if passed
        else "aks-a: The interruption exceeded the limit (web: new connections failed for 3.0 s, and max_gap is 2 s). The change is kept, and no further "
        "wave begins. To go on regardless, set aks_dataplane_probe_action: report."
    )
    assert (end["reason"], end["noted"].get("reason", "")) == (expected, expected)
    assert end["row"][1] == ("switched" if passed else "switched, over the limit")


def test_a_workflow_does_not_roll_back_the_marked_cluster_in_its_branch_for_failures() -> None:
    """The job has failed, and what it has reported says that the cluster is as wanted."""
    run = interruption.seen(SWITCHED, settings(), measured("exceeded")).run
    step = ended(run)["reported"]["aks_dataplane_step_switch"]
    found = returning.going_back_to(settings(aks_dataplane_step_switch=step, __aks_dataplane_going_back=True))
    assert (found.variable, found.text) == ("", "aks-a: stays as it is, because its verdict is switched.")


def test_a_rollback_is_decided_only_by_choice_and_only_when_nobody_gets_through() -> None:
    given = settings(aks_dataplane_probe_action="rollback")
    run = interruption.seen(SWITCHED, given, measured("exceeded", dead=True)).run
    step = EVENTS["concluded"](run, given, Given())
    assert step.answer == {"restores": True, "only_looks": False}
    back = dataclasses.replace(step.run, restore={"changed": True, "after": IPTABLES}, proof=PROOF)
    end = ended(back, aks_dataplane_probe_action="rollback")
    assert (end["verdict"], end["passed"]) == ("rolled_back", False)
    assert end["reason"].startswith("aks-a: Since the change every new connection fails (web)")


def test_a_run_that_failed_has_no_other_reason() -> None:
    failed = dataclasses.replace(SWITCHED, failure="It broke.")
    assert interruption.seen(failed, settings(), measured("exceeded")).run.marked == ""
    assert interruption.seen(PROBED, settings(), None).note is None


@pytest.mark.parametrize(
    ("run", "over"),
    [
        (PROBED, True),
        (SWITCHED, False),
        # Azure has refused the change.
        (dataclasses.replace(SWITCHED, switch={"failed": True, "changed": False}), True),
        (dataclasses.replace(SWITCHED, switch={"failed": True, "changed": True}), False),
    ],
)
def test_nobody_waits_for_a_cluster_that_stays_as_it_was(run: Run, over: bool) -> None:
    assert interruption.is_over(run) is over
    assert outcome.tried(run, settings()) is bool(run.switch)


def test_without_a_probe_nothing_of_it_is_imported() -> None:
    """Each run loads the action that keeps the record, and so would pay for it."""
    program = (
        "import sys\n"
        "import ansible_collections.aks.dataplane.plugins.action.aks_run_record\n"
        "print([name for name in sys.modules if '._interruption.' in name or '._prober.' in name or name.endswith(('._run.interruption', '_probing'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
