# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the page about the architecture is made from the code: the picture, and tables that say the same in words."""

from __future__ import annotations

import typing as t

from tools.made import ROOT, between
from tools.pages.architecture.parts import Kind, Part, read_parts
from tools.pages.architecture.picture import draw, kind_of

PATH = ROOT / "docs" / "docsite" / "rst" / "explanation_architecture.rst"
# Comments of reStructuredText, between which all is made.
BEGIN = ".. Made from the code, up to the end of the tables, by: python -m tools.pages.architecture\n"
END = ".. The end of the tables.\n"
TABLES: tuple[tuple[Kind, str], ...] = (
    ("playbooks", "Playbooks"),
    ("roles", "Roles"),
    ("plugins", "Modules and other plugins"),
    ("packages", "What plugins share"),
)


def fill(page: str) -> str:
    """The page with what is made now; raises ValueError where one of its two marks is missing."""
    return between(page, BEGIN, END, text(read_parts()))


def text(parts: t.Sequence[Part]) -> list[str]:
    """The lines of the picture and of a table for each kind of part."""
    picture = [
        ".. raw:: html",
        "",
        '   <div class="picture" role="region" tabindex="0" aria-label="Packages and what they import">',
        *(f"   {line}" for line in draw(parts)),
        "   </div>",
    ]
    return picture + [line for kind, title in TABLES for line in _table(title, [part for part in parts if part.kind == kind])]


def _table(title: str, parts: t.Sequence[Part]) -> list[str]:
    rows = [line for part in parts for line in _row(f"``{part.name}``" + _kind(part), _sentence(part.words), _names(part.uses))]
    return ["", f".. list-table:: {title}", "   :header-rows: 1", "   :widths: 30 40 30", "", *_row("Name", "What it does", "Uses"), *rows]


def _kind(part: Part) -> str:
    return f" ({kind_of(part)})" if part.kind == "plugins" else ""


def _row(*cells: str) -> list[str]:
    return [f"   {'*' if not place else ' '} - {cell}" for place, cell in enumerate(cells)]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].removesuffix(".") + "."


def _names(keys: t.Collection[str]) -> str:
    """By their names, which a role and a filter may have in common; those of what is outside are no code."""
    names = dict.fromkeys(key.rpartition("/")[2] for key in sorted(keys))
    return ", ".join(name if f"outside/{name}" in keys else f"``{name}``" for name in names) or "nothing"
