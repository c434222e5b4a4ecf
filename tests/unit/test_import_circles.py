# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No circle of imports, neither between files nor between packages."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from tests.support.import_graph import NAMESPACE, SOURCES, circles, graph_of, imports, packages_of, within


def test_no_circle_between_files() -> None:
    assert circles(graph_of(SOURCES)) == []


def test_no_circle_between_packages() -> None:
    assert circles(packages_of(graph_of(SOURCES))) == []


def test_all_imports_within_the_collection_are_followed() -> None:
    """Each leads to a file: one that did not would be lost for the tests above."""
    found = [
        (path, item.name)
        for path, source in SOURCES.items()
        for item in imports(ast.parse(source), PurePosixPath(path).parent)
        if within(item.name, f"{NAMESPACE}.module_utils") or within(item.name, f"{NAMESPACE}.plugin_utils")
    ]
    places = ((path, name, PurePosixPath(*name.removeprefix(f"{NAMESPACE}.").split("."))) for path, name in found)
    assert [
        (path, name) for path, name, place in places if not {f"{place}.py", f"{place.parent}.py", f"{place.parent}.pyi"} & SOURCES.keys()
    ] == []


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param({"modules/a.py": "from . import b", "modules/b.py": "from .a import x"}, id="two files"),
        pytest.param({"modules/a.py": "from .b import x", "modules/b.py": "def f():\n    from . import a"}, id="in a function"),
        pytest.param(
            {"modules/a.py": "from .b import x", "modules/b.py": "import typing as t\nif t.TYPE_CHECKING:\n    from .a import X"},
            id="for types only",
        ),
        pytest.param(
            {"modules/a.py": "from . import b", "modules/b.py": f"import {NAMESPACE}.modules.c", "modules/c.py": "from . import a"},
            id="three",
        ),
    ],
)
def test_a_circle_of_files_is_seen(sources: dict[str, str]) -> None:
    assert len(circles(graph_of(sources))) == len(sources)


@pytest.mark.parametrize(
    ("sources", "circle"),
    [
        pytest.param(
            {"m/_a/one.py": "from .._b.one import x", "m/_a/two.py": "", "m/_b/one.py": "", "m/_b/two.py": "from .._a import two"},
            "m/_a -> m/_b -> m/_a",
            id="without one of files",
        ),
        pytest.param(
            {
                "m/_a/x/one.py": "from ..y.one import x",
                "m/_a/x/two.py": "",
                "m/_a/y/one.py": "",
                "m/_a/y/two.py": "from ..x.two import x",
            },
            "m/_a/x -> m/_a/y -> m/_a/x",
            id="of folders within a package",
        ),
        pytest.param(
            {"m/_a/x/one.py": "from ..._b.one import x", "m/_a/two.py": "", "m/_b/one.py": "", "m/_b/y/two.py": "from ..._a.two import x"},
            "m/_a -> m/_b -> m/_a",
            id="of deeper folders",
        ),
    ],
)
def test_a_circle_of_packages_is_seen(sources: dict[str, str], circle: str) -> None:
    assert circles(graph_of(sources)) == []
    assert circle in circles(packages_of(graph_of(sources)))


def test_folders_of_a_package_may_use_what_stands_beside_them() -> None:
    sources = {"m/_a/base.py": "", "m/_a/x/one.py": "from ..base import x", "m/_a/all.py": "from .x import one"}
    assert circles(packages_of(graph_of(sources))) == []
