# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture and its tables in docs/docsite/rst/explanation_architecture.rst: python -m tools.pages.architecture writes them."""

from __future__ import annotations

import sys

from tools.made import main
from tools.pages.architecture.page import PATH, fill

sys.exit(main("tools.pages.architecture", lambda: {PATH: fill(PATH.read_text(encoding="utf-8"))}, __doc__))
