# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/docsite/rst/reference_errors.rst: python -m tools.pages.errors writes it.

The codes of Azure and what to do about them are the collection's own table; those of the collection are described here, and compared with its code.
"""

from __future__ import annotations

import ast
import pathlib
import sys
import typing as t

import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._arm.remedies import REMEDIES

from tools.made import ROOT, main

PATH = ROOT / "docs" / "docsite" / "rst" / "reference_errors.rst"
# Calls whose first argument is a code.
MAKERS = {"_Cause", "_Known", "_failed"}
CONSTANTS = {"TOO_LARGE", "WAIT_ENDED", "CHANGED_MEANWHILE"}
# Ends of the codes about pods, which begin as the first argument of a Purpose says.
ENDS = ("NamespaceMissing", "Refused")

INTRODUCTION = """\
..
  Copyright (c) 2026, the aks.dataplane authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

  Made from the code and its descriptions by: python -m tools.pages.errors

.. _ansible_collections.aks.dataplane.docsite.reference_errors:

Error codes
===========

A module that fails returns the cause, the place and the remedy in ``msg``. Its result also has ``error``, for playbooks: ``code`` and
``message`` always, and for errors of Azure also ``subcode``, ``target``, ``status`` and ``correlation_id``, where Azure gave them.

.. code-block:: yaml

   - name: Use nftables, if nothing else is going on
     aks.dataplane.aks_kube_proxy:
       resource_group: rg-production
       name: aks-prod-1
       mode: NFTABLES
       wait: false
     register: change
     failed_when:
       - change is failed
       - change.error.code != 'OperationNotAllowed'

The pages of the modules list the other keys of a failed result.

.. contents::
   :local:
   :depth: 1
"""

# Title: {code: {what: what happened, remedy: what to do}}.
OWN: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(pathlib.Path(__file__).with_name("error_codes.yml").read_text(encoding="utf-8"))


def raised_codes() -> set[str]:
    """The codes that the collection gives to errors of its own."""
    found: set[str] = set()
    for path in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found |= set(_codes(node))
    return found


def _codes(node: ast.AST) -> t.Iterator[str]:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from _texts(keyword.value)
        if isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args:
            yield from _texts(node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id == "Purpose":
            yield from (f"{beginning}{end}" for beginning in _texts(node.args[0]) for end in ENDS)
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in CONSTANTS | {"code"}:
        yield from _texts(node.value)
    elif isinstance(node, ast.FunctionDef):
        yield from (
            text
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if argument.arg == "code" and default
            for text in _texts(default)
        )


def _texts(node: ast.AST) -> t.Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def text() -> str:
    """The whole page."""
    lines = [INTRODUCTION]
    for title, codes in OWN.items():
        lines += [title, "-" * len(title), "", *(line for code, about in codes.items() for line in _own(code, **about))]
    title = "Errors of Azure"
    lines += [
        title,
        "-" * len(title),
        "",
        "Their codes are Azure's. Where something is known about one, this is what the message says to do:",
        "",
    ]
    for remedy in REMEDIES:
        known = ", ".join(f"``{code}``" for code in remedy.codes) or (
            f"HTTP status {remedy.status}" if remedy.status else f"text like ``{remedy.pattern}``"
        )
        lines += [f"{known}", f"   {remedy.text}", ""]
    return "\n".join(lines)


def _own(code: str, what: str, remedy: str) -> t.Iterator[str]:
    yield from (f"``{code}``", f"   {what} {remedy}".rstrip(), "")


if __name__ == "__main__":
    sys.exit(main("tools.pages.errors", lambda: {PATH: text()}, __doc__))
