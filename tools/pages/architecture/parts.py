# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the collection, and which of them uses which: read from the folders, the tasks and the imports of the checkout."""

from __future__ import annotations

import ast
import dataclasses
import pathlib
import re
import typing as t

import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes

ROOT = pathlib.Path(__file__).resolve().parents[3]
WORDS: dict[str, dict[str, str]] = yaml.safe_load(pathlib.Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))

Kind = t.Literal["playbooks", "roles", "plugins", "packages", "outside"]
NAMESPACE = "ansible_collections.aks.dataplane.plugins"
# A file that imports one of these talks to what is outside of the collection.
TALKING = {"azure": "Azure", "kubernetes": "Kubernetes", "socket": "Nodes", "subprocess": "Nodes"}

_ROLE_OR_MODULE = re.compile(r"^(?: *(?:- )?aks\.dataplane\.(\w+):| *name: aks\.dataplane\.(\w+)$)", re.MULTILINE)
_FILTER = re.compile(r"\| aks\.dataplane\.(\w+)")
# What aks_run_record is to have done by a module that only the data plane of the run names.
_CALLED = re.compile(r"^ *event: call\n *module: (\w+)$", re.MULTILINE)
_INCLUDED = re.compile(r"(?:import_playbook|import_tasks|include_tasks): ([\w./]+\.yml)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Part:
    """key: unique, and for all but what is outside the path below the root of the checkout, without a suffix. words: one sentence or a noun phrase.

    paths: the files or the folder, relative to that root. uses: the keys of other parts.
    """

    key: str
    kind: Kind
    words: str
    paths: tuple[str, ...]
    uses: frozenset[str]

    @property
    def name(self) -> str:
        """What the part is called in its folder."""
        return self.key.rpartition("/")[2]

    @property
    def talks(self) -> bool:
        """Whether it reaches what is outside by itself."""
        return any(key.startswith("outside/") for key in self.uses)


def read_parts(root: pathlib.Path = ROOT, words: t.Mapping[str, t.Mapping[str, str]] = WORDS) -> list[Part]:
    """All parts of the checkout at C(root), sorted by key within playbooks, roles, plugins, packages, outside.

    words: by kind and name, as words.yml has them. Raises KeyError for a playbook or a package without words.
    """
    plugins = _plugins(root)
    roles = {path.name: f"roles/{path.name}" for path in sorted(root.glob("roles/*")) if path.is_dir()}
    named = roles | {name: key for key, files in plugins.items() for name in _task_names(key, files)}
    imported = _imports(root, plugins)
    parts = [
        Part(
            f"playbooks/{path.stem}",
            "playbooks",
            words["playbooks"][path.stem],
            _paths(root, [path]),
            _named_in(_playbook_files(path), named),
        )
        for path in sorted(root.glob("playbooks/*.yml"))
    ]
    for key in roles.values():
        about = yaml.safe_load((root / key / "meta" / "main.yml").read_text(encoding="utf-8"))["galaxy_info"]["description"]
        tasks = sorted((root / key).glob("tasks/**/*.yml"))
        parts.append(Part(key, "roles", f"{about}.", (key,), _named_in(tasks, named) - {key}))
    for key, files in plugins.items():
        parts.append(Part(key, "plugins", _short_descriptions(key, files), _paths(root, files), imported[key]))
    for key in sorted(_packages(root)):
        name = key.rpartition("/")[2]
        parts.append(Part(key, "packages", words["packages"][name], (key,), imported[key]))
    return parts + [Part(f"outside/{name}", "outside", about, (), frozenset()) for name, about in words["outside"].items()]


def _plugins(root: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """By key, the files of each module, with its action plugin, and of each file of filters and inventory plugins."""
    own = {
        path: f"plugins/{folder}/{path.stem}"
        for folder in ("modules", "inventory", "filter")
        for path in root.glob(f"plugins/{folder}/*.py")
    }
    plugins = {key: [path] for path, key in sorted(own.items())}
    for path in sorted(root.glob("plugins/action/*.py")):
        plugins[f"plugins/modules/{path.stem}"].append(path)
    return plugins


def _packages(root: pathlib.Path) -> set[str]:
    shared = {path.parent.relative_to(root).as_posix() for path in root.glob("plugins/module_utils/*/**/*.py")}
    return {"/".join(folder.split("/")[:3]) for folder in shared} | {"plugins/plugin_utils"}


def _task_names(key: str, files: t.Sequence[pathlib.Path]) -> t.Iterator[str]:
    """The names by which tasks call what is in these files: several filters may share one."""
    if key.startswith("plugins/filter/"):
        text = files[0].read_text(encoding="utf-8")
        yield from re.findall(r'"(\w+)": \w+[,}]', text.partition("def filters")[2])
    else:
        yield key.rpartition("/")[2]


def _playbook_files(playbook: pathlib.Path) -> list[pathlib.Path]:
    """A playbook, and the files of plays and tasks that it leads to."""
    found = [playbook]
    for path in found:
        named = _INCLUDED.findall(path.read_text(encoding="utf-8"))
        found += [file for name in named if (file := (path.parent / name).resolve()) not in found]
    return found


def _named_in(files: t.Iterable[pathlib.Path], named: t.Mapping[str, str]) -> frozenset[str]:
    texts = [path.read_text(encoding="utf-8") for path in files]
    names = [name for text in texts for pattern in (_ROLE_OR_MODULE, _FILTER) for match in pattern.findall(text) for name in _flat(match)]
    names += [name for text in texts for what in _CALLED.findall(text) for name in _called_modules(what)]
    return frozenset(named[name] for name in names if name in named)


def _called_modules(what: str) -> list[str]:
    """Their last names. what: as C(module) of aks_run_record names it."""
    shared = {"preflight": "aks_preflight_info", "status": "aks_dataplane_status_info"}
    return [shared[what]] if what in shared else [one.change.module.rpartition(".")[2] for one in data_planes()]


def _flat(match: str | tuple[str, ...]) -> tuple[str, ...]:
    return (match,) if isinstance(match, str) else match


def _imports(root: pathlib.Path, plugins: t.Mapping[str, t.Sequence[pathlib.Path]]) -> dict[str, frozenset[str]]:
    packages = _packages(root)
    files = {**plugins, **{key: sorted((root / key).rglob("*.py")) for key in packages}}
    uses: dict[str, frozenset[str]] = {}
    for key, paths in files.items():
        names = {
            name for path in paths for name in imported_names(path.read_text(encoding="utf-8"), path.parent.relative_to(root / "plugins"))
        }
        own = {package for name in names for package in packages if within(name, package.removeprefix("plugins/").replace("/", "."))}
        outside = {f"outside/{TALKING[name.partition('.')[0]]}" for name in names if name.partition(".")[0] in TALKING}
        uses[key] = frozenset(own - {key} | outside)
    return uses


def imported_names(source: str, folder: pathlib.PurePath) -> t.Iterator[str]:
    """What a file imports, with dots; what is the collection's own begins below plugins. C(folder): of the file, relative to plugins."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix(f"{NAMESPACE}.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder.parts[: len(folder.parts) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}".removeprefix(f"{NAMESPACE}.") for alias in node.names)


def within(name: str, package: str) -> bool:
    """Whether a name with dots is that of the package or of something in it."""
    return name == package or name.startswith(f"{package}.")


def _short_descriptions(key: str, files: t.Sequence[pathlib.Path]) -> str:
    """The short descriptions of a plugin's documentation; those of filters stand in files of their own or in that of the code."""
    texts = [path.read_text(encoding="utf-8") for path in _documentation(key, files)]
    return " ".join(f"{about}." for text in texts for about in re.findall(r"^ *short_description: (.+)$", text, re.MULTILINE))


def _documentation(key: str, files: t.Sequence[pathlib.Path]) -> list[pathlib.Path]:
    beside = [files[0].with_name(f"{name}.yml") for name in _task_names(key, files)]
    return [files[0], *(path for path in beside if path.is_file())]


def _paths(root: pathlib.Path, files: t.Iterable[pathlib.Path]) -> tuple[str, ...]:
    return tuple(path.relative_to(root).as_posix() for path in files)
