# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and playbooks: their entry points, the variables and groups that they read, and the statistics that they set."""

from __future__ import annotations

import ast
import typing as t
from pathlib import Path

import yaml

from . import templates
from .documentation import NAMESPACE, option_names
from .model import Name, Names

PREFIX = "aks_dataplane_"
_IMPORTS = ("ansible.builtin.import_playbook", "import_playbook")
_RECORD = ".aks_run_record"
_SETS_STATISTICS = ("ansible.builtin.set_stats", "set_stats")


def load(file: Path) -> t.Any:
    """The content of a YAML file."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def folders(root: Path) -> list[Path]:
    """Of all roles; one with an underscore holds what others share."""
    return sorted(path for path in (root / "roles").iterdir() if path.is_dir() and not path.name.startswith("_"))


def entry_points(role: Path) -> dict[str, dict[str, t.Any]]:
    """The argument specifications of a role, by entry point."""
    return dict(load(role / "meta" / "argument_specs.yml")["argument_specs"])


def defaults(role: Path) -> dict[str, t.Any]:
    """The default values of a role's variables; empty when it has none."""
    file = role / "defaults" / "main.yml"
    return dict(load(file) or {}) if file.exists() else {}


def role_names(root: Path) -> Names:
    """Roles, their entry points and their options, by kind of name."""
    names: Names = {"roles": {}, "role_entry_points": {}, "role_options": {}}
    for role in folders(root):
        names["roles"][role.name] = Name()
        for entry, spec in entry_points(role).items():
            point = f"{role.name}.{entry}"
            names["role_entry_points"][point] = Name()
            names["role_options"].update(option_names(point, spec.get("options", {})))
    return names


def playbook_names(root: Path) -> Names:
    """Playbooks, and the statistics, variables and groups in the tasks of playbooks and roles, by kind of name."""
    files = [(file, load(file)) for file in _playbooks(root)]
    names: Names = {"playbooks": {file.stem: Name(stands_for=_imported(plays)) for file, plays in files}}
    tasks = [plays for _file, plays in files] + [load(file) for file in _task_files(root)]
    names["statistics"] = {name: Name() for data in tasks for name in statistics(data, root)}
    read = [parsed for data in [*tasks, *(load(file) for file in _files(root, "vars"))] for parsed in templates.expressions(data)]
    named = {name for parsed in read for name in templates.variables(parsed) if name.startswith(PREFIX)} | _read_by_plugins(root)
    names["variables"] = {**_other_names(root), **{name: Name() for name in named}}
    names["playbook_groups"] = {name: Name() for parsed in read for name in templates.groups(parsed) if name != "all"}
    return names


def _playbooks(root: Path) -> list[Path]:
    return sorted((root / "playbooks").glob("*.yml"))


def _task_files(root: Path) -> list[Path]:
    parts = [file for part in ("plays", "tasks") for file in (root / "playbooks" / part).rglob("*.yml")]
    return sorted([*parts, *_files(root, "tasks")])


def _read_by_plugins(root: Path) -> set[str]:
    """Variables of roles that a plugin reads by itself: an action that decides for them."""
    core = root / "plugins" / "module_utils"
    return _names_in([*core.glob("_run/settings.py"), *core.glob("_dataplane/*.py")])


def _names_in(files: t.Iterable[Path]) -> set[str]:
    """The names of variables that stand in Python files."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in files]
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if text.startswith(PREFIX) and text.isidentifier()}


def _files(root: Path, part: str) -> list[Path]:
    return [file for role in folders(root) for file in sorted((role / part).rglob("*.yml"))]


def _imported(plays: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """The playbook that is all there is to this one. Plays in a folder of their own are parts of playbooks, and none."""
    found = [str(play[key]) for play in plays for key in _IMPORTS if key in play]
    return found[0].removeprefix(NAMESPACE).removesuffix(".yml") if len(found) == len(plays) == 1 and "/" not in found[0] else ""


def statistics(data: t.Any, root: Path) -> t.Iterator[str]:
    """The statistics that tasks set. The summary that sets those of a run stands for all that a run can set."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key in _SETS_STATISTICS:
                yield from value["data"]
            if key.endswith(_RECORD) and value["event"] == "summary":
                yield from _names_in([root / "plugins" / "module_utils" / "_run" / "outcome.py"])
            yield from statistics(value, root)
    elif isinstance(data, list):
        for value in data:
            yield from statistics(value, root)


def _other_names(root: Path) -> dict[str, Name]:
    """Variables by what the default of another one reads; those that nothing else reads are its other name."""
    return {
        old: Name(stands_for=new)
        for role in folders(root)
        for new, value in defaults(role).items()
        for parsed in templates.expressions(value)
        for old in templates.variables(parsed)
        if old.startswith(PREFIX)
    }
