# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX objects: their names, what surveys ask, the nodes of workflows, the fields of credentials."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from .model import Name, Names
from .templates import render

OBJECTS = "controller_"


class _Loader(yaml.SafeLoader):
    """Reads what is marked as unsafe as text."""


_Loader.add_constructor("!unsafe", lambda _loader, node: str(node.value))


def awx_names(root: Path) -> Names:
    """Objects, settings, questions of surveys, nodes of workflows and fields of credentials in awx/, by kind of name."""
    files = {file.stem: yaml.load(file.read_text(encoding="utf-8"), _Loader) for file in sorted((root / "awx").glob("*.yml"))}
    variables = {name: value for content in files.values() for name, value in content.items()}
    objects = {name.removeprefix(OBJECTS): items for name, items in variables.items() if name.startswith(OBJECTS)}
    return {
        # A name that is a setting is the user's. Roles of teams have none.
        "awx_objects": {
            f"{kind}.{item['name']}": Name() for kind, items in objects.items() for item in items if "{{" not in item.get("name", "{{")
        },
        "awx_settings": {name: Name() for name in files.get("settings", {})},
        "awx_surveys": {
            f"{item['name']}.{question['variable']}": Name(question["type"], _choices(question))
            for item in (*objects.get("templates", ()), *objects.get("workflows", ()))
            for question in _questions(item, variables)
        },
        "awx_workflow_nodes": {
            f"{item['name']}.{node['identifier']}": Name()
            for item in objects.get("workflows", ())
            for node in item["simplified_workflow_nodes"]
        },
        "awx_credential_fields": {
            f"{item['name']}.{field['id']}": Name(field["type"])
            for item in objects.get("credential_types", ())
            for field in item["inputs"]["fields"]
        },
    }


def _questions(item: t.Mapping[str, t.Any], variables: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    if "survey_spec" not in item:
        return []
    survey = render(item["survey_spec"], variables)
    return list(render(survey["spec"], variables))


def _choices(question: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    return tuple(sorted(question["choices"].split("\n"))) if question["type"] == "multiplechoice" else ()
