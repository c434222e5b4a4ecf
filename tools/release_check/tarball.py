# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be uploaded to Galaxy."""

from __future__ import annotations

import pathlib
import shutil
import tarfile
import typing as t

from .problem import Problem
from .programs import ROOT, Bench
from .readme import absolute, repository, shown_by_galaxy

# What users look for in the folder of an installed collection.
NEEDED = ("CHANGELOG.md", "README.md", "changelogs/changelog.yaml", "meta/ee-requirements.txt", "meta/runtime.yml", "requirements.txt")


def build(folder: pathlib.Path, programs: pathlib.Path) -> pathlib.Path:
    """The tarball, in the folder; Problem when something is not in it.

    It is what a build of the checkout holds, but for the links of READMEs: ansible-galaxy has no step for them, so that it builds a second time.
    """
    bench, content = Bench(folder, programs), folder / "content"
    with tarfile.open(_built(bench, ROOT, folder / "checkout")) as archive:
        absent = missing(archive.getnames())
        archive.extractall(content)
    if absent:
        raise Problem(f"the tarball lacks {', '.join(absent)}")
    # The one file that a build reads and does not hold; the lists of files are made anew.
    shutil.copy(ROOT / "galaxy.yml", content)
    for readme in shown_by_galaxy(content):
        path = readme.parent.relative_to(content).as_posix()
        readme.write_text(absolute(readme.read_text(encoding="utf-8"), path, repository(ROOT)), encoding="utf-8")
    return _built(bench, content, folder)


def _built(bench: Bench, source: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    bench.run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(source))
    (tarball,) = folder.glob("*.tar.gz")
    return tarball


def missing(names: t.Collection[str]) -> list[str]:
    """The files of C(NEEDED) that are not among the names."""
    return [name for name in NEEDED if name not in names]
