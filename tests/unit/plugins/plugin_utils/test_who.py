# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has started a run, and with what."""

from __future__ import annotations

import getpass
import json
import pathlib
import platform

import pytest
import yaml
from ansible.release import __version__
from ansible_collections.aks.dataplane.plugins.plugin_utils import _who

ROOT = pathlib.Path(__file__).resolve().parents[4]


def test_the_user_of_awx_comes_before_that_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "runner")
    assert _who.operator({"awx_user_name": "alice", "tower_user_name": "bob"}) == "alice"
    assert _who.operator({"tower_user_name": "bob"}) == "bob"
    assert _who.operator({"awx_user_name": ""}) == "runner"
    assert _who.operator({"awx_user_name": ["x"]}) == "runner"


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr(getpass, "getuser", unknown)
    assert _who.operator({}) == ""


def test_versions_of_a_checkout() -> None:
    _who.versions.cache_clear()
    declared = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert _who.versions() == {"collection": declared, "ansible_core": __version__, "python": platform.python_version()}


@pytest.mark.parametrize("content", [None, "{", "[]", '{"collection_info": {}}'])
def test_no_version_where_nobody_wrote_it_down(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, content: str | None) -> None:
    monkeypatch.setattr(_who, "_COLLECTION", tmp_path)
    if content is not None:
        (tmp_path / "MANIFEST.json").write_text(content, encoding="utf-8")
    _who.versions.cache_clear()
    assert "collection" not in _who.versions()
    (tmp_path / "MANIFEST.json").write_text(json.dumps({"collection_info": {"version": "1.2.3"}}), encoding="utf-8")
    _who.versions.cache_clear()
    assert _who.versions()["collection"] == "1.2.3"
    _who.versions.cache_clear()
