# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What make cluster can be asked for."""

from __future__ import annotations

import sys

import pytest

from tests.cluster.__main__ import arguments


def given(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, int]:
    monkeypatch.setattr(sys, "argv", ["cluster", *words])
    asked = arguments()
    return asked.nodes, asked.port


def test_what_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch) == (3, 0)
    assert given(monkeypatch, "--nodes=1", "--port=6443") == (1, 6443)


@pytest.mark.parametrize("word", ["--nodes=0", "--nodes=-1", "--nodes=1000", "--nodes=three", "--port=-1", "--port=65536", "--port="])
def test_what_cannot_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str) -> None:
    with pytest.raises(SystemExit):
        given(monkeypatch, word)
    assert f"{word.partition('=')[2]!r} is no number from" in capsys.readouterr().err
