# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs event by event, as the roles report them: what is answered, and what the record gets."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._run.calls import CALLS, Call, begin, call, judge, pass_over
from ansible_collections.aks.dataplane.plugins.module_utils._run.events import EVENTS, beginning_lines, begun, remembered
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run, latest
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Given, Step

from tests.support.run_settings import changed

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
IPVS = {"enabled": True, "mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin", "tcp_timeout_seconds": None}}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
LEGACY = {"state": "disabled", "acns": {"enabled": True}}
BPF = {"state": "enabled", "acns": {"enabled": True}}
CLUSTER = {"id": "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks-a"}
CHANGE = {"path": "mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}

KUBE_PROXY = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
HOST_ROUTING = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_host_routing": "enabled"})
OPEN = Run(number=1, subject="kube_proxy", open=True, run_id="r1", record_path="/r1.json")


def happen(event: str, run: Run, settings: Settings = KUBE_PROXY, **given: t.Any) -> Step:
    return EVENTS[event](run, settings, Given(**given))


def question(run: Run, settings: Settings = KUBE_PROXY) -> t.Any:
    """What the nodes are asked now."""
    asked = CALLS["status"](run, settings, Given())
    assert asked is not None
    assert asked.module == "aks.dataplane.aks_dataplane_status_info"
    assert asked.options["exec"] is settings.exec
    return {name: value for name, value in asked.options.items() if name not in ("wait_timeout", "poll_interval", "exec")}


def verifies(run: Run, settings: Settings = KUBE_PROXY) -> tuple[Step, bool]:
    """The run when the verification has begun, and whether it has to ask the nodes."""
    step = begin("status", run, settings, Given(phase="verification"))
    return step, call("status", step, settings, Given()) is not None


def noted(step: Step) -> dict[str, t.Any]:
    assert step.note is not None
    return dict(step.note.options)


def plan(before: t.Any, after: t.Any, **further: t.Any) -> dict[str, t.Any]:
    return {
        "changed": before != after,
        "before": before,
        "after": after,
        "plan": [CHANGE] if before != after else [],
        "cluster": CLUSTER,
        **further,
    }


SEEN = {"wanted": "good", "other": "bad", "unknown": "not_seen"}


def verdict(state: str = "wanted", **further: t.Any) -> dict[str, t.Any]:
    right = 3 if state == "wanted" else 1
    reported = {
        "state": state,
        "seen": SEEN[state],
        "nodes_wanted": right,
        "nodes_total": 3,
        "reasons": [] if right == 3 else ["n1 is silent."],
    }
    return {"verdict": reported, "nodes": [{"name": "n1"}], "crash_loops": [], **further}


def switching(settings: Settings = KUBE_PROXY, before: t.Any = None, after: t.Any = None) -> Run:
    """A run that is about to switch, from IPTABLES to NFTABLES if nothing else is given, whose record has the previous configuration."""
    before, after = before or IPTABLES, after or NFTABLES
    subject = settings.data_planes[0].name
    run = happen("seen", dataclasses.replace(OPEN, subject=subject), settings, seen={"plan": plan(before, after)}).run
    run = happen("phase", run, settings, phase="switch").run
    record = {"before": before, "switch_began": "t1"}
    return remembered(run, {"restore": {"state": "disabled"} if subject == "host_routing" else {"enabled": True}, "record": record})


def test_a_switch_that_is_proved() -> None:
    step = judge("plan", OPEN, KUBE_PROXY, plan(IPTABLES, NFTABLES, note="It restarts."))
    assert pass_over("before", step, KUBE_PROXY).answer["lines"] == [
        {"label": "mode (disruption: restart)", "text": "aks-a: IPTABLES becomes NFTABLES"},
        {"label": "note", "text": "aks-a: It restarts."},
    ]
    assert call("before", step, KUBE_PROXY, Given()) is not None

    step = happen("phase", step.run, phase="switch")
    assert noted(step) == {"event": "phase", "phase": "switch", "phase_status": "running", "before": IPTABLES, "subscription_id": "S1"}
    assert step.note is not None
    assert step.note.needed, "without a record there is no rollback"
    run = remembered(step.run, {"restore": {"enabled": True}, "record": {"before": IPTABLES, "switch_began": "t1"}})

    step = judge("switch", run, KUBE_PROXY, {"changed": True, "after": NFTABLES})
    assert step.answer == {"verifies": True}
    assert question(step.run) == {"enabled": True, "mode": "NFTABLES", "earlier_look": {"answered": True, "not_verifiable": []}}
    assert (noted(step)["after"], step.note and step.note.needed) == (NFTABLES, False)

    step = happen("seen", step.run, seen={"status": verdict()})
    assert (noted(step), step.answer) == ({"event": "seen", "nodes": [{"name": "n1"}]}, {})

    step, asks = verifies(step.run)
    assert (asks, call("plan", step, KUBE_PROXY, Given()), noted(step)["phase"]) == (False, None, "verification")
    step = pass_over("status", step, KUBE_PROXY)
    assert (step.answer, step.refusal) == ({"text": "aks-a: NFTABLES is verified on 3 of 3 nodes."}, "")

    step = happen("concluded", step.run)
    assert (step.run.verdict, step.answer, step.refusal) == ("switched", {}, "")

    step = happen("closed", step.run)
    assert noted(step) == {"event": "closed", "verdict": "switched", "last_status": "done"}
    assert step.answer["passed"] is True
    assert step.answer["lines"] == [
        {"label": "result", "text": "aks-a: switched, and verified on 3 of 3 nodes (leftovers: not checked)."},
        {"label": "run record", "text": "aks-a: run record /r1.json"},
    ]
    assert step.run == Run(number=1)


def test_a_switch_that_is_not_proved_is_rolled_back() -> None:
    run = happen("phase", switching(), phase="rollout", seen={"switch": {"changed": True, "after": NFTABLES}}).run
    run = happen("seen", run, seen={"status": verdict("other")}).run
    step, asks = verifies(run)
    assert asks, "the last word is that of a look of its own"
    crash = {"pod": "kube-proxy-x", "node": "n1", "log": ["1", "2", "3", "4"]}
    step = happen("seen", step.run, seen={"status": verdict("other", crash_loops=[crash, {**crash, "log": []}])})
    assert step.refusal == (
        "aks-a: NFTABLES is not verified on every node (1 of 3). n1 is silent. Last log lines of kube-proxy-x on n1: 2 / 3 / 4"
    )

    step = happen("failed", step.run, failure={"msg": "It broke."})
    assert step.answer == {"restores": True, "only_looks": False}
    assert CALLS["restore"](step.run, KUBE_PROXY, Given()) == Call("aks.dataplane.aks_kube_proxy", {"config": {"enabled": True}})
    assert noted(step) == {"event": "phase", "phase": "rollback", "phase_status": "running", "last_status": "failed", "reason": "It broke."}

    step = happen("seen", step.run, seen={"restore": {"changed": True, "after": IPTABLES}})
    assert step.answer == {"awaits": True}
    assert question(step.run) == {"enabled": True, "mode": "IPTABLES", "earlier_look": {"answered": True, "not_verifiable": []}}
    run = happen("seen", step.run, seen={"status": verdict()}).run
    step = happen("concluded", run)
    assert step.run.verdict == "rolled_back"
    assert step.refusal == "It broke. The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes."

    step = happen("stopped", step.run, failure={"msg": "Another story."})
    step = happen("closed", step.run)
    assert (noted(step)["verdict"], noted(step)["last_status"]) == ("rolled_back", "done")
    assert noted(step)["rollback"]["status"] == "done"
    assert noted(step)["reason"].startswith("It broke. The previous configuration")


TAKEN = {"failed": True, "changed": True, "operation": {"id": "op-1", "status": "InProgress", "done": False}}


@pytest.mark.parametrize(
    ("error", "restores"),
    [
        ({"code": "AuthorizationFailed", "status": 403}, False),
        ({"code": "ExpiredAuthenticationToken", "status": 401}, False),
        ({"code": "ServiceUnavailable", "status": 503}, False),
        ({"code": "NoAnswer", "host": "management.azure.com"}, False),
        ({"code": "BadAnswer"}, False),
        # Azure itself says how it ended, or that it went on for too long.
        ({"code": "InternalOperationError"}, True),
        ({"code": "Timeout"}, True),
    ],
)
def test_a_switch_that_azure_took_and_that_was_not_seen_to_fail_is_kept(error: dict[str, t.Any], restores: bool) -> None:
    step = happen("failed", switching(), failure={"msg": "No."}, seen={"switch": {**TAKEN, "error": error}})
    assert step.answer["restores"] is restores
    if not restores:
        over = happen("concluded", step.run)
        assert over.run.verdict == "unverified"
        assert "The change is kept." in over.refusal


@pytest.mark.parametrize(
    ("switch", "restores"),
    [({}, False), ({"skipped": True}, False), ({"failed": True, "changed": False}, True), ({"failed": True, "changed": True}, True)],
)
def test_a_switch_that_fails(switch: dict[str, t.Any], restores: bool) -> None:
    step = happen("failed", switching(), failure={"msg": "", "task": "Switch"}, seen={"switch": switch})
    assert (step.answer["restores"], step.run.failure) == (restores, "The task Switch failed.")


def test_a_result_of_an_earlier_run_is_not_taken_for_one_of_this() -> None:
    run = happen("seen", OPEN, seen={"plan": plan(IPTABLES, NFTABLES)}).run
    step = happen("failed", run, failure={"msg": "No record."}, seen={"switch": {"changed": True}})
    assert (step.answer, happen("concluded", step.run).run.verdict) == ({"restores": False}, "refused")


def test_a_rollback_that_fails() -> None:
    step = happen("failed", switching(), failure={"msg": "No."}, seen={"switch": {"failed": True, "changed": True, "after": NFTABLES}})
    step = happen("failed", step.run, failure={"msg": "", "task": "Restore"})
    step = happen("concluded", step.run)
    assert step.run.verdict == "rollback_failed"
    assert step.refusal.startswith(
        "No. The rollback failed too: the task Restore failed. To roll back: ansible-playbook aks.dataplane.rollback "
    )
    assert noted(happen("closed", step.run))["last_status"] == "failed"


def test_a_rollback_that_is_not_wanted_is_skipped_and_only_looked_at() -> None:
    settings = dataclasses.replace(KUBE_PROXY, rollback=False)
    switch = {"failed": True, "changed": True, "after": NFTABLES}
    step = happen("failed", switching(), settings, failure={"msg": "No."}, seen={"switch": switch})
    assert (step.answer["only_looks"], noted(step)["phase_status"]) == (True, "skipped")


def test_host_routing_is_looked_at_before_and_watched_since_the_switch() -> None:
    step = happen("seen", dataclasses.replace(OPEN, subject="host_routing"), HOST_ROUTING, seen={"plan": plan(LEGACY, BPF)})
    assert call("before", step, HOST_ROUTING, Given()) is not None
    assert question(step.run, HOST_ROUTING) == {"host_routing": "enabled"}
    seen = {"not_verifiable": [], "verifiable": 1}
    look = {"changed": False, "host_routing": {"nodes": [{"name": "n9"}]}, "look": seen, "verdict": {"reasons": [], "not_verifiable": []}}
    assert noted(judge("before", step.run, HOST_ROUTING, look)) == {"event": "seen", "nodes": [{"name": "n9"}]}

    run = switching(HOST_ROUTING, LEGACY, BPF)
    run = happen("phase", run, HOST_ROUTING, phase="rollout", seen={"switch": {"changed": True, "after": BPF}}).run
    run = happen("seen", run, HOST_ROUTING, seen={"status": verdict()}).run
    step, asks = verifies(run, HOST_ROUTING)
    assert asks
    assert (question(step.run, HOST_ROUTING)["since"], question(step.run, HOST_ROUTING)["host_routing"]) == ("t1", "enabled")

    run = switching(HOST_ROUTING, BPF, BPF)
    run = happen("phase", run, HOST_ROUTING, phase="rollout", seen={"switch": {"changed": False, "after": BPF}}).run
    run = happen("seen", run, HOST_ROUTING, seen={"status": verdict()}).run
    assert not verifies(run, HOST_ROUTING)[1], "nothing was switched that could be watched"


@pytest.mark.parametrize(
    ("settings", "declared", "configuration", "asked"),
    [
        (KUBE_PROXY, {}, IPVS, {"enabled": True, "mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}}),
        (HOST_ROUTING, {"host_routing": "enabled"}, BPF, {"host_routing": "enabled"}),
    ],
)
def test_a_verification_by_itself(settings: Settings, declared: t.Any, configuration: t.Any, asked: t.Any) -> None:
    step, asks = verifies(Run(), settings)
    resolving = call("plan", step, settings, Given()) is not None
    waiting = {"wait": False, "wait_for": "wanted"}
    assert (resolving, asks, question(step.run, settings), step.note) == (True, True, {**declared, **waiting}, None)
    step = happen("seen", step.run, settings, seen={"plan": {**plan(configuration, configuration), "plan": []}})
    assert question(step.run, settings) == {**asked, **waiting}
    step = judge("status", step.run, settings, verdict())
    assert (step.refusal, step.note) == ("", None)


def test_check_mode_verifies_nothing_and_closes_no_record() -> None:
    settings = dataclasses.replace(KUBE_PROXY, check_mode=True)
    step, asks = verifies(OPEN, settings)
    assert (asks, call("plan", step, settings, Given()), step.note) == (False, None, None)
    assert pass_over("status", step, settings).answer == {"text": "aks-a: verification is skipped in check mode."}
    run = happen("phase", switching(), settings, phase="rollout", seen={"switch": {"changed": True, "after": NFTABLES}}).run
    step = happen("closed", happen("concluded", run, settings).run, settings)
    assert (step.note, [line["label"] for line in step.answer["lines"]]) == (None, ["result"])
    assert step.answer["statistics"]["aks_dataplane_verdicts"] == {"blue": "planned"}


FOUND = {
    "id": "KP04",
    "severity": "error",
    "subject": "s",
    "message": "m.",
    "remedy": "r.",
    "not_checked": False,
    "original_severity": None,
}
MISSING = {**FOUND, "id": "KP02", "severity": "info", "original_severity": "error"}


def looked(run: Run, settings: Settings = KUBE_PROXY, *findings: t.Any, state: str = "Registered") -> Step:
    result = {
        "findings": list(findings),
        "passed": all(one["severity"] != "error" for one in findings),
        "feature_state": state,
        "cluster": CLUSTER,
    }
    return happen("seen", run, settings, seen={"preflight": result})


def test_with_the_feature_registered_the_look_is_the_preflight() -> None:
    run = happen("phase", OPEN, phase="feature_registration").run
    step = looked(run)
    assert (step.answer["refusal"], noted(step)["event"]) == ("", "seen")
    assert CALLS["register"](step.run, KUBE_PROXY, Given()) is None
    step = happen("phase", step.run, phase="preflight")
    assert step.answer == {"looks": False}
    assert happen("phase", step.run, phase="preflight").answer == {"looks": True}, "it is used once"


def test_without_the_feature_one_registers_and_all_are_looked_at_again() -> None:
    run = happen("phase", OPEN, phase="feature_registration").run
    step = looked(run, KUBE_PROXY, MISSING, state="NotRegistered")
    assert (step.answer, step.run.refusal) == ({"lines": [], "refusal": ""}, "")
    options = {"name": "KubeProxyConfigurationPreview", "refresh_provider": "when_changed"}
    assert CALLS["register"](step.run, KUBE_PROXY, Given()) == Call("aks.dataplane.aks_preview_feature", options)
    assert CALLS["register"](step.run, KUBE_PROXY, Given(others=[step.run])) is None
    assert happen("phase", step.run, phase="preflight").answer == {"looks": True}


def test_in_check_mode_the_look_does_though_the_feature_would_be_registered() -> None:
    settings = dataclasses.replace(KUBE_PROXY, check_mode=True)
    run = happen("phase", OPEN, settings, phase="feature_registration").run
    step = looked(run, settings, MISSING, state="NotRegistered")
    assert CALLS["register"](step.run, settings, Given()) is not None
    assert happen("phase", step.run, settings, phase="preflight").answer == {"looks": False}


def test_a_look_that_refuses_is_the_preflight_that_failed() -> None:
    run = happen("phase", OPEN, phase="feature_registration").run
    step = looked(run, KUBE_PROXY, MISSING, FOUND, state="NotRegistered")
    assert step.answer["refusal"].startswith("aks-a does not meet the prerequisites of the configuration. KP04: s: m. r.")
    assert begin("register", step.run, KUBE_PROXY, Given()).refusal == step.answer["refusal"], "nothing is registered for it"
    assert (noted(step)["phase"], noted(step)["findings"]) == ("preflight", [MISSING, FOUND])
    step = happen("stopped", step.run, failure={"msg": "KP04."})
    assert (step.run.verdict, step.run.story) == ("refused", "KP04. Nothing was changed in the cluster.")
    assert noted(happen("closed", step.run))["last_status"] == "failed"


@pytest.mark.parametrize(
    ("settings", "status"),
    [(KUBE_PROXY, "running"), (dataclasses.replace(KUBE_PROXY, register_feature=False), "skipped"), (HOST_ROUTING, "skipped")],
)
def test_a_registration_that_is_not_wanted_is_skipped(settings: Settings, status: str) -> None:
    run = dataclasses.replace(OPEN, subject=settings.data_planes[0].name)
    step = happen("phase", run, settings, phase="feature_registration")
    assert (step.answer["looks"], noted(step)["phase_status"]) == (status == "running", status)


def test_going_back_needs_neither_feature_nor_preflight() -> None:
    settings = dataclasses.replace(KUBE_PROXY, going_back=True)
    for phase in ("feature_registration", "preflight"):
        step = happen("phase", OPEN, settings, phase=phase)
        assert (step.answer, step.note) == ({"looks": False}, None)


def test_roles_by_themselves() -> None:
    assert happen("joined", OPEN).answer == {"opens": False, "wait_timeout": 3600, "lines": []}
    assert happen("joined", Run(), HOST_ROUTING).answer == {"opens": True, "wait_timeout": 14400, "lines": []}
    assert happen("joined", Run()).answer == {"opens": True, "wait_timeout": 3600, "lines": []}
    both = changed(KUBE_PROXY, host_routing="enabled")
    for event, given in (("joined", {}), ("phase", {"phase": "preflight"}), ("phase", {"phase": "verification"})):
        with pytest.raises(DataplaneError, match="blue has both"):
            happen(event, Run(), both, **given)
    with pytest.raises(DataplaneError, match="blue has no aks_dataplane_resource_group"):
        happen("phase", Run(), dataclasses.replace(KUBE_PROXY, resource_group=""), phase="feature_registration")
    with pytest.raises(DataplaneError, match="needs the run_id"):
        happen("phase", OPEN, phase="rollback")


def test_a_look_is_not_taken_for_that_of_another_cluster() -> None:
    run = looked(happen("phase", Run(), phase="feature_registration").run).run
    assert happen("phase", run, phase="preflight").answer == {"looks": False}
    assert happen("phase", run, dataclasses.replace(KUBE_PROXY, cluster="aks-b"), phase="preflight").answer == {"looks": True}


def test_a_run_that_takes_over_another_one() -> None:
    opening = {
        "record": {"subject": "kube_proxy"},
        "run_id": "r2",
        "record_path": "/r2",
        "interrupted": {"run_id": "r1"},
        "feature_unfinished": True,
    }
    run = begun(Run(number=7, story="of another run"), opening)
    assert run == Run(number=7, subject="kube_proxy", open=True, run_id="r2", record_path="/r2", continues="r1", feature_unfinished=True)
    (line,) = beginning_lines(run, KUBE_PROXY)["lines"]
    assert line["text"] == (
        "aks-a: continues the run r1, which did not end (or is still running). A rollback restores the configuration that it found, "
        "unless somebody else has changed the cluster since."
    )
    assert beginning_lines(begun(Run(), {**opening, "interrupted": None}), KUBE_PROXY) == {"lines": []}
    registration = CALLS["register"](dataclasses.replace(run, registers="S1"), KUBE_PROXY, Given())
    assert registration is not None
    assert registration.options["refresh_provider"] == "always"


def test_a_run_that_a_role_has_begun_by_itself_ends_with_the_role() -> None:
    step = happen("concluded", dataclasses.replace(OPEN, by_role=True, failure="It broke."))
    assert (step.run, noted(step)["event"], noted(step)["verdict"]) == (Run(number=1), "closed", "refused")
    assert step.refusal == "It broke. Nothing was changed."


def test_a_failure_that_no_role_has_dealt_with() -> None:
    assert happen("stopped", OPEN, failure={"msg": "No."}).run.story == "No. Nothing was changed in the cluster."
    tried = dataclasses.replace(OPEN, switch={"changed": True})
    assert (happen("stopped", tried, failure={"msg": "No."}).run.verdict, happen("stopped", tried, failure={"msg": "No."}).run.story) == (
        "failed",
        "No.",
    )
    step = happen("closed", happen("stopped", Run(), failure={"msg": "No."}).run)
    assert (step.answer["passed"], step.answer["story"], step.note) == (False, "No.", None)


def test_going_back_by_statistics() -> None:
    value = {"config": {"enabled": True, "mode": "IPVS"}}
    settings = dataclasses.replace(KUBE_PROXY, statistics_before={"blue": {"aks_dataplane_kube_proxy": value}})
    step = happen("returning", Run(), settings)
    assert (step.answer["returns"], step.answer["variable"], step.answer["value"]) == (True, "aks_dataplane_kube_proxy", value)
    assert "is an extra variable" in happen("checked", step.run, settings).refusal
    assert happen("checked", step.run, changed(settings, kube_proxy=value)).refusal == ""


def test_the_latest_result_of_a_host_knows_most() -> None:
    known = dataclasses.replace(OPEN, number=3, returns=("v", {"a": 1}), proof={"state": "wanted"})
    variables = {
        "__aks_dataplane_a": {"run": Run(number=2).to_json()},
        "__aks_dataplane_b": {"run": known.to_json()},
        "__aks_dataplane_c": {"skipped": True},
        "__aks_dataplane_d": "text",
        "other": {"run": {"number": 9}},
    }
    assert latest(variables) == known
    assert latest({}) == Run()
