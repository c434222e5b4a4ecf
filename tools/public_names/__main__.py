# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print all public names of the checkout as JSON: python -m tools.public_names RECORDS.

RECORDS is a folder with run records that the playbooks of the checkout have written.
tests/fixtures/public_names.json is what this printed for 0.1.0. It is never made anew: tests/unit/test_public_names.py holds every later tree to it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from .collect import public_names
from .model import to_json

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """The exit code: 2 when the folder of records is not given, else 0."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    print(to_json(version, public_names(ROOT, Path(arguments[0]))), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
