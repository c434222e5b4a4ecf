# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role shows of a ruleset on the nodes of a cluster, and why its verification fails."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.findings import lines, objection

DIGEST = "6f1d0c7a52b7a1f3a44c61d2"


def node(name: str, state: str = "as declared", message: str = "", repairs: int = 0) -> dict[str, t.Any]:
    table = "changed" if state == "undone" else "as declared"
    return {
        "name": name,
        "state": state,
        "digest": DIGEST,
        "repairs": repairs,
        "tables": [{"family": "inet", "name": "fw", "state": table}],
        "message": message,
    }


def result(state: str = "as declared", *nodes: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    return {
        "changed": False,
        "state": state,
        "digest": DIGEST,
        "ruleset": "base",
        "nodes": list(nodes),
        "plan": [],
        "keeper_update": False,
        **more,
    }


def test_the_table_of_the_nodes() -> None:
    shown = lines(result("as declared", node("n1"), node("n2", repairs=2)), "aks-a", "present", False)
    assert shown[0] == "aks-a: the ruleset base is as declared on 2 of 2 nodes (digest 6f1d0c7a52b7)."
    assert [line.split() for line in shown[1:2]] == [["node", "state", "tables", "repairs", "reason"]]
    assert shown[-1].split() == ["n2", "as", "declared", "inet", "fw:", "as", "declared", "2"]
    assert max(map(len, shown)) <= 160


@pytest.mark.parametrize(
    ("given", "declared", "dry", "words"),
    [
        (result("absent", digest=""), "absent", False, "the ruleset base is on no node."),
        (result("paused", node("n1", "paused")), "Paused", False, "is paused on 1 of 1 nodes"),
        (result("drifted", node("n1"), node("n2", "not yet")), "present", True, "is as declared on 1 of 2 nodes"),
        (result("rendered"), "present", False, "written to the file; the cluster was not contacted."),
        (
            result("as declared", plan=["Create the ruleset base on 3 nodes."]),
            "present",
            True,
            "aks-a: Create the ruleset base on 3 nodes.",
        ),
        (result(keeper_update=True), "present", False, "set aks_dataplane_ruleset_keeper_update to true"),
        ({"failed": True, "msg": "no", "nodes": [node("n9", "undone", "lost the API server")]}, "present", False, "lost the API server"),
    ],
)
def test_what_is_shown_besides(given: dict[str, t.Any], declared: str, dry: bool, words: str) -> None:
    assert words in "\n".join(lines(given, "aks-a", declared, dry))


def test_a_plan_is_shown_in_a_dry_run_only_and_nothing_where_nothing_was_asked() -> None:
    assert "Create" not in "\n".join(lines(result(plan=["Create it."]), "aks-a", "present", False))
    assert lines({}, "aks-a", "present", False) == []
    assert lines({"failed": True, "msg": "no"}, "aks-a", "present", False) == []


@pytest.mark.parametrize(
    ("given", "dry", "waits", "reason"),
    [
        (result(), False, True, ""),
        (result("rendered", changed=True, plan=["Write it."]), False, True, ""),
        (result(changed=True, plan=["Create it."]), True, True, ""),
        (result(changed=True, plan=["Create it."]), False, True, "aks-a is not as declared: Create it."),
        (result(changed=True, plan=["Go on."]), False, False, ""),
        (
            result("drifted", node("n1"), node("n2", "not yet", "no pod"), node("n3", "not yet", "no pod"), node("n4", "undone")),
            True,
            True,
            "aks-a is not as declared: not yet (no pod): n2, n3. undone: n4.",
        ),
        (
            result("drifted", *(node(f"n{number}", "unknown") for number in range(7))),
            False,
            True,
            "aks-a is not as declared: unknown: n0, n1, n2, n3, n4 and 2 more.",
        ),
        ({"failed": True, "msg": "The API server refuses."}, False, True, "aks-a: The API server refuses."),
    ],
)
def test_why_a_verification_fails(given: dict[str, t.Any], dry: bool, waits: bool, reason: str) -> None:
    assert objection(given, "aks-a", "present", dry, waits) == reason
