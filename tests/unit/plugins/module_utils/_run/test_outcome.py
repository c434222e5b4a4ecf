# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which a run can end: its verdict, what is said of it, and what the next steps of a workflow learn."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import outcome
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
IPVS = {"enabled": True, "mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}}
LEGACY = {"state": "disabled", "acceleration_mode": "None", "acns": {"enabled": False}}
BPF = {"state": "enabled", "acceleration_mode": "BpfVeth", "acns": {"enabled": True}}
PROVED = {"state": "wanted", "seen": "good", "nodes_wanted": 3, "nodes_total": 3, "reasons": []}
DISPROVED = {"state": "other", "seen": "bad", "nodes_wanted": 1, "nodes_total": 3, "reasons": ["n1 runs ipvs.", "n2 is silent."]}
UNSEEN = {"state": "unknown", "seen": "not_seen", "nodes_wanted": 0, "nodes_total": 0, "reasons": ["The API server is silent."]}

SETTINGS = Settings(host="blue", cluster="aks-a", resource_group="rg", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
RUN = Run(
    number=4,
    subject="kube_proxy",
    open=True,
    run_id="r1",
    record_path="/runs/r1.json",
    phase="rollback",
    before=IPTABLES,
    former={"enabled": True, "mode": "IPTABLES"},
    plan={"before": IPTABLES, "after": NFTABLES},
    switch={"changed": True, "after": NFTABLES},
    proof=DISPROVED,
    failure="It broke.",
)
HOST_ROUTING = dataclasses.replace(
    RUN,
    subject="host_routing",
    before=LEGACY,
    former={"state": "disabled"},
    plan={"before": LEGACY, "after": BPF},
    switch={"changed": True, "after": BPF},
)
VERIFY_LATER = (
    """To verify later: ansible-playbook aks.dataplane.verification --limit blue -e '{"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}'"""
)
VERIFY_ROLLBACK = (
    "To verify later: ansible-playbook aks.dataplane.verification --limit blue -e "
    """'{"aks_dataplane_kube_proxy": {"config": {"enabled": true, "mode": "IPTABLES"}}}'"""
)
TO_ROLL_BACK = """To roll back: ansible-playbook aks.dataplane.rollback --limit blue -e '{"aks_dataplane_record": "/runs/r1.json"}'"""
BILL = (
    "Advanced Container Networking Services, which this run switched on, are still on, and are billed. To switch them off: az aks update "
    "--resource-group rg --name aks-a --disable-acns"
)


def settings(**changes: t.Any) -> Settings:
    return dataclasses.replace(SETTINGS, **changes)


@pytest.mark.parametrize(
    ("run", "says", "verdict"),
    [
        ({"switch": {"changed": True}}, {"check_mode": True}, "planned"),
        ({"switch": {"changed": False}}, {"check_mode": True}, "unchanged"),
        ({}, {"kubernetes": False}, "unverified"),
        ({"before": NFTABLES}, {"kubernetes": False}, "unverified"),
        ({"before": NFTABLES}, {}, "unchanged"),
        ({}, {}, "switched"),
        # A continued run that finds everything done has still switched, as seen from the previous configuration.
        ({"switch": {"changed": False, "after": NFTABLES}}, {}, "switched"),
    ],
)
def test_a_run_in_which_nothing_failed(run: dict[str, t.Any], says: dict[str, t.Any], verdict: str) -> None:
    assert outcome.conclusion(dataclasses.replace(RUN, **run), settings(**says)) == verdict


FAILED_UNTOUCHED = {"switch": {"failed": True, "changed": False}}


@pytest.mark.parametrize(
    ("run", "says", "ending"),
    [
        ({"switch": {}}, {}, ("refused", "not_needed", "Nothing was changed.")),
        ({}, {"check_mode": True}, ("refused", "not_needed", "Nothing was changed.")),
        (
            {"before": NFTABLES},
            {},
            (
                "failed",
                "not_needed",
                "Its last operation had failed, so the run had AKS repeat it. The cluster has been configured like that before "
                "this run; there is no other configuration to roll back to.",
            ),
        ),
        (
            {"before": NFTABLES, "switch": {"changed": False}},
            {},
            (
                "failed",
                "not_needed",
                "Nothing was changed, because the cluster has been configured like that before this run; "
                "there is no other configuration to roll back to.",
            ),
        ),
        (FAILED_UNTOUCHED, {}, ("refused", "not_needed", "Nothing was changed.")),
        (FAILED_UNTOUCHED, {"rollback": False}, ("refused", "not_needed", "Nothing was changed.")),
        (
            {},
            {"rollback": False},
            ("failed", "off", f"The cluster was not rolled back, because aks_dataplane_rollback is false. {TO_ROLL_BACK}"),
        ),
        (
            {},
            {"rollback": False, "going_back": True},
            ("failed", "off", "The cluster was not rolled back. Fix the cause and run aks.dataplane.rollback again."),
        ),
        (
            {"restore": {"changed": True}},
            {"kubernetes": False},
            (
                "rolled_back",
                "done",
                "The previous configuration (IPTABLES) was restored. "
                "It is not verified on the nodes, because aks_dataplane_kubernetes is false.",
            ),
        ),
        (
            {"restore": {"changed": True}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes."),
        ),
        # Azure may have taken a change whose answer was lost: the restore has changed something.
        (
            {**FAILED_UNTOUCHED, "restore": {"changed": True}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The previous configuration (IPTABLES) was restored, and is verified on 3 of 3 nodes."),
        ),
        (
            {"restore": {"changed": True}},
            {},
            (
                "rollback_failed",
                "failed",
                "The previous configuration (IPTABLES) was restored in Azure, but is not verified on the nodes: n1 runs ipvs. n2 is silent.",
            ),
        ),
        (
            {"restore": {"changed": True}, "proof": {}},
            {},
            (
                "unverified",
                "done",
                f"The previous configuration (IPTABLES) was restored in Azure. The nodes were not seen. {VERIFY_ROLLBACK}",
            ),
        ),
        (
            {"restore": {"changed": True}, "proof": UNSEEN},
            {},
            (
                "unverified",
                "done",
                "The previous configuration (IPTABLES) was restored in Azure. The nodes were not seen. The API server is silent. "
                + VERIFY_ROLLBACK,
            ),
        ),
        (
            {"phase": "verification", "proof": UNSEEN},
            {},
            ("unverified", "not_needed", f"The change is kept. {VERIFY_LATER} {TO_ROLL_BACK}"),
        ),
        ({"phase": "rollout", "proof": {}}, {}, ("unverified", "not_needed", f"The change is kept. {VERIFY_LATER} {TO_ROLL_BACK}")),
        (
            {"phase": "verification", "proof": UNSEEN},
            {"going_back": True, "rollback": False},
            ("unverified", "not_needed", f"The change is kept. {VERIFY_LATER}"),
        ),
        (
            {"phase": "verification", "proof": UNSEEN, "before": NFTABLES, "switch": {"changed": False}},
            {},
            (
                "unverified",
                "not_needed",
                "Nothing was changed, because the cluster has been configured like that before this run; "
                f"there is no other configuration to roll back to. {VERIFY_LATER}",
            ),
        ),
        ({"restore_failure": "No rights."}, {}, ("rollback_failed", "failed", f"The rollback failed too: No rights. {TO_ROLL_BACK}")),
        (
            {"restore_failure": "No rights."},
            {"rollback": False},
            ("rollback_failed", "failed", f"Whether anything was changed could not be read: No rights. {TO_ROLL_BACK}"),
        ),
    ],
)
def test_a_run_in_which_something_failed(run: dict[str, t.Any], says: dict[str, t.Any], ending: tuple[str, str, str]) -> None:
    assert outcome.rollback(dataclasses.replace(RUN, **run), settings(**says)) == ending


@pytest.mark.parametrize(
    ("run", "says", "ending"),
    [
        ({"switch": {}}, {}, ("refused", "not_needed", "Nothing was changed.")),
        (
            {"restore": {"changed": True, "after": {**LEGACY, "acns": {"enabled": True}}}, "proof": PROVED},
            {},
            (
                "rolled_back",
                "done",
                f"The previous configuration (legacy host routing) was restored, and is verified on 3 of 3 nodes. {BILL}",
            ),
        ),
        (
            {"before": {**LEGACY, "acns": {"enabled": True}}, "restore": {"changed": True, "after": BPF}, "proof": PROVED},
            {},
            ("rolled_back", "done", "The previous configuration (legacy host routing) was restored, and is verified on 3 of 3 nodes."),
        ),
        (
            {"restore_failure": "No rights."},
            {},
            ("rollback_failed", "failed", f"The rollback failed too: No rights. {TO_ROLL_BACK} {BILL}"),
        ),
        ({"before": {**BPF, "acns": {"enabled": False}}}, {}, ("failed", "not_needed", None)),
    ],
)
def test_a_run_about_host_routing_in_which_something_failed(
    run: dict[str, t.Any], says: dict[str, t.Any], ending: tuple[str, str, str | None]
) -> None:
    verdict, status, text = outcome.rollback(dataclasses.replace(HOST_ROUTING, **run), settings(**says))
    assert (verdict, status) == ending[:2]
    assert ending[2] in (None, text)


@pytest.mark.parametrize(
    ("run", "says", "restores", "awaits"),
    [
        ({}, {}, True, True),
        ({}, {"rollback": False}, True, False),
        ({}, {"kubernetes": False}, True, False),
        ({}, {"check_mode": True}, False, True),
        ({"switch": {}}, {}, False, True),
        ({"before": NFTABLES}, {}, False, True),
        (FAILED_UNTOUCHED, {}, True, False),
        ({**FAILED_UNTOUCHED, "restore": {"changed": True}}, {}, True, True),
    ],
)
def test_whether_to_restore_and_to_wait_for_it(run: dict[str, t.Any], says: dict[str, t.Any], restores: bool, awaits: bool) -> None:
    now = dataclasses.replace(RUN, **run)
    assert outcome.restores(now, settings(**says)) is restores
    assert outcome.awaits_rollback(now, settings(**says)) is awaits


NOT_VERIFIABLE = [{"name": "n3", "reasons": ["the node is not Ready"]}, {"name": "n4", "reasons": []}]
WITHOUT_N3_N4 = {**PROVED, "nodes_total": 5, "not_verifiable": NOT_VERIFIABLE}


@pytest.mark.parametrize(
    ("run", "says", "text"),
    [
        ({"verdict": "planned"}, {"check_mode": True}, "the configuration would be changed, as shown above."),
        ({"verdict": "switched", "proof": PROVED}, {}, "switched, and verified on 3 of 3 nodes (leftovers: not checked)."),
        (
            {"verdict": "switched", "proof": WITHOUT_N3_N4},
            {},
            "switched, and verified on 3 of 5 nodes (leftovers: not checked). "
            "Not verified, because they were not verifiable before the change: n3 (the node is not Ready), n4.",
        ),
        ({"verdict": "unchanged"}, {"check_mode": True}, "the cluster already has this configuration; nothing would be changed."),
        (
            {"verdict": "unchanged", "proof": PROVED},
            {},
            "the cluster already has this configuration. Its last operation had failed, so the run had AKS repeat it. "
            "It is verified on 3 of 3 nodes (leftovers: not checked).",
        ),
        (
            {"verdict": "unchanged", "proof": PROVED, "switch": {"changed": False}},
            {},
            "the cluster already has this configuration. Nothing was changed, and it is verified on 3 of 3 nodes (leftovers: not checked).",
        ),
        (
            {"verdict": "unverified"},
            {"kubernetes": False},
            "the configuration is set in Azure, but not verified on the nodes, because aks_dataplane_kubernetes is false.",
        ),
        (
            {"verdict": "unverified", "phase": "verification"},
            {},
            "the configuration is set in Azure and kept, but not verified: the nodes were not seen.",
        ),
        ({"verdict": "unverified"}, {}, "failed. The previous configuration is restored in Azure, but the nodes were not seen."),
        ({"verdict": "refused"}, {}, "stopped before anything was changed in the cluster."),
        ({"verdict": ""}, {}, "stopped before anything was changed in the cluster."),
        ({"verdict": "rolled_back"}, {}, "failed, and the previous configuration is restored."),
        ({"verdict": "rollback_failed"}, {}, "failed, and the rollback failed too. Check this cluster immediately."),
        ({"verdict": "failed"}, {}, "failed, and was not rolled back."),
    ],
)
def test_the_summary(run: dict[str, t.Any], says: dict[str, t.Any], text: str) -> None:
    assert outcome.summary(dataclasses.replace(RUN, **run), settings(**says)) == f"aks-a: {text}"


@pytest.mark.parametrize(
    ("run", "failed"),
    [
        ({}, False),
        ({"story": "No."}, True),
        ({"story": "No.", "restore": {"changed": True}, "rollback": {"status": "failed"}}, True),
        ({"story": "No.", "restore": {"changed": True}, "rollback": {"status": "done"}}, False),
        ({"story": "No.", "restore": {"changed": True}}, True),
    ],
)
def test_how_the_last_phase_ended(run: dict[str, t.Any], failed: bool) -> None:
    assert outcome.last_phase_failed(dataclasses.replace(RUN, **run)) is failed


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        ({"msg": "No.", "task": "Ask"}, "No."),
        ({"msg": "", "task": "Ask"}, "The task Ask failed."),
        ({"task": "Ask"}, "The task Ask failed."),
    ],
)
def test_what_failed(failure: dict[str, str], text: str) -> None:
    assert outcome.failure_text(failure) == text


@pytest.mark.parametrize(
    ("run", "check_mode", "statistics"),
    [
        (
            dataclasses.replace(RUN, verdict="switched"),
            False,
            {
                "aks_dataplane_verdicts": {"blue": "switched"},
                "aks_dataplane_records": {"blue": "/runs/r1.json"},
                "aks_dataplane_before": {"blue": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}},
                "aks_dataplane_step_switch": {
                    "blue": {
                        "verdict": "switched",
                        "before": {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}},
                    }
                },
            },
        ),
        (
            dataclasses.replace(HOST_ROUTING, verdict="planned"),
            True,
            {
                "aks_dataplane_verdicts": {"blue": "planned"},
                "aks_dataplane_records": {},
                "aks_dataplane_before": {"blue": {"aks_dataplane_host_routing": "disabled"}},
                "aks_dataplane_step_plan": {
                    "blue": {
                        "verdict": "planned",
                        "before": {"aks_dataplane_host_routing": "disabled"},
                        "plan": "legacy host routing becomes eBPF host routing (disruption: none)",
                    }
                },
            },
        ),
        (
            Run(subject="kube_proxy", open=True, record_path="/r"),
            False,
            {
                "aks_dataplane_verdicts": {"blue": "refused"},
                "aks_dataplane_records": {"blue": "/r"},
                "aks_dataplane_before": {},
                "aks_dataplane_step_switch": {"blue": {"verdict": "refused"}},
            },
        ),
        (
            Run(),
            False,
            {
                "preflight": {"blue": "passed"},
                "verification": {"blue": "proved"},
                "step": {"blue": {"verdict": "proved"}},
            },
        ),
        (
            Run(story="No."),
            False,
            {
                "preflight": {"blue": "refused"},
                "verification": {"blue": "not_proved"},
                "step": {"blue": {"verdict": "not_proved"}},
            },
        ),
    ],
)
def test_the_statistics(run: Run, check_mode: bool, statistics: dict[str, t.Any]) -> None:
    assert outcome.statistics(run, settings(check_mode=check_mode)) == statistics


