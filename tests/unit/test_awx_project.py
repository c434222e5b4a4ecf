# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project that AWX takes its playbooks from: AWX offers those that are for it, and nothing else."""

from __future__ import annotations

import pathlib

import pytest
import yaml

from tests.support.awx.data import yaml_of
from tests.support.awx.project import PROJECT, offered
from tests.support.simulator import ROOT
from tools.public_names.renames import load as load_renames

# A former name needs no template: whoever has one with it keeps it.
FORMER = {rename.old for rename in load_renames(ROOT / "tests" / "fixtures" / "renamed_names.yml") if rename.kind == "playbooks"}
PLAYBOOKS = sorted(f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml") if path.stem not in FORMER)


def test_awx_offers_the_playbooks_of_the_collection_and_nothing_else() -> None:
    assert offered(PROJECT) == PLAYBOOKS


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_each_is_the_playbook_of_the_same_name_in_the_image(playbook: str) -> None:
    (play,) = yaml.safe_load((PROJECT / playbook).read_text(encoding="utf-8"))
    assert set(play) == {"name", "ansible.builtin.import_playbook"}
    assert play["ansible.builtin.import_playbook"] == f"aks.dataplane.{pathlib.Path(playbook).stem}"


def test_the_repository_itself_is_a_project_for_the_same_templates() -> None:
    """With more playbooks on offer. The settings by default are those of it, as before there was a project for AWX alone."""
    assert set(PLAYBOOKS) < set(offered(ROOT))
    assert (ROOT / yaml_of("awx/settings.yml")["aks_dataplane_awx_inventory_file"]).is_file()


def test_both_list_the_same_clusters() -> None:
    own, shipped = (
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted([*PROJECT.rglob("*.aks.yml"), ROOT / "awx/clusters.aks.yml"])
    )
    assert own == shipped


@pytest.mark.parametrize(
    ("file", "text", "is_offered"),
    [
        ("play.yml", "- name: A play\n  hosts: all\n", True),
        ("inventory.yaml", "all:\n  hosts:\n    aks-a:\n", True),
        ("short.yml", "- import_playbook: other.yml\n", True),
        ("full.yml", "- ansible.builtin.import_playbook: other.yml\n", True),
        ("secret.yml", "$ANSIBLE_VAULT;1.1;AES256\n", True),
        ("variables.yml", "hosts_of_mine: []\n", False),
        ("play.txt", "- hosts: all\n", False),
        ("playbooks/tasks/play.yml", "- hosts: all\n", False),
        ("roles/one/play.yml", "- hosts: all\n", False),
        ("group_vars/all.yml", "hosts: []\n", False),
        (".github/play.yml", "- hosts: all\n", False),
    ],
)
def test_what_awx_takes_for_a_playbook(tmp_path: pathlib.Path, file: str, text: str, is_offered: bool) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert offered(tmp_path) == [file] * is_offered
