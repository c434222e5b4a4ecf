# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the collection can be released as it is: python -m tools.release_check."""

from __future__ import annotations

import argparse
import concurrent.futures
import pathlib
import sys
import tempfile

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
    """The problems; empty when there are none."""
    programs = pathlib.Path(sys.executable).parent
    try:
        step("changelog", check_changelog, folder / "changelog", programs)
        tarball = step("tarball", build, folder / "tarball", programs)
    except Problem as problem:
        return [str(problem)]
    # Each keeps one core busy for half a minute or more.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        works = (("galaxy-importer", run_importer, "importer"), ("installed collection", run_trial, "installed"))
        futures = [pool.submit(step, name, work, tarball, folder / place) for name, work, place in works]
        errors = [error for future in futures if (error := future.exception())]
    for error in errors:
        if not isinstance(error, Problem):
            raise error
    return [str(error) for error in errors]


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
