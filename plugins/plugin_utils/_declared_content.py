# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""Declared tables as a task has them, in a file on the controller or as data, made the text that the module takes."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action import ActionBase

from ..module_utils._common.errors import DataplaneError
from ._nft_schema import convert_tables, module_arguments

SOURCES = ("content", "src", "tables")


def with_content(action: ActionBase, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options of the module, where a source other than C(content) is the only one given. More than one is for the module to refuse. DataplaneError.

    action: of the task, for the folders in which it searches files.
    """
    arguments = dict(options)
    given = [name for name in SOURCES if arguments.get(name) is not None]
    if isinstance(arguments.get("tables"), list):
        if given == ["tables"]:
            arguments.update(module_arguments(arguments.pop("tables")))
        else:
            convert_tables(arguments["tables"])
    src = arguments.get("src")
    if src and given == ["src"]:
        arguments.pop("src")
        arguments.update(content=_read(action, src), wire_origin=f"src {src}")
    return arguments


def _read(action: ActionBase, src: str) -> str:
    try:
        # Also decrypts what is in a vault.
        with open(action._loader.get_real_file(action._find_needle("files", src)), encoding="utf-8") as file:
            return file.read()
    except (AnsibleError, OSError) as exc:
        raise DataplaneError(f"src: {src} cannot be read on the controller: {to_text(exc)}", code="InvalidFile") from exc
    except UnicodeDecodeError as exc:
        raise DataplaneError(f"src: {src} is not text in UTF-8 (byte {exc.start}).", code="InvalidFile") from exc
