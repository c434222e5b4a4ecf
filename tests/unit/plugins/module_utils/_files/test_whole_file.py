# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are replaced as a whole."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._files.whole_file import write_whole


def test_a_name_without_a_folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (b"first", b"second"):
        write_whole("ruleset.yaml", content)
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"ruleset.yaml": content}
