# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts of texts.yml wherever they are marked: python -m tools.copies writes them."""

from __future__ import annotations

import pathlib
import sys

from tools.copies.fill import SOURCE, fill, read_texts, targets
from tools.made import main


def files() -> dict[pathlib.Path, str]:
    """Each file with a mark, as it has to be."""
    texts = read_texts(SOURCE.read_text(encoding="utf-8"))
    return {path: fill(path.read_text(encoding="utf-8"), texts) for path in targets()}


if __name__ == "__main__":
    sys.exit(main("tools.copies", files, __doc__))
