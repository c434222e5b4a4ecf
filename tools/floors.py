# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest versions of the Python packages that the collection works with: the floors in meta/ee-requirements.txt."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "meta" / "ee-requirements.txt"
CONSTRAINTS = ROOT / "requirements" / "constraints.txt"


def floors() -> dict[str, str]:
    """Version by package; ValueError for a line that is anything but a package and its floor."""
    found = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([a-z0-9-]+)>=([\d.]+)", line)
        if match is None:
            raise ValueError(f"{FILE.name} holds package>=version and nothing else, but: {line}")
        found[match[1]] = match[2]
    return found


def newest() -> dict[str, str]:
    """The versions of the same packages that all tests but those with the floors run with. They are as new as the last renewal of that file."""
    pinned = dict(line.split("==", 1) for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if "==" in line)
    return {package: pinned[package] for package in floors()}
