# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures are those that are made, every page that shows one names it rightly, and no text is cut."""

from __future__ import annotations

import pytest

from tools.made import different
from tools.pages.pictures import FOLDER, PICTURES, files
from tools.pages.shapes import CHARACTER, Box, Label


def test_the_files_are_what_is_made() -> None:
    assert different(files()) == [], "run: python -m tools.pages.pictures"


@pytest.mark.parametrize("name", PICTURES)
def test_words_fit_and_a_page_shows_it(name: str) -> None:
    picture = PICTURES[name]()
    boxes = [one for one in picture.shapes if isinstance(one, Box)]
    labels = [one for one in picture.shapes if isinstance(one, Label)]
    assert [one.text for one in boxes if len(one.text) * CHARACTER > one.width] == []
    assert [one.text for one in labels if one.left + len(one.text) * CHARACTER > picture.width] == []
    assert max(one.left + one.width for one in boxes) < picture.width
    pages = [
        path.read_text(encoding="utf-8")
        for path in (FOLDER.parent / "sphinx" / "index.rst", *(FOLDER.parent / "docsite" / "rst").glob("*.rst"))
    ]
    showing = [text for text in pages if f"pictures/{name}\n" in text]
    assert showing
    assert all(f":alt: {picture.title}\n" in text for text in showing)
