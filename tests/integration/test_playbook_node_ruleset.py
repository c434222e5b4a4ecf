# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook for the tables of nodes: waves, report of drift, verification, removal. On systems that boot, Molecule does the same and more."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.nft.node import RULESET, NftNode
from tests.support.playbooks import PlaybookRun, run_playbook

PLAYBOOK = "aks.dataplane.node_ruleset"
TABLES = [
    {
        "family": "inet",
        "name": "ours",
        "sets": [{"name": "ports", "type": "inet_service", "elements": [22, 80]}],
        "chains": [{"name": "input", "rules": ["tcp dport @ports accept", {"rule": "drop", "comment": "the rest"}]}],
    }
]

pytestmark = pytest.mark.slow


class Nodes:
    """Two of them, and the playbook that is run on them."""

    def __init__(self, first: NftNode, second: NftNode, folder: pathlib.Path) -> None:
        self.first, self.second = first, second
        hosts = {
            name: {"ansible_connection": "local", "ansible_python_interpreter": node.interpreter(folder), "ansible_become": False}
            for name, node in (("first", first), ("second", second))
        }
        self.inventory = {"aks_nodes": {"hosts": hosts}}

    def play(self, check: bool = False, **variables: t.Any) -> PlaybookRun:
        run = run_playbook(PLAYBOOK, self.inventory, extra_vars=variables, check=check)
        assert "Traceback" not in run.stdout + run.stderr
        return run


@pytest.fixture
def nodes(tmp_path: pathlib.Path) -> t.Iterator[Nodes]:
    with NftNode() as first, NftNode() as second:
        yield Nodes(first, second, tmp_path)


def verdicts(run: PlaybookRun) -> dict[str, str]:
    """By host; of the table that the tests declare."""
    found: dict[str, dict[str, str]] = run.custom["_run"]["aks_dataplane_ruleset"]
    return {host: tables["inet ours"] for host, tables in found.items()}


def changed(run: PlaybookRun) -> dict[str, int]:
    return {host: counts["changed"] for host, counts in run.stats.items()}


def test_from_nothing_to_removal(nodes: Nodes) -> None:
    run = nodes.play(aks_dataplane_ruleset_tables=TABLES)
    assert run.returncode == 0, run.stdout
    assert verdicts(run) == {"first": "made", "second": "made"}
    assert nodes.first.listing()
    assert nodes.second.listing()

    nodes.second.nft("flush chain inet ours input\ndelete element inet ours ports { 80 }\n")
    run = nodes.play(check=True, aks_dataplane_ruleset_tables=TABLES)
    assert run.returncode == 0, run.stdout
    assert verdicts(run) == {"first": "as_declared", "second": "repaired"}
    assert "has drifted, and would be as declared again (3 differences)" in run.stdout
    assert "drop" not in nodes.second.listing()

    run = nodes.play(aks_dataplane_ruleset_tables=TABLES)
    assert changed(run) == {"first": 0, "second": 1}, run.stdout
    assert "drop" in nodes.second.listing()

    run = nodes.play(aks_dataplane_ruleset_tables=TABLES, aks_dataplane_ruleset_state="absent")
    assert run.returncode == 0, run.stdout
    assert verdicts(run) == {"first": "removed", "second": "removed"}
    assert nodes.first.listing() + nodes.second.listing() == ""


def test_what_fails_on_the_first_node_does_not_reach_the_second(nodes: Nodes) -> None:
    nodes.first.nft("table inet ours { chain others { drop; }; }")
    run = nodes.play(aks_dataplane_ruleset_tables=TABLES)
    assert run.returncode != 0
    (failure,) = run.results(action=RULESET)
    assert failure["error"]["code"] == "ForeignTable"
    assert nodes.second.listing() == ""


@pytest.mark.parametrize(
    ("declared", "reported"),
    [
        ({}, "given: none"),
        (
            {"aks_dataplane_ruleset_tables": TABLES, "aks_dataplane_ruleset_content": "table ip x { }"},
            "given: aks_dataplane_ruleset_content, aks_dataplane_ruleset_tables",
        ),
    ],
)
def test_declared_in_no_way_or_in_two(nodes: Nodes, declared: dict[str, t.Any], reported: str) -> None:
    run = nodes.play(**declared)
    assert run.returncode != 0
    assert reported in run.stdout
    assert run.results(action=RULESET) == []


def test_tables_that_are_not_as_declared_are_reported(nodes: Nodes) -> None:
    """By the verification alone."""
    nodes.first.apply(content="table inet ours { chain c { accept; }; }")
    run = run_playbook(
        [
            {
                "hosts": "first",
                "gather_facts": False,
                "tasks": [{"ansible.builtin.include_role": {"name": "aks.dataplane.node_ruleset", "tasks_from": "verify"}}],
            }
        ],
        nodes.inventory,
        extra_vars={"aks_dataplane_ruleset_content": "table inet ours { chain c { drop; }; }"},
    )
    assert run.returncode != 0
    assert "first is not as declared: inet ours chain c rule" in run.stdout
    assert "accept" in nodes.first.listing()
