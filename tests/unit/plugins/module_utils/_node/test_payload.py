# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to every node: little, for any Python from 3.9 on, and nothing of the controller's code."""

from __future__ import annotations

import ast
import pathlib
import re

PLUGINS = pathlib.Path(__file__).parents[5] / "plugins"
MODULE = PLUGINS / "modules" / "node_dataplane_info.py"
LIMIT = 64_000


def payload() -> set[pathlib.Path]:
    """The module's files below module_utils, by what each imports."""
    found: set[pathlib.Path] = set()
    todo = [MODULE]
    while todo:
        file = todo.pop()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom):
                continue
            if node.level:
                folder = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            elif ".module_utils._" in (node.module or ""):
                folder = PLUGINS.joinpath(*re.sub(r"^.*?\.plugins\.", "", node.module or "").split("."))
            else:
                continue
            names = [folder.with_suffix(".py"), *(folder / f"{alias.name}.py" for alias in node.names)]
            new = {name for name in names if name.is_file()} - found
            found |= new
            todo += new
    return found


def test_small() -> None:
    files = payload()
    assert PLUGINS / "module_utils" / "_node" / "netlink_messages.py" in files
    assert sum(file.stat().st_size for file in files) < LIMIT


def test_python_3_9() -> None:
    for file in (MODULE, *payload()):
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
