# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages say of the code is so: the parts in the picture exist, every rule is explained, every field and statistic is described."""

from __future__ import annotations

import dataclasses
import pathlib
import re

import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import VERDICTS, RunRecord

from tools.public_names.roles import statistics

ROOT = pathlib.Path(__file__).parents[2]
PAGES = ROOT / "docs" / "docsite" / "rst"
LABEL = "ansible_collections.aks.dataplane.docsite"
EXTRA_DOCS = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))


def page(name: str) -> str:
    return (PAGES / f"{name}.rst").read_text(encoding="utf-8")


def terms(name: str) -> set[str]:
    """What a page describes: the words of its definition lists."""
    lines = re.findall(r"^(``.*``)$", page(name), re.MULTILINE)
    return {term for line in lines for term in re.findall(r"``([^`]+)``", line)}


def test_the_parts_in_the_picture_are_there() -> None:
    parts = [path for paths in re.findall(r'data-paths="([^"]+)"', page("explanation_architecture")) for path in paths.split()]
    assert len(parts) > 10
    assert [part for part in parts if not (ROOT / part).exists()] == []


def test_every_decision_has_a_link_with_its_title() -> None:
    links = re.findall(
        r"^- `(.+) <https://github\.com/[\w./-]+/docs/decisions/([\w-]+\.md)>`__: ", page("explanation_architecture"), re.MULTILINE
    )
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    assert links == re.findall(r"^\| \[(.+)\]\((.+)\) \|", index, re.MULTILINE)


def test_every_rule_is_explained() -> None:
    explained = re.findall(r":ref:`(\w+) <[\w.]+\.reference_preflight\.\w+>`", page("explanation_limits"))
    assert sorted(explained) == sorted(registry.rules())


def test_every_field_of_a_run_record_is_described() -> None:
    assert {field.name for field in dataclasses.fields(RunRecord)} <= terms("reference_results")


def test_every_verdict_is_described() -> None:
    assert set(VERDICTS) <= terms("reference_results")


def test_every_statistic_is_described() -> None:
    tasks = [task for path in ROOT.glob("roles/*/tasks/*.yml") for task in yaml.safe_load(path.read_text(encoding="utf-8"))]
    known = set(statistics(tasks, ROOT))
    assert known
    assert known <= terms("reference_results")


def test_every_page_begins_with_its_label_and_is_listed_once() -> None:
    listed = [name for section in EXTRA_DOCS["sections"] for name in section["toctree"]]
    assert sorted(listed) == sorted(path.stem for path in PAGES.glob("*.rst"))
    for name in listed:
        assert re.findall(r"^\.\. _(.*):$", page(name), re.MULTILINE)[0] == f"{LABEL}.{name}"


def test_the_first_page_and_the_readme_show_the_guides_in_their_order() -> None:
    """Of the menu, which the site has from extra-docs.yml."""
    index = (ROOT / "docs" / "sphinx" / "index.rst").read_text(encoding="utf-8")
    documentation = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Documentation\n")[2].partition("\n## ")[0]
    (guides,) = [section["toctree"] for section in EXTRA_DOCS["sections"] if section["title"] == "Guides"]
    assert re.findall(r"/(guide_\w+)\.rst", documentation) == guides
    assert re.findall(rf"^- :ref:`[^`<]+ <{re.escape(LABEL)}\.(guide_\w+)>`", index, re.MULTILINE) == guides
