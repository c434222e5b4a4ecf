# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of a run."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import texts
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

SETTINGS = Settings(host="blue", cluster="aks-a", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}})
CHECK = dataclasses.replace(SETTINGS, check_mode=True)
IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
PLAN = {"plan": [{"path": "a.mode", "before": "IPTABLES", "after": "NFTABLES", "disruption": "restart"}]}
RUN = Run(subject="kube_proxy", open=True, record_path="/r.json", before=IPTABLES, former={"mode": "IPTABLES"}, plan=PLAN)
ROLL_BACK = """aks-a: To roll back: ansible-playbook aks.dataplane.rollback --limit blue -e '{"aks_dataplane_record": "/r.json"}'"""
VERIFY = (
    "aks-a: To verify later: ansible-playbook aks.dataplane.verification --limit blue -e "
    """'{"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}'"""
)


def finding(severity: str, number: int = 1, *, not_checked: bool = False) -> dict[str, t.Any]:
    words = {"subject": "cluster", "message": f"It is {severity}.", "remedy": "Mend it."}
    return {"id": f"KP{number:02}", "severity": severity, "not_checked": not_checked, **words}


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        ([], ["aks-a | preflight | passed (nothing found)"]),
        ([finding("info", not_checked=True)], ["aks-a | preflight | passed (nothing found)"]),
        (
            [finding("info", 3), finding("warning", 2), finding("error", 1), finding("warning", 4)],
            [
                "aks-a | preflight | refused (1 error, 2 warnings, 1 info)",
                "aks-a |   error    KP01  cluster  stops the run; the reason follows at its end",
                "aks-a |   warning  KP02  cluster  It is warning. Mend it.",
                "aks-a |   warning  KP04  cluster  It is warning. Mend it.",
                "aks-a |   info     KP03  cluster  It is info.",
            ],
        ),
    ],
)
def test_findings_are_a_table_the_worst_first(found: list[dict[str, t.Any]], lines: list[str]) -> None:
    assert texts.findings(found, SETTINGS) == lines


def test_many_findings_are_shortened_but_for_errors() -> None:
    infos, errors = [finding("info", n) for n in range(20)], [finding("error", n) for n in range(20)]
    assert texts.findings(infos, SETTINGS)[-1] == "aks-a |   ... and 8 more, which -v shows"
    assert len(texts.findings(infos, SETTINGS)) == 1 + texts.MOST + 1
    assert len(texts.findings(infos, SETTINGS, len(infos))) == 21
    assert len([line for line in texts.findings([*infos, *errors], SETTINGS) if "error  " in line]) == 20


def test_rules_that_were_not_checked_are_one_line() -> None:
    assert texts.unchecked([finding("info")], SETTINGS) == []
    unchecked = [finding("info", 1, not_checked=True), finding("info", 2, not_checked=True)]
    assert texts.unchecked(unchecked, SETTINGS) == ["aks-a: not checked: KP01, KP02"]


@pytest.mark.parametrize(
    ("planned", "settings", "lines"),
    [
        ({"plan": []}, SETTINGS, ["aks-a | plan | nothing is to be changed"]),
        (
            {**PLAN, "note": "It restarts."},
            SETTINGS,
            [
                "aks-a | plan | is going to change",
                "aks-a |   a.mode (disruption: restart)",
                "aks-a |   - IPTABLES",
                "aks-a |   + NFTABLES",
                "aks-a: It restarts.",
            ],
        ),
        (
            {"plan": [{"path": "a", "before": None, "after": {"b": True}, "disruption": "none"}]},
            CHECK,
            [
                "aks-a | plan | would change (check mode: nothing is changed)",
                "aks-a |   a (disruption: none)",
                "aks-a |   - not set",
                'aks-a |   + {"b": true}',
            ],
        ),
    ],
)
def test_a_plan_is_a_diff(planned: dict[str, t.Any], settings: Settings, lines: list[str]) -> None:
    assert texts.plan(planned, settings) == lines


