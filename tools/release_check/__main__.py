# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether changelog and tarball can be released as they are: python -m tools.release_check. It leaves the tarball in dist, to be published.

That the installed collection works is a test of its own, tests/integration/test_installed_collection.py. make release-check runs both.
"""

from __future__ import annotations

import argparse
import pathlib
import shutil
import sys
import tempfile

from .changelog import check_changelog
from .importer import run_importer
from .problem import Problem
from .programs import ROOT, step
from .tarball import build

DIST = ROOT / "dist"


def check(folder: pathlib.Path) -> pathlib.Path:
    """The tarball; Problem with the first thing that is wrong. One after the other, because the importer gives ansible-lint no more than three minutes."""
    programs = pathlib.Path(sys.executable).parent
    step("changelog", check_changelog, folder / "changelog", programs)
    tarball = step("tarball", build, folder / "tarball", programs)
    step("galaxy-importer", run_importer, tarball, folder / "importer")
    return tarball


def main() -> int:
    """The exit code: 1 when the checkout is not fit for release, else 0."""
    argparse.ArgumentParser(prog="python -m tools.release_check", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-release-") as folder:
        try:
            checked = check(pathlib.Path(folder))
            DIST.mkdir(exist_ok=True)
            tarball = shutil.copy(checked, DIST)
        except Problem as problem:
            print(f"release-check: {problem}\nrelease-check: not fit for release", file=sys.stderr)
            return 1
    print(f"release-check: changelog and tarball are fit for release: {tarball}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
