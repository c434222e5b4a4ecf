# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that were replaced by others: whether the old ones still work, and whether users are informed."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

import jinja2
import yaml

from .model import Names
from .plugins import FOLDERS, read_runtime, routes, target
from .roles import defaults, entry_points, folders
from .templates import render

# Where users read that a name is going to go.
SECTION = "deprecated_features"


@dataclasses.dataclass(frozen=True)
class Rename:
    """kind, old, new: as in the record of names. since: the version that brings the new name."""

    kind: str
    old: str
    new: str
    since: str


def load(file: Path) -> list[Rename]:
    """Raises TypeError for an entry that is not made of the fields of C(Rename)."""
    return [Rename(**entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]


def incomplete(root: Path, now: Names, rename: Rename) -> list[str]:
    """What is missing for somebody who goes on using the old name. root: the checkout that C(now) is of."""
    found = [*_missing_from_changelog(root, rename)]
    names = now.get(rename.kind, {})
    if rename.new not in names or names[rename.new].stands_for:
        found.append(f"{rename.new} is not there")
    elif rename.kind != "variables" and (rename.old not in names or names[rename.old].stands_for != rename.new):
        found.append(f"{rename.old} does not lead to {rename.new}")
    if rename.kind in FOLDERS:
        found += _missing_routes(root, rename)
    elif rename.kind == "variables":
        found += [complaint for role in folders(root) for complaint in _unread_variables(role, rename)]
    return [f"{rename.kind}: {rename.old}: {complaint}" for complaint in found]


def _missing_from_changelog(root: Path, rename: Rename) -> t.Iterator[str]:
    changelog = yaml.safe_load((root / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    galaxy = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    if rename.since not in {*changelog, galaxy["version"]}:
        yield f"there is no version {rename.since}"
    parts = [release.get("changes", {}) for release in changelog.values()]
    parts += [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted((root / "changelogs" / "fragments").glob("*.y*ml"))]
    lines = [line for part in parts for line in part.get(SECTION, ())]
    words = {*rename.old.split("."), *rename.new.split(".")}
    if not any(all(re.search(rf"\b{re.escape(word)}\b", line) for word in words) for line in lines):
        yield f"no line of {SECTION} in changelogs/ names it and {rename.new}"


def _missing_routes(root: Path, rename: Rename) -> t.Iterator[str]:
    """A module also needs a route for its action plugin, also where it has none: groups of modules are looked up by it.

    So a group needs the new name alone.
    """
    for section in [FOLDERS[rename.kind], *(["action"] if rename.kind == "modules" else [])]:
        route = routes(root, section).get(rename.old)
        if route is None or target(route) != rename.new:
            yield f"plugin_routing.{section} has no redirect to {rename.new}"
        elif not {"warning_text", "removal_version"} <= set(route.get("deprecation", {})):
            yield f"plugin_routing.{section} has no deprecation with warning_text and removal_version"
    for group, members in read_runtime(root).get("action_groups", {}).items():
        if rename.kind == "modules" and rename.old in members:
            yield f"the action group {group} has it, of which ansible-core before 2.19 warns in every play that uses the group"


def _unread_variables(role: Path, rename: Rename) -> t.Iterator[str]:
    """In a role that takes the old variable: it is described as the old name of the new one, whose default is its value."""
    value = object()
    for entry, spec in entry_points(role).items():
        options = spec.get("options", {})
        if rename.old not in options:
            continue
        if rename.new not in options:
            yield f"{role.name}.{entry} does not take {rename.new}"
        if rename.new not in str(options[rename.old].get("description", "")):
            yield f"{role.name}.{entry} does not describe it as the old name of {rename.new}"
        try:
            read = render(str(defaults(role).get(rename.new, "")), {rename.old: value})
        except jinja2.TemplateError as exc:
            read = exc
        if read is not value:
            yield f"the default of {rename.new} in {role.name} is not its value"
