# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of images, with a recipe that takes no time."""

from __future__ import annotations

import os
import pathlib
import threading
import time

import pytest

from tools.lab import images
from tools.lab.errors import LabError

BUILD = """#!/bin/sh
echo "$1 from $2" | tee -a "$(dirname "$0")/builds"
sleep 0.2
echo done >"$3/disk.qcow2"
"""


@pytest.fixture
def recipe(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Its folder. It lists each build in the file builds."""
    folder = tmp_path / "recipe"
    folder.mkdir()
    for name in images.RECIPE:
        (folder / name).write_text(BUILD if name == "build.sh" else "", encoding="utf-8")
    (folder / "build.sh").chmod(0o755)
    monkeypatch.setattr(images, "HERE", folder)
    monkeypatch.setattr(images, "CONFINED", ())
    monkeypatch.setattr(images, "mirror", lambda: "a mirror")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def ensure(suite: str = "trixie") -> pathlib.Path:
    return images.ensure(suite, lambda _text: None)


def builds(recipe: pathlib.Path) -> list[str]:
    return (recipe / "builds").read_text(encoding="utf-8").splitlines()


def test_two_at_once_build_one_image(recipe: pathlib.Path) -> None:
    found: list[pathlib.Path] = []
    threads = [threading.Thread(target=lambda: found.append(ensure())) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]
    assert (found[0] / "disk.qcow2").read_text(encoding="utf-8") == "done\n"
    assert builds(recipe) == ["trixie from a mirror"]


def test_another_recipe_makes_another_image(recipe: pathlib.Path) -> None:
    first = ensure()
    (recipe / "init.sh").write_text("changed", encoding="utf-8")
    second = ensure()
    assert first != second
    assert first.exists()
    assert len(builds(recipe)) == 2


def test_a_failed_build_tells_why_and_leaves_no_image(recipe: pathlib.Path) -> None:
    (recipe / "build.sh").write_text('#!/bin/sh\necho half >"$3/disk.qcow2"\necho no space left\nexit 1\n', encoding="utf-8")
    with pytest.raises(LabError, match="no space left"):
        ensure()
    assert [path.suffix for path in images.cache().iterdir() if path.suffix != ".lock"] == [".log"]


def test_what_a_killed_build_left_is_not_used(recipe: pathlib.Path) -> None:
    part = images.cache() / f"trixie-{images.digest()}.part"
    part.mkdir(parents=True)
    (part / "leftover").touch()
    assert [path.name for path in ensure().iterdir()] == ["disk.qcow2"]
    assert not part.exists()


def test_images_that_nobody_uses_any_more_are_removed(recipe: pathlib.Path) -> None:
    old, other = ensure("trixie"), ensure("bookworm")
    for image in (old, other):
        long_ago = time.time() - images.KEEP_UNUSED - 1
        os.utime(image, (long_ago, long_ago))
    (recipe / "init.sh").write_text("changed", encoding="utf-8")
    ensure("trixie")
    assert (old.exists(), other.exists()) == (False, True)
