# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and return values, of the documentation of a plugin or the argument specification of a role."""

from __future__ import annotations

import ast
import re
import typing as t
from pathlib import Path
from types import MappingProxyType

import yaml

from .model import Name

Doc = t.Mapping[str, t.Any]
Found = t.Iterator[tuple[str, Name]]

NAMESPACE = "aks.dataplane."
# What a filter is applied to.
INPUT = "_input"


def texts(file: Path) -> dict[str, t.Any]:
    """DOCUMENTATION and RETURN of a plugin, or the texts of a documentation fragment, parsed."""
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".yml":
        return dict(yaml.safe_load(source))
    return {
        node.targets[0].id: yaml.safe_load(node.value.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.isupper()
        and node.targets[0].id != "EXAMPLES"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def all_options(doc: Doc, fragments: Path) -> tuple[dict[str, t.Any], list[str]]:
    """All options of a plugin, and the fragments of ansible-core that it has options of. fragments: folder of the collection's own.

    As for Ansible, what a plugin says of an option itself comes before what a fragment says of it.
    """
    options: dict[str, t.Any] = {}
    foreign = []
    for extended in doc.get("extends_documentation_fragment", ()):
        if not extended.startswith(NAMESPACE):
            foreign.append(extended)
            continue
        name, _dot, part = extended.removeprefix(NAMESPACE).partition(".")
        options |= (texts(fragments / f"{name}.py")[part.upper() or "DOCUMENTATION"] or {}).get("options", {})
    own = doc.get("options", {})
    return {name: {**options.get(name, {}), **own.get(name, {})} for name in options | own}, foreign


def option_names(owner: str, specs: Doc) -> Found:
    """With aliases, and with what is inside of dictionaries; without those that are for the collection itself."""
    for key, spec in specs.items():
        if key.startswith("_") and key != INPUT:
            continue
        name = f"{owner}.{key}"
        inner = spec.get("suboptions") or spec.get("options") or {}
        # Roles name them in words, because they take them in any case.
        named = _marked_values(spec.get("description", ())) if spec.get("type") == "str" else ()
        kind, values = _type(spec), _sorted(spec.get("choices") or named)
        yield name, Name(kind, values, required=bool(spec.get("required")))
        yield from option_names(name, inner)
        for alias in spec.get("aliases", ()):
            yield f"{owner}.{alias}", Name(kind, values, stands_for=name)
            yield from option_names(f"{owner}.{alias}", inner)


def return_names(owner: str, specs: Doc, samples: Doc = MappingProxyType({})) -> Found:
    """With what is inside, also where only a sample shows it. samples: of these keys, where they have none of their own."""
    for key, spec in specs.items():
        name = f"{owner}.{key}"
        yield name, Name(_type(spec), _sorted(_marked_values(spec.get("description", ()))))
        inner, sample = spec.get("contains", {}), _first(spec.get("sample", samples.get(key)))
        yield from ((f"{name}.{shown}", Name()) for shown in sample if shown not in inner and re.fullmatch(r"[a-z]\w*", str(shown)))
        yield from return_names(name, inner, sample)


def _type(spec: Doc) -> str:
    kind = str(spec.get("type", ""))
    return f"{kind} of {spec['elements']}" if "elements" in spec else kind


def _sorted(values: t.Iterable[t.Any]) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values}))


def _marked_values(description: str | t.Iterable[str]) -> t.Iterator[str]:
    """What stands in C(V(...)), but examples of what others make up."""
    paragraphs = [description] if isinstance(description, str) else description
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[.;])\s+", paragraph):
            promised = re.split("for example", sentence, flags=re.IGNORECASE)[0]
            yield from (value for value in re.findall(r"\bV\(([^)]*)\)", promised) if value not in ("true", "false"))


def _first(sample: t.Any) -> dict[str, t.Any]:
    """The sample, or its first item, where that is a dictionary."""
    item = sample[0] if isinstance(sample, list) and sample else sample
    return dict(item) if isinstance(item, dict) else {}
