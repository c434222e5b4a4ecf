# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts of the audit: unknown is never good, and what could not be asked is reported."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._audit.entry import entry
from hypothesis import given
from hypothesis import strategies as st

from tests.support.audit import NFTABLES, check, failed, failed_check, finding, seen, unchecked

WARNING = finding("KP20", "warning")


@pytest.mark.parametrize(
    ("result", "verdict", "lists"),
    [
        (check("nftables"), "possible", ([], [], [])),
        (check("nftables", WARNING), "possible", ([], ["KP20"], [])),
        (check("nftables", finding("KP28", "info")), "possible", ([], [], [])),
        (check("nftables", finding("KP08"), finding("KP04"), finding("KP04"), WARNING), "obstacles", (["KP04", "KP08"], ["KP20"], [])),
        (check("nftables", unchecked("KP15")), "unknown", ([], [], ["KP15"])),
        (check("nftables", unchecked("KP02")), "unknown", ([], [], ["KP02"])),
        # The nodes themselves are no part of the audit.
        (check("nftables", unchecked("KP16"), unchecked("EB15")), "possible", ([], [], [])),
        (check("nftables", unchecked("KP15", ignored=True)), "possible", ([], [], [])),
        (check("nftables", finding("KP04"), unchecked("KP15")), "obstacles", (["KP04"], [], ["KP15"])),
        (check("nftables", current=NFTABLES), "in_effect", ([], [], [])),
        (check("nftables", finding("KP24"), current=NFTABLES), "in_effect", (["KP24"], [], [])),
        (failed_check("nftables", "No such thing."), "failed", ([], [], [])),
    ],
)
def test_the_verdict(result: dict[str, t.Any], verdict: str, lists: tuple[list[str], ...]) -> None:
    reported = entry(seen(checks=[result, check("ebpf_host_routing")]))
    subject = reported["nftables"]
    assert subject["verdict"] == verdict
    assert (subject["obstacles"], subject["warnings"], subject["not_checked"]) == lists
    assert subject["findings"] == result.get("findings", [])
    assert reported["ebpf_host_routing"]["verdict"] == "possible"
    assert bool(reported["error"]) == (verdict == "failed")


def test_all_was_asked() -> None:
    reported = entry(seen())
    assert reported["kubernetes"] == {"checked": True, "reason": ""}
    assert reported["nodes"] == {
        "checked": True,
        "reason": "",
        "kube_proxy": {"state": "iptables", "nodes_total": 3, "reasons": []},
        "host_routing": None,
    }
    assert (reported["host"], reported["name"], reported["resource_group"], reported["rule_set"]) == ("aks-a", "aks-a", "rg", "preview")


SKIPPED = {"skipped": True, "skip_reason": "Conditional result was False"}
REFUSED = failed("It forbids that.")


@pytest.mark.parametrize(
    ("changes", "kubernetes", "nodes", "asked"),
    [
        ({"unasked": "it is stopped", "kubernetes": False, "status": SKIPPED}, "it is stopped", "it is stopped", False),
        ({"kubernetes": False, "status": failed("Not reached.")}, "Not reached.", "Not reached.", False),
        ({"kubernetes": False, "status": {"msg": "MODULE FAILURE"}}, "MODULE FAILURE", "MODULE FAILURE", False),
        # One right is missing, and the checks went on.
        ({"status": REFUSED}, "", "It forbids that.", True),
        (
            {
                "checks": [failed_check("nftables", "Cut."), check("ebpf_host_routing")],
                "rechecks": [check("nftables"), {**SKIPPED, "question": {"subject": "ebpf_host_routing"}}],
            },
            "Cut.",
            "",
            False,
        ),
    ],
)
def test_what_was_not_asked(changes: dict[str, t.Any], kubernetes: str, nodes: str, asked: bool) -> None:
    reported = entry(seen(**changes))
    assert reported["kubernetes"] == {"checked": not kubernetes, "reason": kubernetes}
    assert (reported["nodes"]["checked"], reported["nodes"]["reason"]) == (not nodes, nodes)
    assert reported["nftables"]["kubernetes"] is asked
    assert reported["error"] == ""
    assert reported["nftables"]["verdict"] == "possible"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"network": {}, "checks": [], "status": SKIPPED}, "Cluster aks-a does not exist in resource group rg."),
        ({"network": {}, "checks": [], "status": SKIPPED, "error": "Azure says no."}, "Azure says no."),
        (
            {
                "checks": [failed_check("nftables", "One."), failed_check("ebpf_host_routing", "Two.")],
                "rechecks": [failed_check("nftables", "Three."), failed_check("ebpf_host_routing", "Four.")],
            },
            "Three. Do something.",
        ),
    ],
)
def test_a_cluster_that_could_not_be_audited(changes: dict[str, t.Any], error: str) -> None:
    reported = entry(seen(**changes))
    assert reported["error"] == error
    assert (reported["nftables"]["verdict"], reported["ebpf_host_routing"]["verdict"]) == ("failed", "failed")


def test_nothing_but_a_name_is_enough() -> None:
    reported = entry({"host": "aks-a", "cluster": "aks-a", "resource_group": "", "error": "missing required arguments"})
    assert (reported["error"], reported["network"], reported["nftables"]["verdict"]) == ("missing required arguments", None, "failed")
    assert json.loads(json.dumps(reported)) == reported


@given(st.lists(st.sampled_from([finding("KP04"), WARNING, unchecked("KP15"), unchecked("KP16"), finding("KP28", "info")])))
def test_possible_only_when_nothing_is_known_against_it_and_all_was_checked(findings: list[dict[str, t.Any]]) -> None:
    reported = entry(seen(checks=[check("nftables", *findings), check("ebpf_host_routing")]))
    good = not any(item["id"] in ("KP04", "KP15") for item in findings)
    assert (reported["nftables"]["verdict"] == "possible") == good
    assert (reported["nftables"]["verdict"] == "obstacles") == bool(reported["nftables"]["obstacles"])
