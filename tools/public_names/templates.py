# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Jinja in roles, playbooks and AWX objects: which variables it reads, and what comes out of it."""

from __future__ import annotations

import typing as t

import jinja2
from jinja2 import nodes
from jinja2.nativetypes import NativeEnvironment

# Keywords that hold an expression without braces.
CONDITIONS = ("when", "failed_when", "changed_when", "until", "that")

_ENVIRONMENT = NativeEnvironment(undefined=jinja2.ChainableUndefined)
_ENVIRONMENT.filters["bool"] = lambda value: str(value).lower() in ("1", "true", "yes", "on")


def render(template: str, variables: t.Mapping[str, t.Any]) -> t.Any:
    """Raises jinja2.TemplateError for what needs Ansible itself."""
    return _ENVIRONMENT.from_string(template).render(variables)


def expressions(data: t.Any, key: str = "") -> t.Iterator[nodes.Template]:
    """Every template and every condition in tasks, plays or variables, parsed."""
    if isinstance(data, dict):
        for inner, value in data.items():
            yield from expressions(value, inner)
    elif isinstance(data, list):
        for value in data:
            yield from expressions(value, key)
    elif isinstance(data, str) and key in CONDITIONS:
        yield _ENVIRONMENT.parse(f"{{{{ {data} }}}}")
    elif isinstance(data, str) and "{" in data:
        yield _ENVIRONMENT.parse(data)


def variables(parsed: nodes.Template) -> t.Iterator[str]:
    """Names that are read, and those of other hosts that are read as C(hostvars[...].name)."""
    yield from (node.name for node in parsed.find_all(nodes.Name) if node.ctx == "load")
    yield from (node.attr for node in parsed.find_all(nodes.Getattr))


def groups(parsed: nodes.Template) -> t.Iterator[str]:
    """Inventory groups that are read as C(groups['name'])."""
    for node in parsed.find_all(nodes.Getitem):
        if isinstance(node.node, nodes.Name) and node.node.name == "groups" and isinstance(node.arg, nodes.Const):
            yield str(node.arg.value)
