# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the collection can be released as it is: python -m tools.release_check."""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
import typing as t

from .changelog import check_changelog
from .importer import run_importer
from .problem import Problem
from .programs import ROOT, Bench, step
from .trial import run_trial


def build(folder: pathlib.Path, programs: pathlib.Path) -> pathlib.Path:
    """The tarball, in the folder."""
    Bench(folder, programs).run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT))
    (tarball,) = folder.glob("*.tar.gz")
    return tarball


def check(folder: pathlib.Path) -> list[str]:
    """The problems; empty when there are none. One after the other, because the importer gives ansible-lint no more than three minutes."""
    programs = pathlib.Path(sys.executable).parent
    try:
        step("changelog", check_changelog, folder / "changelog", programs)
        tarball = step("tarball", build, folder / "tarball", programs)
    except Problem as problem:
        return [str(problem)]
    importer = outcome("galaxy-importer", run_importer, tarball, folder / "importer")
    installed = outcome("installed collection", run_trial, tarball, folder / "installed")
    return [*importer, *installed]


def outcome(name: str, work: t.Callable[[pathlib.Path, pathlib.Path], None], tarball: pathlib.Path, folder: pathlib.Path) -> list[str]:
    """The problem, if there is one."""
    try:
        step(name, work, tarball, folder)
    except Problem as problem:
        return [str(problem)]
    return []


def main() -> int:
    argparse.ArgumentParser(prog="python -m tools.release_check", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-release-") as folder:
        problems = check(pathlib.Path(folder))
    for problem in problems:
        print(f"release-check: {problem}", file=sys.stderr)
    print(f"release-check: {'not fit for release' if problems else 'fit for release'}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
