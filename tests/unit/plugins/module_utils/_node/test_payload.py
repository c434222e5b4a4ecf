# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to every node: little, for any Python from 3.9 on, and nothing of the controller's code."""

from __future__ import annotations

import ast
import pathlib
import re
import zlib

import pytest

PLUGINS = pathlib.Path(__file__).parents[5] / "plugins"
UTILS = PLUGINS / "module_utils"
MODULES = ("node_dataplane_info", "node_nftables_ruleset", "node_nftables_ruleset_info")
# Bytes, as Ansible packs them: each file by itself.
LIMIT = 60 * 1024


def payload(module: str) -> set[pathlib.Path]:
    """The module and its files below module_utils, by what each imports."""
    found: set[pathlib.Path] = set()
    todo = [PLUGINS / "modules" / f"{module}.py"]
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
            # Ansible sends nothing else.
            new = {name for name in names if name.is_file() and UTILS in name.parents} - found
            found |= new
            todo += new
    return {PLUGINS / "modules" / f"{module}.py", *found}


def packed(file: pathlib.Path) -> int:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return len(deflate.compress(file.read_bytes()) + deflate.flush())


@pytest.mark.parametrize("module", MODULES)
def test_small(module: str) -> None:
    files = payload(module)
    assert UTILS / "_node" / "netlink_messages.py" in files
    assert sum(map(packed, files)) < LIMIT


def test_the_look_at_a_node_is_smaller_still() -> None:
    files = payload("node_dataplane_info") - {PLUGINS / "modules" / "node_dataplane_info.py"}
    assert sum(file.stat().st_size for file in files) < 64_000


@pytest.mark.parametrize("module", MODULES)
def test_python_3_9(module: str) -> None:
    for file in payload(module):
        ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 9))
