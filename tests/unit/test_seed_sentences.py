# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every limit that Azure's pages on the two features state has a home: a rule that checks it, or a section of the documentation that says it."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry

ROOT = pathlib.Path(__file__).parents[2]
PAGES = ROOT / "docs" / "docsite" / "rst"
LABEL = re.compile(r"^\.\. _ansible_collections\.aks\.dataplane\.docsite\.([\w.]+):$", re.MULTILINE)
SENTENCES: dict[str, dict[str, t.Any]] = yaml.safe_load((ROOT / "tests" / "fixtures" / "seed_sentences.yml").read_text(encoding="utf-8"))


def sections() -> dict[str, str]:
    """The text of each section that has a label, by label, up to the next one and with single blanks."""
    found: dict[str, str] = {}
    for page in PAGES.glob("*.rst"):
        _before, *parts = LABEL.split(page.read_text(encoding="utf-8"))
        found.update({label: " ".join(text.split()) for label, text in zip(parts[::2], parts[1::2], strict=True)})
    return found


def test_all_sentences_are_there() -> None:
    assert list(SENTENCES) == [f"{page}{number}" for page, last in (("N", 9), ("C", 16), ("E", 16)) for number in range(1, last + 1)]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_has_a_home(sentence: str) -> None:
    home = SENTENCES[sentence]
    assert home["says"]
    assert home.get("rules") or home.get("section")
    assert set(home.get("rules", ())) <= set(registry.rules())
    if "section" in home:
        assert home["words"] in sections()[home["section"]]


def test_rules_about_what_azure_documents_name_its_pages() -> None:
    """Of each sentence that rules are the home of, one at least names a page of Azure or Kubernetes' own plan among its sources."""
    documented = re.compile(r"https://(learn\.microsoft\.com|github\.com/(Azure|kubernetes)|azure\.microsoft\.com|kubernetes\.io)/")
    for home in SENTENCES.values():
        found = [registry.rules()[rule] for rule in home.get("rules", ())]
        assert not found or any(documented.match(source) for rule in found for source in rule.sources)
