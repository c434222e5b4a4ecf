# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest Python packages that the collection works with are the same everywhere; the tests run with them and with newer ones."""

from __future__ import annotations

import pathlib
import re

from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import REQUIREMENTS

from tools.floors import FILE, floors, newest

ROOT = pathlib.Path(__file__).parents[2]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def test_the_documentation_asks_for_the_floors() -> None:
    reported = {
        (package, floor)
        for file in (ROOT / "plugins").rglob("*.py")
        for package, floor in re.findall(r"^ *- ([a-z-]+) >= ([\d.]+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        if package != "python"
    }
    assert reported == set(floors().items())


def test_what_is_looked_for_at_run_time() -> None:
    assert {package: ".".join(map(str, version)) for package, version in REQUIREMENTS.items()} == floors()


def test_nothing_else_stands_in_the_file() -> None:
    assert FILE.read_text(encoding="utf-8").split() == [f"{package}>={version}" for package, version in sorted(floors().items())]


def test_the_pinned_ones_are_no_older() -> None:
    older = {package: pinned for package, pinned in newest().items() if numbers(pinned) < numbers(floors()[package])}
    assert older == {}
