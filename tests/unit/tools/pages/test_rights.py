# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of rights has what the files grant."""

from __future__ import annotations

import json
import re

import yaml

from tools.pages.rights import PATH, text
from tools.rights.files import FOLDER


def test_the_page_is_the_one_that_is_made() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run: python -m tools.pages.rights"


def test_each_right_of_each_file_is_in_it() -> None:
    page = text()
    for path in (FOLDER / "azure").iterdir():
        assert all(f"``{action}``" in page for action in json.loads(path.read_text(encoding="utf-8"))["Actions"])
    for path in (FOLDER / "kubernetes").iterdir():
        items = yaml.safe_load(path.read_text(encoding="utf-8"))["items"]
        for rule in (rule for item in items for rule in item.get("rules", ())):
            (resource,), verbs = rule["resources"], ", ".join(rule["verbs"])
            assert re.search(rf"- ``{re.escape(resource)}[a-z.0-9]*``.*\n     - {verbs}\n", page), (path.name, rule)
