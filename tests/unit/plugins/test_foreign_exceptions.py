# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What libraries write into their exceptions may quote requests and templates, with secrets: no text of ours has it unmasked."""

from __future__ import annotations

import ast
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.controller import run_on_controller
from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import MissingLibrary

PLUGINS = pathlib.Path(__file__).resolve().parents[3] / "plugins"
FILES = sorted(path for path in PLUGINS.rglob("*.py") if not path.is_symlink())
# They take what others say, and give it back without credentials.
MASKING = {"foreign", "masked", "without_credentials"}
# What runs on nodes and reads files, programs and the kernel there: their errors are words of the system.
ON_NODES = ("_keeper", "_node", "_nft", "_nft_node")

SECRET = "hunter2hunter2"


def own_exceptions() -> set[str]:
    """Names of the classes of the collection: their texts are ours."""
    return {node.name for path in FILES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)}


def caught(handler: ast.ExceptHandler) -> set[str]:
    given = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "BaseException") for node in given if node is not None}


def quoted(node: ast.AST, name: str) -> t.Iterator[int]:
    """Lines in which the exception of this name becomes a text as it is."""
    called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    if called in MASKING:
        return
    if isinstance(node, ast.FormattedValue):
        shown: ast.AST | None = node.value
    else:
        shown = node.args[0] if isinstance(node, ast.Call) and called in ("str", "repr") and node.args else None
    if isinstance(shown, ast.Name) and shown.id == name:
        yield shown.lineno
    for child in ast.iter_child_nodes(node):
        yield from quoted(child, name)


def test_texts_of_foreign_exceptions_are_masked() -> None:
    own, found = own_exceptions(), []
    for path in FILES:
        if path.parent.name in ON_NODES:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler) and node.name and caught(node) - own:
                found += [f"{path.relative_to(PLUGINS)}:{line}" for part in node.body for line in quoted(part, node.name)]
    assert found == []


class Requests(OSError):
    """As those of libraries for HTTP: without a number, and with all that was asked for."""


class Module:
    """Stands for one that fails."""

    def __init__(self) -> None:
        self.failed: dict[str, t.Any] = {}

    def fail_json(self, **result: t.Any) -> None:
        self.failed = result


@pytest.mark.parametrize(
    "exc",
    [
        Requests(f"GET https://me:{SECRET}@proxy.example failed"),
        Requests(f"https://account.example/blob?sv=2024&sig={SECRET}"),
        Requests({"Authorization": f"Bearer {SECRET}"}),
        OSError(5, f"password={SECRET}"),
    ],
)
def test_an_error_of_a_library_that_nobody_foresaw(exc: OSError) -> None:
    def body(_module: t.Any) -> t.NoReturn:
        raise exc

    module = Module()
    run_on_controller(t.cast("t.Any", module), body)
    assert module.failed["error"]["code"] == "FileTrouble"
    assert module.failed["msg"].startswith("The module cannot do its work: ")
    assert SECRET not in str(module.failed)


def test_a_file_is_still_named() -> None:
    def body(_module: t.Any) -> None:
        pathlib.Path("/nowhere/at/all").read_text("utf-8")

    module = Module()
    run_on_controller(t.cast("t.Any", module), body)
    assert "/nowhere/at/all: No such file or directory" in module.failed["msg"]


def test_why_a_library_cannot_be_loaded() -> None:
    assert SECRET not in str(MissingLibrary("kubernetes", ImportError(f"https://u:{SECRET}@index.example")).to_error())
