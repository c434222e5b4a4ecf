# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the invariants of a campaign call wrong, and what they let pass."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from tests.chaos.bodies import differences, not_sent_back, outside, value_of
from tests.chaos.invariants import leaks, violations
from tests.chaos.plan import IN_PROCESS, MODULE, TASKS, Plan, Step
from tests.chaos.report import report
from tests.chaos.seen import Nodes, Outcome, Put, Seen, StepSeen

IPTABLES = Nodes("IPTABLES", frozenset({"IPTABLES"}))
NFTABLES = Nodes("NFTABLES", frozenset({"NFTABLES"}))
HALF = Nodes("NFTABLES", frozenset({"IPTABLES", "NFTABLES"}))
STEP = Step("NFTABLES", TASKS, (), ())
PLAN = Plan(1, 0, IN_PROCESS, "kube_proxy", "", 3, (STEP,))
RECORD = {"ended": "now", "verdict": "switched", "before": {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}, "phases": []}
RESULT = {"verdict": "switched", "story": "", "shown": []}
GOOD = StepSeen(STEP, RESULT, IPTABLES, NFTABLES, NFTABLES, puts=(Put("NFTABLES", recorded=True),), records=(RECORD,))
RERUN = StepSeen(
    STEP,
    {**RESULT, "verdict": "unchanged"},
    NFTABLES,
    NFTABLES,
    NFTABLES,
    records=(RECORD, {**RECORD, "verdict": "unchanged", "before": {"enabled": True, "mode": "NFTABLES"}}),
    earlier=1,
)
KILLED = dataclasses.replace(GOOD, result=None, records=({**RECORD, "ended": None, "verdict": None},))
ROLLED_BACK = dataclasses.replace(
    GOOD,
    result={"verdict": "rolled_back", "story": "n1 runs iptables.", "failed": True, "msg": "n1 runs iptables."},
    ended=IPTABLES,
    settled=IPTABLES,
    puts=(Put("NFTABLES", recorded=True), Put("IPTABLES", recorded=True)),
    records=({**RECORD, "verdict": "rolled_back"},),
    met={"node_crash_loop": 1},
)


def seen(*steps: StepSeen, **changes: t.Any) -> Seen:
    return Seen(**{"plan": PLAN, "steps": steps or (GOOD,), "rerun": RERUN, **changes})


def but(one: StepSeen, /, **changes: t.Any) -> StepSeen:
    return dataclasses.replace(one, **changes)


def module(changed: bool, puts: tuple[Put, ...] = (Put("NFTABLES"),)) -> StepSeen:
    step = dataclasses.replace(STEP, way=MODULE)
    return but(GOOD, step=step, result={"changed": changed}, puts=puts, records=())


@pytest.mark.parametrize(
    "run",
    [
        seen(),
        seen(KILLED),
        seen(ROLLED_BACK),
        seen(module(changed=True)),
        seen(module(changed=True, puts=(Put("NFTABLES", accepted=False, unsure=True),))),
        seen(but(GOOD, met={"disk_full": 1}, records=({**RECORD, "ended": None, "verdict": None},))),
        # Somebody else wanted something else, and has it.
        seen(but(GOOD, settled=Nodes("IPVS", frozenset({"IPVS"})), others=("IPVS",), met={"other_leaf": 1})),
    ],
)
def test_nothing_is_wrong(run: Seen) -> None:
    assert violations(run) == []


@pytest.mark.parametrize(
    ("run", "invariant"),
    [
        (seen(but(KILLED, settled=Nodes("IPVS", frozenset({"IPVS"})))), "as_declared_or_as_before"),
        (seen(but(GOOD, ended=HALF)), "as_declared_or_as_before"),
        (seen(but(GOOD, puts=(Put("NFTABLES", ("properties.networkProfile.podCidr",), recorded=True),))), "nothing_outside_the_leaf"),
        (seen(lost=("tags.owner",)), "what_others_changed_is_kept"),
        (seen(but(GOOD, ended=HALF)), "the_record_is_true"),
        (seen(but(GOOD, records=({**RECORD, "verdict": "unchanged"},))), "the_record_is_true"),
        (seen(but(GOOD, records=({**RECORD, "ended": None, "verdict": None},))), "the_record_is_true"),
        (seen(but(ROLLED_BACK, ended=HALF)), "the_record_is_true"),
        (seen(but(KILLED, records=({**RECORD, "verdict": "refused"},))), "the_record_is_true"),
        (seen(module(changed=False)), "the_record_is_true"),
        (seen(module(changed=True, puts=())), "the_record_is_true"),
        (seen(but(KILLED, puts=(Put("NFTABLES", recorded=False),))), "the_way_back_is_recorded_first"),
        (seen(leaks=("output",)), "no_secret_is_shown"),
        (seen(left=("kubeconfig",)), "nothing_is_left"),
        (seen(but(GOOD, running=("sleep 1",))), "nothing_is_left"),
        (seen(but(ROLLED_BACK, met={"kube_starting": 3})), "a_healthy_switch_is_never_rolled_back"),
        (seen(rerun=but(RERUN, result={"verdict": "refused", "failed": True, "msg": "No."})), "a_clean_run_ends_well"),
        (seen(rerun=but(RERUN, ended=IPTABLES)), "a_clean_run_ends_well"),
        (seen(but(GOOD, result=None, crashed="Traceback (most recent call last)")), "every_error_is_ours"),
        (seen(but(GOOD, result={**RESULT, "story": "Traceback (most recent call last)"})), "every_error_is_ours"),
    ],
)
def test_what_is_wrong_is_named(run: Seen, invariant: str) -> None:
    assert invariant in {wrong.partition(":")[0] for wrong in violations(run)}


