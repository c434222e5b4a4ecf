# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CONTRIBUTING.md is true to the tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"^ *```shell\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# Words in code that have the shape of a path, with * for any name.
PATHS = sorted({word for word in re.findall(r"(?<!`)`([\w.*/-]+)`(?!`)", TEXT) if "/" in word or re.search(r"\w\.(md|py|toml|yml)$", word)})
COMMANDS = [line for block in BLOCKS.findall(TEXT) for line in block.splitlines()]
# Made by a command that comes before.
MADE = {".venv/bin/activate"}


def test_there_is_something_to_check() -> None:
    assert len(PATHS) > 30
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("path", PATHS)
def test_a_path_exists(path: str) -> None:
    # An argspec.py of a folder, for example, stands in several.
    assert list(ROOT.glob(path)) or list((ROOT / "plugins").rglob(path))


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_names_exists(command: str) -> None:
    words = command.partition("#")[0].split()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    if words[0] == "make":
        assert words[1] in targets
    if words[0] == "nox":
        sessions = re.findall(r"^def (\w+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE)
        named = words[words.index("-s") + 1 :]
        assert set(named[: named.index("--")] if "--" in named else named) <= set(sessions)
        assert all((ROOT / "extensions" / "molecule" / name).is_dir() for name in words if "--" in words[: words.index(name)])
    for word in words:
        assert not re.fullmatch(r"(\.venv|tests|examples)/\S+", word) or word in MADE or (ROOT / word).exists()


def test_every_folder_of_tests_is_explained() -> None:
    # Git knows no empty folders, but a checkout may have some.
    folders = {f"tests/{path.name}" for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.iterdir())} - {"tests/__pycache__"}
    assert {name for name in folders if f"`{name}`" not in TEXT} == {"tests/output"} & folders
