# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the looks at the nodes come to in a run: seen good, seen bad or not seen, before, during and after the change, in each phase."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import CALLS, begin, call, judge, pass_over
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import EVENTS
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given, Step

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
CHANGE = {"path": "mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}
CLUSTER = {"id": "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-a"}
SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
OPEN = Run(number=1, subject="kube_proxy", open=True, run_id="r1", record_path="/r1.json", answered=True)

LOOK = {"answered": True, "not_verifiable": [], "verifiable": 3, "newest_node": "2026", "bad_since": {}}
VERDICTS = {
    "good": {"state": "wanted", "seen": "good", "nodes_wanted": 3, "nodes_total": 3, "reasons": [], "not_verifiable": []},
    "bad": {
        "state": "other",
        "seen": "bad",
        "nodes_wanted": 2,
        "nodes_total": 3,
        "reasons": ["n1 is bad (seen since 9)."],
        "not_verifiable": [],
    },
    "not_seen": {"state": "unknown", "seen": "not_seen", "nodes_wanted": 0, "nodes_total": 0, "reasons": ["403."], "not_verifiable": []},
}
# The module itself failed.
BROKEN: dict[str, t.Any] = {"failed": True, "msg": "It broke."}


def happen(event: str, run: Run, settings: Settings = SETTINGS, **given: t.Any) -> Step:
    return EVENTS[event](run, settings, Given(**given))


def status(seen: str) -> dict[str, t.Any]:
    return BROKEN if seen == "broken" else {"verdict": VERDICTS[seen], "look": LOOK, "nodes": [], "crash_loops": []}


def planned(before: t.Any = None, settings: Settings = SETTINGS, run: Run = OPEN) -> Step:
    """before: IPTABLES if nothing else is given."""
    before = before or IPTABLES
    change = [CHANGE] if before != NFTABLES else []
    plan = {"changed": bool(change), "before": before, "after": NFTABLES, "plan": change, "cluster": CLUSTER}
    return happen("seen", run, settings, seen={"plan": plan})


def before_look(seen: str = "bad", settings: Settings = SETTINGS, **look: t.Any) -> Step:
    """seen: bad as a rule, since before the change nothing is as wanted."""
    return happen("seen", planned(settings=settings).run, settings, seen={"before": {**status(seen), "look": {**LOOK, **look}}})


def changed(run: Run, before: t.Any = None, settings: Settings = SETTINGS) -> Run:
    """Azure has taken it. before: IPTABLES if nothing else is given."""
    before = before or IPTABLES
    run = dataclasses.replace(happen("phase", run, settings, phase="switch").run, before=before, former={"enabled": True}, began="t1")
    return happen("phase", run, settings, phase="rollout", seen={"switch": {"changed": before != NFTABLES, "after": NFTABLES}}).run


def waited(run: Run, during: str, after: str, settings: Settings = SETTINGS) -> tuple[Run, str]:
    """The run when wait and verification are over, and what failed in it, as the roles have it: a failed task ends them."""
    run = happen("seen", run, settings, seen={"status": status(during)}).run
    if during == "broken":
        return run, "It broke."
    step = begin("status", run, settings, Given(phase="verification"))
    if call("status", step, settings, Given()) is None:
        step = pass_over("status", step, settings)
    else:
        step = judge("status", step.run, settings, status(after))
        if after == "broken":
            return step.run, "It broke."
    return step.run, step.refusal


@pytest.mark.parametrize(
    ("during", "after", "verdict"),
    [
        ("good", "", "switched"),
        # The time is up, so that nothing more is asked.
        ("not_seen", "", "unverified"),
        ("bad", "bad", "rolled_back"),
        ("bad", "good", "switched"),
        ("bad", "not_seen", "unverified"),
        ("bad", "broken", "unverified"),
        ("broken", "", "unverified"),
    ],
)
def test_only_what_was_seen_bad_in_the_end_is_rolled_back(during: str, after: str, verdict: str) -> None:
    run, failure = waited(changed(before_look().run), during, after)
    if not failure:
        assert happen("concluded", run).run.verdict == verdict == "switched"
        return
    step = happen("failed", run, failure={"msg": failure})
    assert step.answer["restores"] is (verdict == "rolled_back")
    if step.answer["restores"]:
        assert "n1 is bad (seen since 9)." in failure
        run = happen("seen", step.run, seen={"restore": {"changed": True, "after": IPTABLES}}).run
        step = happen("seen", run, seen={"status": status("good")})
    step = happen("concluded", step.run)
    assert step.run.verdict == verdict
    closed = happen("closed", step.run).answer
    assert closed["passed"] is False
    if verdict == "unverified":
        assert "The change is kept." in closed["story"]
        assert "To verify later: ansible-playbook aks.dataplane.verification --limit blue" in closed["story"]
        assert "To roll back: ansible-playbook aks.dataplane.rollback --limit blue" in closed["story"]
        assert closed["statistics"]["aks_dataplane_verdicts"] == {"blue": "unverified"}


@pytest.mark.parametrize(
    ("seen", "verdict"), [("good", "rolled_back"), ("bad", "rollback_failed"), ("not_seen", "unverified"), ("broken", "unverified")]
)
def test_a_rollback_is_judged_by_what_was_seen_as_well(seen: str, verdict: str) -> None:
    switch = {"failed": True, "changed": True, "after": NFTABLES}
    step = happen("failed", changed(before_look().run), failure={"msg": "Azure failed."}, seen={"switch": switch})
    run = dataclasses.replace(step.run, switch=switch, phase="switch")
    step = happen("failed", run, failure={"msg": "Azure failed."}, seen={"switch": switch})
    run = happen("seen", step.run, seen={"restore": {"changed": True, "after": IPTABLES}}).run
    run = happen("seen", run, seen={"status": status(seen)}).run
    if seen == "broken":
        run = happen("failed", run, failure={"msg": "It broke."}).run
    step = happen("concluded", run)
    assert step.run.verdict == verdict
    if verdict == "unverified":
        assert "was restored in Azure. The nodes were not seen." in step.refusal
        assert "To verify later: ansible-playbook aks.dataplane.verification" in step.refusal


@pytest.mark.parametrize(
    ("during", "after", "verdict"),
    [("good", "", "unchanged"), ("not_seen", "", "unverified"), ("bad", "bad", "failed"), ("broken", "", "unverified")],
)
def test_a_cluster_that_was_configured_like_that_before(during: str, after: str, verdict: str) -> None:
    run, failure = waited(changed(planned(NFTABLES).run, NFTABLES), during, after)
    if failure:
        step = happen("failed", run, failure={"msg": failure})
        assert step.answer == {"restores": False}
        run = step.run
    assert happen("concluded", run).run.verdict == verdict


@pytest.mark.parametrize(
    ("look", "says", "refusal"),
    [
        ({}, {}, ""),
        ({"not_verifiable": ["n3"], "verifiable": 2}, {}, ""),
        ({"not_verifiable": ["n3"], "verifiable": 2}, {"require_all_nodes": True}, "aks_dataplane_require_all_nodes is true. n3."),
        ({"not_verifiable": ["n1", "n2"], "verifiable": 0}, {}, "No node can be verified now. n1, n2."),
        ({"not_verifiable": None, "verifiable": 0}, {}, "The nodes could not be seen. n1 is bad"),
    ],
)
def test_what_makes_verification_impossible_refuses_before_the_change(look: dict[str, t.Any], says: dict[str, t.Any], refusal: str) -> None:
    settings = dataclasses.replace(SETTINGS, **says)
    step = before_look(settings=settings, **look)
    assert (bool(step.refusal), refusal in step.refusal) == (bool(refusal), True)
    if refusal:
        step = happen("failed", step.run, settings, failure={"msg": step.refusal})
        assert step.answer == {"restores": False}
        assert happen("concluded", step.run, settings).run.verdict == "refused"


def test_nodes_that_cannot_be_verified_are_named() -> None:
    unready = {"name": "n3", "reasons": ["the node is not Ready"]}
    look = {**LOOK, "not_verifiable": ["n3"]}
    result = {"verdict": {**VERDICTS["bad"], "not_verifiable": [unready]}, "look": look}
    step = happen("seen", planned().run, seen={"before": result})
    _change, line = step.answer["lines"]
    assert line["text"] == "aks-a: nodes that cannot be verified before the change do not count after it: n3 (the node is not Ready)."
    many = {"verdict": VERDICTS["bad"], "look": {**LOOK, "not_verifiable": [f"n{number:02}" for number in range(12)]}}
    _change, line = happen("seen", planned().run, seen={"before": many}).answer["lines"]
    assert line["text"].endswith("n08, n09, and 2 more.")


def test_what_a_continued_run_finds_excuses_no_node() -> None:
    """It may come from the run that was cut off."""
    run = planned(run=dataclasses.replace(OPEN, continues="r0")).run
    step = happen("seen", run, seen={"before": {**status("bad"), "look": {**LOOK, "not_verifiable": ["n3"]}}})
    assert (step.refusal, [line["label"] for line in step.answer["lines"]]) == ("", ["mode (disruption: restart)"])
    assert earlier_look(changed(step.run)) == {"answered": True, "not_verifiable": []}


def earlier_look(run: Run, settings: Settings = SETTINGS) -> t.Any:
    asked = CALLS["status"](run, settings, Given())
    assert asked is not None
    return asked.options.get("earlier_look")


def looks_first(run: Run, settings: Settings = SETTINGS) -> bool:
    return CALLS["before"](run, settings, Given()) is not None


def test_what_each_look_goes_by() -> None:
    step = planned()
    assert (looks_first(step.run), earlier_look(step.run)) == (True, {"answered": True})
    assert earlier_look(dataclasses.replace(step.run, answered=False)) is None, "nothing was asked before: a first failure is an error"

    run = changed(before_look(not_verifiable=["n3"], bad_since={"n1": 1.0}).run)
    base = {**LOOK, "not_verifiable": ["n3"]}
    assert earlier_look(run) == base
    later = {**LOOK, "not_verifiable": ["n3"], "bad_since": {"n1": 9.0}}
    run = happen("seen", run, seen={"status": {**status("bad"), "look": later}}).run
    assert earlier_look(run) == later
    run = happen("failed", happen("phase", run, phase="verification").run, failure={"msg": "No."}).run
    assert (run.phase, earlier_look(run)) == ("rollback", base), "what was seen of the other configuration does not count"


@pytest.mark.parametrize(
    ("run", "says", "first", "look"),
    [
        (OPEN, {}, False, {"answered": True, "ready_only": True}),
        # Every node is to be verified.
        (OPEN, {"require_all_nodes": True}, False, {"answered": True, "not_verifiable": []}),
        # What the interrupted run found before it is not known.
        (dataclasses.replace(OPEN, continues="r0"), {}, False, {"answered": True, "not_verifiable": []}),
    ],
)
def test_without_a_change_there_is_no_look_before_it(run: Run, says: dict[str, t.Any], first: bool, look: dict[str, t.Any]) -> None:
    settings = dataclasses.replace(SETTINGS, **says)
    step = planned(NFTABLES, settings, run)
    assert looks_first(step.run, settings) is first
    assert earlier_look(changed(step.run, NFTABLES, settings), settings) == look


@pytest.mark.parametrize("says", [{"kubernetes": False}, {"going_back": True}])
def test_the_way_back_and_a_run_without_kubernetes_need_no_look(says: dict[str, t.Any]) -> None:
    settings = dataclasses.replace(SETTINGS, **says)
    assert not looks_first(planned(settings=settings).run, settings)


def test_a_verification_by_itself_goes_by_nothing_earlier_and_does_not_wait() -> None:
    step = happen("phase", Run(), phase="verification")
    step = happen(
        "seen", step.run, seen={"plan": {"changed": False, "before": NFTABLES, "after": NFTABLES, "plan": [], "cluster": CLUSTER}}
    )
    asked = CALLS["status"](step.run, SETTINGS, Given())
    assert asked is not None
    assert ("earlier_look" in asked.options, asked.options["wait"], asked.options["wait_for"]) == (False, False, "wanted")


def test_how_long_a_verification_in_a_run_waits_for_the_api_server() -> None:
    settings = dataclasses.replace(SETTINGS, rollout_timeout=50, poll_interval=3)
    run = happen("phase", changed(before_look().run), phase="verification").run
    asked = CALLS["status"](run, settings, Given())
    assert asked is not None
    assert [asked.options[name] for name in ("wait", "wait_for", "wait_timeout", "poll_interval")] == [True, "answer", 50, 3]
    asked = CALLS["status"](run, SETTINGS, Given())
    assert asked is not None
    assert [asked.options[name] for name in ("wait_timeout", "poll_interval")] == [900, 10]


@pytest.mark.parametrize(("value", "seconds"), [(5, 5), ("5", 5), ("", None), (None, None), ("soon", None)])
def test_seconds_as_surveys_and_the_command_line_give_them(value: t.Any, seconds: int | None) -> None:
    variables = {"inventory_hostname": "blue", "aks_dataplane_rollout_timeout": value, "aks_dataplane_poll_interval": value}
    settings = Settings.from_variables(variables)
    assert (settings.rollout_timeout, settings.poll_interval) == (seconds, seconds)


@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ({"node_look": "exec"}, True),
        ({"node_look": "pods"}, True),
        ({"node_look": "pods", "check_mode": True}, True),
        *(({"node_look": way}, False) for way in ("auto", "ssh", "none")),
        ({"node_look": "exec", "kubernetes": False}, False),
        ({"node_look": "exec", "going_back": True}, False),
        ({"node_look": "exec", "kubernetes_via": "direct"}, False),
    ],
)
def test_a_look_by_name_that_the_run_command_cannot_do_is_refused_before_anything_is_asked(says: dict[str, t.Any], refused: bool) -> None:
    settings = dataclasses.replace(SETTINGS, **{"kubernetes_via": "command", **says})
    refusal = happen("checked", Run(), settings).refusal
    assert (f"aks_dataplane_node_look: {settings.node_look}" in refusal and "aks_dataplane_kubernetes_via is command" in refusal) == refused
    assert bool(refusal) == refused
