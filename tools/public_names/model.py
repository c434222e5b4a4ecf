# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that users write down or read: in playbooks, inventories, surveys, and in what a run leaves."""

from __future__ import annotations

import dataclasses
import json
import typing as t


@dataclasses.dataclass(frozen=True)
class Name:
    """What is promised of a name.

    type: in Ansible's words, C(list of str) for elements; empty where it has none. values: those that it takes or has, as text, sorted.
    required: whether users have to give it. stands_for: the name that it is another name of; empty for a name of its own.
    """

    type: str = ""
    values: tuple[str, ...] = ()
    required: bool = False
    stands_for: str = ""


# By kind, such as C(module_options), and name, whose parts are joined with dots.
Names = dict[str, dict[str, Name]]


def to_json(version: str, names: Names) -> str:
    """The names as a document, sorted, one line for each, so that a difference shows what has changed."""
    kinds = []
    for kind in sorted(names):
        lines = [f"      {json.dumps(name)}: {json.dumps(_promised(names[kind][name]))}" for name in sorted(names[kind])]
        kinds.append(f"    {json.dumps(kind)}: {{\n" + ",\n".join(lines) + "\n    }")
    return f'{{\n  "version": {json.dumps(version)},\n  "names": {{\n' + ",\n".join(kinds) + "\n  }\n}\n"


def from_json(text: str) -> Names:
    """The names of a document that C(to_json) made."""
    return {
        kind: {name: Name(**{**promised, "values": tuple(promised.get("values", ()))}) for name, promised in names.items()}
        for kind, names in json.loads(text)["names"].items()
    }


def _promised(name: Name) -> dict[str, t.Any]:
    """Without what is empty."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(name).items() if value}
