# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decisions in docs/decisions can be found and read: each has the same sections, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "README.md"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)
SECTIONS = ["Context", "Decision", "Measured facts", "Consequences", "What would change it"]


def test_the_index_has_each_page_with_its_title() -> None:
    listed = re.findall(r"^\| \[(.+)\]\((.+)\) \|", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    titles = {page.name: page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in PAGES}
    assert {name: title for title, name in listed} == titles
    assert len(listed) == len(titles) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_has_every_section_with_text(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    _title, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    assert [section.splitlines()[0] for section in sections] == SECTIONS
    assert all(section.partition("\n")[2].strip() for section in sections)
    assert len(text.splitlines()) <= 60


@pytest.mark.parametrize("page", [INDEX, *PAGES], ids=lambda page: page.stem)
def test_what_a_page_leads_to_and_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("https://")]
    assert [target for target in links if not (page.parent / target).is_file()] == []
    assert set(re.findall(r"`((?:KP|EB)\d\w*)`", text)) <= set(registry.rules())
    variables = set(re.findall(r"`(aks_dataplane_\w+)", text))
    defined = {
        name
        for file in ROOT.glob("roles/*/meta/argument_specs.yml")
        for name in re.findall(r"\b(aks_dataplane_\w+):", file.read_text("utf-8"))
    }
    assert variables <= defined
