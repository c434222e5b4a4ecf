# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be uploaded to Galaxy."""

from __future__ import annotations

import pathlib
import tarfile
import typing as t

from .problem import Problem
from .programs import ROOT, Bench

# What users look for in the folder of an installed collection.
NEEDED = ("CHANGELOG.md", "README.md", "changelogs/changelog.yaml", "meta/ee-requirements.txt", "meta/runtime.yml", "requirements.txt")


def build(folder: pathlib.Path, programs: pathlib.Path) -> pathlib.Path:
    """The tarball, in the folder; Problem when something is not in it."""
    Bench(folder, programs).run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT))
    (tarball,) = folder.glob("*.tar.gz")
    with tarfile.open(tarball) as content:
        absent = missing(content.getnames())
    if absent:
        raise Problem(f"the tarball lacks {', '.join(absent)}")
    return tarball


def missing(names: t.Collection[str]) -> list[str]:
    """The files of C(NEEDED) that are not among the names."""
    return [name for name in NEEDED if name not in names]
