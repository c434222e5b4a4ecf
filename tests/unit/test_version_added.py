# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Since when there is a plugin or an option: the documentation says it of every plugin, and of what a plugin of 0.1.0 has got since."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tools.public_names.documentation import all_options, texts
from tools.public_names.model import from_json
from tools.public_names.plugins import FOLDERS, PARTS

ROOT = pathlib.Path(__file__).parents[2]
FIRST = "0.1.0"
RECORDED = from_json((ROOT / "tests" / "fixtures" / "public_names.json").read_text(encoding="utf-8"))


def documented() -> t.Iterator[t.Any]:
    for kind, folder in FOLDERS.items():
        for file in sorted((ROOT / "plugins" / folder).glob("*.*")):
            found = texts(file) if file.suffix in (".py", ".yml") else {}
            if "DOCUMENTATION" in found:
                yield pytest.param(kind, file.stem, found["DOCUMENTATION"], id=f"{folder} {file.stem}")


@pytest.mark.parametrize(("kind", "name", "doc"), list(documented()))
def test_since_when_there_is_what(kind: str, name: str, doc: dict[str, t.Any]) -> None:
    assert (doc["version_added"] == FIRST) == (name in RECORDED[kind])
    if name not in RECORDED[kind]:
        return
    options, _foreign = all_options(doc, ROOT / "plugins" / "doc_fragments")
    known = RECORDED[PARTS[kind][0]]
    new = {option for option in options if f"{name}.{option}" not in known and not option.startswith("_")}
    assert {option for option in new if "version_added" not in options[option]} == set()
