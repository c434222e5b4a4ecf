# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run goes through NFTABLES to remove leftovers, what is asked of Azure then, and where it ends when something fails on the way."""

from __future__ import annotations

import dataclasses
import json
import shlex
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import calls, checks, events, leftovers, outcome, passage, texts
from ansible_collections.aks.dataplane.plugins.module_utils._run.declaration import objection
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given, Step

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
DISABLED = {"enabled": False, "mode": "IPTABLES", "ipvs_config": None}
RR = {"scheduler": "RoundRobin", "tcp_timeout_seconds": None, "tcp_fin_timeout_seconds": None, "udp_timeout_seconds": None}
IPVS = {"enabled": True, "mode": "IPVS", "ipvs_config": RR}
SETTINGS = Settings(
    host="blue", cluster="aks-a", resource_group="rg", leftovers="remove", declared={"aks_dataplane_kube_proxy": {"mode": "IPVS"}}
)
RUN = Run(number=1, subject="kube_proxy", open=True, joined=True, run_id="r", phase="preflight")
CHAINS = {"found": {"n1": {"IPTABLES": ["chain KUBE-SVC-*"]}}, "held": {}, "unseen": [], "looked": 1}
SETS = {"found": {"n1": {"IPVS": ["ipset KUBE-6-CLUSTER-IP"]}}, "held": {}, "unseen": [], "looked": 1}
HELD = {**CHAINS, "held": {"n1": ["-A X -j KUBE-MARK-MASQ (table nat, ipv4)"]}}
PATH = "properties.networkProfile.kubeProxyConfig"
SEEN = {"state": "wanted", "seen": "good", "nodes_wanted": 3, "nodes_total": 3, "reasons": []}


def decided(before: t.Any, after: t.Any, left: t.Any = None, run: Run = RUN, **settings: t.Any) -> dict[str, t.Any]:
    run = dataclasses.replace(run, left_before=left or {})
    return dict(passage.decide(run, dataclasses.replace(SETTINGS, **settings), before, after))


@pytest.mark.parametrize(
    ("before", "after", "left", "passes"),
    [
        (IPTABLES, IPVS, None, True),
        (IPVS, IPTABLES, None, True),
        # A switch leaves something wherever somebody's rules hold it on some nodes, or not.
        (IPVS, IPTABLES, HELD, True),
        # Nothing to do, unless something is left that would go.
        (IPVS, IPVS, None, False),
        (IPVS, IPVS, CHAINS, True),
        (IPTABLES, IPTABLES, SETS, False),
        (IPVS, IPVS, HELD, False),
        # NFTABLES removes by itself, and what is disabled runs nothing that could.
        (IPTABLES, NFTABLES, CHAINS, False),
        (NFTABLES, NFTABLES, CHAINS, False),
        (NFTABLES, IPVS, CHAINS, False),
        (IPVS, DISABLED, CHAINS, False),
        (DISABLED, IPVS, CHAINS, False),
    ],
)
def test_when_a_run_goes_through_nftables(before: t.Any, after: t.Any, left: t.Any, passes: bool) -> None:
    assert bool(decided(before, after, left)) == passes


def test_never_by_default_and_never_in_a_rollback() -> None:
    assert decided(IPTABLES, IPVS, CHAINS, leftovers="report") == {}
    assert decided(IPTABLES, IPVS, CHAINS, going_back=True) == {}
    assert decided(IPTABLES, IPVS, CHAINS, run=dataclasses.replace(RUN, subject="host_routing")) == {}


def test_an_interrupted_passage_goes_on() -> None:
    assert decided(NFTABLES, IPVS, run=dataclasses.replace(RUN, resumes_passage=True))
    assert not decided(IPVS, IPVS, run=dataclasses.replace(RUN, resumes_passage=True)), "it has arrived"


def test_the_plan_has_both_steps() -> None:
    found = decided(IPTABLES, IPVS)
    assert [(one["path"], one["before"], one["after"]) for one in found["plan"]] == [(f"{PATH}.mode", "IPTABLES", "NFTABLES")]
    assert (f"{PATH}.mode", "NFTABLES", "IPVS") in [(one["path"], one["before"], one["after"]) for one in found["then"]]
    lines = texts.plan({"plan": []}, SETTINGS, found)
    assert next(line for line in lines if " of 2: " in line) == f"aks-a |   1 of 2: {PATH}.mode (disruption: restart)"
    assert "Each of the two steps interrupts new connections" in lines[-1]