MODE = {"path": "mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}
SCHEDULER = {"path": "ipvs_config.scheduler", "before": "RoundRobin", "after": "LeastConnection", "disruption": "restart"}


@pytest.mark.parametrize(
    ("before", "after", "changes", "through", "line"),
    [
        (IPTABLES, NFTABLES, [MODE], "", "IPTABLES becomes NFTABLES (disruption: restart)"),
        (IPTABLES, IPVS, [MODE], "NFTABLES", "IPTABLES becomes IPVS through NFTABLES (disruption: restart)"),
        (IPTABLES, IPTABLES, [MODE], "NFTABLES", "IPTABLES again through NFTABLES (disruption: restart)"),
        (IPVS, IPVS, [SCHEDULER], "", "IPVS with other ipvs_config.scheduler (disruption: restart)"),
    ],
)
def test_what_is_planned_in_one_line(before: t.Any, after: t.Any, changes: list[t.Any], through: str, line: str) -> None:
    passage = {"words": through, "plan": changes, "then": []} if through else {}
    run = dataclasses.replace(RUN, plan={"before": before, "after": after, "plan": [] if through else changes}, passage=passage)
    assert outcome.planned_change(run) == line


@pytest.mark.parametrize(("check_mode", "step"), [(False, "rollback"), (True, "")])
def test_a_rollback_is_a_step_of_its_own_unless_it_only_shows(check_mode: bool, step: str) -> None:
    found = outcome.statistics(RUN, settings(check_mode=check_mode, going_back=True))
    assert [name for name in found if "_step_" in name] == ([f"aks_dataplane_step_{step}"] if step else [])


@pytest.mark.parametrize(
    ("story", "text"), [("", "meets the prerequisites."), ("No.", "does not meet the prerequisites, or could not be checked.")]
)
def test_a_play_that_only_asks(story: str, text: str) -> None:
    assert outcome.lines(Run(story=story), SETTINGS) == [{"label": "result", "text": f"aks-a: {text}"}]
