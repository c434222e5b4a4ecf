# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of the rules that its operator waives."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import checks, waivers
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run

VARIABLES = {"inventory_hostname": "blue", "aks_dataplane_cluster": "aks-a", "aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}
FULL = {"id": "KP20", "reason": "No such client", "until": "2027-01-31", "ticket": "CHG-7"}


def settings(given: t.Any) -> Settings:
    return Settings.from_variables({**VARIABLES, "aks_dataplane_ignore": given})


def judged(expired: bool = False, **changes: t.Any) -> dict[str, t.Any]:
    return {**FULL, "expired": expired, **changes}


@pytest.mark.parametrize(
    ("given", "option"),
    [(["KP20"], ["KP20"]), ("KP20,KP21", ["KP20", "KP21"]), ([FULL], [FULL]), ([{"id": "KP20"}], ["KP20"]), ("", []), ([], [])],
)
def test_they_come_before_the_rules_that_the_run_sets_aside(given: t.Any, option: list[t.Any]) -> None:
    run = Run(subject="kube_proxy", phase="preflight", continues="r0")
    assert checks.set_aside(run, settings(given)) == [*option, "KP24", "KP25"]
    result = {"waivers": [judged(), judged(), judged(), judged()]}
    assert len(waivers.own(result, settings(given))) == len(option), "what the run sets aside is none of the operator's"


def test_a_wrong_shape_is_refused_before_anything_is_asked() -> None:
    assert waivers.objection(settings([FULL, "KP21"])) == ""
    assert waivers.objection(settings({"id": "KP20"})).startswith(
        "aks_dataplane_ignore is {'id': 'KP20'}, but must be a list. Write a waiver as {id:"
    )


def test_what_is_shown() -> None:
    seen = [
        judged(),
        judged(until=None, ticket=""),
        judged(expired=True),
        judged(expired=True, reason="", ticket=""),
        judged(reason="", id="KP07"),
        judged(reason="", id="KP08"),
    ]
    assert waivers.lines(seen, settings([])) == [
        "aks-a: KP20 is waived until 2027-01-31 (CHG-7): No such client",
        "aks-a: KP20 is waived: No such client",
        "aks-a: the waiver of KP20 expired on 2027-01-31, so its findings count again (CHG-7).",
        "aks-a: the waiver of KP20 expired on 2027-01-31, so its findings count again.",
        "aks-a: KP07, KP08 are waived without a reason. Write a waiver as {id: KP07, reason: ..., until: YYYY-MM-DD, ticket: ...} in "
        "aks_dataplane_ignore.",
    ]
    assert waivers.lines([], settings([])) == []


@pytest.mark.parametrize(
    ("given", "expired", "covered"),
    [
        (["KP20"], [False], True),
        ([FULL], [True], False),
        ([FULL, "KP20"], [True, False], True),
        (["KP21"], [False], False),
        ([], [], False),
    ],
)
def test_whether_a_rule_is_covered(given: list[t.Any], expired: list[bool], covered: bool) -> None:
    rules = [one if isinstance(one, str) else one["id"] for one in given]
    # The run has set the rule aside too, which is no word of the operator.
    seen = [judged(over, id=rule) for rule, over in zip(rules, expired, strict=True)] + [judged()]
    assert waivers.covers("KP20", {"waivers": seen}, settings(given)) is covered
