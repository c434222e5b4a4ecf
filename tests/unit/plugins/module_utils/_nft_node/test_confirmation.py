# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of a confirmation window on a node, and what else may be found in its place."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node import confirmation
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.confirmation import ConfirmationWindow

TOKEN = "0123456789abcdef" * 2


def run_nothing(*_command: t.Any, **_options: t.Any) -> tuple[int, str, str]:
    raise AssertionError("nothing is run")


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Of the window."""
    monkeypatch.setattr(confirmation, "RUN", str(tmp_path))
    found = tmp_path / f"confirm.{confirmation.network_namespace()}" / TOKEN
    found.mkdir(parents=True)
    return found


def window() -> ConfirmationWindow:
    return ConfirmationWindow(TOKEN, run_nothing, "/usr/sbin/nft")


def test_a_result_is_kept(folder: pathlib.Path) -> None:
    window().keep_result({"changed": True})
    assert window().result() == {"changed": True}
    assert [file.name for file in folder.iterdir()] == ["result"]


@pytest.mark.parametrize("text", ["", '{"changed": tr', "[]", "null", "5", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "\ufffd"])
def test_what_is_no_result_is_as_none(folder: pathlib.Path, text: str) -> None:
    (folder / "result").write_text(text, encoding="utf-8")
    assert window().result() == {}


@pytest.mark.parametrize("text", ["", "soon", "-1", "9" * 5000, "1.5", "\ufffd"])
def test_without_a_deadline_that_can_be_read_it_is_too_late(folder: pathlib.Path, text: str) -> None:
    (folder / "deadline").write_text(text, encoding="utf-8")
    (folder / "state.pending").touch()
    assert window().is_overdue
