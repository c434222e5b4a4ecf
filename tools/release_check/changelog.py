# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changelog belongs to the version: it is released, or can be."""

from __future__ import annotations

import pathlib
import shutil
import typing as t

import yaml

from .problem import Problem
from .programs import ROOT, Bench

# What antsibull-changelog reads.
PARTS = ("galaxy.yml", "changelogs", "CHANGELOG.md", "plugins", "roles", "meta")
# Of the release that is only tried.
ANY_DAY = "2000-01-01"


def judge(version: str, releases: t.Collection[str], fragments: t.Collection[str]) -> bool:
    """Whether the version is released; else it is in the making. Problem when it is neither."""
    if version in releases:
        if fragments:
            raise Problem(
                f"{version} in galaxy.yml is released, but there are fragments: {', '.join(sorted(fragments))}. Raise the version."
            )
        newest = max(releases, key=numbers)
        if newest != version:
            raise Problem(f"galaxy.yml has version {version}, the newest one in the changelog is {newest}")
        return True
    older = [release for release in releases if numbers(release) >= numbers(version)]
    if older:
        raise Problem(f"galaxy.yml has version {version}, but {', '.join(older)} is released already")
    return False


def numbers(version: str) -> tuple[int, ...]:
    """Of a version, for comparing; what comes after a hyphen does not count."""
    return tuple(int(part) for part in version.partition("-")[0].split("."))


def check_changelog(folder: pathlib.Path, programs: pathlib.Path) -> None:
    """CHANGELOG.md is what antsibull-changelog writes; for a version in the making, a release is tried in a copy of what it reads."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    known = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]
    fragments = [file.name for file in (ROOT / "changelogs" / "fragments").glob("*.yml")]
    released = judge(version, known, fragments)
    copy = folder / "ansible_collections" / "aks" / "dataplane"
    for part in PARTS:
        source, target = ROOT / part, copy / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    bench = Bench(copy, programs)
    bench.run("antsibull-changelog", "lint")
    if known:
        bench.run("antsibull-changelog", "generate")
        if (copy / "CHANGELOG.md").read_bytes() != (ROOT / "CHANGELOG.md").read_bytes():
            raise Problem("CHANGELOG.md is not what antsibull-changelog generate writes")
    if fragments and not released:
        bench.run("antsibull-changelog", "release", "--date", ANY_DAY)
        if f'<a id="v{version.replace(".", "-")}"></a>' not in (copy / "CHANGELOG.md").read_text(encoding="utf-8"):
            raise Problem(f"a release of {version} would not be in CHANGELOG.md")
