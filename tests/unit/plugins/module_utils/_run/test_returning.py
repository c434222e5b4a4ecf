# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster is rolled back by what the steps of a workflow have reported of it: which of them has the last word."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import returning
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings

IPVS = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPVS"}}}
IPTABLES = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}
UNREACHED = "no step of the workflow has reported a change of it"


def decide(reports: t.Mapping[str, t.Any], **shared: t.Any) -> returning.Return:
    steps = {f"step_{step}": report for step, report in reports.items()}
    return returning.going_back_to(Settings(host="blue", cluster="aks-a", **steps, **shared))


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        # The job that switches was lost, and nobody knows how far it came.
        ({"plan": "planned"}, ""),
        ({"plan": "unchanged"}, "its verdict is unchanged"),
        ({"plan": "refused"}, "its verdict is refused"),
        ({"plan": "planned", "switch": "failed"}, ""),
        ({"plan": "planned", "switch": "rollback_failed"}, ""),
        *(({"plan": "planned", "switch": good}, f"its verdict is {good}") for good in ("switched", "unchanged", "rolled_back", "refused")),
        # The change is kept, because no node was seen in a wrong state.
        ({"plan": "planned", "switch": "unverified"}, "its verdict is unverified"),
        # Verification outranks the switch, in both directions.
        ({"plan": "planned", "switch": "switched", "verification": "not_proved"}, ""),
        ({"plan": "planned", "switch": "unchanged", "verification": "not_proved"}, ""),
        ({"plan": "planned", "switch": "failed", "verification": "proved"}, "its verdict is proved"),
        ({"plan": "planned", "verification": "proved"}, "its verdict is proved"),
        ({"plan": "planned", "verification": "not_proved"}, ""),
        ({"plan": "planned", "switch": "switched", "verification": "unverified"}, "its verdict is unverified"),
        # What has what it had is not in the wanted configuration, and that is no reason.
        *(({"switch": one, "verification": "not_proved"}, f"its verdict is {one}") for one in ("rolled_back", "refused")),
        # A rollback that was done outranks both, and one that was not is to be tried again.
        *(
            ({"plan": "planned", "switch": "failed", "verification": "not_proved", "rollback": one}, f"its verdict is {one}")
            for one in ("switched", "unchanged", "unverified")
        ),
        *(
            ({"plan": "planned", "switch": "switched", "verification": "not_proved", "rollback": one}, "")
            for one in ("failed", "refused", "rollback_failed")
        ),
        ({"plan": "planned", "switch": "failed", "rollback": "failed"}, ""),
    ],
)
def test_the_last_word_decides(words: dict[str, str], stays: str) -> None:
    reports = {step: {"blue": {"verdict": word, "before": IPVS}} for step, word in words.items() if step != "verification"}
    if "verification" in words:
        reports["verification"] = {"blue": {"verdict": words["verification"]}}
    found = decide(reports, statistics_before={"blue": IPVS})
    if stays:
        assert (found.text, found.variable) == (f"aks-a: stays as it is, because {stays}.", "")
    else:
        assert (found.text, found.variable, found.value) == ("aks-a: rolls back to IPVS.", *IPVS, *IPVS.values())


def test_a_switch_that_has_reported_knows_which_clusters_it_worked_on() -> None:
    """A wave that was not begun, because one before it failed, is left alone."""
    plan = {"blue": {"verdict": "planned", "before": IPVS}, "red": {"verdict": "planned", "before": IPVS}}
    assert decide({"plan": plan, "switch": {"red": {"verdict": "failed"}}}).text == f"aks-a: stays as it is, because {UNREACHED}."
    assert decide({"plan": plan, "switch": {}}).text == "aks-a: rolls back to IPVS."
    assert decide({"plan": {"red": plan["red"]}}).text == f"aks-a: stays as it is, because {UNREACHED}."


def test_what_steps_share_is_asked_only_where_none_has_reported() -> None:
    shared = {"statistics_before": {"blue": IPTABLES}, "statistics_verdicts": {"blue": "switched"}}
    assert decide({"verification": {"blue": {"verdict": "not_proved"}}}, **shared).text == "aks-a: rolls back to IPTABLES."
    assert decide({}, **shared).text == "aks-a: stays as it is, because its verdict is switched."


def test_what_the_switch_saw_is_what_it_goes_back_to() -> None:
    """It may have continued a run that was cut off before the plan was made."""
    reports = {"plan": {"blue": {"verdict": "planned", "before": IPTABLES}}, "switch": {"blue": {"verdict": "failed", "before": IPVS}}}
    assert decide(reports, statistics_before={"blue": IPTABLES}).text == "aks-a: rolls back to IPVS."


@pytest.mark.parametrize("report", ["text", ["blue"], {"blue": "failed"}])
def test_a_report_that_no_step_makes_is_refused(report: t.Any) -> None:
    found = decide({"switch": report})
    assert found.objection.startswith("aks_dataplane_step_switch has for blue ")
    assert found.variable == ""
