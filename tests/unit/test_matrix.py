# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other versions of ansible-core run: something of every part of the collection, and only tests that there are."""

from __future__ import annotations

import ast
import pathlib

import pytest

from tests.support.matrix import PARTS, TESTS, is_chosen

ROOT = pathlib.Path(__file__).parents[2]
KINDS = ("playbooks/*.yml", "plugins/action/*.py", "plugins/filter/*.py", "plugins/inventory/*.py", "plugins/modules/*.py", "roles/[!_]*")


def test_every_part_of_the_collection_is_run() -> None:
    parts = {path.relative_to(ROOT).with_suffix("").as_posix() for kind in KINDS for path in ROOT.glob(kind)}
    assert set(PARTS) == parts
    assert all(PARTS.values())


@pytest.mark.parametrize("test", sorted(TESTS))
def test_there_is_such_a_test(test: str) -> None:
    file, *names = test.partition("[")[0].split("::")
    scope: ast.AST = ast.parse((ROOT / "tests" / "integration" / file).read_text(encoding="utf-8"))
    for name in names:
        (scope,) = [node for node in ast.iter_child_nodes(scope) if getattr(node, "name", None) == name]
    assert isinstance(scope, ast.FunctionDef)


@pytest.mark.parametrize(
    ("test", "chosen"),
    [
        ("tests/unit/plugins/module_utils/_preflight/test_rules.py::test_a_rule[x]", True),
        ("tests/unit/test_matrix.py::test_there_is_such_a_test[x]", False),
        ("tests/unit/tools/test_lab_images.py::test_any", False),
        (
            "tests/integration/test_leaf_modules.py::TestActionPlugin::test_progress_is_shown_and_leaves_no_trace_in_results[aks_kube_proxy]",
            True,
        ),
        ("tests/integration/test_nft_confirm_ssh.py::test_a_good_change_is_kept", True),
        ("tests/integration/test_nft_examples.py::test_as_written[to_nft]", True),
        ("tests/integration/test_nft_examples.py::test_as_written[node_nftables_ruleset]", False),
        ("tests/integration/test_nft_leak.py::test_nothing_leaks[x]", False),
    ],
)
def test_what_is_chosen(test: str, chosen: bool) -> None:
    assert is_chosen(test) is chosen
