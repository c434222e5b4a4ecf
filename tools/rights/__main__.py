# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in docs/rights, made of the catalogue: python -m tools.rights writes them."""

from __future__ import annotations

import sys

from tools.made import main
from tools.rights.files import files

if __name__ == "__main__":
    sys.exit(main("tools.rights", files, __doc__))
