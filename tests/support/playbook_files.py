# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a playbook is made of, found by reading it: its task files, the specifications of its variables, the statistics that it sets and uses."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
import typing as t

import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._run.choices import variable_options

from tools.public_names.roles import statistics

from .simulator import ROOT

_INCLUDES = ("include_tasks", "import_tasks")
_IMPORTS = "ansible.builtin.import_playbook"
_ROLES = ("include_role", "import_role")
_NAME = re.compile(r"\baks_dataplane_\w+")
_PRIVATE = re.compile(r"\b__aks_dataplane_\w+")
# Play keywords whose variables are no role's.
_KEYWORDS = ("hosts", "serial", "max_fail_percentage")


@dataclasses.dataclass(frozen=True)
class Made:
    """Of one playbook. options: the specifications of its variables. sets, uses: statistics. own: variables of its play keywords."""

    files: frozenset[pathlib.Path]
    options: dict[str, dict[str, t.Any]]
    sets: frozenset[str]
    uses: frozenset[str]
    own: frozenset[str]


def with_choices(options: dict[str, t.Any], known: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The specifications, with the choices that the collection checks by itself."""
    found = {}
    for name, option in options.items():
        takes = known.get(name, {})
        inner = {"options": with_choices(option["options"], takes.get("options", {}))} if "options" in option else {}
        found[name] = {**option, **({"choices": list(takes["choices"])} if "choices" in takes else {}), **inner}
    return found


@functools.cache
def made(playbook: str) -> Made:
    """playbook: its path in the repository."""
    files, entries = _closure(ROOT / playbook)
    options: dict[str, dict[str, t.Any]] = {}
    for role, entry in sorted(entries):
        options |= with_choices(_specs(role).get(entry, {}).get("options", {}), variable_options())
    text = "\n".join(re.sub(r"#.*", "", file.read_text(encoding="utf-8")) for file in sorted(files))
    keywords = "\n".join(_keyword_text(play, key) for play in plays(ROOT / playbook) for key in _KEYWORDS)
    return Made(
        files=frozenset(files),
        options=options,
        sets=frozenset(name for file in files for name in _statistics(file)),
        # Declared as an option, or used without that; as a key of a mapping it is set.
        uses=frozenset(name for name in all_statistics() if name in options or re.search(rf"\b{name}\b(?!:)", text)),
        own=frozenset(_NAME.findall(keywords)),
    )


def plays(playbook: pathlib.Path) -> list[dict[str, t.Any]]:
    """Those of a playbook, in their order, with those that it imports in their place."""
    found: list[dict[str, t.Any]] = []
    for play in _load(playbook):
        imported = play.get(_IMPORTS)
        found += plays(playbook.parent / imported) if imported else [play]
    return found


def _keyword_text(play: dict[str, t.Any], key: str) -> str:
    """With the play's own variables that it goes through."""
    text = str(play.get(key, ""))
    waiting, found = _PRIVATE.findall(text), [text]
    while waiting:
        inner = str(play.get("vars", {}).get(waiting.pop(), ""))
        waiting += [name for name in _PRIVATE.findall(inner) if inner not in found]
        found.append(inner)
    return " ".join(found)


@functools.cache
def all_statistics() -> frozenset[str]:
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles").glob("*/tasks/**/*.yml")]
    return frozenset(name for file in files for name in _statistics(file))


@functools.cache
def _load(file: pathlib.Path) -> t.Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _specs(role: str) -> dict[str, t.Any]:
    return _load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]


def _tasks(content: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Every task in plays, blocks and lists of tasks."""
    for item in content or []:
        yield item
        for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from _tasks(item.get(key))


def _statistics(file: pathlib.Path) -> set[str]:
    return set(statistics(_load(file), ROOT))


def _closure(playbook: pathlib.Path) -> tuple[set[pathlib.Path], set[tuple[str, str]]]:
    """Its files, and the entry points of roles that it goes through."""
    files: set[pathlib.Path] = set()
    entries: set[tuple[str, str]] = set()
    waiting = [playbook]
    while waiting:
        file = waiting.pop()
        if file in files:
            continue
        files.add(file)
        for task in _tasks(_load(file)):
            for role, entry in _entered(task):
                entries.add((role, entry))
                # The file with the checks of the input goes by the specifications of all of these.
                if entry == "input":
                    entries |= {(name, "main") for name in ("feature_registration", "preflight", "switchover", "verification")}
                waiting.append(ROOT / "roles" / role / "tasks" / f"{entry}.yml")
            waiting += _included(file, task)
            if _IMPORTS in task:
                waiting.append(file.parent / task[_IMPORTS])
    return files, entries


def _entered(task: dict[str, t.Any]) -> t.Iterator[tuple[str, str]]:
    for key in _ROLES:
        role = task.get(f"ansible.builtin.{key}")
        if role:
            yield role["name"].rpartition(".")[2], role.get("tasks_from", "main").removesuffix(".yml")


def _included(file: pathlib.Path, task: dict[str, t.Any]) -> t.Iterator[pathlib.Path]:
    for key in _INCLUDES:
        named = task.get(f"ansible.builtin.{key}")
        name = named["file"] if isinstance(named, dict) else named
        if name:
            # What a template stands for may be any folder.
            bases = [folder for folder in file.parents if folder.name in ("tasks", "plays") or folder == ROOT / "playbooks"]
            yield from (path.resolve() for path in bases[0].glob(re.sub(r"\{\{.*?\}\}", "*", name)))
