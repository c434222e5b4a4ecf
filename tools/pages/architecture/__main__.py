# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the picture and its tables into docs/docsite/rst/explanation_architecture.rst: python -m tools.pages.architecture."""

from __future__ import annotations

from tools.pages.architecture.page import PATH, fill

PATH.write_text(fill(PATH.read_text(encoding="utf-8")), encoding="utf-8")
