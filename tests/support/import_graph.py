# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who imports whom in the collection."""

from __future__ import annotations

import ast
import dataclasses
import typing as t
from pathlib import Path, PurePosixPath

NAMESPACE = "ansible_collections.aks.dataplane.plugins"
PLUGINS = Path(__file__).parents[2] / "plugins"

# By path relative to plugins/; also stubs, which are only for the type checker.
SOURCES = {
    path.relative_to(PLUGINS).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PLUGINS.rglob("*.py*"))
    if path.suffix in (".py", ".pyi")
}


@dataclasses.dataclass(frozen=True)
class Import:
    name: str
    line: int
    lazy: bool


def imports(tree: ast.AST, package: PurePosixPath) -> t.Iterator[Import]:
    """Everything that a file imports, by absolute name; C(package) is the file's folder below plugins/."""

    def walk(node: ast.AST, lazy: bool) -> t.Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, lazy) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    above = package.parts[: len(package.parts) - child.level + 1]
                    base = ".".join([NAMESPACE, *above, *filter(None, [child.module])])
                yield from (Import(f"{base}.{alias.name}", child.lineno, lazy) for alias in child.names)
            else:
                deferred = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) or (
                    isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                )
                yield from walk(child, lazy or deferred)

    return walk(tree, lazy=False)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


Graph = dict[str, frozenset[str]]


def graph_of(sources: t.Mapping[str, str]) -> Graph:
    """Which files import which, by paths relative to plugins/ without their ending; wherever in the file that happens."""
    names = {str(PurePosixPath(path).with_suffix("")): source for path, source in sources.items()}
    graph = {}
    for name, source in names.items():
        found = (PurePosixPath(*item.name.split(".")) for item in imports(ast.parse(source), PurePosixPath(name).parent))
        below = [path.relative_to(NAMESPACE.replace(".", "/")) for path in found if path.is_relative_to(NAMESPACE.replace(".", "/"))]
        # What is imported is a file, or a name in one.
        graph[name] = frozenset(str(place) for path in below for place in (path, path.parent) if str(place) in names)
    return graph


def chain(graph: t.Mapping[str, t.Collection[str]], start: str, is_end: t.Callable[[str], bool]) -> list[str]:
    """The shortest way of one import at least from a node to an end; empty when there is none."""
    waiting, seen = [[start, following] for following in sorted(graph[start])], set[str]()
    while waiting:
        way = waiting.pop(0)
        if is_end(way[-1]):
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [[*way, following] for following in sorted(graph[way[-1]])]
    return []


def circles(graph: t.Mapping[str, t.Collection[str]]) -> list[str]:
    """For each node that is in a circle, the shortest one through it."""
    return [" -> ".join(way) for name in sorted(graph) if (way := chain(graph, name, {name}.__contains__))]


def packages_of(graph: Graph) -> dict[str, set[str]]:
    """Which packages import which. A package is a folder with all that is in it; of those in one package, the folders are judged among each other."""
    packages: dict[str, set[str]] = {}
    for name, imported in graph.items():
        for other in (name, *imported):
            for package in PurePosixPath(other).parents:
                packages.setdefault(str(package), set())
        for other in imported:
            ours, theirs = ([str(one) for one in reversed(PurePosixPath(path).parents)] for path in (name, other))
            # The first folders in which the two differ; none when one file stands in a folder above the other.
            packages_apart = next(((one, two) for one, two in zip(ours, theirs, strict=False) if one != two), None)
            if packages_apart:
                packages[packages_apart[0]].add(packages_apart[1])
    return packages
