# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight comes to in a run, and when the preview feature is registered."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import checks
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

from tests.support.run_settings import changed

SETTINGS = Settings(host="blue", cluster="aks-a", declared={"aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}, ignore=("KP27",))
RUN = Run(subject="kube_proxy", phase="preflight")


def finding(rule: str, severity: str = "error", **changes: t.Any) -> dict[str, t.Any]:
    reported = {"subject": "cluster aks-a", "message": "It is old.", "remedy": "Upgrade it.", "not_checked": False}
    return {"id": rule, "severity": severity, **reported, "ignored": False, "original_severity": None, **changes}


IGNORED = finding(
    "KP02", "info", ignored=True, original_severity="error", subject="subscription s", message="It is X.", remedy="Register it."
)


@pytest.mark.parametrize(
    ("run", "says", "ids"),
    [
        ({}, {}, ["KP27"]),
        ({"phase": "feature_registration"}, {}, ["KP27", "KP02"]),
        ({}, {"only_checks": True}, ["KP27", "KP02"]),
        ({}, {"only_checks": True, "register_feature": False}, ["KP27"]),
        ({"continues": "r0"}, {}, ["KP27", "KP24", "KP25"]),
    ],
)
def test_rules_that_are_set_aside(run: dict[str, t.Any], says: dict[str, t.Any], ids: list[str]) -> None:
    assert checks.set_aside(dataclasses.replace(RUN, **run), changed(SETTINGS, **says)) == ids


def test_rules_of_host_routing_that_are_set_aside() -> None:
    run = Run(subject="host_routing", phase="preflight", continues="r0")
    assert checks.set_aside(run, SETTINGS) == ["KP27", "EB23"]
    assert checks.set_aside(run, changed(SETTINGS, only_checks=True)) == ["KP27", "EB23"], "it needs no preview feature"


@pytest.mark.parametrize(
    ("says", "looks"),
    [
        ({}, True),
        ({"register_feature": False}, False),
        ({"going_back": True}, False),
        ({"kube_proxy": {"enabled": False}}, False),
    ],
)
def test_when_a_look_decides_about_the_feature(says: dict[str, t.Any], looks: bool) -> None:
    assert checks.looks_before_registration(RUN, changed(SETTINGS, **says)) is looks


def test_what_is_shown() -> None:
    findings = [finding("KP04"), finding("KP16", "info"), finding("KP19", not_checked=True), finding("KP21", "warning", not_checked=True)]
    assert checks.lines(findings, SETTINGS) == [
        {"label": "error KP04", "text": "cluster aks-a: It is old. Upgrade it."},
        {"label": "info KP16", "text": "cluster aks-a: It is old."},
        {"label": "not checked", "text": "aks-a: not checked: KP19, KP21"},
    ]
    assert [line["label"] for line in checks.lines(findings[:2], SETTINGS)] == ["error KP04", "info KP16"]


@pytest.mark.parametrize(
    ("subject", "host_routing", "what"),
    [
        ("kube_proxy", "", "the configuration"),
        ("host_routing", "enabled", "eBPF host routing"),
        ("host_routing", "disabled", "the configuration"),
    ],
)
def test_the_refusal(subject: str, host_routing: str, what: str) -> None:
    settings = changed(SETTINGS, host_routing=host_routing)
    text = checks.refusal([finding("KP04"), finding("KP16", "info")], Run(subject=subject), settings)
    assert text == (
        f"aks-a does not meet the prerequisites of {what}. KP04: cluster aks-a: It is old. Upgrade it. To ignore a rule that does not "
        f"apply here, add its id to aks_dataplane_ignore."
    )


@pytest.mark.parametrize(
    ("state", "findings", "says", "unfinished", "passed", "registers"),
    [
        ("Registered", [], {}, False, True, False),
        ("Registered", [], {}, True, True, True),
        ("Registered", [finding("KP04")], {}, True, False, False),
        ("NotRegistered", [IGNORED], {}, False, True, True),
        ("Unregistered", [IGNORED], {}, False, True, True),
        ("Registering", [IGNORED], {}, False, True, True),
        ("NotRegistered", [IGNORED, finding("KP04")], {}, False, False, False),
        ("Pending", [IGNORED], {}, False, False, False),
        # Nothing is to be changed, so that the feature is none of the cluster's needs.
        ("Pending", [{**IGNORED, "original_severity": "warning"}], {}, False, True, False),
        ("Pending", [IGNORED], {"ignore": ("KP02",)}, False, True, False),
        (None, [finding("KP02", "info", not_checked=True, ignored=True, original_severity="info")], {}, False, False, False),
        (None, [finding("KP02", "info", not_checked=True, ignored=True)], {"ignore": ("KP02",)}, False, True, False),
    ],
)
def test_what_a_look_comes_to(
    state: str | None, findings: list[dict[str, t.Any]], says: dict[str, t.Any], unfinished: bool, passed: bool, registers: bool
) -> None:
    run = dataclasses.replace(RUN, phase="feature_registration", feature_unfinished=unfinished)
    look = checks.judged_look({"findings": findings, "feature_state": state}, run, changed(SETTINGS, **says))
    assert (look.passed, look.registers) == (passed, registers)
    if not passed:
        assert [one for one in checks.lines(look.findings, SETTINGS) if one["label"].startswith("error")]


@pytest.mark.parametrize(
    ("own", "others", "registers"),
    [("s1", [], True), ("s1", ["", "s2"], True), ("s1", ["s1"], False), ("S1", ["s1"], False), ("", [], False), ("", ["s1"], False)],
)
def test_one_run_registers_for_all_of_a_subscription(own: str, others: list[str], registers: bool) -> None:
    assert checks.registers_for_all(Run(registers=own), [Run(registers=other) for other in others]) is registers


def test_the_subscription_in_an_id() -> None:
    assert checks.subscription_of("/subscriptions/ABC/resourceGroups/rg/providers/X/managedClusters/a") == "ABC"
