# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that Ansible wants in several files, from one source: texts.yml.

Ansible reads a role's argument specification and a module's RETURN as they stand in their files, without fragments that they could share. A line such as

    aks_dataplane_cluster: # tools/copies
    options: # tools/copies kube_proxy_options

has below it, further indented, the text of that name in texts.yml. Without a name, the text has the name of the key.
"""

from __future__ import annotations

import pathlib
import re
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = pathlib.Path(__file__).with_name("texts.yml")

_MARKED = re.compile(r"(?P<indent> *)(?P<key>\w+):(?: &\w+)? # tools/copies(?: (?P<name>\w+))?")
_NAMED = re.compile(r"(\w+):")

Texts = t.Mapping[str, t.Sequence[str]]


def targets(root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """The files that may have marks."""
    return sorted([*root.glob("plugins/modules/*.py"), *root.glob("roles/*/meta/argument_specs.yml")])


def read_texts(source: str) -> dict[str, list[str]]:
    """The lines below each key of the outermost level, without their first two spaces."""
    texts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in source.splitlines():
        if line.startswith("  "):
            lines.append(line[2:])
        elif named := _NAMED.match(line):
            lines = texts[named[1]] = []
    return texts


def fill(text: str, texts: Texts) -> str:
    """The text of a file with the right lines below each mark; raises KeyError for a mark whose name is unknown."""
    return "".join(f"{line}\n" for line in _fill_lines(text.splitlines(), texts))


def _fill_lines(lines: t.Sequence[str], texts: Texts) -> t.Iterator[str]:
    marked_at: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if marked_at is not None and line and indent > marked_at:
            continue
        marked_at = None
        yield line
        if mark := _MARKED.fullmatch(line):
            marked_at = indent
            # A text may have marks itself.
            for copied in _fill_lines(texts[mark["name"] or mark["key"]], texts):
                yield f"{' ' * (indent + 2)}{copied}"
