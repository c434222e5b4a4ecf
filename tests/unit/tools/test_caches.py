# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept is whole, whatever ended its making or damaged it since; of older entries, the last used ones stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import caches


class Maker:
    """Fills an entry; fails: after half of it."""

    def __init__(self) -> None:
        self.made = 0
        self.said: list[str] = []
        self.fails = False

    def __call__(self, part: Path) -> None:
        assert not list(part.iterdir()), "it starts with nothing"
        self.made += 1
        (part / "bin").mkdir()
        (part / "bin" / "program").write_text("a program", encoding="ascii")
        if self.fails:
            raise RuntimeError("no space left on device")
        (part / "link").symlink_to("bin/program")

    def keep(self, entry: Path) -> Path:
        return caches.kept(entry, self, self.said.append)


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    return tmp_path / "programs-1"


@pytest.fixture
def maker() -> Maker:
    return Maker()


def test_it_is_made_once(maker: Maker, entry: Path) -> None:
    assert maker.keep(entry) == maker.keep(entry) == entry
    assert (maker.made, maker.said) == (1, [])
    assert (entry / "link").read_text(encoding="ascii") == "a program"


def test_what_was_killed_halfway_is_made_again(maker: Maker, entry: Path) -> None:
    half = entry.with_name(f"{entry.name}.part")
    half.mkdir()
    (half / "program").write_text("a pro", encoding="ascii")

    maker.keep(entry)

    assert not half.exists()
    assert (entry / "bin" / "program").exists()


def test_what_fails_leaves_nothing(maker: Maker, entry: Path) -> None:
    maker.fails = True
    with pytest.raises(RuntimeError, match="no space"):
        maker.keep(entry)
    assert [file.name for file in entry.parent.iterdir()] == [f"{entry.name}.lock"]

    maker.fails = False
    maker.keep(entry)
    assert (entry / "link").exists()


@pytest.mark.parametrize("damage", ["shorter", "gone", "link gone"])
def test_what_is_damaged_is_made_anew_and_named(maker: Maker, entry: Path, damage: str) -> None:
    maker.keep(entry)
    if damage == "shorter":
        (entry / "bin" / "program").write_text("a pro", encoding="ascii")
    else:
        (entry / ("link" if damage == "link gone" else "bin/program")).unlink()

    maker.keep(entry)

    assert maker.made == 2
    assert "is damaged" in maker.said[0]
    assert (entry / "bin" / "program").read_text(encoding="ascii") == "a program"
    maker.keep(entry)
    assert maker.made == 2


def test_the_last_used_ones_and_those_in_use_stay(maker: Maker, tmp_path: Path) -> None:
    entries = [maker.keep(tmp_path / f"programs-{number}") for number in range(5)]
    other = maker.keep(tmp_path / "images-1")
    for age, entry in enumerate(entries):
        os.utime(entry, (1000 - age, 1000 - age))

    with caches.in_use(entries[3]):
        assert caches.prune(tmp_path, "programs") == ["programs-2", "programs-4"]

    assert [entry.exists() for entry in entries] == [True, True, False, True, False]
    assert other.exists()
    assert caches.prune(tmp_path, "programs") == ["programs-3"]
    # To be used again is to be new.
    maker.keep(entries[1])
    maker.keep(tmp_path / "programs-9")
    assert caches.prune(tmp_path, "programs") == ["programs-0"]
