# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the Azure CLI is kept: it is made once for each version that is asked for, and made again when that was interrupted."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from tools import azure_cli, caches, installer


@pytest.fixture
def made(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requirements of each environment that was made, in order."""
    found: list[str] = []
    monkeypatch.setattr(azure_cli, "REQUIREMENTS", tmp_path / "azure-cli.txt")
    monkeypatch.setattr(caches, "folder", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(installer, "environment", dict)
    monkeypatch.setattr(subprocess, "run", lambda command, **_options: pathlib.Path(command[-1]).mkdir(parents=True, exist_ok=True))
    monkeypatch.setattr(installer, "install", lambda python, *arguments: found.append(pathlib.Path(arguments[-1]).read_text()))
    (tmp_path / "azure-cli.txt").write_text("azure-cli==1\n")
    return found


def test_once_for_each_version(made: list[str]) -> None:
    first = azure_cli.python()
    assert azure_cli.python() == first
    azure_cli.REQUIREMENTS.write_text("azure-cli==2\n")
    assert azure_cli.python() != first
    assert made == ["azure-cli==1\n", "azure-cli==2\n"]


def test_again_after_a_failure(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise subprocess.CalledProcessError(1, "uv")

    with monkeypatch.context() as patch:
        patch.setattr(installer, "install", fails)
        with pytest.raises(subprocess.CalledProcessError):
            azure_cli.python()
    azure_cli.python()
    assert made == ["azure-cli==1\n"]
