"""The program that looks at a node from a pod: the collection's own code for nodes, as a zip file that Python runs."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import typing as t
import zipfile

# It is needed for what it is: its import makes Ansible bring it along, with all that it imports.
from .._node import look_program
from .._node.look_words import PROBLEM

_TOP = __name__.rpartition("._work.")[0]
_MAIN = look_program.__name__.removeprefix(f"{_TOP}.")
# Python 3.8 and older do not understand the rest.
_START = f"""import sys
if sys.version_info < (3, 9):
    import json, time
    print(json.dumps({{"{PROBLEM}": "its python3 is older than 3.9"}}), flush=True)
    while True:
        time.sleep(3600)
from look._node.look_program import main
main(sys.argv[1:])
"""
# The same program is the same file.
_DATE = (2026, 1, 1, 0, 0, 0)


def program() -> bytes:
    """The content of the zip file."""
    sources = {"__main__": _START, "look": "", **{f"look.{name}": text for name, text in _sources().items()}}
    packages = {name.rpartition(".")[0] for name in sources if name.count(".") > 1}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted({**dict.fromkeys(packages, ""), **sources}.items()):
            path = name.replace(".", "/")
            is_package = name in packages or name == "look"
            archive.writestr(zipfile.ZipInfo(f"{path}/__init__.py" if is_package else f"{path}.py", _DATE), text, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _sources() -> dict[str, str]:
    """The program and all of the collection that it imports, by name below C(module_utils)."""
    found: dict[str, str] = {}
    waiting = [_MAIN]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = inspect.getsource(importlib.import_module(f"{_TOP}.{name}"))
            waiting += _imports(found[name], name.rpartition(".")[0])
    return found


def _imports(source: str, package: str) -> t.Iterator[str]:
    """What a file of a package imports relatively, as all files for nodes do."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level:
            top = package if node.level == 1 else ""
            if node.module and (node.level == 1 or "." in node.module):
                yield ".".join(filter(None, (top, node.module)))
            else:
                yield from (".".join(filter(None, (top, node.module, alias.name))) for alias in node.names)
