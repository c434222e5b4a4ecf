# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the picture and its tables into docs/docsite/rst/explanation_architecture.rst: python -m tools.pages.architecture."""

from __future__ import annotations

import sys

from tools.pages.architecture.page import PATH, fill

try:
    text = fill(PATH.read_text(encoding="utf-8"))
except KeyError as missing:
    sys.exit(f"tools/pages/architecture/words.yml has no words about {missing.args[0]}. Add them, then run this again.")
PATH.write_text(text, encoding="utf-8")
