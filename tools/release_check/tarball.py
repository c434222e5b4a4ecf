# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would be uploaded to Galaxy."""

from __future__ import annotations

import pathlib

from .programs import ROOT, Bench


def build(folder: pathlib.Path, programs: pathlib.Path) -> pathlib.Path:
    """The tarball, in the folder."""
    Bench(folder, programs).run("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT))
    (tarball,) = folder.glob("*.tar.gz")
    return tarball
