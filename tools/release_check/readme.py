# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""READMEs as Galaxy shows them: each alone, so that its links lead to the repository, at the tag of the version."""

from __future__ import annotations

import dataclasses
import os.path
import pathlib
import re
import typing as t

import yaml

from .problem import Problem

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
_ABSOLUTE = re.compile(r"[a-z]+:")


@dataclasses.dataclass(frozen=True)
class Repository:
    """address: of its page, such as V(https://github.com/aks-dataplane/aks.dataplane). tag: of the version. root: of the same files here."""

    address: str
    tag: str
    root: pathlib.Path

    def link(self, path: str, *, image: bool) -> str:
        """The address of a file or folder, relative to the root; of a picture, that of its content. Problem when there is none."""
        there = self.root / path
        if not there.exists():
            raise Problem(f"a README has a link to {path}, which does not exist")
        return f"{self.address}/{'raw' if image else 'tree' if there.is_dir() else 'blob'}/{self.tag}/{path}"


def repository(root: pathlib.Path) -> Repository:
    """That of galaxy.yml in the checkout at C(root)."""
    galaxy = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    return Repository(galaxy["repository"], galaxy["version"], root)


def shown_by_galaxy(root: pathlib.Path) -> list[pathlib.Path]:
    """The READMEs that have a page there, below C(root): the collection's, and one of each role."""
    return [root / "README.md", *sorted(root.glob("roles/*/README.md"))]


def absolute(text: str, folder: str, where: Repository) -> str:
    """The README with addresses for all links. folder: its own, relative to the root, or V('')."""

    def linked(found: re.Match[str]) -> str:
        if _ABSOLUTE.match(found["target"]):
            return found[0]
        path, mark, part = found["target"].partition("#")
        target = where.link(os.path.normpath(os.path.join(folder, path)), image=bool(found["image"]))
        return f"{found['image']}[{found['text']}]({target}{mark}{part})"

    return _LINK.sub(linked, text)


def targets(text: str) -> t.Iterator[str]:
    """Of all links and pictures."""
    yield from (found["target"] for found in _LINK.finditer(text))