def test_a_run_goes_back_to_what_was_there_before_the_killed_one_that_it_goes_on_with() -> None:
    killed = but(KILLED, settled=NFTABLES)
    back = but(ROLLED_BACK, begun=NFTABLES, records=(*killed.records, *ROLLED_BACK.records), earlier=1)
    assert violations(seen(killed, back)) == []
    refused = {"verdict": "refused", "story": "", "failed": True, "msg": "No."}
    records = (*killed.records, {**RECORD, "verdict": "refused"})
    other = but(GOOD, step=dataclasses.replace(STEP, declared="IPTABLES"), result=refused, puts=(), records=records, earlier=1)
    between = but(other, begun=NFTABLES, ended=NFTABLES, settled=NFTABLES)
    assert violations(seen(killed, between, but(back, records=(*records, *ROLLED_BACK.records), earlier=2))) == []


def test_secrets_are_found_wherever_they_are() -> None:
    assert leaks(["s3cret", ""], {"output": "a s3cret b", "record": "nothing"}) == ["output"]


CLUSTER = {
    "id": "/subscriptions/s",
    "tags": {"owner": "me"},
    "properties": {
        "provisioningState": "Succeeded",
        "agentPoolProfiles": [{"name": "a", "count": 3, "nodeImageVersion": "1"}],
        "networkProfile": {"podCidr": "10.0.0.0/8", "kubeProxyConfig": {"enabled": True, "mode": "IPVS"}},
    },
}
SENT = {
    "tags": {"owner": "me"},
    "properties": {
        "agentPoolProfiles": [{"name": "a", "count": 3}],
        "networkProfile": {"podCidr": "10.0.0.0/8", "kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}},
    },
}


def test_a_body_that_changes_the_leaf_only() -> None:
    assert (value_of(CLUSTER, "kube_proxy"), value_of(SENT, "kube_proxy")) == ("IPVS", "NFTABLES")
    assert not_sent_back(CLUSTER, SENT, "kube_proxy") == []
    assert list(differences(outside(CLUSTER, "kube_proxy"), outside(CLUSTER, "kube_proxy"))) == []


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({**SENT, "tags": {}}, "tags.owner"),
        ({**SENT, "properties": {**SENT["properties"], "networkProfile": {"kubeProxyConfig": {}}}}, "properties.networkProfile.podCidr"),
        ({**SENT, "properties": {**SENT["properties"], "agentPoolProfiles": []}}, "properties.agentPoolProfiles"),
        ({**SENT, "properties": {**SENT["properties"], "dnsPrefix": "new"}}, "properties.dnsPrefix"),
    ],
)
def test_a_body_that_changes_more(sent: dict[str, t.Any], path: str) -> None:
    assert not_sent_back(CLUSTER, sent, "kube_proxy") == [path]


def test_the_report_counts_trouble_and_shows_how_to_repeat_a_violation() -> None:
    good = Outcome(0, IN_PROCESS, 1.0, ("kill",), ("kill",), True, ())
    bad = Outcome(7, "node", 1.0, ("disk_full", "kill"), ("disk_full",), False, ("node: it broke",))
    text = report([good, bad], 3, 120.0)
    assert "2 runs in 2.0 minutes: 1 in_process, 1 node" in text
    assert "1 killed after an accepted PUT; 0 by playbooks" in text
    assert "disk_full                       1        1     50.0" in text
    assert "1 violations in 1 runs" in text
    assert "run 7 (node), to repeat it: make chaos SEED=3 ONLY=7\n    node: it broke" in text
