# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SECURITY.md has a route that leads somewhere, the versions that are supported, and everybody whom the threat model is about."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ACTORS = [
    *("operator", "AWX user", "reader of logs", "writer of ConfigMaps", "pod in the cluster", "root on a node", "Azure contributor"),
    *("writer of the folder of run records", "other local user"),
]


def test_a_report_goes_to_the_repository_in_private() -> None:
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    assert f"({repository}/security/advisories/new)" in TEXT


def test_the_versions_are_those_of_the_collection() -> None:
    oldest = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["requires_ansible"]
    stated = re.search(r"ansible-core (\d+\.\d+) to (\d+\.\d+)", TEXT)
    assert stated
    assert oldest == f">={stated[1]}.0"
    assert stated[2] == max(re.findall(r'\("(2\.\d+)\.\d+"', (ROOT / "noxfile.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize("actor", ACTORS)
def test_the_threat_model_says_who_can_make_whom_do_what(actor: str) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {actor}")]
    assert all(cell.strip() for cell in row.strip("|").split("|"))
    assert row.count("|") == 5


def test_what_it_names_is_there() -> None:
    named = re.findall(r"\]\((?!https:)([^)]+)\)", TEXT) + [
        f"docs/rights/{name}" for name in re.findall(r"`((?:azure|kubernetes)/[\w.]+)`", TEXT)
    ]
    assert len(named) > 3
    assert [name for name in named if not (ROOT / name).exists()] == []