@pytest.mark.parametrize(
    ("name", "settings", "lines"),
    [
        ("switch", SETTINGS, ["aks-a | switch | AKS is asked to change the cluster; this usually takes 2 to 10 minutes"]),
        ("switch", CHECK, []),
        ("restore", SETTINGS, ["aks-a | rollback | the previous configuration (IPTABLES) is restored; this usually takes 2 to 10 minutes"]),
        ("restore", dataclasses.replace(SETTINGS, rollback=False), []),
        ("status", SETTINGS, []),
    ],
)
def test_long_work_says_how_long_it_usually_takes(name: str, settings: Settings, lines: list[str]) -> None:
    assert texts.begun(name, RUN, settings) == lines
    assert texts.begun("switch", dataclasses.replace(RUN, plan={"plan": []}), SETTINGS) == []


SEEN = {"verdict": {"nodes_wanted": 2, "nodes_total": 3}}


@pytest.mark.parametrize(
    ("name", "phase", "settings", "result", "lines"),
    [
        ("register", "", SETTINGS, {}, ["aks-a | feature registration | KubeProxyConfigurationPreview registered | 7 s"]),
        ("register", "", CHECK, {}, ["aks-a | feature registration | KubeProxyConfigurationPreview would be registered | 7 s"]),
        ("register", "", SETTINGS, {"failed": True}, ["aks-a | feature registration | KubeProxyConfigurationPreview failed | 7 s"]),
        ("switch", "rollout", SETTINGS, {"changed": True}, ["aks-a | switch | accepted and done by AKS | 7 s"]),
        ("switch", "rollout", CHECK, {"changed": True}, []),
        ("switch", "rollout", SETTINGS, {"changed": False}, []),
        ("switch", "switch", SETTINGS, {"failed": True}, ["aks-a | switch | failed | 7 s"]),
        ("restore", "rollback", SETTINGS, {"changed": True}, ["aks-a | rollback | accepted and done by AKS | 7 s"]),
        ("status", "rollout", SETTINGS, SEEN, ["aks-a | rollout | 2 of 3 nodes are as wanted | 7 s"]),
        ("status", "rollback", SETTINGS, {"failed": True}, ["aks-a | rollback | ended: not seen | 7 s"]),
        ("status", "verification", SETTINGS, SEEN, []),
        ("preflight", "preflight", SETTINGS, {}, []),
    ],
)
def test_long_work_says_what_came_of_it(name: str, phase: str, settings: Settings, result: dict[str, t.Any], lines: list[str]) -> None:
    assert texts.ended(name, dataclasses.replace(RUN, phase=phase), settings, result, 7.2) == lines


@pytest.mark.parametrize(
    ("changes", "settings", "lines"),
    [
        ({"verdict": "planned"}, CHECK, ["aks-a: To carry it out, run the same command without --check."]),
        ({"verdict": "switched"}, SETTINGS, [ROLL_BACK]),
        ({"verdict": "unverified"}, SETTINGS, [VERIFY]),
        ({"verdict": "unchanged"}, SETTINGS, []),
        ({"verdict": "failed", "story": "It broke."}, SETTINGS, []),
        ({"open": False}, SETTINGS, ["aks-a: To switch: ansible-playbook aks.dataplane.kube_proxy --limit blue"]),
        ({"open": False, "story": "No."}, SETTINGS, []),
    ],
)
def test_the_next_step_has_a_command(changes: dict[str, t.Any], settings: Settings, lines: list[str]) -> None:
    assert texts.next_step(dataclasses.replace(RUN, **changes), settings) == lines


def test_a_verification_by_itself_ends_without_a_word() -> None:
    run = dataclasses.replace(RUN, open=False)
    assert texts.end(run, SETTINGS) == []
    assert texts.end(run, dataclasses.replace(SETTINGS, only_checks=True))[0] == "aks-a: meets the prerequisites."


def test_several_clusters_are_a_table() -> None:
    assert texts.summary([("aks-a", "switched", "/a.json")]) == []
    assert texts.summary([("aks-a", "switched", "/a.json"), ("aks-long", "refused", "")]) == [
        "",
        "cluster   verdict   run record",
        "aks-a     switched  /a.json",
        "aks-long  refused",
    ]
