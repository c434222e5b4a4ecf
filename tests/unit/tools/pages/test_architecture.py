# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the architecture is that of the checkout: all parts, arrows that only lead down, and the same in tables."""

from __future__ import annotations

import itertools
import pathlib
import re

import pytest

from tools.pages.architecture.layout import GAP, lay_out, rank, reduce_edges
from tools.pages.architecture.page import BEGIN, END, PATH, fill, text
from tools.pages.architecture.parts import ROOT, TALKING, WORDS, imported_names, read_parts
from tools.pages.architecture.picture import draw

PARTS = read_parts()
BY_KEY = {part.key: part for part in PARTS}
LONGEST_WORDS = 26


def names(kind: str) -> set[str]:
    return {part.name for part in PARTS if part.kind == kind}


def stems(pattern: str) -> set[str]:
    return {path.stem for path in ROOT.glob(pattern)}


def test_the_page_is_what_the_code_says() -> None:
    page = PATH.read_text(encoding="utf-8")
    assert page == fill(page), "run: python -m tools.pages.architecture"


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="has not both"):
        fill(f"Title\n{END}{BEGIN}")


def test_every_part_of_the_checkout_is_in_the_picture() -> None:
    assert names("playbooks") == stems("playbooks/*.yml")
    assert names("roles") == {path.parent.name for path in ROOT.glob("roles/*/meta")}
    assert names("plugins") == stems("plugins/modules/*.py") | stems("plugins/filter/*.py") | stems("plugins/inventory/*.py")
    assert names("packages") == {"plugin_utils"} | {path.name for path in ROOT.glob("plugins/module_utils/_*")}
    assert names("outside") == set(TALKING.values())
    drawn = {path for paths in re.findall(r'data-paths="([^"]+)"', "\n".join(draw(PARTS))) for path in paths.split()}
    assert drawn == {path for part in PARTS for path in part.paths}
    actions = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("plugins/action/*.py")}
    assert actions
    assert actions < drawn


def test_there_are_words_for_each_part_and_no_others() -> None:
    assert {kind: set(words) for kind, words in WORDS.items()} == {kind: names(kind) for kind in WORDS}
    assert [part.key for part in PARTS if not part.words] == []
    assert [name for name, words in WORDS["packages"].items() if len(words) > LONGEST_WORDS] == []


@pytest.mark.parametrize(
    ("user", "used"),
    [
        ("playbooks/kube_proxy", "roles/switchover"),
        ("playbooks/audit", "plugins/filter/audit"),
        ("roles/switchover", "roles/verification"),
        ("roles/switchover", "plugins/modules/aks_kube_proxy"),
        ("roles/node_ruleset", "plugins/filter/nft_findings"),
        ("plugins/modules/aks_run_record", "plugins/module_utils/_run"),
        ("plugins/inventory/aks_clusters", "plugins/plugin_utils"),
        ("plugins/module_utils/_arm", "outside/Azure"),
        ("plugins/module_utils/_kube", "outside/Kubernetes"),
        ("plugins/module_utils/_nft_node", "outside/Nodes"),
    ],
)
def test_who_uses_whom_is_read_from_tasks_and_imports(user: str, used: str) -> None:
    assert used in BY_KEY[user].uses


def test_only_what_talks_reaches_what_is_outside() -> None:
    assert {part.name for part in PARTS if part.talks} == {"_arm", "_keeper", "_kube", "_node", "_nft_node", "_prober", "_probing"}


def test_every_use_is_in_the_tables() -> None:
    lines = text(PARTS)
    for part in PARTS:
        if part.kind != "outside":
            cells = [lines[place + 2] for place, line in enumerate(lines) if line.startswith(f"   * - ``{part.name}``")]
            assert any(set(re.findall(r"\w+", cell)) == ({BY_KEY[key].name for key in part.uses} or {"nothing"}) for cell in cells), (
                part.key
            )


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from .._aks.view import ClusterView", "module_utils._aks.view.ClusterView"),
        ("from . import groups", "module_utils._inventory.groups"),
        ("from ansible_collections.aks.dataplane.plugins.module_utils._arm import client", "module_utils._arm.client"),
        ("def connect():\n    import azure.core", "azure.core"),
    ],
)
def test_an_import_is_named_from_the_plugins_on(source: str, name: str) -> None:
    assert list(imported_names(source, pathlib.PurePath("module_utils/_inventory"))) == [name]


def test_an_arrow_to_what_is_reached_anyway_is_left_out() -> None:
    assert reduce_edges({"a": ["b", "c"], "b": ["c"], "c": []}) == {"a": ["b"], "b": ["c"], "c": []}


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="circle: a, b"):
        reduce_edges({"a": ["b"], "b": ["a"], "c": []})


def test_each_box_stands_below_its_users_and_beside_its_neighbours() -> None:
    edges = {"a": ["b", "c", "d"], "b": ["e"], "c": [], "d": ["e"], "e": []}
    rows = rank(edges, [["a"], ["b", "c", "d"], ["e"]])
    assert rows == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 2}
    layout = lay_out({**edges, "a": ["b", "c", "d", "e"]}, rows, dict.fromkeys(edges, 100.0))
    assert sorted(layout.rows[1]) == ["b", "c", "d"]
    places = sorted([*(layout.centers[key] for key in "bcd"), layout.ways["a", "e"][0][1]])
    assert all(right - left >= 50 + GAP for left, right in itertools.pairwise(places))
    assert places[0] > 0
    assert places[-1] < layout.width
