# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules, filters, inventory plugins and action plugins with their options and results, and the groups of modules."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import yaml

from .documentation import NAMESPACE, all_options, option_names, return_names, texts
from .model import Name, Names

# By kind: the folder below plugins/, which is also the section of plugin_routing.
FOLDERS = {"modules": "modules", "filters": "filter", "inventory": "inventory"}
# Kinds whose names begin with that of a plugin.
PARTS = {
    "modules": ("module_options", "module_returns", "module_fragments"),
    "filters": ("filter_options", "filter_returns", "filter_fragments"),
    "inventory": ("inventory_options", "inventory_returns", "inventory_fragments"),
}


def read_runtime(root: Path) -> dict[str, t.Any]:
    """The content of meta/runtime.yml."""
    return dict(yaml.safe_load((root / "meta" / "runtime.yml").read_text(encoding="utf-8")))


def routes(root: Path, section: str) -> dict[str, dict[str, t.Any]]:
    """Of plugin_routing, those that lead to a plugin of the collection."""
    found = read_runtime(root).get("plugin_routing", {}).get(section, {})
    return {name: route for name, route in found.items() if str(route.get("redirect", "")).startswith(NAMESPACE)}


def target(route: t.Mapping[str, t.Any]) -> str:
    """The plugin of the collection that a redirect leads to, without the namespace."""
    return str(route["redirect"]).removeprefix(NAMESPACE)


def plugin_names(root: Path) -> Names:
    """Modules, filters and inventory plugins with their options and return values, action plugins and action groups, by kind of name."""
    names: Names = {}
    for kind, folder in FOLDERS.items():
        for plugin, found in _documented(root / "plugins" / folder):
            _add(names, kind, plugin, found, root / "plugins" / "doc_fragments")
        _add_redirected(names, kind, routes(root, folder))
    actions = {file.stem: Name() for file in (root / "plugins" / "action").glob("*.py")}
    names["action_plugins"] = {**{name: Name(stands_for=target(route)) for name, route in routes(root, "action").items()}, **actions}
    groups = read_runtime(root).get("action_groups", {})
    former = {old: target(route) for old, route in routes(root, "modules").items()}
    for group, members in groups.items():
        led = [old for old, new in former.items() if new in members]
        names.setdefault("action_groups", {})[group] = Name(values=tuple(sorted({*members, *led})))
    return names


def _documented(folder: Path) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Name and texts of each plugin; a file may have several filters, whose documentation stands in files of their own."""
    for file in folder.glob("*.*"):
        found = texts(file) if file.suffix in (".py", ".yml") else {}
        if "DOCUMENTATION" in found:
            yield file.stem, found


def _add(names: Names, kind: str, plugin: str, found: t.Mapping[str, t.Any], fragments: Path) -> None:
    names.setdefault(kind, {})[plugin] = Name()
    specs, foreign = all_options(found["DOCUMENTATION"], fragments)
    parts = (
        option_names(plugin, specs),
        return_names(plugin, found.get("RETURN") or {}),
        ((f"{plugin}.{name}", Name()) for name in foreign),
    )
    for part, pairs in zip(PARTS[kind], parts, strict=True):
        names.setdefault(part, {}).update(pairs)


def _add_redirected(names: Names, kind: str, redirected: t.Mapping[str, t.Mapping[str, t.Any]]) -> None:
    """A name that leads to a plugin has all that this plugin has."""
    for old, route in redirected.items():
        new = target(route)
        if old in names.get(kind, {}) or new not in names.get(kind, {}):
            continue
        names[kind][old] = Name(stands_for=new)
        for part in PARTS[kind]:
            below = {name: promised for name, promised in names[part].items() if name.startswith(f"{new}.")}
            names[part].update({_below(old, new, name): _same_below(old, new, promised) for name, promised in below.items()})


def _below(old: str, new: str, name: str) -> str:
    return f"{old}{name.removeprefix(new)}"


def _same_below(old: str, new: str, promised: Name) -> Name:
    """An alias stays one of the same plugin."""
    return dataclasses.replace(promised, stands_for=promised.stands_for and _below(old, new, promised.stands_for))