def under_way(before: t.Any = None, after: t.Any = None, left: t.Any = None) -> Run:
    """A run whose plan is made, from IPTABLES to IPVS where nothing else is said."""
    before, after = before or IPTABLES, after or IPVS
    cluster = {"id": "/subscriptions/s/resourceGroups/rg/providers/x/managedClusters/aks-a"}
    plan = {"changed": before != after, "before": before, "after": after, "plan": [], "cluster": cluster}
    run = dataclasses.replace(RUN, left_before=left or {}, before=before, former={"enabled": True, "mode": before["mode"]})
    step = calls.judge("plan", run, SETTINGS, plan)
    assert step.answer == {"passes": True}
    return step.run


def passed(run: Run, **result: t.Any) -> Run:
    """After the call that asks Azure for NFTABLES."""
    run = calls.begin("passage", run, SETTINGS, Given(phase="switch")).run
    return calls.judge("passage", run, SETTINGS, {"changed": True, "after": NFTABLES, **result}).run


def test_azure_is_asked_for_both_one_after_the_other() -> None:
    begun = calls.begin("passage", under_way(), SETTINGS, Given(phase="switch"))
    assert begun.note is not None
    assert (begun.note.options["through"], begun.note.options["before"]) == (NFTABLES, IPTABLES)
    call = calls.call("passage", begun, SETTINGS, Given(phase="switch"))
    assert call is not None
    assert call.options == {"config": {"enabled": True, "mode": "NFTABLES"}}
    run = passed(under_way())
    asked = calls.call("passage_status", Step(run), SETTINGS, Given())
    assert asked is not None
    assert asked.options["mode"] == "NFTABLES"
    switch = calls.begin("switch", run, SETTINGS, Given(phase="switch"))
    assert switch.note is not None
    assert "before" not in switch.note.options, "what the run has found stays"
    call = calls.call("switch", switch, SETTINGS, Given(phase="switch"))
    assert call is not None
    assert call.options == {"config": {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin"}}}


def test_a_run_that_goes_straight_asks_for_what_is_declared_alone() -> None:
    run = dataclasses.replace(RUN, plan={"before": IPTABLES, "after": IPVS, "plan": [1], "cluster": {"id": "/subscriptions/s"}})
    call = calls.call("switch", Step(run), SETTINGS, Given(phase="switch"))
    assert call is not None
    assert call.options == {"mode": "IPVS"}
    begun = calls.begin("passage", run, SETTINGS, Given(phase="switch"))
    assert (begun.run, begun.note, calls.call("passage", begun, SETTINGS, Given())) == (run, None, None)
    assert calls.call("passage_check", Step(run), SETTINGS, Given()) is None


def checked(*findings: dict[str, t.Any]) -> Step:
    return calls.judge("passage_check", under_way(), SETTINGS, {"findings": [*findings]})


def finding(severity: str, message: str) -> dict[str, t.Any]:
    return {"id": "KP01", "severity": severity, "subject": "cluster aks-a", "message": message, "remedy": "Upgrade.", "not_checked": False}


def test_the_prerequisites_of_nftables_count_before_anything_is_changed() -> None:
    call = calls.call("passage_check", Step(under_way()), SETTINGS, Given())
    assert call is not None
    assert (call.module, call.options["config"]) == ("aks.dataplane.aks_preflight_info", {"enabled": True, "mode": "NFTABLES"})
    assert "mode" not in call.options
    refused = checked(finding("error", "Kubernetes 1.32 is too old."))
    assert "does not meet the prerequisites of NFTABLES" in refused.refusal
    assert "KP01: cluster aks-a: Kubernetes 1.32 is too old. Upgrade." in refused.refusal
    fine = checked(finding("warning", "Something."))
    assert (fine.refusal, calls.call("passage_check", Step(fine.run), SETTINGS, Given())) == ("", None)
    assert fine.shown[0] == "aks-a | preflight of NFTABLES | passed (1 warning)"


def test_nodes_that_are_seen_not_to_arrive_end_the_run_and_unseen_ones_do_not() -> None:
    run = passed(under_way())
    bad = {"failed": True, "verdict": {"state": "other", "seen": "bad", "reasons": ["n1 is silent."]}}
    assert calls.can_fail("passage_status", run, SETTINGS, bad)
    failed = events.hold(calls.judge("passage_status", run, SETTINGS, bad).run, SETTINGS, Given(failure={"msg": "It did not."}))
    assert outcome.restores(failed.run, SETTINGS)
    unseen = {"failed": True, "msg": "timeout", "verdict": {"state": "unknown", "seen": "not_seen", "reasons": []}}
    assert not calls.can_fail("passage_status", run, SETTINGS, unseen)
    step = calls.judge("passage_status", run, SETTINGS, unseen)
    assert (step.run, step.shown) == (run, ["aks-a: NFTABLES was not seen on every node, so leftovers may stay. The run goes on to IPVS."])


@pytest.mark.parametrize("before", [IPTABLES, IPVS])
def test_a_failure_of_the_second_step_restores_what_was_there(before: t.Any) -> None:
    """Although Azure refused it: the cluster is on the way then."""
    run = calls.begin("switch", passed(under_way(before, left=CHAINS)), SETTINGS, Given(phase="switch")).run
    failed = {"failed": True, "changed": False, "msg": "No."}
    held = events.hold(run, SETTINGS, Given(failure=failed, seen={"switch": failed})).run
    assert outcome.restores(held, SETTINGS)
    rolling = events.EVENTS["concluded"](held, SETTINGS, Given())
    assert rolling.answer == {"restores": True, "only_looks": False}
    restored = calls.judge("restore", rolling.run, SETTINGS, {"changed": True})
    assert restored.answer == {"awaits": True}
    restore = calls.call("restore", rolling, SETTINGS, Given())
    assert restore is not None
    assert restore.options == {"config": {"enabled": True, "mode": before["mode"]}}, "in one step"


def test_a_refusal_of_the_first_step_has_changed_nothing() -> None:
    run = calls.begin("passage", under_way(), SETTINGS, Given(phase="switch")).run
    failed = {"failed": True, "changed": False, "msg": "No."}
    held = events.hold(run, SETTINGS, Given(failure=failed, seen={"switch": failed})).run
    assert not outcome.touched(dataclasses.replace(held, restore={"changed": False}))


def test_an_answer_that_was_lost_on_the_way_names_the_next_step() -> None:
    run = calls.begin("passage", under_way(), SETTINGS, Given(phase="switch")).run
    lost = {"failed": True, "changed": True, "msg": "gone", "operation": {"done": False}, "error": {"host": "azure"}}
    held = events.hold(run, SETTINGS, Given(failure=lost, seen={"switch": lost})).run
    verdict, _status, text = outcome.rollback(held, SETTINGS)
    assert verdict == "unverified"
    assert "The cluster may be in mode NFTABLES, on its way. Run the same command again." in text


@pytest.mark.parametrize("before", [IPTABLES, IPVS])
def test_at_the_end_it_has_switched(before: t.Any) -> None:
    run = calls.begin("switch", passed(under_way(before, left=CHAINS)), SETTINGS, Given(phase="switch")).run
    run = calls.judge("switch", run, SETTINGS, {"changed": True, "after": IPVS}).run
    none = {"found": {}, "held": {}, "unseen": [], "looked": 3}
    run = dataclasses.replace(run, verdict=outcome.conclusion(run, SETTINGS), proof=SEEN, leftovers=none)
    assert run.verdict == "switched"
    assert outcome.summary(run, SETTINGS) == "aks-a: switched through NFTABLES, and verified on 3 of 3 nodes (leftovers: none on 3 nodes)."


def test_the_command_to_roll_back_goes_straight() -> None:
    run = dataclasses.replace(under_way(), verdict="switched")
    assert '"aks_dataplane_leftovers": "report"' in outcome.to_roll_back(run, SETTINGS)
    assert "aks_dataplane_leftovers" not in outcome.to_roll_back(run, dataclasses.replace(SETTINGS, leftovers="report"))


@pytest.mark.parametrize("stage", [{}, {"sent": True, "past": True, "words": "NFTABLES"}])
def test_the_command_to_roll_back_names_the_record(stage: dict[str, t.Any]) -> None:
    run = dataclasses.replace(under_way(), verdict="switched", record_path="/runs/my record.json", passage=stage)
    _roll, command = outcome.to_roll_back(run, SETTINGS).split(": ", 1)
    program, playbook, *_limit, variables = shlex.split(command)
    assert (program, playbook) == ("ansible-playbook", "aks.dataplane.rollback")
    assert json.loads(variables) == {"aks_dataplane_record": "/runs/my record.json", "aks_dataplane_leftovers": "report"}


def test_a_run_that_ended_on_the_way_is_not_rolled_back_by_what_it_was_to_leave() -> None:
    run = dataclasses.replace(under_way(), record_path="/r.json", passage={"sent": True, "words": "NFTABLES"})
    assert "aks_dataplane_record" not in outcome.to_roll_back(run, SETTINGS)


def test_sets_that_no_mode_removes_are_named_as_such() -> None:
    assert leftovers.extent(SETS) == "leftovers: none on 1 nodes, but for ipsets KUBE-6-* of IPVS, which stay until a node is replaced"


@pytest.mark.parametrize(
    ("after", "left", "settings", "text"),
    [
        (
            IPVS,
            CHAINS,
            "report",
            "to remove what is left, set aks_dataplane_leftovers: remove. Or replace the nodes of each pool: az aks nodepool upgrade",
        ),
        (IPVS, CHAINS, "remove", "what is left on n1 goes with the nodes. To replace those of a pool: az aks nodepool upgrade"),
        (NFTABLES, CHAINS, "report", "what is left on n1 goes with the nodes."),
        (IPVS, HELD, "report", "kube-proxy cannot remove what is left on n1: remove the third-party rules there first."),
    ],
)
def test_how_it_goes_away(after: t.Any, left: t.Any, settings: str, text: str) -> None:
    run = dataclasses.replace(RUN, plan={"after": after})
    (line,) = passage.advice(run, dataclasses.replace(SETTINGS, leftovers=settings), left)
    assert line.startswith(f"aks-a: {text}")


def test_nothing_left_needs_no_advice() -> None:
    assert passage.advice(RUN, SETTINGS, SETS) == passage.advice(RUN, SETTINGS, {}) == []


def test_without_kubernetes_there_is_nothing_to_remove_by() -> None:
    assert "aks_dataplane_leftovers: remove and aks_dataplane_kubernetes: false" in objection(
        dataclasses.replace(SETTINGS, kubernetes=False)
    )
    assert objection(SETTINGS) == ""


def test_what_stayed_last_time_is_not_worth_two_gaps_again() -> None:
    run = dataclasses.replace(RUN, staying=["n1"])
    assert decided(IPVS, IPVS, CHAINS, run=run) == {}
    assert decided(IPTABLES, IPVS, CHAINS, run=run), "a switch has something new to remove"
    more = {**CHAINS, "found": {**CHAINS["found"], "n2": {"IPTABLES": ["chain KUBE-SVC-*"]}}}
    assert decided(IPVS, IPVS, more, run=run)


def test_what_the_run_removes_is_no_warning() -> None:
    assert checks.set_aside(RUN, SETTINGS) == ["KP21"]
    assert checks.set_aside(RUN, dataclasses.replace(SETTINGS, leftovers="report")) == []


def test_a_node_that_was_read_in_part_is_not_said_to_have_none() -> None:
    cut = {"field": "kube_proxy.leftovers", "reason": "too long", "cut_off": True}
    seen = {"n1": {"kube_proxy": {"mode": "iptables", "leftovers": []}, "not_seen": [cut]}}
    known = leftovers.summary({"observations": seen, "nodes": [{"name": "n1", "state": "seen", "reason": ""}]})
    assert leftovers.extent(known) == "leftovers: none on 1 nodes, not checked on 1"


def test_other_data_planes_leave_no_rules_of_kube_proxy() -> None:
    none = {"found": {}, "held": {}, "unseen": [], "looked": 3}
    run = dataclasses.replace(RUN, left_before=none)
    assert (outcome.left(run), outcome.left(dataclasses.replace(run, subject="host_routing"))) == (none, {})


def test_what_runs_is_not_left() -> None:
    """Where the kernel shows two modes, it does not show which of them kube-proxy is in."""
    mixed = {
        **CHAINS,
        "found": {"n1": {"IPTABLES": ["chain KUBE-SVC-*"], "IPVS": ["chain KUBE-LOAD-BALANCER"]}, "n2": {"IPVS": ["chain X"]}},
    }
    assert leftovers.less(mixed, "IPVS")["found"] == {"n1": {"IPTABLES": ["chain KUBE-SVC-*"]}}
    assert decided(IPVS, IPVS, {**CHAINS, "found": {"n2": {"IPVS": ["chain X"]}}}) == {}
