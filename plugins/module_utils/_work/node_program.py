"""Programs for nodes: the collection's own code for them, as a zip file that Python runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import json
import typing as t
import zipfile

_TOP = __name__.rpartition("._work.")[0]
# Python 3.8 and older do not understand the rest. Whoever waits for the line gets one; a pod that ended would be started again and again.
_START = """import sys
if sys.version_info < (3, 9):
    import json, time
    print(json.dumps({problem}), flush=True)
    while True:
        time.sleep(3600)
from {package}.{main} import main
main(sys.argv[1:])
"""
# The same program is the same file.
_DATE = (2026, 1, 1, 0, 0, 0)


def node_program(main: str, package: str, problem: t.Mapping[str, t.Any]) -> bytes:
    """The content of the zip file.

    main: full name of the Python module whose C(main) is called with the words of the command line. package: what the code is a part of there.
    problem: the line of a node whose Python is too old.
    """
    start = main.removeprefix(f"{_TOP}.")
    sources = {f"{package}.{name}": text for name, text in _sources(start).items()}
    # A JSON object of texts and numbers is one of Python, too.
    text = _START.format(problem=json.dumps(problem).replace("null", "None"), package=package, main=start)
    sources = {"__main__": text, package: "", **sources}
    packages = {name.rpartition(".")[0] for name in sources if name.count(".") > 1}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sorted({**dict.fromkeys(packages, ""), **sources}.items()):
            path = name.replace(".", "/")
            is_package = name in packages or name == package
            archive.writestr(zipfile.ZipInfo(f"{path}/__init__.py" if is_package else f"{path}.py", _DATE), source, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _sources(start: str) -> dict[str, str]:
    """The program and all of the collection that it imports, by name below C(module_utils)."""
    found: dict[str, str] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = inspect.getsource(importlib.import_module(f"{_TOP}.{name}"))
            waiting += _imports(found[name], name.rpartition(".")[0])
    return found


def _imports(source: str, package: str) -> t.Iterator[str]:
    """What a file of a package imports relatively, as all files for nodes do; what the type checker alone needs is left out."""
    for node in _run(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            top = package if node.level == 1 else ""
            if node.module and (node.level == 1 or "." in node.module):
                yield ".".join(filter(None, (top, node.module)))
            else:
                yield from (".".join(filter(None, (top, node.module, alias.name))) for alias in node.names)


def _run(node: ast.AST) -> t.Iterator[ast.AST]:
    """The node and all below it, without the bodies of C(if t.TYPE_CHECKING)."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "t.TYPE_CHECKING":
        return
    for child in ast.iter_child_nodes(node):
        yield from _run(child)
